"""`GlassSurvival`: times to an event from a raw table, of patients of whom some were still without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from glassnet.errors import ConfigurationError, DataError, ModelFileError
from glassnet.estimators.networks.parameters import thread_count
from glassnet.estimators.sampling.row_weights import either_weights
from glassnet.estimators.tables.estimator import TableEstimator, table_estimators
from glassnet.estimators.tables.input import as_table
from glassnet.formulas.partial_likelihood import PartialLikelihood
from glassnet.survival import Baseline, Competing, Proportional, Times, concordance_of_causes
from glassnet.tables import Schema, Table
from glassnet.tables.outcome import Answer

if TYPE_CHECKING:
    from glassnet.estimators.recipes.fitted_table import FittedTable
    from glassnet.estimators.recipes.training import Roles

_LEAST_SLOPE, _MOST_SLOPE = 1e-3, 2.0
_FEWEST_EVENTS = 10
_SHOWN_SHARES = (0.25, 0.5, 0.75)


def parted_event(table: Table, event: str) -> tuple[str, str | None]:
    """``status=2`` as the column and the cell that is the event; a column of the whole name comes first.

    Examples
    --------
    >>> table = Table.from_columns({"status": [1, 2], "days": [3, 4]})
    >>> parted_event(table, "status=2"), parted_event(table, "status")
    (('status', '2'), ('status', None))
    """
    if event in table.columns or "=" not in event:
        return event, None
    column, _, level = event.partition("=")
    return column, level


class GlassSurvival(TableEstimator):
    """Predicts who has an event earlier, and when, from a raw table in which some have not had it yet.

    The networks learn Cox's partial likelihood: at each event, who of those still at risk had it. Their answers become
    survival curves by Breslow's baseline hazard. How far risks are believed is decided on rows that each network left
    out, so curves are calibrated also where networks fit their own rows too well.

    Parameters
    ----------
    hidden_layer_sizes, activation, recipe, optimizer, learning_rate, schedule, epochs, batch_size, l1, l2
        As for `GlassClassifier`.
    validation_fraction, patience, random_state, n_jobs, n_networks, time_budget, resampling, verbose
        As for `GlassClassifier`.
    dropout, label_smoothing, scaling, embedding
        As for `GlassClassifier`.

    Attributes
    ----------
    schema_ : Schema
        How each column was understood.
    baseline_ : glassnet.survival.Baseline
        The hazard of a patient of risk 0, who is like the mean of the training rows.
    slope_ : float
        What the networks' raw predictions are multiplied by, from rows that they left out; 1 believes them as they are.
    network_, networks_
        The trained networks in readable NumPy.
    history_, histories_, recipe_, n_features_in_, feature_names_in_, n_rows_without_target_, weights_, biases_
        As for `GlassClassifier`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> size = rng.uniform(1, 5, 300)
    >>> event, lost = rng.exponential(60 / size**2), rng.exponential(20, 300)
    >>> study = {"size": size, "months": np.minimum(event, lost), "died": (event <= lost).astype(int)}
    >>> model = GlassSurvival(random_state=0).fit(study, time="months", event="died")
    >>> model.score(study) > 0.65
    True
    >>> model.predict_survival({"size": [1.0, 5.0]}, [6.0, 12.0]).shape
    (2, 2)
    """

    task = "survival"

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, time: str | Sequence[str] | None = None,
        event: str | None = None,
        target: str | Sequence[str] | None = None, schema: Schema | None = None, **settings: Any,
    ) -> Self:  # fmt: skip
        """Understand a table, and train networks on it.

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a file
        y : structured array, or array-like of shape (n_rows, 2), optional
            The event and the time in fields, as scikit-survival has them; or time and event in columns.
        sample_weight : array-like of shape (n_rows,), optional
        time, event : str, optional
            The columns of the table, in place of `y`. Two columns of dates, such as ``time=("enrolled", "last_seen")``,
            give the days between them. An event column holds 0 or 1, yes or no, alive or dead, or
            similar; ``event="status=2"`` says that the cell 2 is the event, and all others are none.
        target : sequence of str, optional
            Both columns at once.
        schema : Schema, optional
        **settings
            `weights`, `groups`, `progress`, `checkpoint` and all others of `GlassClassifier.fit`.

        Returns
        -------
        self

        Raises
        ------
        SchemaError, DataError, ConfigurationError, TrainingDiverged
        """
        if (time is None) != (event is None):
            raise ConfigurationError("time= and event= belong together. Give both, or y.")
        if time is not None and event is not None:
            if target is not None or y is not None or schema is not None:
                raise ConfigurationError("Give time= and event=, or y, or target=, or schema=; not several of them.")
            X = as_table(X, settings.get("memory_limit"))
            if X.n_rows == 1:
                raise DataError(f"{X.origin} has 1 sample (one row). Training needs at least 2.")
            column, level = parted_event(X, event)
            kinds, classes = ({}, ()) if level is None else ({column: "category"}, (level,))
            times = (time,) if isinstance(time, str) else tuple(time)
            schema = Schema.infer(X, (*times, column), self.task, kinds=kinds, classes=classes)
        super().fit(X, y, sample_weight, target=target, schema=schema, **settings)
        if time is not None:
            self._warn_of_missing_targets(X.n_rows)
        return self

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

    def _settle(
        self, fitted: FittedTable, roles: Roles, X: np.ndarray, y: np.ndarray, row_weights: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """The baseline hazard, and how far risks are believed: from rows that networks left out, where there are."""
        weights = (np.ones(len(y)) if row_weights is None else row_weights).astype(np.float64)
        all_times = Times(y[:, 0], y[:, 1].astype(np.int64))
        raw = fitted.raw_of_each(X, thread_count(self.n_jobs)).astype(np.float64)
        left_out = np.broadcast_to(roles.mask(np.arange(len(y))), raw.shape[:2])
        found: list[tuple[Baseline, float, float]] = []
        for k in range(raw.shape[2]):
            times = all_times if raw.shape[2] == 1 else all_times.of_cause(k + 1)
            found.append(_calibrated(times, raw[..., k], left_out, weights))
        baselines, slopes, centers = zip(*found, strict=True)
        arrays = {
            "baseline_time": np.concatenate([each.time for each in baselines]),
            "baseline_log_hazard": np.concatenate([each.log_hazard for each in baselines]),
            "risk_scale": np.column_stack([slopes, centers]).ravel(),
        }  # fmt: skip
        if len(found) > 1:
            arrays["baseline_steps"] = np.array([len(each.time) for each in baselines], dtype=np.float64)
        return arrays

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


def _calibrated(
    times: Times, raw: np.ndarray, left_out: np.ndarray, weights: np.ndarray
) -> tuple[Baseline, float, float]:  # fmt: skip
    """Baseline, slope and center of one output, (networks, n), from rows that networks left out, where there are."""
    centers = raw.mean(axis=1)
    apart = raw - centers[:, None]
    count = left_out.sum(axis=0)
    honest = count > 0
    risk = np.where(honest, (apart * left_out).sum(axis=0) / np.maximum(count, 1), apart.mean(axis=0))
    stratum = np.where(count == 1, left_out.argmax(axis=0), -1)  # each network has a constant of its own
    if count.max(initial=0) > 1:  # of several networks to a fold, as after tuning, rows of one fold go together
        patterns, which = np.unique(left_out, axis=1, return_inverse=True)
        stratum = which.ravel() if patterns.shape[1] <= len(left_out) else stratum
    slope = _slope(times.take(honest), risk[honest], stratum[honest], weights[honest])
    return Baseline.of(times, slope * risk, weights), slope, float(centers.mean())


def _slope(times: Times, risk: np.ndarray, stratum: np.ndarray, weights: np.ndarray) -> float:
    """The factor on risks that maximizes the partial likelihood of these rows, by bisection."""
    if times.n_events < _FEWEST_EVENTS:
        return 1.0
    y = np.column_stack([times.columns, stratum])

    def gradient(slope: float) -> float:
        likelihood = PartialLikelihood(slope * risk[:, None], y, weights)
        return float((weights * likelihood.slopes[:, 0] * risk).sum())

    low, high = _LEAST_SLOPE, _MOST_SLOPE
    if gradient(low) >= 0:
        return low
    if gradient(high) <= 0:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if gradient(middle) > 0 else (middle, high)
    return (low + high) / 2


table_estimators[GlassSurvival.task] = GlassSurvival
