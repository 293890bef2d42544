"""Print the sha256 of the weights and predictions of many small trainings, a line each: they are the same everywhere.

They are kept in `tests/pins/bits.txt`, and `python native/bits.py tests/pins/bits.txt` compares. Every activation and
every optimizer of the registries is there, in both precisions, and penalties, dropout, early stopping, several networks
and images. `native/aarch64.sh` runs it on another kind of processor.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import Convolution, Dense, MaxPooling, MeanPooling, MLPClassifier, MLPRegressor
from glassnet.formulas import activations, optimizers

# Sixteenths: they are the same numbers in either precision, and no function of the platform has made them.
_X = ((np.arange(150 * 36) * 7919 % 101 - 50) / 16.0).reshape(150, 36)
_CLASS = (_X[:, 0] * _X[:, 1] > 0).astype(int)
_AMOUNT = np.round(_X[:, 0] + _X[:, 2] * _X[:, 1], 3)


def _trainings() -> Iterator[tuple[str, Any, np.ndarray]]:
    """Names, estimators and targets."""
    shared: dict[str, Any] = {"random_state": 3, "max_iter": 4, "batch_size": 40}
    for name in activations:
        yield f"activation {name}", MLPClassifier((16, 8), activation=name, **shared), _CLASS
    for name in (*optimizers, "lbfgs"):
        yield f"optimizer {name}", MLPClassifier((16, 8), activation="tanh", solver=name, **shared), _CLASS
    yield "amounts, wide", MLPRegressor("squared_error", (300, 5), alpha=0.1, **shared), _AMOUNT
    yield "penalties and dropout", MLPClassifier((20,), alpha=0.1, l1=0.01, dropout=0.3, **shared), _CLASS
    yield "early stopping", MLPClassifier((9,), early_stopping=True, **shared), _CLASS
    yield "eleven networks", MLPClassifier((9, 4), n_networks=11, dropout=0.2, **shared), _CLASS
    for pooling in (MaxPooling(2), MeanPooling(2)):
        layers = [Convolution(6, 3, activation="relu"), pooling, Dense(10, activation="gelu")]
        yield f"image, {type(pooling).__name__}", MLPClassifier(layers, input_shape=(6, 6, 1), **shared), _CLASS


def lines() -> Iterator[str]:
    """Precision, training and sha256 of each."""
    for kind in (np.float32, np.float64):
        X = _X.astype(kind)
        for name, estimator, target in _trainings():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # four epochs do not converge
                estimator.fit(X, target)
            found = hashlib.sha256()
            for array in (*estimator.coefs_, *estimator.intercepts_, estimator.predict(X)):
                found.update(np.ascontiguousarray(array).tobytes())
            yield f"{np.dtype(kind).name}  {name}  {found.hexdigest()}"


def main(kept: str | None = None) -> int:
    """Print the lines, or how they differ from those kept in a file."""
    found = list(lines())
    if kept is None:
        sys.stdout.write("\n".join(found) + "\n")
        return 0
    expected = Path(kept).read_text(encoding="utf-8").splitlines()
    differing = sorted(set(found) ^ set(expected))
    sys.stdout.write(
        "\n".join([*differing, f"{len(set(found) & set(expected))} trainings of {len(expected)}: the same bits"]) + "\n"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
