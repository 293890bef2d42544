"""Losses: how far a raw prediction ``f`` is from its target ``y``, and the link that turns ``f`` into a prediction.

A loss owns its link, so backpropagation starts from ``dL/df`` and needs no table of pairings. What it looks at together
is its scope. A loss of scope entry is a formula; softmax cross-entropy couples the outputs of a row, Cox's partial
likelihood the rows of a batch. Those are written out in NumPy here and in the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.formulas.coupled import BatchLoss, Coupled, partial_likelihood
from glassnet.formulas.dropout import check_share
from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters

Functional = Literal["mean", "median", "quantile", "majority", "location", "rate", "order"]
Scope = Literal["entry", "row", "batch"]
Task = Literal["regression", "binary", "multiclass", "survival"]
Reduction = Literal["sum", "half-sum", "mean", "half-mean"]
REDUCTIONS: tuple[Reduction, ...] = ("sum", "half-sum", "mean", "half-mean")


def reduction_factor(reduction: str, total_weight: float) -> float:
    """The factor that turns the weighted sum of row losses into the reduced loss: 1 or 1/2, over the total weight.

    A mean over rows that all have weight 0 is 0, so it has no slope.
    """
    if reduction not in REDUCTIONS:
        raise ConfigurationError(f"Unknown reduction {reduction!r}. {nearest(reduction, REDUCTIONS)}")
    half = 0.5 if reduction.startswith("half") else 1.0
    if not reduction.endswith("mean"):
        return half
    return half / total_weight if total_weight > 0 else 0.0


@dataclass(frozen=True)
class Link:
    """How a raw prediction becomes a prediction, and back; softmax couples the outputs of a row and has no `value`."""

    name: str
    apply: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    latex: str
    value: Expression | None = None


def _softmax(f: Any) -> Any:
    """Row-wise softmax, shifted by the row's maximum."""
    f = np.asarray(f, dtype=np.float64)
    e = np.exp(f - f.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _through(formula: str | Expression) -> Callable[[Any], Any]:
    """A one-argument function from a formula in ``f``."""
    expression = Expression(formula) if isinstance(formula, str) else formula
    return lambda f: expression(f=f)


def _link(name: str, formula: str, inverse: str, latex: str) -> Link:
    """A link from the formulas of itself and its inverse."""
    value = Expression(formula)
    return Link(name, _through(value), _through(inverse), latex, value)


links: dict[str, Link] = {
    link.name: link
    for link in (
        _link("identity", "f", "f", "f"),
        _link("logistic", "1 / (1 + exp(-f))", "log(f) - log1p(-f)", r"\frac{1}{1 + e^{-f}}"),
        _link("exp", "exp(f)", "log(f)", "e^{f}"),
        _link("sign", "where(f >= 0, 1, -1)", "f", r"\operatorname{sign}(f)"),
        Link("softmax", _softmax, _through("log(f)"), r"\frac{e^{f_k}}{\sum_j e^{f_j}}"),
    )
}


@dataclass(frozen=True)
class Loss(WithParameters):
    """One loss.

    Parameters
    ----------
    name, summary : str
    value : Expression or None
        Formula of one entry's loss in the raw prediction ``f`` and the target ``y``; None for coupled outputs.
    gradient : Expression or None
        Formula of ``dL/df``.
    link : str
        Name of the `Link` from raw prediction to prediction.
    task : {"regression", "binary", "multiclass", "survival"}
        What it is for: "binary" has one output per label, "multiclass" one output per class and one-hot targets,
        "survival" looks at times that may be censored.
    target_domain : tuple of float
        Smallest and largest allowed target; `open_target` excludes the lower end.
    functional : {"mean", "median", "quantile", "majority", "location", "rate", "order"}
        What the best prediction estimates; "location" is whatever makes the gradients cancel, "rate" the same for the
        logarithm of a rate, "order" nothing but who comes first.
    kinks : Expression or None
        Formula in ``f`` and ``y`` that is zero where the gradient jumps.
    rows : pair of functions, optional
        For coupled outputs: ``value(f, y)`` of shape (n,) and ``gradient(f, y)`` of shape (n, n_outputs).
    batch : BatchLoss, optional
        For coupled rows: the whole of it.
    kernel : str
        Name of the engine's hand-written kernel, where there is no formula.
    latex_value, latex_gradient, text_value, text_gradient : str, optional
        Written forms for coupled outputs; elementwise losses render their formula.
    """

    name: str
    summary: str
    value: Expression | None
    gradient: Expression | None
    link: str = "identity"
    task: Task = "regression"
    target_domain: tuple[float, float] = (-math.inf, math.inf)
    open_target: bool = False
    functional: Functional = "mean"
    kinks: Expression | None = None
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""
    rows: tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]] | None = None
    batch: BatchLoss | None = None
    kernel: str = ""
    latex_value: str = ""
    latex_gradient: str = ""
    text_value: str = ""
    text_gradient: str = ""

    def __post_init__(self) -> None:
        given = (self.value is not None, self.rows is not None, self.batch is not None)
        if sum(given) != 1 or (self.value is None) != (self.gradient is None):
            raise ConfigurationError(
                f"loss {self.name!r}: give the two formulas, or the two row functions, or the batch functions."
            )
        for formula in (self.value, self.gradient):
            if formula is not None:
                formula.check_names(["f", "y", *self.values], f"loss {self.name!r}")

    @property
    def scope(self) -> Scope:
        """The values that the loss needs together: one entry, the outputs of a row, or all rows of a batch."""
        return "entry" if self.value is not None else "row" if self.rows is not None else "batch"

    @property
    def elementwise(self) -> bool:
        """Whether each output has a separate loss."""
        return self.scope == "entry"

    def target_width(self, outputs: int) -> int:
        """How many columns the targets of this many outputs have."""
        return outputs if self.batch is None else len(self.batch.targets)

    def whole_targets(self, y: Any) -> Any:
        """Targets with the columns that were left out, which are 0.

        Examples
        --------
        >>> losses["cox"].whole_targets(np.array([[2.5, 1.0]])).tolist()
        [[2.5, 1.0, 0.0]]
        """
        if self.batch is None or np.ndim(y) != 2:
            return y
        missing = len(self.batch.targets) - np.shape(y)[1]
        return np.pad(y, ((0, 0), (0, missing))) if 0 < missing <= self.batch.optional else y

    def coupled(self, raw_prediction: Any, y: Any, row_weights: Any = None) -> Coupled:
        """A loss of scope batch at raw predictions (n, k), targets (n, width) and row weights (n,)."""
        assert self.batch is not None
        weights = np.ones(len(y)) if row_weights is None else row_weights
        return self.batch.at(raw_prediction, self.whole_targets(y), weights, **self.values)

    def row_losses(self, raw_prediction: Any, y: Any, row_weights: Any = None) -> Any:
        """Loss of each row, summed over outputs: shape (n,), from raw predictions of shape (n, k) and targets.

        Row weights decide what rows of a batch are to each other, where the scope is the batch; they are not
        multiplied with the losses.
        """
        if self.batch is not None:
            return self.coupled(raw_prediction, y, row_weights).row_losses
        if self.rows is not None:
            return self.rows[0](raw_prediction, y)
        assert self.value is not None
        return self.value(f=raw_prediction, y=y, **self.values).sum(axis=-1)

    def raw_gradient(self, raw_prediction: Any, y: Any, row_weights: Any = None) -> Any:
        """``dL/df`` of each entry before reduction and the row's weight: shape (n, k)."""
        if self.batch is not None:
            return self.coupled(raw_prediction, y, row_weights).slopes
        if self.rows is not None:
            return self.rows[1](raw_prediction, y)
        assert self.gradient is not None
        return self.gradient(f=raw_prediction, y=y, **self.values) * np.ones_like(np.asarray(y, dtype=np.float64))

    def predict(self, raw_prediction: Any) -> Any:
        """The prediction: the link applied to the raw prediction, same shape."""
        return links[self.link].apply(raw_prediction)

    def check_smoothing(self, label_smoothing: Any) -> float:
        """Return a share at or above 0 and below 1; `ConfigurationError` when the targets are not shares of classes."""
        share = check_share("label_smoothing", label_smoothing)
        if share > 0 and (self.link not in ("logistic", "softmax") or self.task == "survival"):
            raise ConfigurationError(
                f"label_smoothing={share:g} has no meaning for the loss {self.name!r}, whose targets are not shares of "
                "classes. Use it with 'logistic' or 'softmax_cross_entropy', or leave it at 0."
            )
        return share

    def smoothed(self, y: Any, label_smoothing: float) -> Any:
        """Targets of shape (n, k) of which a share is spread evenly over the classes (Szegedy et al. 2016).

        Examples
        --------
        >>> losses["softmax_cross_entropy"].smoothed(np.array([[1.0, 0.0]]), 0.5).tolist()
        [[0.75, 0.25]]
        """
        classes = 2 if self.elementwise else np.shape(y)[-1]
        return (1 - label_smoothing) * y + label_smoothing / classes

    def check_targets(self, y: Any, outputs: int = 1) -> None:
        """Raise `ConfigurationError` for the first target outside the domain."""
        y = np.asarray(y, dtype=np.float64)
        low, high = self.target_domain
        bad = ~((y > low if self.open_target else y >= low) & (y <= high)) | ~np.isfinite(y)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            left = "(" if self.open_target or low == -math.inf else "["
            right = ")" if high == math.inf else "]"
            raise ConfigurationError(
                f"The loss {self.name!r} needs targets in {left}{low:g}, {high:g}{right}, "
                f"but y{list(where)} is {y[where]:g}. Choose another loss or transform the target."
            )
        wrong = "" if self.batch is None else self.batch.check(y, outputs)
        if wrong:
            assert self.batch is not None
            raise ConfigurationError(
                f"The loss {self.name!r} needs the target columns {', '.join(self.batch.targets)}, but {wrong}."
            )


