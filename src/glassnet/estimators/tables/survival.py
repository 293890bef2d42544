"""`GlassSurvival`: times to an event from a raw table, of patients of whom some were still without it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from glassnet.errors import ConfigurationError, DataError, TableWarning
from glassnet.estimators.networks.parameters import check_count, thread_count
from glassnet.estimators.tables.estimator import TableEstimator
from glassnet.estimators.tables.hazards import learned_hazards
from glassnet.estimators.tables.input import as_table
from glassnet.estimators.tables.models.survival import SurvivalModel
from glassnet.formulas import losses
from glassnet.survival import Intervals, Times
from glassnet.tables import Schema, Table
from glassnet.tables.outcome import TimeToEvent

if TYPE_CHECKING:
    from glassnet.estimators.training.fitted_table import FittedTable
    from glassnet.estimators.training.training import Roles


_NAMED = 5


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


class GlassSurvival(SurvivalModel, TableEstimator):
    """Predicts who has an event earlier, and when, from a raw table in which some have not had it yet.

    By default networks learn Cox's partial likelihood: at each event, who of those still at risk had it. Their answers
    become survival curves by Breslow's baseline hazard. How far risks are believed is decided on rows that each network
    left out, so curves are calibrated also where networks fit their own rows too well.

    Parameters
    ----------
    hidden_layer_sizes, activation, recipe, optimizer, learning_rate, schedule, epochs, batch_size, l1, l2
        As for `GlassClassifier`.
    validation_fraction, patience, random_state, n_jobs, n_networks, time_budget, resampling, verbose
        As for `GlassClassifier`.
    dropout, label_smoothing, scaling, embedding
        As for `GlassClassifier`.
    loss : {"cox", "hazard", "piecewise_exponential"} or Loss
        ``"cox"``: who of those at risk had the event, with hazards that are proportional over all of time.
        ``"hazard"``: the chance of the event in each of several intervals. ``"piecewise_exponential"``: a constant rate
        in each. Under the last two curves may cross, and are smooth.
    strata : str, optional
        A column, such as the center of a study, within which patients are compared: it is not an input, and each of its
        cells has a baseline hazard of its own, of any form. `fit` takes it, too.
    intervals : int, optional
        Of those two losses, how many; they hold about equally many events. By default the square root of the number of
        events, from 4 to 10.

    Attributes
    ----------
    schema_ : Schema
        How each column was understood.
    baseline_ : glassnet.survival.Baseline
        The hazard of a patient of risk 0, who is like the mean of the training rows.
    slope_ : float
        What the networks' raw predictions are multiplied by, from rows that they left out; 1 believes them as they are.
        Both are of the loss `cox`.
    strata_ : tuple of str
        The strata, of which each has a baseline.
    intervals_ : array
        Where the intervals end, of the other losses.
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

    _strata: str | None = None

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, time: str | Sequence[str] | None = None,
        event: str | None = None, strata: str | None = None,
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
            similar; ``event="status=2"`` says that the cell 2 is the event, and all others are not.
        strata : str, optional
            The column of strata, such as centers, in place of the parameter `strata`.
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
            if event in ((time,) if isinstance(time, str) else tuple(time)):
                raise ConfigurationError(
                    f"time= and event= both name the column {event!r}. Give the column of times and that of the event."
                )
            X = as_table(X, settings.get("memory_limit"))
            if X.n_rows == 1:
                raise DataError(f"{X.origin} has 1 sample (one row). Training needs at least 2.")
            column, level = parted_event(X, event)
            kinds, classes = ({}, ()) if level is None else ({column: "category"}, (level,))
            times = (time,) if isinstance(time, str) else tuple(time)
            target, schema = None, Schema.infer(X, (*times, column), self.task, kinds=kinds, classes=classes)
        self._strata = strata
        super().fit(X, y, sample_weight, target=target, schema=schema, **settings)
        if time is not None:
            self._warn_of_missing_targets(X.n_rows)
        return self

    def _with_design(self, schema: Schema, table: Table) -> Schema:
        strata = self.strata if self._strata is None else self._strata
        return schema if strata is None else schema.with_stratum(table, strata)

    def _choose_loss(self, codes: np.ndarray) -> None:
        loss, owner = losses.resolve(self.loss), type(self).__name__
        self.outcome_.check_loss(loss)
        given = self.intervals != "auto"
        if self.outcome_.stratum is not None and loss.scope != "batch":
            raise ConfigurationError(
                f"{owner}: strata are for the loss 'cox', which compares patients within a stratum; the loss "
                f"{loss.name!r} compares none. Leave the loss out, or make the column of strata an input."
            )
        self._check_strata(Times.of_truth(codes))
        if loss.scope == "batch":
            if given:
                raise ConfigurationError(
                    f"{owner}: intervals={self.intervals!r} are for loss='hazard' or 'piecewise_exponential'; the "
                    f"loss {loss.name!r} compares patients at each event. Leave it out."
                )
            self.fitted_ = replace(self.fitted_, loss=loss)
            return
        if loss.link not in ("logistic", "exp"):
            raise ConfigurationError(f"{owner}: the loss {loss.name!r} says no hazard. Take cox or hazard.")
        if given:
            check_count(owner, "intervals", self.intervals)
        intervals = Intervals.of(Times.of_truth(codes), int(self.intervals) if given else None)
        self.fitted_ = replace(self.fitted_, loss=loss, schema=self.schema_.with_intervals(intervals.ends.tolist()))

    def _check_strata(self, times: Times) -> None:
        """Refuse strata in which nobody can be compared; warn of those that teach nothing."""
        names = self.outcome_.strata_names
        if not names:
            return
        rows = np.bincount(times.layers, minlength=len(names))
        events = np.bincount(times.layers, times.happened, len(names))
        if not ((rows > 1) & (events > 0)).any():
            raise DataError(
                f"No stratum by {self.outcome_.stratum.name!r} has an event and a second row, and rows are compared "
                "only within a stratum, so there is nothing to learn. Name a column of fewer strata."
            )
        for few, finding in (
            (events == 0, "no event in the training rows, so its curve stays at 1"),
            ((events > 0) & (rows == 1), "a single training row, which has nothing to be compared with"),
        ):
            if few.any():
                listed = ", ".join(repr(names[k]) for k in np.flatnonzero(few)[:_NAMED])
                more = ", ..." if few.sum() > _NAMED else ""
                which = "Each of the strata" if few.sum() > 1 else "The stratum"
                warnings.warn(f"{which} {listed}{more} has {finding}.", TableWarning, stacklevel=5)

    def _settle(
        self, fitted: FittedTable, roles: Roles, X: np.ndarray, y: np.ndarray, row_weights: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """The baseline hazard, and how far risks are believed: from rows that networks left out, where there are."""
        weights = (np.ones(len(y)) if row_weights is None else row_weights).astype(np.float64)
        raw = fitted.raw_of_each(X, thread_count(self.n_jobs)).astype(np.float64)
        left_out = np.broadcast_to(roles.mask(np.arange(len(y))), raw.shape[:2])
        assert isinstance(fitted.outcome, TimeToEvent)
        return dict(learned_hazards(fitted.outcome, fitted.loss.link, raw, left_out, y, weights).arrays)
