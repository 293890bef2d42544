"""Plain JSON for model files: canonical on the way out, nothing taken on trust on the way in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from glassnet.errors import ModelFileError

DEEPEST = 32


def canonical(value: Any) -> str:
    r"""JSON with sorted keys, no spaces, ASCII only and no NaN: equal values give equal text.

    Examples
    --------
    >>> canonical({"b": [1, 0.5], "a": "é"})
    '{"a":"\\u00e9","b":[1,0.5]}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def parse(text: str, what: str) -> Any:
    """Parse JSON strictly: no repeated key, no NaN, no number beyond a float, no lone surrogate, no deep nesting."""

    def refuse(constant: str) -> NoReturn:
        raise ModelFileError(f"{what} contains {constant}, which is not JSON. The file is damaged.")

    def number(digits: str) -> float:
        value = float(digits)
        return value if math.isfinite(value) else refuse(digits[:20])

    def whole(digits: str) -> int:
        return int(digits) if len(digits) <= 20 else refuse(f"a whole number of {len(digits)} digits")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    raise ModelFileError(f"{what} has the key {key[:40]!r} twice. The file is damaged or hostile.")
                seen.add(key)
        return fields

    try:
        text.encode("utf-8")
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_float=number, parse_int=whole)
        check_depth(value, what)
        canonical(value).encode("ascii")
    except RecursionError:
        raise ModelFileError(f"{what} is nested too deeply. The file is damaged or hostile.") from None
    except ModelFileError:
        raise
    except ValueError as error:
        raise ModelFileError(f"{what} is not valid JSON ({str(error)[:100]}). The file is damaged.") from None
    return value


def check_depth(value: Any, what: str, depth: int = 0) -> None:
    """Raise for values nested deeper than `DEEPEST`, and for texts that are not valid Unicode."""
    if depth > DEEPEST:
        raise ModelFileError(f"{what} is nested more than {DEEPEST} deep. The file is damaged or hostile.")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ModelFileError(f"{what} holds a text that is not valid Unicode. The file is damaged.") from None
    elif isinstance(value, dict):
        for key, entry in value.items():
            check_depth(key, what, depth + 1)
            check_depth(entry, what, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            check_depth(entry, what, depth + 1)


def fields(value: Any, wanted: Mapping[str, type | tuple[type, ...]], what: str) -> dict[str, Any]:
    """Check that an object has exactly the wanted fields with the wanted types (a bool is not a number)."""
    if not isinstance(value, dict):
        raise ModelFileError(f"{what} must be an object, not {_kind(value)}. The file is damaged.")
    for name in wanted:
        if name not in value:
            raise ModelFileError(
                f"{what} lacks the field {name!r}. The file is damaged, or written by another program."
            )
    for name, entry in value.items():
        if name not in wanted:
            raise ModelFileError(
                f"{what} has the unknown field {name[:40]!r}. The file is damaged, or newer than this glassnet."
            )
        types = wanted[name]
        allowed = types if isinstance(types, tuple) else (types,)
        if type(entry) not in allowed:
            names = " or ".join(kind.__name__ for kind in allowed)
            raise ModelFileError(f"{what}, {name}: must be {names}, not {_kind(entry)}. The file is damaged.")
    return value


def _kind(value: Any) -> str:
    """The type of a value with the value, short enough for a message."""
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '...'}"
