"""`explain`: an explanation of the prediction for one row, and of what would change it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.explanation.change import Change, nearest_changes, own_value
from glassnet.explanation.contributions import Contributions, contributions_of
from glassnet.explanation.effect import Effect, effect_of
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.importance import Importance, importance
from glassnet.explanation.occlusion import Occlusion, check_covering, occlusion_of
from glassnet.explanation.pair import MOST_ROWS, Pair, pairs_of
from glassnet.explanation.question import Floats, Question, background_rows, check_rows
from glassnet.formulas.randomness import check_seed
from glassnet.pages.markup import visible

WHAT_IFS, MOST_ALIKE = 4, 5
_MOST_SEEN = 2000


@dataclass(frozen=True)
class WhatIf:
    """The predictions for the row with other values of one column, all else being equal."""

    column: str
    own: str
    values: tuple[str, ...]
    answers: tuple[float, ...]


@dataclass(frozen=True)
class Alike:
    """A row similar to the explained one."""

    row: str
    distance: float
    answer: float
    truth: str


@dataclass(frozen=True, eq=False)
class Explanation:
    """An explanation of the prediction for one row.

    Attributes
    ----------
    rows : EncodedRows
        The background rows.
    one : EncodedRows
        The explained row.
    output : int
        The position of the explained class; 0 for amounts.
    contributions : Contributions
        The contributions for this row.
    threshold : float or None
        The probability or amount that a change should cross; None for a change of the predicted class.
    keep : tuple of str
        Columns that must not be changed.
    background : str
        A description of the background rows.
    covering : mapping
        How parts of an image are covered, if specified.
    """

    rows: EncodedRows
    one: EncodedRows
    output: int
    contributions: Contributions
    threshold: float | None
    keep: tuple[str, ...]
    background: str
    seed: int = 0
    covering: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> float:
        """The explained prediction, on the scale of the contributions."""
        return float(self.contributions.answers[0, self.output])

    @property
    def base(self) -> float:
        """The mean prediction over the background rows."""
        return float(self.contributions.base[self.output])

    @property
    def label(self) -> str:
        """The name of the explained output, such as ``probability of ill = yes``."""
        question, target = self.one.question, self.one.question.model.schema_.target
        if not question.has_classes:
            return question.outputs[self.output]
        name = "probability" if question.scale == "probability" else "log odds"
        return f"{name} of {target} = {question.outputs[self.output]}"

    @cached_property
    def ranked(self) -> tuple[int, ...]:
        """The columns in order of decreasing absolute contribution."""
        return tuple(np.argsort(-np.abs(self.contributions.values[0, :, self.output]), kind="stable").tolist())

    @property
    def truth(self) -> str | None:
        """The row's target value, if there is one."""
        return _truth(self.one, 0)

    def cell(self, column: int) -> str:
        """The row's own value of a column."""
        cell = self.one.table.column(self.one.question.names[column]).item(0)
        if cell is not None and self.one.is_number(column):
            return self.one.question.columns[column].written(float(self.one.numbers(column)[0]), 6)
        return "missing" if cell is None else cell

    def factor(self) -> float:
        """The factor for display: 100 for probabilities, which are shown in percent."""
        return 100.0 if self.one.question.is_share else 1.0

    def written(self, value: float, *, signed: bool = False) -> str:
        """A prediction, or a difference of predictions, as text."""
        value = value * self.factor()
        decimals = 1 if self.factor() == 100 else max(0, 3 - math.floor(math.log10(max(abs(self.answer), 1e-9)) + 1))
        text = f"{value:{'+' if signed else ''}.{min(decimals, 6)}f}"
        return text.replace("-", "−") + (" %" if self.factor() == 100 and not signed else "")

    @cached_property
    def what_ifs(self) -> tuple[WhatIf, ...]:
        """The predictions with low to high values, or other levels, of the columns that contribute most."""
        results = []
        for j in self.ranked[:WHAT_IFS]:
            number = self.rows.is_number(j)
            values = self.rows.some_values(j, 7)[1:-1] if number else list(self.rows.levels(j))[:6]
            values = [
                value for value in values if self.rows.written(j, value) != self.rows.written(j, own_value(self.one, j))
            ]
            if not values:
                continue
            mixed = self.rows.with_values(self.one.matrix, j, self.rows.inputs(j, values))
            answers = self.one.question.answer(mixed)[:, self.output]
            texts = tuple(self.rows.written(j, value) for value in values)
            results.append(WhatIf(self.one.question.names[j], self.cell(j), texts, tuple(answers.tolist())))
        return tuple(results)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The nearest changes that move the prediction across the threshold, or to another class."""
        if self.threshold is None and not self.one.question.has_classes:
            return ()
        return nearest_changes(self.rows, self.one, self._crosses, keep=self.keep)

    def _crosses(self, answers: Floats) -> NDArray[np.bool_]:
        """Whether predictions lie on the other side of the threshold than the row's."""
        if self.threshold is None:
            return np.asarray(answers.argmax(axis=1) != int(self.one.answers[0].argmax()))
        return np.asarray((answers[:, self.output] >= self.limit) != (self.one.answers[0, self.output] >= self.limit))

    @property
    def limit(self) -> float:
        """The threshold on the scale of the predictions."""
        limit = math.nan if self.threshold is None else float(self.threshold)
        return math.log(limit / (1 - limit)) if self.one.question.scale == "log_odds" else limit

    @property
    def aim(self) -> str:
        """The goal of a change, in words."""
        if self.threshold is None:
            return "changes the predicted class"
        text = f"{self.threshold:g}" if self.one.question.scale == "amount" else f"{100 * self.threshold:.4g} %"
        below = self._crosses(np.full((1, len(self.one.question.outputs)), -np.inf))[0]
        return f"moves the prediction {'below' if below else 'above'} {text}"

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """The rows most similar to this one by their inputs, with equal weight for each column."""
        question = self.one.question
        away = (self.rows.matrix.astype(np.float64) - self.one.matrix) ** 2
        spread = self.rows.matrix.astype(np.float64).var(axis=0)
        away = away / np.where(spread > 0, spread, 1.0)
        starts = [part.start for part in question.slices]
        sizes = np.diff([*starts, away.shape[1]])
        distances = np.sqrt((np.add.reduceat(away, starts, axis=1) / sizes).mean(axis=1))
        same = self.rows.table.row_numbers == self.one.table.row_number(0)
        own = same & (distances == 0) & (self.rows.table.origin == self.one.table.origin)
        order = np.argsort(np.where(own, np.inf, distances), kind="stable")[: min(MOST_ALIKE, int((~own).sum()))]
        return tuple(
            Alike(
                self.rows.table.row_name(int(row)), float(distances[row]), float(self.rows.answers[row, self.output]),
                _truth(self.rows, int(row)) or "–",
            )
            for row in order
        )  # fmt: skip

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the columns that contribute most, over the background rows."""
        leading = [j for j in self.ranked if self.rows.some_values(j, 1)]  # images have none
        return tuple(effect_of(self.rows, j, seed=self.seed) for j in leading[:WHAT_IFS])

    @cached_property
    def occlusion(self) -> Occlusion | None:
        """The parts of the row's image that raise or lower the prediction; None for a model without pixels."""
        question = self.one.question
        if question.model.schema_.image_column is None:
            return None
        return occlusion_of(question, self.one.matrix, self.output, row=self.one.table.row_name(0), **self.covering)

    @cached_property
    def importance(self) -> Importance | None:
        """The importance of each column on the background rows; None if these have no targets."""
        model, table = self.one.question.model, self.rows.table
        if str(model.schema_.target) not in table.names or len(model.schema_.rows_with_target(table)) < 2:
            return None
        return importance(model, table, seed=self.seed)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The strongest interactions among the columns that move the predictions most."""
        chosen = background_rows(len(self.rows.matrix), MOST_ROWS, self.seed)
        return pairs_of(self.rows.take(chosen), self.output) if len(chosen) > 1 else ()

    def text(self, width: int = 78) -> str:
        """The explanation as text, for a terminal."""
        from glassnet.explanation.terminal import text_of

        return text_of(self, width)

    def html(self) -> str:
        """The explanation as a self-contained page."""
        from glassnet.explanation.page import page_of

        return page_of(self)

    def __str__(self) -> str:
        return self.text()

    def sentence(self) -> str:
        """The prediction in one sentence."""
        truth = "" if self.truth is None else f" The value in the table is {visible(self.truth)}."
        return f"The {self.label} is {self.written(self.answer)}.{self._class_sentence()}{truth}"

    def _class_sentence(self) -> str:
        """A sentence with the predicted class at the model's threshold; empty without a threshold."""
        model = self.one.question.model
        if model.decision_ is None:
            return ""
        classes = self.one.question.outputs
        code = int(model._codes(self.one.question.raw(self.one.matrix))[0])
        return f" The predicted class is {visible(classes[code])} ({visible(model.decision_.rule(classes))})."


