"""`SurvivalModel`: a trained model of times to an event that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators.sampling.row_weights import either_weights
from glassnet.estimators.tables.model import TableModel
from glassnet.survival import Baseline, Competing, Proportional, concordance_of_causes
from glassnet.tables.outcome import Answer

_SHOWN_SHARES = (0.25, 0.5, 0.75)


class SurvivalModel(TableModel):
    """What a trained model says of who has an event earlier, and when."""

    task = "survival"

    @property
    def causes_(self) -> tuple[str, ...]:
        """The cells that are the event: one, or each competing cause."""
        return tuple(self.outcome_.causes)

    def predict(self, X: Any) -> np.ndarray:
        """The risk of each row, shape (n_rows,): the logarithm of its hazard over that of the mean training row.

        Of several causes that of each, shape (n_rows, n_causes), in the order of `causes_`.
        """
        return self._predicted(self._raw_prediction(X))

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
        return curves.incidence(at) if isinstance(curves, Competing) else 1.0 - curves.alive(at)

    def predict_curves(self, X: Any) -> Proportional | Competing:
        """Risks and curves of rows, as `glassnet.evaluate.survival_performance` judges them.

        Of competing causes ``predict_curves(X).of_cause(k)`` is what is said of one, numbered from 1.
        """
        return self._curves(self.predict(X))

    def _curves(self, risk: np.ndarray) -> Proportional | Competing:
        """Curves of rows with these risks."""
        if len(self.causes_) == 1:
            return Proportional(risk, self.baseline_)
        return Competing(risk, self.baselines_)

    def predict_median(self, X: Any) -> np.ndarray:
        """The time by which half of the patients like each row have had the event (any of them), shape (n_rows,).

        Infinite where more than half are without it at the last event of training.
        """
        return self._medians(self.predict(X))

    def _medians(self, risk: np.ndarray) -> np.ndarray:
        """When half have had an event, of rows with these risks."""
        curves = self._curves(risk)
        return curves.median() if isinstance(curves, Competing) else self.baseline_.median(risk)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None, cause: Any = None
    ) -> float:
        """Harrell's concordance: of two rows of which one is known to have had the event first, how often it had the
        higher risk. 0.5 is chance.

        Of competing causes that of the `cause` named, or the mean over all of them; who had another cause counts as one
        who will never have this one (Wolbers et al. 2009).
        """
        if cause is None:
            return self._score(X, y, sample_weight, weights)
        self._check_fitted()
        number = self.outcome_.cause(cause)
        known = self._known(X, y, either_weights(sample_weight, weights))
        own = None if known.weights is None else known.weights[None]
        return float(concordance_of_causes(known.truth, self._said(known.rows), own, (number,))[0])

    def _score_of(self, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> float:
        return float(concordance_of_causes(truth, predicted, None if weights is None else weights[None])[0])

    def _answers(self, raw: np.ndarray) -> np.ndarray:
        slope, middle = self._scales
        return np.asarray(slope * (super()._answers(raw) - middle))

    @property
    def _scales(self) -> tuple[Any, Any]:
        """The factor on raw predictions, and their mean; of competing causes, one of each."""
        slope, middle = self.fitted_.arrays["risk_scale"].reshape(-1, 2).T
        return (slope, middle) if len(slope) > 1 else (float(slope[0]), float(middle[0]))

    @property
    def _unit(self) -> tuple[Any, Any]:
        slope, middle = self._scales
        return -slope * middle, slope

    def _alive(self, risk: np.ndarray, horizon: float) -> np.ndarray:
        """The share without the event at a horizon, of rows with these risks; of competing causes, without any."""
        return self._curves(risk).alive(np.array([horizon]))[:, 0]

    def _shares(self, risk: np.ndarray, horizon: float) -> np.ndarray:
        """The names of outputs at a horizon: the share without the event, or with each competing cause."""
        curves, at = self._curves(risk), np.array([horizon])
        return curves.incidence(at)[:, 0] if isinstance(curves, Competing) else curves.alive(at)

    def _answer_of(self, raw: np.ndarray) -> Answer:
        risk = self._answers(raw)
        return Answer(risk, curves=self._curves(risk))

    def _printed(self, X: Any) -> dict[str, list[Any]]:
        risk = self.predict(X)
        median = {"median": self._medians(risk).tolist()}
        at, curves = np.array(self.horizons_), self._curves(risk)
        alive = {f"alive at {time:g}": share.tolist() for time, share in zip(at, curves.alive(at).T, strict=True)}
        if not isinstance(curves, Competing):
            return {"risk": risk.tolist(), **alive, **median}
        incidence = curves.incidence(at)
        each = {f"risk of {cause}": own.tolist() for cause, own in zip(self.causes_, risk.T, strict=True)}
        for k, cause in enumerate(self.causes_):
            each |= {f"{cause} by {time:g}": incidence[:, j, k].tolist() for j, time in enumerate(at)}
        return {**each, **{name.replace("alive", "event-free"): own for name, own in alive.items()}, **median}

    @property
    def horizons_(self) -> list[float]:
        """Times by which a quarter, half and three quarters of the event times of training have passed."""
        events = np.unique(np.concatenate([baseline.time for baseline in self.baselines_]))
        return sorted({float(events[round(share * (len(events) - 1))]) for share in _SHOWN_SHARES})

    def _note_of(self, raw: np.ndarray) -> str:
        beside = "The loss compares rows, so the step is taken on it together with other rows."
        curves = self._curves(self._predicted(raw))
        if isinstance(curves, Competing):
            at = np.array(self.horizons_)
            shares = "; ".join(
                f"{cause} {', '.join(f'{share:.4f} by {time:g}' for time, share in zip(at, own, strict=True))}"
                for cause, own in zip(self.causes_, curves.incidence(at)[0].T, strict=True)
            )
            return (
                "Each cause has an output, whose hazard is exp(risk) times the cause's own baseline hazard. The "
                f"hazards of all causes together give the first row's cumulative incidences: {shares}. {beside}"
            )
        risk = float(curves.risk[0])
        shares = ", ".join(
            f"S({time:g}) = exp(−{float(self.baseline_.at(np.array([time]))[0]):.5g} · exp({risk:.5g})) = "
            f"{float(curves.alive(np.array([time]))[0, 0]):.4f}"
            for time in self.horizons_
        )
        return f"The first row's curve is S(t) = exp(−H(t) · exp(risk)), with the baseline hazard H: {shares}. {beside}"

    @property
    def baseline_(self) -> Baseline:
        """The cumulative hazard of a row of risk 0; of competing causes, that of the first."""
        return self.baselines_[0]

    @property
    def baselines_(self) -> tuple[Baseline, ...]:
        """The cumulative hazard of a row of risk 0, for each cause."""
        return _baselines(self.fitted_.arrays)

    @property
    def slope_(self) -> float:
        """How far the risks of the networks are believed; of competing causes, that of the first."""
        return float(self.fitted_.arrays["risk_scale"][0])

    def _own_arrays(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        needed = ("baseline_time", "baseline_log_hazard", "risk_scale")
        try:
            own = {name: arrays[name].astype(np.float64) for name in needed}
        except KeyError as error:
            raise ModelFileError(f"The model file has no {error.args[0]}, so it gives no survival curves.") from None
        if "baseline_steps" in arrays:
            own["baseline_steps"] = arrays["baseline_steps"].astype(np.float64)
        steps = own.get("baseline_steps", np.array([len(own["baseline_time"])]))
        good = own["baseline_time"].shape == own["baseline_log_hazard"].shape == (int(steps.sum()),)
        good = good and bool((steps > 0).all()) and own["risk_scale"].shape == (2 * len(steps),)
        for baseline in _baselines(own) if good else ():
            good = good and bool((baseline.time > 0).all() and (np.diff(baseline.time) > 0).all())
            good = good and not bool((np.diff(baseline.log_hazard) < 0).any())
        if not good:
            raise ModelFileError("The baseline hazard of the model file is damaged: times and hazards must increase.")
        return own


def _at(times: Any) -> np.ndarray:
    """Times at which curves are asked for."""
    at = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if at.ndim != 1 or not np.isfinite(at).all():
        raise ConfigurationError(f"times={times!r} must be finite numbers, such as [12, 36].")
    return at


def _baselines(arrays: Mapping[str, np.ndarray]) -> tuple[Baseline, ...]:
    """The baseline of each cause, which lie one after the other."""
    steps = arrays.get("baseline_steps")
    ends = [] if steps is None else np.cumsum(steps)[:-1].astype(int).tolist()
    parts = (np.split(arrays[name], ends) for name in ("baseline_time", "baseline_log_hazard"))
    return tuple(Baseline(time, hazard) for time, hazard in zip(*parts, strict=True))
