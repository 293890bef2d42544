"""L-BFGS: all rows at once, in double precision, with gradients from the engine and the search from SciPy."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import TrainingDiverged

if TYPE_CHECKING:
    from glassnet.estimators.multilayer import MultilayerPerceptron, Rows

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


def minimize(estimator: MultilayerPerceptron, rows: Rows) -> None:
    """Minimize the objective from the estimator's weights, and store weights, `loss_` and `n_iter_`."""
    from scipy.optimize import minimize as search
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from glassnet.engine import loss_and_gradients

    plan = estimator._plan(dtype="float64")
    X, targets = (np.ascontiguousarray(part, dtype=np.float64) for part in (rows.X, rows.targets))
    shapes = [part.shape for part in (*estimator.coefs_, *estimator.intercepts_)]
    n_layers = len(estimator.coefs_)

    def objective(packed: np.ndarray) -> tuple[float, np.ndarray]:
        parts = unpack(packed, shapes)
        loss, d_weights, d_biases = loss_and_gradients(
            plan, parts[:n_layers], parts[n_layers:], X, targets, rows.weights
        )
        return loss, pack([*d_weights, *d_biases])

    # one BLAS thread: small vectors gain nothing from more, and the bits must not depend on how many there are
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow in the search is judged below, by its result
        found = search(
            objective, pack([*estimator.coefs_, *estimator.intercepts_]), method="L-BFGS-B", jac=True,
            options={"maxfun": estimator.max_fun, "maxiter": estimator.max_iter, "gtol": estimator.tol},
            callback=_printer() if estimator.verbose else None,
        )  # fmt: skip
    if not (np.isfinite(found.fun) and np.isfinite(found.x).all()):
        raise TrainingDiverged(f"{NOT_FINITE} L-BFGS stopped at a loss of {found.fun}; the weights before it are kept.")
    parts = [part.astype(rows.X.dtype) for part in unpack(found.x, shapes)]
    estimator.coefs_, estimator.intercepts_ = parts[:n_layers], parts[n_layers:]
    estimator.loss_ = float(found.fun)
    estimator.n_iter_ = min(int(found.nit), int(estimator.max_iter))
    if found.status != 0:
        more = ""
        if estimator.n_iter_ == estimator.max_iter:
            more = f"\n\nIncrease the number of iterations to improve the convergence (max_iter={estimator.max_iter})."
        warnings.warn(
            f"lbfgs failed to converge after {estimator.n_iter_} iteration(s) (status={found.status}):\n"
            f"{found.message}\n{more}\nScaled inputs (mean 0, standard deviation 1) often help.",
            ConvergenceWarning, stacklevel=5,
        )  # fmt: skip


def pack(parts: Any) -> np.ndarray:
    """All weights and biases in one float64 vector."""
    return np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])


def unpack(packed: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The vector cut back into arrays of the given shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(packed, ends[:-1]), shapes, strict=True)]


def _printer() -> Any:
    """A callback that prints the loss of each iteration."""
    count = 0

    def show(intermediate_result: Any) -> None:
        nonlocal count
        count += 1
        print(f"Iteration {count}, loss = {intermediate_result.fun:.8f}")  # noqa: T201 - asked for by verbose

    return show
