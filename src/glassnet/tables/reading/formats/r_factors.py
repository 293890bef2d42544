"""The ordered factors of an R file and their order, which its reader does not report.

R writes an object as a tree of items (R Internals, "Serialization Formats"): each has a type and flags, its content,
and perhaps attributes, among which are the names, the class and the levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import unpack_from
from typing import Any

_SYMBOL, _PAIRS, _LANGUAGE, _TEXT, _TEXTS, _LIST, _EXPRESSION = 1, 2, 6, 9, 16, 19, 20
_CLOSURE, _PROMISE, _ENVIRONMENT, _COMPACT, _REFERENCE = 3, 5, 4, 238, 255
_BYTES = {10: 4, 13: 4, 14: 8, 15: 16, 24: 1}
"""Of one element of logical, integer, real, complex and raw vectors."""
_EMPTY = frozenset((241, 242, 247, 251, 252, 253, 254))
_ATTRIBUTES, _TAG = 0x200, 0x400


@dataclass(frozen=True)
class _Item:
    """An object: texts, or the objects in it by name, and its attributes."""

    content: Any = None
    attributes: dict[str, _Item] = field(default_factory=dict)

    def texts(self, attribute: str) -> list[str]:
        """The texts of an attribute."""
        one = self.attributes.get(attribute)
        return [text for text in one.content if isinstance(text, str)] if one and isinstance(one.content, list) else []


class _Reader:
    """Reads the items of unpacked bytes, in R's portable binary form."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0
        self.references: list[_Item] = []

    def whole(self) -> int:
        """A whole number of four bytes."""
        self.place += 4
        return int(unpack_from(">i", self.data, self.place - 4)[0])

    def length(self) -> int:
        """The length of a vector; that of a long one has eight bytes."""
        n = self.whole()
        return n if n >= 0 else (self.whole() << 32) + self.whole()

    def take(self, n: int) -> bytes:
        """The next bytes."""
        self.place += n
        return self.data[self.place - n : self.place]

    def item(self) -> _Item:
        """The next item."""
        flags = self.whole()
        kind = flags & 0xFF
        if kind in _EMPTY:
            return _Item()
        if kind == _REFERENCE:
            return self.references[(flags >> 8 or self.whole()) - 1]
        if kind == _SYMBOL:
            self.references.append(self.item())
            return self.references[-1]
        if kind in (_PAIRS, _LANGUAGE, _CLOSURE, _PROMISE):
            return _Item(self.pairs(flags))
        if kind == _TEXT:
            n = self.whole()
            return _Item(None if n < 0 else self.take(n).decode("utf-8", "replace"))
        if kind == _ENVIRONMENT:
            self.whole()
            self.references.append(environment := _Item())
            for _ in range(4):
                self.item()
            return environment
        if kind == _COMPACT:
            self.item()
            state = self.item()
            return _Item(state.content, self.attributes(self.item()))
        if kind in _BYTES:
            self.take(self.length() * _BYTES[kind])
            content: Any = None
        elif kind in (_TEXTS, _LIST, _EXPRESSION):
            items = [self.item() for _ in range(self.length())]
            content = [one.content for one in items] if kind == _TEXTS else items
        else:
            raise ValueError(f"an object of type {kind}")
        return _Item(content, self.attributes(self.item()) if flags & _ATTRIBUTES else {})

    def pairs(self, flags: int) -> dict[str, _Item]:
        """A list of pairs of a name and a value; unnamed entries are omitted."""
        values = {}
        while flags & 0xFF in (_PAIRS, _LANGUAGE, _CLOSURE, _PROMISE):
            if flags & _ATTRIBUTES:
                self.item()
            name = self.item().content if flags & _TAG else None
            value = self.item()
            if isinstance(name, str):
                values[name] = value
            flags = self.whole()
        if flags & 0xFF not in _EMPTY:
            raise ValueError("a list that ends with a value")
        return values

    def attributes(self, item: _Item) -> dict[str, _Item]:
        """The attributes that a list of pairs holds."""
        return item.content if isinstance(item.content, dict) else {}


def ordered_factors(data: bytes) -> dict[str, dict[str, tuple[str, ...]]]:
    """The levels of each ordered factor, the lowest first, by the name of the data frame and of the column.

    The name of a data frame that is alone in its file is empty. Bytes in another form than the portable binary one, or
    with objects that no table has, are a `ValueError`.
    """
    saved = data.startswith((b"RDX2\n", b"RDX3\n"))
    reader = _Reader(data[5:] if saved else data)
    if reader.take(2) != b"X\n":
        raise ValueError("another form")
    version = reader.whole()
    reader.take(8)
    if version == 3:
        reader.take(reader.whole())
    top = reader.item()
    frames = top.content if saved and isinstance(top.content, dict) else {"": top}
    return {name: _of_frame(frame) for name, frame in frames.items() if isinstance(frame.content, list)}


def _of_frame(frame: _Item) -> dict[str, tuple[str, ...]]:
    """The ordered factors among the columns of a data frame."""
    columns = zip(frame.texts("names"), frame.content, strict=False)
    return {
        name: tuple(column.texts("levels"))
        for name, column in columns
        if isinstance(column, _Item) and "ordered" in column.texts("class")
    }
