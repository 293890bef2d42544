"""Files of statistics packages: SPSS, Stata and SAS, with their value labels, and data frames that R saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.tables.reading.content import Content, Source


def labeled(reader: str) -> Callable[[Source], Content]:
    """What reads a file by a function of pyreadstat: value labels become categories, user-missing codes missing cells.

    Where more than half of a column's codes have a label, the others keep their number as a level. Where fewer have
    one, the column stays one of numbers, and the labels are kept beside it: they often name codes that are no amounts.
    """

    def read(source: Source) -> Content:
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
    """What to say of codes without a label in a column of labels."""
    listed = ", ".join(_level(code, {}) for code in codes[:5]) + (", ..." if len(codes) > 5 else "")
    are = "code has no label and is a level" if len(codes) == 1 else "codes have no label and are levels"
    return f"Column {name!r}: {len(codes)} {are} as written ({listed})."


def read_r(source: Source) -> Content:
    """A data frame that R saved."""
    import pyreadr

    frames = {str(name or "table"): frame for name, frame in pyreadr.read_r(str(source.path)).items()}
    return Content(frame=frames[source.choose(list(frames), source.part, "data frame")])
