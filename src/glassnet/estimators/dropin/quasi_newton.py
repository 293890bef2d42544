"""L-BFGS: all rows at once, in double precision, searched by the engine."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import TrainingDiverged
from glassnet.estimators.networks.members import members_of
from glassnet.estimators.networks.parameters import read_callbacks
from glassnet.estimators.networks.progress import Progress, call_back

if TYPE_CHECKING:
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
    from glassnet.estimators.dropin.rows import Rows

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)

ENDS = {
    "iterations": (1, "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT"),
    "evaluations": (1, "STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT"),
    "abnormal": (2, "ABNORMAL: the line search finds no lower point"),
}
"""Ends of a search that did not converge: SciPy's status and message."""


def minimize(estimator: MultilayerPerceptron, rows: Rows) -> None:
    """Minimize the objective of each network from its weights, and store weights, `loss_` and `n_iter_`."""
    searches = []
    for weights, biases in members_of(estimator.coefs_, estimator.intercepts_):
        searches.append(_Search(estimator, rows, weights, biases).run())
        if searches[-1].reason == "interrupted":
            warnings.warn("Training interrupted by user.", stacklevel=5)
            break
    # networks that an interruption kept from starting stay where they are
    rest = members_of(estimator.coefs_, estimator.intercepts_)[len(searches) :]
    weights, biases = zip(*[search.parts for search in searches], *rest, strict=True)
    estimator._set_weights(
        [np.stack(layer) for layer in zip(*weights, strict=True)],
        [np.stack(layer) for layer in zip(*biases, strict=True)], rows.X.dtype,
    )  # fmt: skip
    estimator.n_iter_ = min(max(search.iterations for search in searches), int(estimator.max_iter))
    reasons = [search.reason for search in searches]
    estimator.stop_reason_ = reasons[0] if len(set(reasons)) == 1 else reasons
    for search in searches:
        if search.reason == "diverged":
            raise search.divergence()
    estimator.loss_ = float(np.mean([search.loss for search in searches]))
    unfinished = [search for search in searches if search.reason == "all_epochs"]
    if unfinished:
        unfinished[0].warn()


class _Search:
    """The search of one network; what it keeps is the last point at which everything was finite."""

    def __init__(self, estimator: MultilayerPerceptron, rows: Rows, weights: Any, biases: Any) -> None:
        from glassnet.engine import TrainingObjective

        self.estimator, self.rows = estimator, rows
        self.objective = TrainingObjective(estimator._plan(dtype="float64"), rows.X, rows.targets, rows.weights)
        self.packed = self.objective.pack(weights, biases)
        self.gradient = np.zeros(0)  # where it diverged
        self.callbacks, self.started = read_callbacks(estimator.callbacks), time.perf_counter()
        self.loss, self.iterations, self.reason = np.nan, 0, "plateau"
        self.message, self.status = "", 0

    def run(self) -> _Search:
        """Search to the end."""
        estimator = self.estimator
        iterations, evaluations = (int(min(most, 2**62)) for most in (estimator.max_iter, estimator.max_fun))
        search = self.objective.search(self.packed, iterations=iterations, evaluations=evaluations, slope=estimator.tol)
        watched, finished = bool(estimator.verbose or self.callbacks), False
        try:
            while not finished:
                before = search.iterations
                finished = search.advance(1 if watched else iterations)
                if watched and search.iterations > before and self._ends_after(search):
                    self.reason = "callback"
                    break
        except KeyboardInterrupt:
            self.reason = "interrupted"
        self.packed, self.loss, self.iterations = search.point, search.value, search.iterations
        if search.end == "diverged":
            self.reason, self.gradient = "diverged", search.gradient
        elif search.end in ENDS and self.reason == "plateau":
            self.reason = "all_epochs"
            self.status, self.message = ENDS[search.end]
        return self

    @property
    def parts(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Weights and biases at the point that is kept."""
        return self.objective.unpack(self.packed)

    def _ends_after(self, search: Any) -> bool:
        """After each iteration: print, and call back; whether a callback ends the search."""
        if self.estimator.verbose:
            print(f"Iteration {search.iterations}, loss = {search.value:.8f}")  # noqa: T201 - asked for by verbose
        seconds = time.perf_counter() - self.started
        progress = Progress(search.iterations, self.estimator.max_iter, search.value, None, search.iterations, seconds)
        return call_back(self.callbacks, progress)

    def divergence(self) -> TrainingDiverged:
        """Where the search went wrong, what is kept, and what helps."""
        bad_layer = first_bad_layer(*self.objective.unpack(self.gradient))
        where = f"the gradient of layer {bad_layer + 1}" if bad_layer >= 0 else "the loss"
        return TrainingDiverged(
            f"{NOT_FINITE} L-BFGS: {where} stopped being finite in step {self.iterations + 1} (L-BFGS has no learning "
            f"rate); the largest input was {np.abs(self.rows.X).max():g}. The last good weights are kept. Scale the "
            "inputs."
        )

    def warn(self) -> None:
        """Say that the search did not converge."""
        from sklearn.exceptions import ConvergenceWarning

        limit, more = self.estimator.max_iter, ""
        if self.iterations >= limit:
            more = f"\n\nIncrease the number of iterations to improve the convergence (max_iter={limit})."
        warnings.warn(
            f"lbfgs failed to converge after {min(self.iterations, limit)} iteration(s) (status={self.status}):\n"
            f"{self.message}\n{more}\nScaled inputs (mean 0, standard deviation 1) often help.",
            ConvergenceWarning, stacklevel=6,
        )  # fmt: skip


def first_bad_layer(d_weights: Any, d_biases: Any) -> int:
    """The first layer, from 0, whose gradient is not finite; -1 when all are."""
    finite = [np.isfinite(w).all() and np.isfinite(b).all() for w, b in zip(d_weights, d_biases, strict=True)]
    return -1 if all(finite) else finite.index(False)
