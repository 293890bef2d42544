"""Class labels in the user's type, with the texts that represent them in a schema and in a model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import DataError, ModelFileError
from glassnet.tables.columns.labels import LabelText

_KINDS = "biufUOT"  # booleans, numbers, texts, objects, NumPy's texts of any length
_PLACES_SHOWN = 5
_STORED_TYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "str", "object", "string",
)  # fmt: skip
STORED = "labels"
"""Name under which a model file tells the type of its labels, where the texts alone would not give them back."""


@dataclass(frozen=True)
class ClassLabels:
    """Labels and their texts, in the order of the class codes.

    Attributes
    ----------
    values : array, shape (n_classes,)
        With the type of the original targets.
    texts : tuple of str
    """

    values: np.ndarray
    texts: tuple[str, ...]

    def in_order(self, texts: Sequence[str]) -> np.ndarray | None:
        """The labels in the order of these texts; None if the texts differ."""
        if set(texts) != set(self.texts):
            return None
        return self.values[[self.texts.index(text) for text in texts]]


class Targets(NamedTuple):
    """Class labels of every row as cells, and the labels themselves."""

    cells: LabelText
    labels: ClassLabels


def array_of(y: Any) -> np.ndarray:
    """Targets as a NumPy array, including nullable and Arrow types of pandas; missing targets are an error.

    Raises
    ------
    DataError
        When a target is missing.

    Examples
    --------
    >>> array_of(["a", "b"]).tolist()
    ['a', 'b']
    """
    values = np.asarray(y)
    missing: list[int] = []
    if values.dtype.kind == "f":
        missing = np.flatnonzero(np.isnan(values)).tolist()
    elif values.dtype.kind == "O":
        missing = [row for row, cell in enumerate(values.ravel().tolist()) if is_missing(cell)]
    if missing:
        listed = ", ".join(map(str, missing[:_PLACES_SHOWN])) + (", ..." if len(missing) > _PLACES_SHOWN else "")
        raise DataError(
            f"Input y contains NaN: {len(missing)} of {len(values)} targets are missing (rows {listed}, counted from "
            "0). Leave these rows out of X and y, or give one table with target='column', whose rows without a target "
            "are left out."
        )
    inner = getattr(getattr(y, "dtype", None), "numpy_dtype", None)
    if values.dtype.kind == "O" and isinstance(inner, np.dtype) and inner.kind in "biuf":
        return values.astype(inner)
    return values


def is_missing(cell: Any) -> bool:
    """Whether a value is None, NaN, NaT or pandas' NA."""
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, float) and cell != cell)


def label_text(label: Any) -> str:
    """The text that represents a label.

    Examples
    --------
    >>> label_text(True), label_text(3), label_text(0.5), label_text("3")
    ('true', '3', '0.5', '3')
    """
    return str(label).lower() if isinstance(label, bool) else str(label)


def read_labels(values: np.ndarray, owner: str) -> Targets:
    """Class labels (n,), each unchanged; the classes are sorted, as scikit-learn's tools expect.

    Raises
    ------
    DataError
        When they are amounts, or cannot be sorted.
    """
    if values.dtype.kind not in _KINDS:
        raise DataError(
            f"Unknown label type: {values.dtype}. Class labels are texts, whole numbers or True and False. Turn them "
            "into texts: y.astype(str)."
        )
    if values.dtype.kind == "f":
        _check_no_amounts(values, owner)
    try:
        distinct, codes = np.unique(values, return_inverse=True)
        plain = distinct.tolist()
        if not all(isinstance(label, (str, bool, int, float)) for label in plain):
            raise TypeError
    except TypeError:
        kinds = sorted({type(label).__name__ for label in values.tolist()})
        raise DataError(
            f"Unknown label type: y holds labels of the kinds {', '.join(kinds[:5])}. Class labels are all texts, all "
            "numbers, or all True and False. Turn them into texts: y.astype(str)."
        ) from None
    texts = tuple(map(label_text, plain))
    cells = LabelText(tuple(texts[code] for code in codes.ravel().tolist()))
    return Targets(cells, ClassLabels(distinct, texts))


