"""Logistic regressions of the outcome on the predicted log odds, one per bootstrap draw, all at once.

The calibration slope is that of the log odds, the intercept is that with the slope fixed at 1, and the flexible curve
uses a restricted cubic spline of them (Harrell 2015). Newton steps with halving find the maximum likelihood; if there
is none, because the classes are separated or all rows have the same value, the coefficients are NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
_MOST_STEPS, _MOST_HALVINGS = 60, 12
_CLOSE = 1e-9
_SINGULAR = 1e-12
KNOT_SHARES = (0.05, 0.35, 0.65, 0.95)
CURVE_PENALTY = 0.01
"""The penalty on squared coefficients of the curve's standardized columns: far less than the information in one row. It
matters if rows are separated, and shrinks toward no correction."""


def logistic_fits(
    columns: Floats,
    truth: NDArray[np.bool_],
    weights: Floats,
    *,
    offset: Floats | None = None,
    penalty: Floats | None = None,
) -> Floats:
    """Coefficients of weighted logistic regressions, one per row of weights.

    Parameters
    ----------
    columns : array of shape (n, k)
        Predictors, with a column of ones for the intercept.
    truth : array of bool, shape (n,)
    weights : array of shape (draws, n)
    offset : array of shape (n,), optional
        A term added to the log odds with coefficient 1.
    penalty : array of shape (k,), optional
        Half of it times the squared coefficient is added to the objective.

    Returns
    -------
    array of shape (draws, k)
        Coefficients; NaN if a class has no rows, or the best coefficients are infinite.
    """
    k = columns.shape[1]
    ridge = np.zeros(k) if penalty is None else penalty
    base = np.zeros(len(truth)) if offset is None else offset
    with np.errstate(over="ignore", invalid="ignore"):  # a step may be far too long and is then halved
        return _fits(columns, truth, weights, base, ridge)


def _fits(columns: Floats, truth: NDArray[np.bool_], weights: Floats, base: Floats, ridge: Floats) -> Floats:
    """The same by Newton's method, all draws at once."""
    draws, k = len(weights), columns.shape[1]
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(truth), k * k)
    yes = weights @ truth
    usable = (yes > 0) & (yes < weights.sum(axis=1))
    usable &= ~_alike((weights @ products).reshape(-1, k, k)) | bool((ridge > 0).any())
    fitted = np.full((draws, k), np.nan)
    active = np.flatnonzero(usable)
    beta = np.zeros((draws, k))
    loss = _losses(beta[active], columns, truth, weights[active], base, ridge)
    for _ in range(_MOST_STEPS):
        if not len(active):
            break
        own, w = beta[active], weights[active]
        chance = expit(own @ columns.T + base)
        gradient = (w * (chance - truth)) @ columns + ridge * own
        hessian = ((w * chance * (1 - chance)) @ products).reshape(-1, k, k) + np.diag(ridge)
        size = np.trace(hessian, axis1=1, axis2=2) + w.sum(axis=1)  # where all chances are 0 or 1, nothing else is left
        step = -np.linalg.solve(hessian + 1e-13 * size[:, None, None] * np.eye(k), gradient[:, :, None])[:, :, 0]
        factor = np.ones(len(active))
        new = own + step
        new_loss = _losses(new, columns, truth, w, base, ridge)
        for _ in range(_MOST_HALVINGS):
            worse = ~(new_loss <= loss + 1e-12 * np.abs(loss))
            if not worse.any():
                break
            factor[worse] /= 2
            new[worse] = own[worse] + factor[worse, None] * step[worse]
            new_loss[worse] = _losses(new[worse], columns, truth, w[worse], base, ridge)
        beta[active], loss = new, new_loss
        done = (np.abs(new - own) <= _CLOSE * (1 + np.abs(own))).all(axis=1)
        fitted[active[done]] = new[done]
        active, loss = active[~done], loss[~done]
    if not base.any() and not ridge.any():
        fitted[_are_separated(fitted, columns, truth, weights)] = np.nan
    return fitted


def _alike(products: Floats) -> NDArray[np.bool_]:
    """Whether columns are collinear, from their weighted products (draws, k, k)."""
    scale = np.sqrt(np.maximum(np.einsum("dii->di", products), 1e-300))
    return np.asarray(np.linalg.eigvalsh(products / scale[:, :, None] / scale[:, None, :])[:, 0] < _SINGULAR)


def _are_separated(fitted: Floats, columns: Floats, truth: NDArray[np.bool_], weights: Floats) -> NDArray[np.bool_]:
    """Whether the classes are separated, so that ever larger coefficients are better."""
    odds = fitted @ columns.T
    return np.asarray(((np.where(truth, odds, -odds) > 0) | (weights == 0)).all(axis=1))


def _losses(
    beta: Floats, columns: Floats, truth: NDArray[np.bool_], weights: Floats, offset: Floats, ridge: Floats
) -> Floats:
    """Minus the penalized log likelihood of each draw."""
    odds = beta @ columns.T + offset
    return np.asarray((weights * np.logaddexp(0.0, np.where(truth, -odds, odds))).sum(axis=1) + beta**2 @ ridge / 2)


def spline_columns(odds: Floats, knots: Floats) -> Floats:
    """The log odds and their restricted cubic spline through the knots, shape (n, at most 3); linear outside them."""
    if len(knots) < 3:
        return odds[:, None]
    last, before, width = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2

    def cube(knot: float) -> Floats:
        return np.asarray(np.maximum(odds - knot, 0.0) ** 3)

    curved = [
        (cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before))
        / width
        for knot in knots[:-2]
    ]
    return np.stack([odds, *curved], axis=1)


class FlexibleCurve:
    """The flexible calibration curve: the outcome on a restricted cubic spline of the log odds.

    The correction of the log odds has an intercept, a slope and up to two spline terms; its knots are at fixed
    quantiles of the rows and are the same in every draw.

    Parameters
    ----------
    odds : array of shape (n,)
        Predicted log odds.
    truth : array of bool, shape (n,)
    """

    def __init__(self, odds: Floats, truth: NDArray[np.bool_]) -> None:
        self.odds, self.truth = odds, truth
        self.knots = np.unique(np.quantile(odds, KNOT_SHARES))
        own = spline_columns(odds, self.knots)
        self.center, spread = own.mean(axis=0), own.std(axis=0)
        self.spread = np.where(spread > 0, spread, 1.0)

    def columns(self, odds: Floats) -> Floats:
        """The standardized columns of the correction, with the intercept first."""
        bent = (spline_columns(odds, self.knots) - self.center) / self.spread
        return np.concatenate([np.ones((len(odds), 1)), bent], axis=1)

    def fits(self, weights: Floats) -> Floats:
        """The coefficients of the correction for each draw, shape (draws, k)."""
        own = self.columns(self.odds)
        penalty = np.r_[0.0, np.full(own.shape[1] - 1, CURVE_PENALTY)]
        total = weights.sum(axis=1, keepdims=True)  # 0 if every drawn row was censored before the horizon
        scaled = weights * (len(self.truth) / np.where(total > 0, total, 1.0))  # no matter what weights sum to
        return logistic_fits(own, self.truth, scaled, offset=self.odds, penalty=penalty)

    def at(self, odds: Floats, coefficients: Floats) -> Floats:
        """The calibrated probability at these log odds, shape (draws, len(odds))."""
        return np.asarray(expit(coefficients @ self.columns(odds).T + odds))
