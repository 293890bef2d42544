"""How the levels of a category are told apart, and whether they have an order: the traits of its notation."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from glassnet.tables.notation.cells import Cells, NumberCells, renamed

MERGE, ORDERED = "merge", "ordered"
TRAITS: Mapping[str, str] = MappingProxyType({
    MERGE: "levels that differ only in case or blanks are one",
    ORDERED: "its levels have an order",
})  # fmt: skip
"""Name of each trait, and what it says of the column."""


_LOOK_LATIN = str.maketrans("аеорсухіјѕАВЕКМНОРСТХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsABEKMHOPCTXIJSoABEZHIKMNOPTYX")
"""Letters of Cyrillic and Greek that nobody can tell from Latin ones."""


def folded(text: str) -> str:
    """A text without what merged levels may differ in.

    Examples
    --------
    >>> folded("  Ward  A "), folded("\u0443es"), folded("\u0434\u0430") == "\u0434\u0430"
    ('ward a', 'yes', True)
    """
    return in_one_case(_in_latin(text))


def in_one_case(text: str) -> str:
    """A text in small letters, with single blanks, and each letter in one encoding."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _in_latin(text: str) -> str:
    """A text whose letters all look Latin, in Latin; any other as it is."""
    if text.isascii():
        return text
    latin = text.translate(_LOOK_LATIN)
    strange = any("\u0370" <= letter <= "\u052f" for letter in latin)
    return text if strange else latin


def merged(cells: Cells, levels: Sequence[str] = ()) -> Cells:
    """The cells in one spelling for all that differ only in case or blanks: that of the levels, else the commonest.

    Of new levels, blanks are single and none stands at an end.

    Examples
    --------
    >>> from glassnet.tables.notation.cells import ListText
    >>> merged(ListText(("Yes", "yes ", "YES", "no", "Yes"))).level_counts()
    {'Yes': 4, 'no': 1}
    """
    if isinstance(cells, NumberCells):
        return cells
    one = {folded(level): level for level in reversed(levels)}
    names = {
        text: one.setdefault(folded(text), " ".join(text.split())) for text in cells.level_counts()
    }  # the commonest first
    changed = {text: name for text, name in names.items() if name != text}
    return renamed(cells, changed) if changed else cells


def read_order(written: str) -> tuple[str, ...]:
    """The levels of an order as it is declared, the lowest first.

    Examples
    --------
    >>> read_order("low < mid<high")
    ('low', 'mid', 'high')
    """
    return tuple(level.strip() for level in written.split("<"))
