"""Whole calls as a user makes them: `fit` of the default classifier, `predict` of one row and of a thousand."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from benchmarks.cases import SEED, Case
from benchmarks.measure import Row, UnequalWorkError, interleaved


def rows(*, repeats: int, seconds: float, epochs: int = 200) -> list[Row]:
    """The rows of the table that go through the estimators; scikit-learn is the only peer with such calls."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the default of 200 epochs ends before convergence
        return [
            *(fit_row(dtype, repeats=repeats, seconds=seconds, epochs=epochs) for dtype in ("float32", "float64")),
            *predict_rows(repeats=repeats, seconds=seconds),
        ]


def fit_row(dtype: str, *, repeats: int, seconds: float, epochs: int) -> Row:
    """`fit` of the default `MLPClassifier` on 569 standardized rows, input checks and stopping rules included."""
    from sklearn.neural_network import MLPClassifier

    import glassnet

    X, y = _patients()
    X = X.astype(dtype)
    kinds = {"glassnet": glassnet.MLPClassifier, "scikit-learn": MLPClassifier}
    fitted = {name: kind(random_state=SEED, max_iter=epochs).fit(X, y) for name, kind in kinds.items()}
    ours, theirs = fitted["glassnet"], fitted["scikit-learn"]
    accuracy = {name: model.score(X, y) for name, model in fitted.items()}
    if abs(accuracy["glassnet"] - accuracy["scikit-learn"]) > 0.02 or not 0.8 < ours.n_iter_ / theirs.n_iter_ < 1.25:
        raise UnequalWorkError(
            f"fit: {ours.n_iter_} epochs to accuracy {accuracy['glassnet']:.3f} in glassnet, {theirs.n_iter_} epochs "
            f"to {accuracy['scikit-learn']:.3f} in scikit-learn."
        )

    def fit(kind):
        def run(count: int) -> None:
            for _ in range(count):
                kind(random_state=SEED, max_iter=epochs).fit(X, y)

        return run

    timings = interleaved({name: fit(kind) for name, kind in kinds.items()}, repeats=repeats, seconds=seconds)
    return Row(
        f"fit, 569 × 30, 30-100-1, {dtype}", "call", timings,
        {"scikit-learn": 10 if dtype == "float32" else 5.5}, precision=dtype,
        flops=float(ours.n_iter_ * sum(Case("", (30, 100, 1), b, b).flops for b in (200, 200, 169))),
        note=f"epochs {ours.n_iter_} and {theirs.n_iter_}, final loss {ours.loss_:.4f} and {theirs.loss_:.4f}, "
        f"training accuracy {accuracy['glassnet']:.3f} and {accuracy['scikit-learn']:.3f}",
    )  # fmt: skip


def predict_rows(*, repeats: int, seconds: float) -> list[Row]:
    """`predict` with the same weights in both libraries, and what `compile_predict` returns; float32."""
    X, y = _patients()
    X = X.astype(np.float32)
    thousand = np.resize(X, (1000, X.shape[1]))
    listed = []
    for name, hidden, data, limit, fast_limit in (
        ("1 row, 30-100-1", (100,), X[:1], 10e-6, 1e-6),
        ("1000 rows, 30-64-64-1", (64, 64), thousand, None, 80e-6),
    ):
        models = _equal_models(hidden, X, y)
        ours, theirs = models.values()
        compiled = ours.compile_predict()
        given = data[0] if len(data) == 1 else data
        yes = np.atleast_1d(compiled(given)) > 0.5
        if not (np.array_equal(ours.predict(data), theirs.predict(data)) and np.array_equal(ours.predict(data), yes)):
            raise UnequalWorkError(f"predict, {name}: the predictions of glassnet and scikit-learn differ.")
        sizes = (X.shape[1], *hidden, 1)
        flops = float(sum(2 * len(data) * n_in * n_out for n_in, n_out in pairwise(sizes)))
        runs = {key: _calls(model.predict, data) for key, model in models.items()}
        timings = interleaved(runs | {"fast": _calls(compiled, given)}, repeats=repeats, seconds=seconds)
        fast = timings.pop("fast")
        listed.append(Row(f"predict, {name}", "call", timings, {"scikit-learn": 5}, limit=limit, flops=flops))
        listed.append(Row(f"compile_predict, {name}", "call", {"glassnet": fast}, limit=fast_limit, flops=flops))
    return listed


def _calls(function: Callable[[np.ndarray], np.ndarray], data: np.ndarray) -> Callable[[int], None]:
    """A unit for `interleaved`: one call."""

    def run(count: int) -> None:
        for _ in range(count):
            function(data)

    return run


def _equal_models(hidden: tuple[int, ...], X: np.ndarray, y: np.ndarray) -> dict[str, object]:
    """A fitted classifier of each library, both with the weights of scikit-learn's."""
    from sklearn.neural_network import MLPClassifier

    import glassnet

    settings = {"hidden_layer_sizes": hidden, "random_state": SEED, "max_iter": 30}
    models = {
        "glassnet": glassnet.MLPClassifier(**settings).fit(X, y),
        "scikit-learn": MLPClassifier(**settings).fit(X, y),
    }
    models["glassnet"].coefs_ = [w.copy() for w in models["scikit-learn"].coefs_]
    models["glassnet"].intercepts_ = [b.copy() for b in models["scikit-learn"].intercepts_]
    return models


def _patients() -> tuple[np.ndarray, np.ndarray]:
    """The 569 patients of the breast cancer data, standardized."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y