def _softmax_value(f: Any, y: Any) -> Any:
    """``-sum_k y_k log softmax(f)_k`` per row, by the shifted log-sum-exp."""
    f, y = np.asarray(f, dtype=np.float64), np.asarray(y, dtype=np.float64)
    shifted = f - f.max(axis=-1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return (y * (log_total - shifted)).sum(axis=-1)


def _softmax_gradient(f: Any, y: Any) -> Any:
    """``softmax(f) * sum_k y_k - y`` per row."""
    y = np.asarray(y, dtype=np.float64)
    return _softmax(f) * y.sum(axis=-1, keepdims=True) - y


losses: Registry[Loss] = Registry("loss")

losses.register(Loss(
    "squared_error", "the squared difference; estimates the mean", Expression("(f - y)**2"), Expression("2 * (f - y)"),
    reference="Gauss 1809",
))  # fmt: skip
losses.register(Loss(
    "absolute_error", "the absolute difference; estimates the median and is robust to outliers",
    Expression("abs(f - y)"), Expression("where(f > y, 1, where(f < y, -1, 0))"),
    functional="median", kinks=Expression("f - y"), reference="Laplace 1774",
))  # fmt: skip
losses.register(Loss(
    "huber", "squared near the target, absolute beyond delta",
    Expression("where(abs(f - y) <= delta, 0.5 * (f - y)**2, delta * (abs(f - y) - 0.5 * delta))"),
    Expression("max(-delta, min(f - y, delta))"), functional="location", reference="Huber 1964",
    parameters=(Parameter("delta", 1.0, "difference beyond which the loss grows linearly", 0.0, open_low=True),),
))  # fmt: skip
losses.register(Loss(
    "quantile", "the tilted absolute difference; estimates the quantile at the given level",
    Expression("where(y >= f, level * (y - f), (1 - level) * (f - y))"),
    Expression("where(y > f, -level, where(y < f, 1 - level, 0))"),
    functional="quantile", kinks=Expression("f - y"), reference="Koenker and Bassett 1978",
    parameters=(Parameter("level", 0.5, "share of targets below the prediction", 0.0, 1.0, True, True),),
), aliases=("pinball",))  # fmt: skip
losses.register(Loss(
    "logistic", "the negative log-likelihood of a yes/no target (binary cross-entropy)",
    Expression("max(f, 0) - f * y + log1p(exp(-abs(f)))"), Expression("1 / (1 + exp(-f)) - y"),
    link="logistic", task="binary", target_domain=(0.0, 1.0), reference="Cox 1958",
), aliases=("binary_cross_entropy",))  # fmt: skip
losses.register(Loss(
    "softmax_cross_entropy", "the negative log-likelihood of a class among several", None, None,
    link="softmax", task="multiclass", target_domain=(0.0, 1.0), reference="Bridle 1990",
    rows=(_softmax_value, _softmax_gradient), kernel="softmax",
    latex_value=r"-\sum_k y_k \log \frac{e^{f_k}}{\sum_j e^{f_j}}",
    latex_gradient=r"\frac{e^{f_k}}{\sum_j e^{f_j}} \sum_j y_j - y_k",
    text_value="−Σₖ yₖ · log(exp(fₖ) / Σⱼ exp(fⱼ))", text_gradient="exp(fₖ) / Σⱼ exp(fⱼ) · Σⱼ yⱼ − yₖ",
), aliases=("cross_entropy",))  # fmt: skip
losses.register(Loss(
    "hinge", "zero beyond a margin of 1 on the right side; targets are -1 and 1",
    Expression("max(0, 1 - y * f)"), Expression("where(y * f < 1, -y, 0)"),
    link="sign", task="binary", target_domain=(-1.0, 1.0), functional="majority", kinks=Expression("1 - y * f"),
    reference="Cortes and Vapnik 1995",
))  # fmt: skip
losses.register(Loss(
    "squared_hinge", "the squared hinge: smooth at the margin; targets are -1 and 1",
    Expression("max(0, 1 - y * f)**2"), Expression("-2 * y * max(0, 1 - y * f)"),
    link="sign", task="binary", target_domain=(-1.0, 1.0), reference="Lee and Mangasarian 2001",
))  # fmt: skip
losses.register(Loss(
    "poisson", "half the Poisson deviance, for counts; the prediction is exp(f)",
    Expression("exp(f) - y * f + where(y > 0, y * log(max(y, 1e-30)) - y, 0)"), Expression("exp(f) - y"),
    link="exp", target_domain=(0.0, math.inf), reference="Nelder and Wedderburn 1972",
))  # fmt: skip
losses.register(Loss(
    "gamma", "half the gamma deviance, for positive amounts; the prediction is exp(f)",
    Expression("f - log(y) + y * exp(-f) - 1"), Expression("1 - y * exp(-f)"),
    link="exp", target_domain=(0.0, math.inf), open_target=True, reference="Nelder and Wedderburn 1972",
))  # fmt: skip
losses.register(Loss(
    "cox", "Cox's partial likelihood: at each event, which of those at risk had it; targets are time, event, stratum",
    None, None, task="survival", target_domain=(0.0, math.inf), functional="order", reference="Cox 1972, Efron 1977",
    parameters=(
        Parameter("efron", 1.0, "the share of tied events removed from each other's risk set: Efron 1, Breslow "
                                "0", 0.0, 1.0),
    ),
    batch=BatchLoss(
        partial_likelihood.partial_likelihood, partial_likelihood.TARGETS, 1, partial_likelihood.check,
        partial_likelihood.ranked,
    ),
    kernel="cox",
    latex_value=r"\text{event}_i \left(\log \sum_{t_j \ge t_i} e^{f_j} - f_i\right)",
    latex_gradient=r"\sum_{\text{events } t_i \le t_k} \frac{e^{f_k}}{\sum_{t_j \ge t_i} e^{f_j}} - \text{event}_k",
    text_value="eventᵢ · (log(Σⱼ exp(fⱼ) over tⱼ ≥ tᵢ) − fᵢ)",
    text_gradient="Σᵢ exp(fₖ) / Σⱼ exp(fⱼ) over the events tᵢ ≤ tₖ − eventₖ",
), aliases=("partial_likelihood",))  # fmt: skip
losses.register(Loss(
    "hazard", "the chance of the event in each interval; targets are 1 event, 0 survived, -1 not at risk",
    Expression("where(y < 0, 0, max(f, 0) - f * y + log1p(exp(-abs(f))))"),
    Expression("where(y < 0, 0, 1 / (1 + exp(-f)) - y)"),
    link="logistic", task="survival", target_domain=(-1.0, 1.0), functional="rate", reference="Cox 1972, Brown 1975",
), aliases=("discrete_time",))  # fmt: skip
losses.register(Loss(
    "piecewise_exponential",
    "half the deviance of a constant rate in each interval; targets are times at risk, negative if ended by the event",
    Expression("abs(y) * exp(f) - where(y < 0, f + 1 + log(max(-y, 1e-30)), 0)"),
    Expression("abs(y) * exp(f) - where(y < 0, 1, 0)"),
    link="exp", task="survival", functional="rate", reference="Holford 1976, Friedman 1982",
))  # fmt: skip

BUILT_IN = frozenset(losses)
"""The losses that every installation has; a model file spells out the formulas of all others."""
