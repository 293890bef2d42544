"""`SurvivalModel`: a trained model of times to an event that answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.sampling.row_weights import either_weights
from glassnet.estimators.tables.hazards import (
    Curves,
    Hazards,
    IntervalHazards,
    RelativeHazards,
    checked_arrays,
    hazards_of,
)
from glassnet.estimators.tables.input import names_of
from glassnet.estimators.tables.models.model import TableModel
from glassnet.files import ModelFile
from glassnet.formulas import losses
from glassnet.survival import Baseline, SeveralCauses, Times, check_comparable, concordance_of_causes
from glassnet.tables import Table
from glassnet.tables.outcome import Answer


class SurvivalModel(TableModel):
    """Answers of a trained model about who has an event earlier, and when."""

    task = "survival"

    def __init__(
        self, hidden_layer_sizes: Any = "auto", activation: Any = "auto", *, recipe: str = "auto",
        optimizer: Any = "auto", learning_rate: float | str = "auto", schedule: Any = "auto",
        epochs: int | str = "auto", batch_size: int | str = "auto", l1: float | str = "auto", l2: float | str = "auto",
        validation_fraction: float = 0.2, patience: int | str = "auto", random_state: Any = 0,
        n_jobs: int | None = None, n_networks: int | str = "auto", resampling: str = "auto",
        dropout: float | str = "auto", label_smoothing: float | str = "auto", scaling: str = "auto",
        embedding: str = "auto", time_budget: float | None = None, verbose: bool = False, loss: Any = "cox",
        intervals: int | str = "auto", strata: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            hidden_layer_sizes, activation, recipe=recipe, optimizer=optimizer, learning_rate=learning_rate,
            schedule=schedule, epochs=epochs, batch_size=batch_size, l1=l1, l2=l2,
            validation_fraction=validation_fraction, patience=patience, random_state=random_state, n_jobs=n_jobs,
            n_networks=n_networks, resampling=resampling, dropout=dropout, label_smoothing=label_smoothing,
            scaling=scaling, embedding=embedding, time_budget=time_budget, verbose=verbose,
        )  # fmt: skip
        self.loss = loss
        self.intervals = intervals
        self.strata = strata

    def _stored_parameters(self) -> dict[str, Any]:
        given = super()._stored_parameters()
        for name, usual in (("loss", "cox"), ("intervals", "auto"), ("strata", None)):
            if given[name] == usual:  # as files from before there was a choice
                del given[name]
        return given

    @property
    def hazards_(self) -> Hazards:
        """The way from raw predictions to risks and curves."""
        return hazards_of(self.outcome_, self.fitted_.arrays, self.loss_.link)

    @property
    def causes_(self) -> tuple[str, ...]:
        """The cells that are the event: one, or each competing cause."""
        return tuple(self.outcome_.causes)

    def predict(self, X: Any) -> np.ndarray:
        """The risk of each row, shape (n_rows,): the logarithm of its hazard over that of the mean training row.

        Of several causes that of each, shape (n_rows, n_causes), in the order of `causes_`.
        """
        return self._prediction_of(self._raw_prediction(X))

    def predict_survival(self, X: Any, times: Any) -> np.ndarray:
        """The share still without the event (of competing causes, without any) at each time, shape (n_rows, n_times).

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a file
        times : float or array-like of float
            In the unit of training.
        """
        return self.predict_curves(X).alive(_at(times))

    def predict_incidence(self, X: Any, times: Any) -> np.ndarray:
        """The share that has had the event at each time, shape (n_rows, n_times).

        Of competing causes the cumulative incidence of each, shape (n_rows, n_times, n_causes), in the order of
        `causes_`: the hazards of all causes together say who is left to have it (Aalen and Johansen), so they and the
        share without an event sum to 1.

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a file
        times : float or array-like of float
            In the unit of training.
        """
        at, curves = _at(times), self.predict_curves(X)
        return curves.incidence(at) if isinstance(curves, SeveralCauses) else 1.0 - curves.alive(at)

    def predict_curves(self, X: Any) -> Curves:
        """Risks and curves of rows, as `glassnet.evaluate.survival_performance` judges them.

        Where there are strata, each row has the curve of its own; a row without one, or of one that training did not
        have, has a risk but no curve, which is an error.

        Of competing causes ``predict_curves(X).of_cause(k)`` is what is said of one, numbered from 1.
        """
        rows = self._rows(X)
        return self.hazards_.curves(self._raw_prediction(rows), self.schema_.strata_of(rows.table))

    def predict_median(self, X: Any) -> np.ndarray:
        """The time by which half of the patients like each row have had the event (any of them), shape (n_rows,).

        Infinite where more than half are without it at the last event of training.
        """
        return np.asarray(self.predict_curves(X).median())

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None, cause: Any = None
    ) -> float:
        """Harrell's concordance: of two rows of which one is known to have had the event first, how often it had the
        higher risk. 0.5 is chance.

        Of competing causes that of the `cause` named, or the mean over all of them; who had another cause counts as one
        who will never have this one (Wolbers et al. 2009).

        Raises
        ------
        DataError
            When no two rows can be compared, as when none of them has the event.
        """
        if cause is None:
            return self._score(X, y, sample_weight, weights)
        self._check_fitted()
        number = self.outcome_.cause(cause)
        known = self._target_rows(X, y, either_weights(sample_weight, weights))
        check_comparable(known.truth, self.outcome_.events, (number,))
        own = None if known.weights is None else known.weights[None]
        return float(concordance_of_causes(known.truth, self._scored(known.rows), own, (number,))[0])

    def _beside(self, table: Table, y: Any) -> Table:
        """As elsewhere; arrays of times and events, which have no names of ours, become cells of our own columns."""
        names = names_of(y) or getattr(getattr(y, "dtype", None), "names", None)
        time, event = self.outcome_.time.name, self.outcome_.event
        if self.schema_.targets != (time, event.name) or (names is not None and set(names) == {time, event.name}):
            return super()._beside(table, y)
        given = Times.read(y, causes=len(self.outcome_.events) > 1)
        if given.causes > len(self.outcome_.events):
            raise DataError(
                f"y has the event code {given.causes}, and the model knows {len(self.outcome_.events)} causes."
            )
        cells = np.array([event.levels[0], *event.levels[-len(self.outcome_.events) :]], dtype=object)
        return super()._beside(table, {time: given.time, event.name: cells[given.event]})

    def _check_scorable(self, truth: np.ndarray) -> None:
        check_comparable(truth, self.outcome_.events)

    def _score_of(self, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> float:
        return float(concordance_of_causes(truth, predicted, None if weights is None else weights[None])[0])

    def _answers(self, raw: np.ndarray) -> np.ndarray:
        return self.hazards_.risk(raw)

    @property
    def _unit(self) -> tuple[Any, Any]:
        hazards = self.hazards_
        if not isinstance(hazards, RelativeHazards):
            return super()._unit
        slope, middle = hazards.scales
        return -slope * middle, slope

    def _shares(self, raw: np.ndarray, horizon: float, stratum: int | None = None) -> np.ndarray:
        """The shares at a horizon: those without the event, or with each competing cause; in a stratum, if given."""
        if stratum is None and self.outcome_.stratum is not None:
            raise ConfigurationError(
                f"Each stratum by {self.outcome_.stratum.name!r} has a curve of its own, so there is no share without "
                "the event for all rows. Explain the risk, or one row at a horizon."
            )
        layers = None if stratum is None else np.full(len(raw), stratum)
        curves, at = self.hazards_.curves(raw, layers), np.array([horizon])
        return curves.incidence(at)[:, 0] if isinstance(curves, SeveralCauses) else curves.alive(at)

    def _prediction_of(self, raw: np.ndarray) -> np.ndarray:
        return self.hazards_.risk(raw)

    def _answer(self, X: Any) -> Answer:
        curves = self.predict_curves(X)
        return Answer(curves.risks if isinstance(curves, SeveralCauses) else curves.risk, curves=curves)

    def _prediction_columns(self, X: Any) -> dict[str, list[Any]]:
        at, curves = np.array(self.horizons_), self.predict_curves(X)
        median = {"median": curves.median().tolist()}
        alive = {f"alive at {time:g}": share.tolist() for time, share in zip(at, curves.alive(at).T, strict=True)}
        if not isinstance(curves, SeveralCauses):
            return {"risk": curves.risk.tolist(), **alive, **median}
        incidence = curves.incidence(at)
        each = {f"risk of {cause}": own.tolist() for cause, own in zip(self.causes_, curves.risks.T, strict=True)}
        for k, cause in enumerate(self.causes_):
            each |= {f"{cause} by {time:g}": incidence[:, j, k].tolist() for j, time in enumerate(at)}
        return {**each, **{name.replace("alive", "event-free"): own for name, own in alive.items()}, **median}

    @property
    def horizons_(self) -> list[float]:
        """Times by which a quarter, half and three quarters of the event times of training have passed."""
        return self.hazards_.horizons

    def _note_of(self, raw: np.ndarray, table: Table) -> str:
        note = self.hazards_.note(raw, self.schema_.strata_of(table))
        if self.loss_.scope != "batch":
            return note
        return f"{note} The loss compares rows, so the step is taken on it together with other rows."

    @property
    def baseline_(self) -> Baseline:
        """The cumulative hazard of a row of risk 0; of competing causes or strata, that of the first."""
        return self.baselines_[0]

    @property
    def baselines_(self) -> tuple[Baseline, ...]:
        """The cumulative hazard of a row of risk 0, for each cause; if there are strata, for each cause in each."""
        return self._relative("baselines_").baselines

    @property
    def strata_(self) -> tuple[str, ...]:
        """The strata that have a baseline each, in this order; empty if there are none."""
        return tuple(self.outcome_.strata_names)

    @property
    def slope_(self) -> float:
        """How far the risks of the networks are believed; of competing causes, that of the first."""
        return float(self._relative("slope_").arrays["risk_scale"][0])

    @property
    def intervals_(self) -> np.ndarray:
        """Where the intervals end that have a hazard each, of the losses `hazard` and `piecewise_exponential`."""
        hazards = self.hazards_
        if not isinstance(hazards, IntervalHazards):
            raise AttributeError("The loss 'cox' has no intervals_: hazards are proportional over all of time.")
        return hazards.intervals.ends

    def _relative(self, name: str) -> RelativeHazards:
        """The hazards, where there is a baseline."""
        hazards = self.hazards_
        if not isinstance(hazards, RelativeHazards):
            raise AttributeError(
                f"The loss {self.loss_.name!r} has no {name}: each interval of time has a hazard of its own."
            )
        return hazards

    def _own_arrays(self, model: ModelFile, outcome: Any) -> dict[str, np.ndarray]:
        return checked_arrays(model.arrays, outcome, losses.resolve(model.loss), model.layers[-1].n_out)


def _at(times: Any) -> np.ndarray:
    """Times at which curves are asked for."""
    try:
        at = np.atleast_1d(np.asarray(times, dtype=np.float64))
    except (TypeError, ValueError):
        at = np.array(np.nan)
    if at.ndim != 1 or not np.isfinite(at).all():
        raise ConfigurationError(f"times={times!r} must be finite numbers, such as [12, 36].")
    return at
