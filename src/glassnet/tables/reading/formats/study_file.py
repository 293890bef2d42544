"""Files of statistics packages: SPSS, Stata and SAS, with their value labels, and data frames that R saved."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.tables.reading.content import Content, SourceFile


def labeled(reader: str) -> Callable[[SourceFile], Content]:
    """A reader of files by a function of pyreadstat: value labels become categories, user-missing codes missing cells.

    Where more than half of a column's codes have a label, the others keep their number as a level. Where fewer have
    one, the column stays one of numbers, and the labels are kept beside it: they often name codes that are no amounts.
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
            frame[name] = cells
            labels = {code: str(label) for code, label in meta.variable_value_labels.get(name, {}).items()}
            present: set[Any] = set(cells) - {None}
            known = [code for code in sorted(present, key=str) if code in labels]
            if not known:
                continue
            if 2 * len(known) <= len(present) and not isinstance(known[0], str):
                code_labels[name] = {float(code): labels[code] for code in known}
                continue
            others = sorted(present - set(known))
            if others:
                notes.append(_on_unlabeled(name, others))
            ordered = meta.variable_measure.get(name) == "ordinal"
            levels = sorted({*labels, *others})
            categories[name] = tuple(dict.fromkeys(_level(code, labels) for code in levels)) if ordered else ()
            frame[name] = [None if cell is None else _level(cell, labels) for cell in cells]
        return Content(frame=frame, categories=categories, code_labels=code_labels, notes=tuple(notes))

    return read


def _level(code: Any, labels: Mapping[Any, str]) -> str:
    """The level of a code: its label, else itself."""
    return labels.get(code) or (f"{code:g}" if isinstance(code, float) else str(code))


def _on_unlabeled(name: str, codes: Sequence[Any]) -> str:
    """A remark on codes without a label in a column of labels."""
    listed = ", ".join(_level(code, {}) for code in codes[:5]) + (", ..." if len(codes) > 5 else "")
    are = "code has no label and is a level" if len(codes) == 1 else "codes have no label and are levels"
    return f"Column {name!r}: {len(codes)} {are} as written ({listed})."


def read_r(source: SourceFile) -> Content:
    """A data frame that R saved."""
    import pyreadr

    frames = {str(name or "table"): frame for name, frame in pyreadr.read_r(str(source.path)).items()}
    frame = frames[source.choose(list(frames), source.part, "data frame")]
    factors = [str(name) for name, kind in frame.dtypes.items() if str(kind) == "category"]
    if not factors or not _has_order(source.path.read_bytes()):
        return Content(frame=frame)
    levels = "<".join(map(str, frame[factors[0]].cat.categories[:5]))
    note = (
        f"Some factors of this file are ordered, which is not read ({', '.join(factors[:5])}). Declare an order "
        f"where there is one: --kind '{factors[0]}=ordered:{levels}' (in Python kinds={{{factors[0]!r}: "
        f"'ordered:{levels}'}})."
    )
    return Content(frame=frame, notes=(note,))


def _has_order(data: bytes) -> bool:
    """Whether a file of R has a factor of the class "ordered", which its reader does not tell from others."""
    for start, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma)):
        if data.startswith(start):
            data = module.decompress(data)
    return b"\0\0\0\x07ordered" in data
