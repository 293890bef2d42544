"""Class labels and the targets that represent them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import type_of_target


def plain_labels(y: Any) -> np.ndarray | None:
    """The sorted distinct labels of an array whose type alone proves that they are labels; otherwise None."""
    return np.unique(y) if isinstance(y, np.ndarray) and y.ndim == 1 and len(y) and y.dtype.kind in "iubU" else None


class Labels:
    """The labels of a classifier, as in `sklearn.preprocessing.LabelBinarizer` but with fewer checks.

    Parameters
    ----------
    y : array
        Labels (n,), or a 0/1 matrix of several labels per row.

    Attributes
    ----------
    classes : array
        Sorted.
    kind : str
        ``"binary"``, ``"multiclass"`` or ``"multilabel-indicator"``.
    sparse : bool
        Whether the 0/1 matrix was sparse, so that predictions are too.
    """

    def __init__(self, y: Any) -> None:
        self.sparse = issparse(y)
        if (distinct := plain_labels(y)) is not None and (len(y) <= 20 or 2 * len(distinct) <= len(y)):
            self.kind, self.classes = "binary" if len(distinct) <= 2 else "multiclass", distinct
            return
        self.kind = type_of_target(y, input_name="y")
        if self.kind in ("binary", "multiclass") and np.ndim(y) == 1:
            self.classes = np.unique(np.asarray(y))
            return
        # it explains what is wrong with targets that are not labels
        binarizer = LabelBinarizer().fit(y)
        self.classes, self.kind = binarizer.classes_, binarizer.y_type_

    @classmethod
    def known(cls, classes: np.ndarray, kind: str) -> Labels:
        """Labels from known classes."""
        labels = cls.__new__(cls)
        labels.classes, labels.kind, labels.sparse = classes, kind, False
        return labels

    @property
    def several_per_row(self) -> bool:
        """Whether a row may have any number of labels."""
        return self.kind.startswith("multilabel")

    def binarizer(self) -> LabelBinarizer:
        """The equivalent object of scikit-learn for these labels."""
        binarizer = LabelBinarizer()
        binarizer.classes_, binarizer.y_type_, binarizer.sparse_input_ = self.classes, self.kind, self.sparse
        return binarizer

    def matrix(self, yes: np.ndarray) -> Any:
        """Predictions of several labels per row as a 0/1 matrix, sparse if the labels were."""
        numbers = yes.astype(np.int64)
        return csr_matrix(numbers) if self.sparse else numbers

    def targets(self, y: Any) -> np.ndarray:
        """0 and 1, of shape (n, 1) for up to two classes, else (n, n_classes)."""
        if self.several_per_row:
            return np.asarray(y.toarray() if issparse(y) else y)
        codes = np.searchsorted(self.classes, np.asarray(y).ravel())
        if len(self.classes) <= 2:
            return codes.reshape(-1, 1)
        return np.eye(len(self.classes), dtype=np.int64)[codes]
