"""`Question`: the model and scale to explain, in terms of the columns of the user's table.

Explanations change columns of the user's table, not inputs of the network: a category is one column, however many
inputs it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError, nearest
from glassnet.estimators.networks.members import average_raw, members_of
from glassnet.estimators.tables.models.model import TableModel
from glassnet.formulas.randomness import Purpose, permutation
from glassnet.formulas.whole_number import is_whole
from glassnet.tables import Table
from glassnet.tables.columns.column import ColumnSchema

Floats = NDArray[np.float64]
Matrix = NDArray[Any]
SCALES = ("probability", "log_odds", "amount", "survival")
_ROWS_AT_ONCE = 20_000


def on_scale(scale: str, output: str) -> str:
    """The name of an output on a scale, in words.

    Examples
    --------
    >>> on_scale("log_odds", "ill"), on_scale("amount", "price")
    ('log odds of ill', 'price')
    """
    return output if scale in ("amount", "survival") else f"{scale.replace('_', ' ')} of {output}"


@dataclass(frozen=True, eq=False)
class Question:
    """A model, and the scale on which its predictions are explained.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted or loaded: one network, a committee, or an average of models.
    scale : {"probability", "log_odds", "amount", "survival"}
        For classes, the probability of each or its log odds; for amounts, the amount; for times to an event, the risk
        (here also called amount), or the event-free probability at a horizon.
    horizon : float, optional
        The time of the event-free probability.
    stratum : int, optional
        The stratum whose curve is explained, of a model with strata.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame
    >>> question = Question.of(GlassClassifier().fit(frame, target="target"))
    >>> question.outputs, question.answer(question.matrix(frame.head(3))).shape
    (('0', '1', '2'), (3, 3))
    """

    model: Any
    scale: str
    horizon: float | None = None
    stratum: int | None = None

    @classmethod
    def of(cls, model: Any, scale: str | None = None, horizon: float | None = None) -> Question:
        """The question for a model, checked.

        Raises
        ------
        ConfigurationError
            When the model was not trained on a table, or the scale is not for this model.
        """
        if not isinstance(model, TableModel):
            raise ConfigurationError(
                f"{type(model).__name__} cannot be explained, because it does not know the columns of a table. Train a "
                "GlassClassifier or a GlassRegressor."
            )
        model._check_fitted()
        own = model.outcome_.scales
        if not own:
            raise ConfigurationError(f"Explanations of {model.task} are not yet supported.")
        timed = "survival" in own
        if horizon is not None:
            if not timed:
                raise ConfigurationError(
                    f"horizon={horizon!r} is for times to an event, and this is {model.outcome_.noun}. Omit it."
                )
            if isinstance(horizon, bool) or not (np.isfinite(horizon) and horizon > 0):
                raise ConfigurationError(f"horizon={horizon!r} must be a time above 0, such as 24.")
            scale = "survival" if scale is None else scale
        scale = own[0] if scale is None else scale
        if scale == "survival" and horizon is None and timed:
            horizons: list[float] = getattr(model, "horizons_")  # noqa: B009 (models of times have them)
            horizon = horizons[len(horizons) // 2]
        if scale not in own:
            raise ConfigurationError(f"scale={scale!r} is not for {model.task}. {nearest(str(scale), own)}")
        return cls(model, scale, horizon)

    @cached_property
    def columns(self) -> tuple[ColumnSchema, ...]:
        """The columns that the network uses."""
        inputs: tuple[ColumnSchema, ...] = self.model.schema_.inputs
        return inputs

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """The inputs that each column makes."""
        ends = np.cumsum([0, *(len(column.features) for column in self.columns)]).tolist()
        return tuple(slice(first, last) for first, last in pairwise(ends))

    @cached_property
    def column_of_input(self) -> NDArray[np.int64]:
        """The column of each input of the network."""
        return np.repeat(np.arange(len(self.columns)), [part.stop - part.start for part in self.slices])

    @property
    def outputs(self) -> tuple[str, ...]:
        """The classes, or the name of the predicted amount, risk or probability."""
        model = self.model
        if hasattr(model, "classes_"):
            return tuple(map(str, model.classes_))
        outcome = model.outcome_
        if self.scale != "survival":
            return tuple(outcome.all_answered)
        where = ""
        if self.stratum is not None:
            where = f" ({outcome.stratum.name} {outcome.strata_names[self.stratum]})"
        if len(outcome.events) == 1:
            return (f"{outcome.free} at {self.horizon:g}{where}",)
        return tuple(f"cumulative incidence of {event} by {self.horizon:g}{where}" for event in outcome.events)

    @property
    def is_share(self) -> bool:
        """Whether predictions are probabilities, which are shown in percent."""
        return self.scale in ("probability", "survival")

    @property
    def has_classes(self) -> bool:
        """Whether the prediction is one of several classes, so that a change can lead to another."""
        return self.scale in ("probability", "log_odds")

    def output(self, wanted: Any = None, answers: Floats | None = None) -> int:
        """The position of an output: of the requested class, or else of the largest prediction.

        Raises
        ------
        ConfigurationError
            When the class does not exist.
        """
        if wanted is None:
            return int(np.argmax(answers)) if answers is not None and self.has_classes else 0
        if len(self.outputs) > 1 and not self.has_classes:
            return int(self.model.outcome_.cause(wanted)) - 1
        if str(wanted) not in self.outputs:
            raise ConfigurationError(f"There is no class {wanted!r}. {nearest(str(wanted), self.outputs)}")
        return self.outputs.index(str(wanted))

    def explained(self, matrix: Matrix, wanted: Any = None) -> int:
        """The position of the output to explain for one row: of the requested class, or else of the predicted one."""
        if wanted is None and self.model.decision_ is not None:
            return int(self.model._codes(self.raw(matrix))[0])
        return self.output(wanted, self.answer(matrix)[0])

    def column(self, name: str) -> int:
        """The position of a column among the inputs."""
        if name not in self.names:
            raise ConfigurationError(f"{name!r} is not an input of the model. {nearest(name, self.names)}")
        return self.names.index(name)

    def table(self, X: Any) -> Table:
        """Any supported form of table as a `Table`."""
        table: Table = self.model._read(X)
        return table

    def of_row(self, one: Table) -> Question:
        """The question about a row: of a probability of a model with strata, that in the row's stratum."""
        strata = self.model.schema_.strata_of(one) if self.scale == "survival" else None
        return self if strata is None else replace(self, stratum=int(strata[0]))

    def matrix(self, X: Any) -> Matrix:
        """A table as the encoded inputs of the network."""
        return np.ascontiguousarray(self.model._matrix(self.table(X)))

    def raw(self, matrix: Matrix) -> Matrix:
        """The raw predictions for encoded rows."""
        return average_raw(self.model._raw_of_each(np.ascontiguousarray(matrix)), self.model.loss_.link)

    def answer(self, matrix: Matrix) -> Floats:
        """The predictions for encoded rows on the chosen scale, shape (n, outputs)."""
        if not len(matrix):
            return np.empty((0, len(self.outputs)))
        blocks = (matrix[k : k + _ROWS_AT_ONCE] for k in range(0, len(matrix), _ROWS_AT_ONCE))
        return np.concatenate([self._answer(block) for block in blocks])

    def _answer(self, matrix: Matrix) -> Floats:
        model, raw = self.model, self.raw(matrix)
        if self.scale != "log_odds":
            timed = self.scale == "survival"
            answers: Floats = model._shares(raw, self.horizon, self.stratum) if timed else model._answers(raw)
            return answers if self.scale == "probability" else answers.reshape(len(raw), -1)
        odds: Floats = raw.astype(np.float64)
        if odds.shape[1] == 1:
            return np.concatenate([-odds, odds], axis=1)
        others = [np.delete(odds, k, axis=1) for k in range(odds.shape[1])]
        rest: Floats = np.stack([np.logaddexp.reduce(other, axis=1) for other in others], axis=1)
        return odds - rest

    @cached_property
    def coefficients(self) -> Floats | None:
        """The weights (inputs, outputs) of a model whose predictions are a weighted sum of its inputs, or None.

        They exist for one network without hidden layers, for amounts and for the log odds of two classes.
        """
        model = self.model
        parts = model.parts_ or (model,)
        if any(len(part.weights_) > 1 or any(mix is not None for mix in part.mixes_) for part in parts):
            return None
        if any(activation.name != "identity" for part in parts for activation in part._activations):
            return None
        each = [w[0].astype(np.float64) for part in parts for w, _ in members_of(part.weights_, part.biases_)]
        if self.scale == "amount":
            if model.recipe_.clamped or model.loss_.link != "identity":
                return None
            return np.asarray(np.mean(each, axis=0) * model._unit[1])
        if self.scale == "log_odds" and len(each) == 1 and each[0].shape[1] == 1:
            return np.concatenate([-each[0], each[0]], axis=1)
        return None


def background_rows(n_rows: int, most: int, seed: int) -> NDArray[np.int64]:
    """Background rows: all, or this many drawn without replacement, in the order of the table."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(permutation(seed, Purpose.EXPLANATION, n_rows, epoch=2)[:most])


def check_rows(table: Table, rows: Sequence[int]) -> NDArray[np.int64]:
    """Check that row positions exist; a `DataError` names the first that does not."""
    for row in rows:
        if not is_whole(row):
            raise DataError(f"row={row!r} is not the position of a row. Give a whole number from 0.")
        table.row_text(int(row))
    return np.asarray(rows, dtype=np.int64)