def _truth(rows: EncodedRows, row: int) -> str | None:
    """A row's target, if there is one; several target columns are given with their names."""
    cells, targets = rows.table.row_text(row), rows.question.model.schema_.targets
    if len(targets) == 1 or not all(cells.get(name) for name in targets):
        return cells.get(targets[0])
    return ", ".join(f"{name} {cells[name]}" for name in targets)


def explain(
    model: Any, table: Any, row: int = 0, *, background: Any = None, output: Any = None, scale: str | None = None,
    threshold: float | None = None, keep: Sequence[str] = (), seed: int = 0, horizon: float | None = None,
    square: int | None = None, fill: str | None = None,
) -> Explanation:  # fmt: skip
    """Explain one row: what each column contributes, what would change the prediction, and which rows are similar.

    Explanations refer to the columns of the table, in their own units. Contributions are Shapley values against the
    rows of `background`. They describe what the model does, not what would happen to a patient whose values were
    changed.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted or loaded.
    table : Table, data frame, array, dict of columns, or path of a CSV file
        No target is needed.
    row : int
        Position of the row, from 0.
    background : Table, data frame, array, dict of columns, or path, optional
        The rows to compare with, such as the training rows; the rows of `table` by default. If there are more than
        2000, 2000 are sampled.
    output : label, optional
        The class whose probability is explained; by default the predicted class.
    scale : {"probability", "log_odds", "amount", "survival"}, optional
        Probabilities by default for classes.
    threshold : float, optional
        The probability of `output`, or the amount, that a change should cross. By default, the model's own threshold,
        or else any change of the predicted class.
    keep : sequence of str
        Columns that must not be changed, such as age.
    seed : int
        The seed of all sampling.
    horizon : float, optional
        For times to an event: explain the event-free probability at this time instead of the risk.
    square, fill : int, str, optional
        For a column of images: how `occlusion` covers its parts.

    Returns
    -------
    Explanation
        Print it, or write its `html()` to a file.

    Raises
    ------
    ConfigurationError, DataError, SchemaError
        When a row, class, column or scale does not exist, or no probability can cross the threshold.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame
    >>> why = explain(GlassClassifier().fit(frame, target="target"), frame, row=0)
    >>> why.label, why.one.question.names[why.ranked[0]].startswith("petal")
    ('probability of target = 0', True)
    """
    question, seed = Question.of(model, scale, horizon), check_seed(seed)
    covering: dict[str, Any] = {name: own for name, own in (("square", square), ("fill", fill)) if own is not None}
    if covering:
        check_covering(question, **covering)
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    for name in keep:
        question.column(name)
    if threshold is not None and question.scale != "amount" and not 0.0 < threshold < 1.0:
        raise ConfigurationError(f"threshold={threshold!r} must be a probability above 0 and below 1, such as 0.2.")
    if threshold is not None and not math.isfinite(threshold):
        raise ConfigurationError(f"threshold={threshold!r} must be an amount.")
    rows = question.table(table)
    place = check_rows(rows, [row])
    question = question.of_row(rows.take(place))
    others = rows if background is None else question.table(background)
    chosen = background_rows(others.n_rows, _MOST_SEEN, seed)
    encoded, one = EncodedRows(question, others.take(chosen)), EncodedRows(question, rows.take(place))
    values = contributions_of(question, one.matrix, encoded.matrix, seed=seed)
    which, decision = question.explained(one.matrix, output), model.decision_
    if decision is not None:
        own = decision.limit_of(which)
        threshold = own if threshold is None and 0.0 < own < 1.0 else threshold
    drawn = "" if values.n_background == others.n_rows else f"{values.n_background:,} of "
    words = f"{drawn}the {others.n_rows:,} rows of {others.origin}"
    return Explanation(encoded, one, which, values, threshold, keep, words, seed, covering)
