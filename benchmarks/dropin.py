"""Calls of the drop-in estimators beside scikit-learn's: `partial_fit`, `solver="lbfgs"`, `predict` of a data frame."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.cases import SEED, Case
from benchmarks.measure import Row, UnequalWorkError, interleaved

FEATURES = 30
SMALL, WIDE = (20,), (256, 256)
LOSS_TOLERANCE = {"partial_fit": 1e-3, "lbfgs": 1e-5}
"""Largest relative difference of the losses: scikit-learn's Adam adds its epsilon elsewhere, and sums are ordered
differently."""


def rows(*, repeats: int, seconds: float) -> list[Row]:
    """The rows of the table, float64; each first compares what the two libraries make of the same weights."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        effort = {"repeats": repeats, "seconds": seconds}
        return [
            *(partial_row(2000, hidden, bar, **effort) for hidden, bar in ((SMALL, 5), ((100,), None), (WIDE, 1.3))),
            partial_row(32, SMALL, 5, **effort),
            *(
                search_row(hidden, bar, **effort)
                for hidden, bar in (((5,), 3), (SMALL, 3), ((100,), None), (WIDE, 1.3))
            ),
            *(frame_row(n, **effort) for n in (1, 1000) if importlib.util.find_spec("pandas")),
        ]


def partial_row(n: int, hidden: tuple[int, ...], bar: float | None, *, repeats: int, seconds: float) -> Row:
    """One call of `partial_fit` with `n` rows in batches of 200."""
    X, y = _two_classes(n)
    classes = [0, 1]
    models = _twins("MLPClassifier", hidden, lambda model: model.partial_fit(X, y, classes=classes), shuffle=False)
    models["glassnet"]._memory = None  # Adam starts anew in both
    del models["scikit-learn"]._optimizer
    for model in models.values():
        model.partial_fit(X, y)
    _compare_losses("partial_fit", hidden, models)
    timed = _twins("MLPClassifier", hidden, lambda model: model.partial_fit(X, y, classes=classes))
    timings = interleaved(
        {name: _calls(model.partial_fit, X, y) for name, model in timed.items()}, repeats=repeats, seconds=seconds
    )
    return Row(
        f"partial_fit, {n} rows, {_shape(hidden)}", "call", timings, {} if bar is None else {"scikit-learn": bar},
        precision="float64", flops=float(max(1, n // 200) * Case("", (FEATURES, *hidden, 1), min(n, 200), n).flops),
    )  # fmt: skip


def search_row(hidden: tuple[int, ...], bar: float | None, *, repeats: int, seconds: float) -> Row:
    """Fifty iterations of L-BFGS over 500 rows."""
    X, y = _two_classes(500)
    y = X[:, 0] + X[:, 1] ** 2 + 0.1 * y
    settings = {"solver": "lbfgs", "max_iter": 50, "tol": 0.0}
    models = _twins("MLPRegressor", hidden, lambda model: model.fit(X, y), **settings | {"max_iter": 1})
    for model in models.values():
        model.set_params(warm_start=True, max_iter=4).fit(X, y)
    _compare_losses("lbfgs", hidden, models)
    timed = _twins("MLPRegressor", hidden, lambda model: model.fit(X, y), **settings)
    counts = {name: model.n_iter_ for name, model in timed.items()}
    if len(set(counts.values())) > 1:
        raise UnequalWorkError(f"lbfgs, {hidden}: {counts} iterations.")
    timings = interleaved(
        {name: _calls(model.fit, X, y) for name, model in timed.items()}, repeats=repeats, seconds=seconds
    )
    return Row(
        f"lbfgs, 500 rows, {_shape(hidden)}", "call", timings, {} if bar is None else {"scikit-learn": bar},
        precision="float64", note=f"{counts['glassnet']} iterations each",
    )  # fmt: skip


def frame_row(n: int, *, repeats: int, seconds: float) -> Row:
    """`predict` of a pandas frame, its column names included."""
    import pandas as pd

    X, y = _two_classes(1000)
    frame = pd.DataFrame(X, columns=[f"column {k}" for k in range(FEATURES)])
    models = _twins("MLPClassifier", (100,), lambda model: model.fit(frame, y), max_iter=5)
    given = frame[:n]
    answers = [model.predict(given) for model in models.values()]
    if not np.array_equal(*answers):
        raise UnequalWorkError(f"predict, frame of {n} rows: the predictions of glassnet and scikit-learn differ.")
    timings = interleaved(
        {name: _calls(model.predict, given) for name, model in models.items()}, repeats=repeats, seconds=seconds
    )
    rows = "1 row" if n == 1 else f"{n} rows"
    flops = float(sum(2 * n * n_in * n_out for n_in, n_out in pairwise((FEATURES, 100, 1))))
    return Row(
        f"predict, frame of {rows}, 30-100-1", "call", timings, {"scikit-learn": 5}, precision="float64", flops=flops
    )


def _two_classes(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of random numbers and yes or no."""
    random = np.random.default_rng(SEED)
    X = random.standard_normal((n, FEATURES))
    return X, (X[:, 0] + X[:, 1] ** 2 + random.standard_normal(n) > 1).astype(int)


def _twins(kind: str, hidden: tuple[int, ...], train: Callable[[Any], object], **settings: Any) -> dict[str, Any]:
    """A trained model of each library, both with the weights of scikit-learn's."""
    import sklearn.neural_network

    import glassnet

    settings = {"hidden_layer_sizes": hidden, "random_state": SEED} | settings
    models = {
        name: getattr(package, kind)(**settings)
        for name, package in (("glassnet", glassnet), ("scikit-learn", sklearn.neural_network))
    }
    for model in models.values():
        train(model)
    models["glassnet"].coefs_ = [w.copy() for w in models["scikit-learn"].coefs_]
    models["glassnet"].intercepts_ = [b.copy() for b in models["scikit-learn"].intercepts_]
    return models


def _compare_losses(what: str, hidden: tuple[int, ...], models: dict[str, Any]) -> None:
    """Refuse to compare calls that do not end at the same loss."""
    ours, theirs = (models[name].loss_ for name in ("glassnet", "scikit-learn"))
    if not abs(ours / theirs - 1) <= LOSS_TOLERANCE[what]:
        raise UnequalWorkError(f"{what}, {hidden}: the loss is {ours:.6g} in glassnet, {theirs:.6g} in scikit-learn.")


def _shape(hidden: tuple[int, ...]) -> str:
    """The sizes of the layers as text."""
    return "-".join(map(str, (FEATURES, *hidden, 1)))


def _calls(function: Callable[..., object], *given: Any) -> Callable[[int], None]:
    """A unit for `interleaved`: one call."""

    def run(count: int) -> None:
        for _ in range(count):
            function(*given)

    return run
