"""The records of a sheet in an .xls file: what its reader leaves out.

Such a file is a small file system (MS-CFB) of sectors in chains, one stream of which, "Workbook", is a sequence of
records (MS-XLS), each with its type and length.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

_END = 0xFFFFFFFA
"""Sector numbers from here on end a chain."""
_NAMES = {0x208: "row", 0x7D: "columns", 0x205: "value", 0x06: "formula"}
_SHEET, _END_OF_SHEET = 0x85, 0x0A


def records_of(data: bytes, sheet: str) -> Iterator[tuple[str, bytes]]:
    """The records of a sheet that tell of rows, columns, values of truth or errors, and formulas."""
    book = _stream(data, ("Workbook", "Book"))
    start = next(int.from_bytes(body[:4], "little") for kind, body in _records(book, 0)
                 if kind == _SHEET and _name(body[6:]) == sheet)  # fmt: skip
    for kind, body in _records(book, start):
        if kind in _NAMES:
            yield _NAMES[kind], body


def _records(book: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place up to the end of its part."""
    while place + 4 <= len(book):
        kind, length = unpack_from("<HH", book, place)
        if kind == _END_OF_SHEET:
            return
        yield kind, book[place + 4 : place + 4 + length]
        place += 4 + length


def _name(text: bytes) -> str:
    """A name behind its length and whether its letters take two bytes."""
    return text[2 : 2 + 2 * text[0]].decode("utf-16-le") if text[1] & 1 else text[2 : 2 + text[0]].decode("latin-1")


def _stream(data: bytes, names: tuple[str, ...]) -> bytes:
    """The bytes of the first stream with one of the names."""
    size, small = (1 << shift for shift in unpack_from("<HH", data, 30))
    n_tables, folder, _, least, first_small, _, further = (
        unpack_from("<I", data, place)[0] for place in (44, 48, 52, 56, 60, 64, 68)
    )

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    tables = list(unpack_from("<109I", data, 76))
    while further < _END:
        more = unpack_from(f"<{size // 4}I", sector(further))
        tables += more[:-1]
        further = more[-1]
    following = [number for table in tables[:n_tables] for number in unpack_from(f"<{size // 4}I", sector(table))]

    def chain(number: int, links: list[int]) -> Iterator[int]:
        for _ in range(len(links)):  # a damaged chain may be a circle
            if number >= _END:
                return
            yield number
            number = links[number]

    def whole(number: int) -> bytes:
        return b"".join(map(sector, chain(number, following)))

    entries = whole(folder)
    of_small = b""
    for place in range(0, len(entries), 128):
        length = unpack_from("<H", entries, place + 64)[0]
        name = entries[place : place + max(0, length - 2)].decode("utf-16-le")
        start, n_bytes = unpack_from("<II", entries, place + 116)
        if place == 0:
            of_small = whole(start) if start < _END else b""
        elif name in names:
            if n_bytes >= least:
                return whole(start)[:n_bytes]
            table = whole(first_small)
            links = list(unpack_from(f"<{len(table) // 4}I", table))
            return b"".join(of_small[k * small : (k + 1) * small] for k in chain(start, links))[:n_bytes]
    raise KeyError(names[0])