def _check_no_amounts(values: np.ndarray, owner: str) -> None:
    """Raise for amounts where classes are expected."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(f"Input y contains infinity: row {infinite[0]} (counted from 0). Correct it.")
    from sklearn.utils.multiclass import type_of_target

    if values.size and type_of_target(values).startswith("continuous"):
        raise DataError(
            f"Unknown label type: continuous. y holds amounts, and {owner} predicts classes. Use GlassRegressor, "
            "or turn the classes into texts or whole numbers."
        )


def labels_of_texts(texts: Sequence[str]) -> np.ndarray:
    """Labels from the texts of a file: whole numbers and true/false as such, everything else as text.

    Examples
    --------
    >>> labels_of_texts(["0", "1"]), labels_of_texts(["false", "true"]), labels_of_texts(["01", "1"]).tolist()
    (array([0, 1]), array([False,  True]), ['01', '1'])
    """
    if set(texts) == {"false", "true"}:
        return np.array([label == "true" for label in texts])
    try:
        numbers = [int(label) for label in texts]
    except ValueError:
        return np.array(texts, dtype=object)
    canonical = all(str(number) == label for number, label in zip(numbers, texts, strict=True))
    return np.array(numbers) if canonical else np.array(texts, dtype=object)


def stored_type(labels: np.ndarray, texts: Sequence[str]) -> dict[str, str]:
    """The type of labels for a model file; empty if the texts suffice to restore them."""
    guessed = labels_of_texts(texts)
    if guessed.dtype == labels.dtype and guessed.tolist() == labels.tolist():
        return {}
    return {STORED: {"U": "str", "T": "string", "O": "object"}.get(labels.dtype.kind, labels.dtype.name)}


def restored_labels(classes: Sequence[Any], texts: Sequence[str], fitted: Mapping[str, Any]) -> np.ndarray:
    """The labels of a model file, in their original type."""
    stored_kind = fitted.get(STORED)
    if stored_kind is None:
        return labels_of_texts(texts)
    labels, kept = np.empty(0), isinstance(stored_kind, str) and stored_kind in _STORED_TYPES
    if kept:
        try:
            labels = np.array(list(classes), dtype=_string_type() if stored_kind == "string" else stored_kind)
            kept = len(labels) == len(texts) and labels.tolist() == list(classes)
        except (TypeError, ValueError, OverflowError):
            kept = False
    if not kept:
        raise ModelFileError(
            f"The model file's classes are not labels of the type {str(stored_kind)[:40]!r}. It is damaged."
        )
    return labels


def _string_type() -> Any:
    """NumPy's strings of any length, available since version 2."""
    known = getattr(np.dtypes, "StringDType", None)
    return object if known is None else known()


def text_labels(column: Any, texts: Sequence[str]) -> np.ndarray | None:
    """The labels of a data frame's text column, as texts; None for any other column."""
    values = np.asarray(column)
    if values.dtype.kind in "UT":
        return np.array(texts, dtype=np.str_ if values.dtype.kind == "U" else values.dtype)
    present = [cell for cell in values.tolist() if not is_missing(cell)] if values.dtype.kind == "O" else []
    if present and all(isinstance(cell, str) for cell in present):
        return np.array(texts, dtype=object)
    return None


def declared_order(column: Any) -> tuple[str, ...]:
    """The levels of an ordered categorical column (pandas) or an Enum (polars), in order; empty for other columns."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "ordered", False) is True:
        return tuple(map(label_text, dtype.categories.tolist()))  # type: ignore[union-attr]
    if type(dtype).__name__ == "Enum":
        return tuple(dtype.categories.to_list())  # type: ignore[union-attr]
    return ()
