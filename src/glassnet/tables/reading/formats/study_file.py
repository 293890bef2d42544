"""Files of statistics packages: SPSS, Stata and SAS, with their value labels, and data frames that R saved."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.tables.reading.content import Content, SourceFile
from glassnet.tables.reading.formats.r_factors import ordered_factors
from glassnet.tables.reading.formats.study_date import date_reader

_PACKAGES = {"read_dta": "Stata", "read_sav": "SPSS"}


def labeled(reader: str) -> Callable[[SourceFile], Content]:
    """A reader of files by a function of pyreadstat: value labels become categories, user-missing codes missing cells.

    Where more than half of a column's codes have a label, the others keep their number as a level. Where fewer have
    one, the column stays one of numbers, and the labels are kept beside it: they often name codes that are not amounts.
    """

    def read(source: SourceFile) -> Content:
        import pyreadstat

        columns, meta = getattr(pyreadstat, reader)(str(source.path), output_format="dict")
        frame: dict[str, Any] = {}
        categories: dict[str, tuple[str, ...]] = {}
        code_labels: dict[str, Mapping[float, str]] = {}
        notes = []
        for name, values in columns.items():
            cells = [None if value is None or value != value or value == "" else value for value in values]
            day = date_reader(_PACKAGES.get(reader, "SAS"), meta.original_variable_types.get(name) or "")
            if day is not None and all(isinstance(value, (int, float)) for value in cells if value is not None):
                cells = [None if value is None else day(value) for value in cells]
            frame[name] = cells
            labels = {code: str(label) for code, label in meta.variable_value_labels.get(name, {}).items()}
            present: set[Any] = set(cells) - {None}
            if not any(isinstance(code, str) for code in present):  # others name codes such as .a, which are missing
                labels = {code: label for code, label in labels.items() if not isinstance(code, str)}
            known = [code for code in sorted(present, key=str) if code in labels]
            if not known:
                continue
            if 2 * len(known) <= len(present) and not isinstance(known[0], str):
                code_labels[name] = {float(code): labels[code] for code in known}
                continue
            others = sorted(present - set(known))
            if others:
                notes.append(_unlabeled_remark(name, others))
            ordered = meta.variable_measure.get(name) == "ordinal"
            levels = sorted({*labels, *others})
            categories[name] = tuple(dict.fromkeys(_level(code, labels) for code in levels)) if ordered else ()
            frame[name] = [None if cell is None else _level(cell, labels) for cell in cells]
        return Content(frame=frame, categories=categories, code_labels=code_labels, notes=tuple(notes))

    return read


def _level(code: Any, labels: Mapping[Any, str]) -> str:
    """The level of a code: its label, else itself."""
    return labels.get(code) or (f"{code:g}" if isinstance(code, float) else str(code))


def _unlabeled_remark(name: str, codes: Sequence[Any]) -> str:
    """A remark on codes without a label in a column of labels."""
    listed = ", ".join(_level(code, {}) for code in codes[:5]) + (", ..." if len(codes) > 5 else "")
    are = "code has no label and is a level" if len(codes) == 1 else "codes have no label and are levels"
    return f"Column {name!r}: {len(codes)} {are} as written ({listed})."


def read_r(source: SourceFile) -> Content:
    """A data frame that R saved, the order of its ordered factors with it."""
    import pyreadr

    frames = {str(name or "table"): frame for name, frame in pyreadr.read_r(str(source.path)).items()}
    chosen = source.choose(list(frames), source.part, "data frame")
    frame = frames[chosen]
    factors = [str(name) for name, kind in frame.dtypes.items() if str(kind) == "category"]
    data = _unpack(source.path.read_bytes()) if factors else b""
    if b"\0\0\0\x07ordered" not in data:
        return Content(frame=frame)
    try:
        orders = ordered_factors(data)
        return Content(frame=frame, categories=orders.get(chosen) or orders.get("", {}))
    except (ValueError, IndexError, KeyError, RecursionError, struct.error):  # objects that are not data frames
        pass
    levels = "<".join(map(str, frame[factors[0]].cat.categories[:5]))
    note = (
        f"Some factors of this file are ordered, which is not read ({', '.join(factors[:5])}). Declare an order "
        f"where there is one: --kind '{factors[0]}=ordered:{levels}' (in Python kinds={{{factors[0]!r}: "
        f"'ordered:{levels}'}})."
    )
    return Content(frame=frame, notes=(note,))


def _unpack(data: bytes) -> bytes:
    """The bytes of a file of R, which may be packed."""
    unpackers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress), (b"\xfd7zXZ", lzma.decompress),
    )  # fmt: skip
    for start, unpack in unpackers:
        if data.startswith(start):
            return unpack(data)
    return data
