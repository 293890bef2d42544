"""`SurvivalModel`: a trained model of times to an event that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators.tables.model import TableModel
from glassnet.survival import Baseline, Proportional, Times, concordance
from glassnet.tables import Table
from glassnet.tables.outcome import Answer

_SHOWN_SHARES = (0.25, 0.5, 0.75)


class SurvivalModel(TableModel):
    """What a trained model says of who has an event earlier, and when."""

    task = "survival"

    def predict(self, X: Any) -> np.ndarray:
        """The risk of each row, shape (n_rows,): the logarithm of its hazard over that of the mean training row."""
        return self._answer(X).predicted

    def predict_survival(self, X: Any, times: Any) -> np.ndarray:
        """The share still without the event at each time, shape (n_rows, n_times).

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a file
        times : float or array-like of float
            In the unit of training.
        """
        at = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if at.ndim != 1 or not np.isfinite(at).all():
            raise ConfigurationError(f"times={times!r} must be finite numbers, such as [12, 36].")
        return self.baseline_.alive(self.predict(X), at)

    def predict_curves(self, X: Any) -> Proportional:
        """Risks and curves of rows, as `glassnet.evaluate.survival_performance` judges them."""
        return Proportional(self.predict(X), self.baseline_)

    def predict_median(self, X: Any) -> np.ndarray:
        """The time by which half of the patients like each row have had the event, shape (n_rows,).

        Infinite where more than half are without it at the last event of training.
        """
        return self.baseline_.median(self.predict(X))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None) -> float:
        """Harrell's concordance: of two rows of which one is known to have had the event first, how often it had the
        higher risk. 0.5 is chance.
        """
        return self._score(X, y, sample_weight, weights)

    def _score_of(self, truth: np.ndarray, said: np.ndarray, weights: np.ndarray | None = None) -> float:
        times = Times(truth[:, 0], truth[:, 1].astype(np.int64))
        return float(concordance(times, said, None if weights is None else weights[None])[0])

    def _answer(self, X: Any) -> Answer:
        self._check_fitted()
        raw = self._raw_prediction(X)[:, 0].astype(np.float64)
        risk = self.slope_ * (raw - self._center)
        return Answer(risk, curves=Proportional(risk, self.baseline_))

    def _printed(self, X: Any) -> dict[str, list[Any]]:
        risk = self.predict(X)
        columns = {"risk": risk.tolist()}
        for time in self.horizons_:
            columns[f"alive at {time:g}"] = self.baseline_.alive(risk, np.array([time]))[:, 0].tolist()
        return {**columns, "median": self.baseline_.median(risk).tolist()}

    @property
    def horizons_(self) -> list[float]:
        """Times by which a quarter, half and three quarters of the event times of training have passed."""
        places = [round(share * (len(self.baseline_.time) - 1)) for share in _SHOWN_SHARES]
        return sorted({float(self.baseline_.time[place]) for place in places})

    def _note_of(self, one: Table) -> str:
        risk = float(self.predict(one)[0])
        shares = ", ".join(
            f"S({time:g}) = exp(−{float(self.baseline_.at(np.array([time]))[0]):.5g} · exp({risk:.5g})) = "
            f"{float(self.baseline_.alive(np.array([risk]), np.array([time]))[0, 0]):.4f}"
            for time in self.horizons_
        )
        return (
            f"The first row's curve is S(t) = exp(−H(t) · exp(risk)), with the baseline hazard H: {shares}. The loss "
            "compares rows, so the step is taken on it and other rows beside it."
        )

    @property
    def baseline_(self) -> Baseline:
        """The cumulative hazard of a row of risk 0."""
        arrays = self.fitted_.arrays
        return Baseline(arrays["baseline_time"], arrays["baseline_log_hazard"])

    @property
    def slope_(self) -> float:
        """How far the risks of the networks are believed."""
        return float(self.fitted_.arrays["risk_scale"][0])

    @property
    def _center(self) -> float:
        """The mean raw prediction of the training rows."""
        return float(self.fitted_.arrays["risk_scale"][1])

    def _own_arrays(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        try:
            time, hazard, scale = (arrays[n] for n in ("baseline_time", "baseline_log_hazard", "risk_scale"))
        except KeyError as error:
            raise ModelFileError(f"The model file has no {error.args[0]}, so it gives no survival curves.") from None
        good = time.ndim == 1 and time.shape == hazard.shape and scale.shape == (2,) and (time > 0).all()
        if not good or (np.diff(time) <= 0).any() or (np.diff(hazard) < 0).any():
            raise ModelFileError("The baseline hazard of the model file is damaged: times and hazards must rise.")
        own = {"baseline_time": time, "baseline_log_hazard": hazard, "risk_scale": scale}
        return {name: array.astype(np.float64) for name, array in own.items()}
