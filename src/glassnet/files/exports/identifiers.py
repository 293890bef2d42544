"""Names of columns as identifiers of other languages: any text becomes one, and no two become the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_C = (
    "alignas alignof auto bool break case char const constexpr continue default do double else enum extern false float "
    "for goto if inline int long nullptr register restrict return short signed sizeof static static_assert struct "
    "switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while"
)
_CPP = (
    "and and_eq asm atomic_cancel atomic_commit atomic_noexcept bitand bitor catch char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const_cast consteval constinit contract_assert decltype delete "
    "dynamic_cast explicit export final friend import module mutable namespace new noexcept not not_eq operator or "
    "or_eq override private protected public reflexpr reinterpret_cast requires static_cast synchronized template this "
    "throw try typeid typename using virtual wchar_t xor xor_eq"
)
_MACROS = "assert complex cdecl errno far fortran huge imaginary interface linux main near pascal signgam small unix"
"""Object-like macros of common systems, and names that their headers use."""
RESERVED = frozenset(f"{_C} {_CPP} {_MACROS}".split())
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_INSIDE = re.compile(r"/[A-Za-z]+_\d+|/[a-z]+|")  # names that a graph gives itself, and no name


def is_c_identifier(name: str) -> bool:
    """Whether a name is valid in a C header that C++ also reads."""
    return _IDENTIFIER.fullmatch(name) is not None and name not in RESERVED


def c_identifier(text: str) -> str:
    """An identifier of C and C++ that resembles a text.

    Examples
    --------
    >>> c_identifier("Größe (cm)"), c_identifier("class"), c_identifier("1st"), c_identifier("年齢")
    ('grosse_cm', 'class_', 'x1st', 'x')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    word = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()
    word = word if word and not word[0].isdigit() else f"x{word}"
    return f"{word}_" if word in RESERVED else word


def c_identifiers(names: Iterable[str]) -> dict[str, str]:
    """A unique identifier for each name.

    Examples
    --------
    >>> c_identifiers(["dose", "Dose", "dose 2", "dose_2"])
    {'dose': 'dose', 'Dose': 'dose_3', 'dose 2': 'dose_2_2', 'dose_2': 'dose_2'}
    """
    return _distinct(names, c_identifier)


def onnx_names(names: Iterable[str]) -> dict[str, str]:
    """Name -> name of an input of an ONNX graph: itself, but for the empty one and those that graphs use inside.

    Examples
    --------
    >>> onnx_names(["age", "", "/Add_3"])
    {'age': 'age', '': 'column', '/Add_3': 'column /Add_3'}
    """
    return _distinct(names, lambda name: f"column {name}".strip() if _INSIDE.fullmatch(name) else name)


def _distinct(names: Iterable[str], make: Callable[[str], str]) -> dict[str, str]:
    """Each name with what it becomes; a number behind what another name has taken."""
    names = list(names)
    identifiers: dict[str, str] = {}
    # an unchanged name has priority
    for name in sorted(names, key=lambda name: make(name) != name):
        first = candidate = make(name)
        number = 1
        while candidate in identifiers.values():
            number += 1
            candidate = f"{first}_{number}"
        identifiers[name] = candidate
    return {name: identifiers[name] for name in names}
