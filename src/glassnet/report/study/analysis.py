"""The analysis of a trained model for the study report: every part of it, computed once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators import TableEstimator
from glassnet.evaluate import (
    Performance,
    SurvivalPerformance,
    compare,
    internal_validation,
    performance,
    performances_over_time,
    subgroups,
)
from glassnet.evaluate.validation.outcome_cases import check_model, endpoint_of
from glassnet.explanation import Pair, Question, effect, importance, strongest_pairs
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.formulas.randomness import check_seed
from glassnet.report.study.cautions import limits_of
from glassnet.report.study.examples import examples
from glassnet.report.study.model_equation import written_out
from glassnet.report.study.patients import FollowUp, Patients, find_patients, follow_up, table_one
from glassnet.report.study.sample_size import (
    SampleSize,
    largest_r2,
    largest_r2_of_times,
    sample_size_of_times,
    sample_size_of_two_classes,
)
from glassnet.report.study.study import Study
from glassnet.survival import Censoring, Times

EXPECTED_SHARE = 0.15
"""The fraction of the largest R2 that is expected of a model without prior knowledge (Riley et al. 2020)."""
_EFFECTS, _PAIRED = 4, 6


def study(
    model: Any, table: Any, *, train: Any = None, weights: str | None = None, groups: str | None = None,
    event: Any = None, thresholds: Sequence[float] = (), subgroup_columns: Sequence[str] = (),
    refits: int | None = None, test_share: float = 0.2, draws: int = 1000, seed: int = 0,
    progress: Callable[[str], object] | None = None, horizons: Sequence[float] = (), y: Any = None,
    y_train: Any = None, images: bool = True,
) -> Study:  # fmt: skip
    """Compute the study report of a trained model.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted or loaded.
    table : Table, data frame, dict of columns, path, or array
        Test rows with their target, unless `y` is given; or the table that was given to ``glassnet train``, whose split
        is repeated and checked by the fingerprint of the training rows.
    train : Table, data frame, dict of columns, or path, optional
        The training rows; without them, or such a split, there is no comparison and no sample size.
    weights, groups : str, optional
        Columns with the weight of each row, and with the group it belongs to.
    event : label, optional
        The class that is the event, if there are two; by default that of the model's threshold, or else the second.
    thresholds : sequence of float
        Probabilities of the event at or above which rows are classified as positive; the model's own threshold comes
        first.
    subgroup_columns : sequence of str
        Columns by whose levels every measure is reported, such as ``sex`` or ``age=40,65``; see `subgroups`.
    refits : int, optional
        The number of refits for internal validation: 200 by default, and fewer for more than 10,000 training rows; 0
        for none. Ctrl-C ends them once there are two, and the report continues with those that are done.
    test_share : float
        The test share used in training.
    draws, seed : int
        The number of bootstrap draws, and the seed, of the intervals.
    progress : callable, optional
        A function that is called with the name of the next step.
    horizons : sequence of float
        For times to an event, the times at which calibration is assessed; probabilities of the event are evaluated at
        the first. By default, the times by which a quarter, half and three quarters of the training events had
        happened, with probabilities at half.
    y, y_train : array-like, optional
        The targets of `table` and of `train`, if these have none, such as arrays of images.
    images : bool
        Whether the report of a model on pixels includes two images, which show patients.

    Returns
    -------
    Study
        If the model was trained on all rows of the table, performance on them is apparent, and internal validation
        corrects it.

    Raises
    ------
    DataError
        When no row has a target, or when the model was trained on all rows and there are no refits.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_breast_cancer(as_frame=True).frame[["mean radius", "mean texture", "target"]]
    >>> model = GlassClassifier(recipe="lecture").fit(frame[::2], target="target")
    >>> report = study(model, frame[1::2], train=frame[::2], event=0, draws=200, refits=20)
    >>> report.performance.outcomes[0]["AUC"].value > 0.9, report.sample_size.needed
    (True, 354)
    """
    seed, say = check_seed(seed), progress or (lambda _: None)
    if isinstance(model, TableEstimator):
        check_model(model)
    question = Question.of(model)
    own = len(question.outputs) - 1 if model.decision_ is None else model.decision_.event
    own = own if question.has_classes else 0
    which = own if event is None else question.output(event)
    if event is not None and len(question.outputs) != 2:
        raise ConfigurationError(
            f"event={event!r} is for two classes, and this model has {len(question.outputs)} outputs."
        )
    table = table if y is None else model._with_y(table, y)
    train = train if y_train is None else model._with_y(train, y_train)
    patients = find_patients(model, table, train, weights, groups, test_share)
    if patients.same and refits == 0:
        raise DataError(
            f"The model was trained on all rows of {patients.test.origin}, so it can only be evaluated by refits. Omit "
            "refits=0 (--refits 0), or give new rows and the training rows (--train)."
        )
    comparison = None
    if patients.train is not None and not patients.same:
        say("comparison with other models")
        comparison = compare(
            model, patients.train, patients.test, weights=weights, groups=groups, draws=draws, seed=seed, progress=say
        )
    horizon = _horizon(model, horizons)
    options: dict[str, Any] = {
        "weights": weights, "groups": groups, "event": event, "thresholds": thresholds,
        "horizon": horizon if horizons else None,
    }  # fmt: skip
    say("performance")
    rivals = None if comparison is None else comparison.of_rivals
    measures = performance(model, patients.test, **options, draws=draws, seed=seed, rivals=rivals)
    by_columns = subgroups(model, patients.test, subgroup_columns, **options, draws=draws, seed=seed)
    validation = None
    if patients.train is not None and refits != 0:
        validation = internal_validation(
            model, patients.train, **options, refits=refits, seed=seed, progress=_refit_progress(say)
        )  # fmt: skip
    say("what the model uses")
    used = importance(model, patients.test, weights=weights, groups=groups, draws=draws, seed=seed)
    background = EncodedRows(question, question.table(patients.test))
    leading = [name for name in used.names if background.some_values(question.column(name), 2)][
        :_PAIRED
    ]  # images have none
    at = None if model.outcome_.strata_names else horizon  # curves of strata differ, and risks do not
    effects = tuple(effect(model, patients.test, name, seed=seed, horizon=at) for name in leading[:_EFFECTS])
    pairs: tuple[Pair, ...] = ()
    if len(leading) > 1 and patients.test.n_rows > 1:
        output = question.outputs[which] if question.has_classes else None
        pairs = strongest_pairs(model, patients.test, columns=leading, output=output, seed=seed, horizon=at)
    n_train = None if patients.train is None else patients.train.n_rows
    n_parameters = _parameters(model)
    follow_ups = follow_up(model, patients)
    needed = _sample_size(model, patients.train, which, n_parameters, follow_ups, horizon)
    return Study(
        model.outcome_.asked_for, model.task, patients.flow, table_one(model, patients),
        written_out(model, patients.test), measures,
        _survival(model, patients, groups, horizons, draws, seed), follow_ups,
        None if horizon is None else _by_when(measures, horizon), patients.same, comparison, validation, by_columns,
        used, effects, pairs, examples(background, which) if images else (), needed, n_train, n_parameters, which,
        limits_of(measures, comparison, groups, needed, n_train, patients, weights), model.fingerprint_,
        f"{model.recipe_.name}: {model.recipe_.in_short()}", tuple(model.schema_.describe()), model.recipe_.explain(),
        groups, weights, tuple(measures.outcomes[0].at_thresholds), _threshold(model, question.outputs),
    )  # fmt: skip


def _refit_progress(say: Callable[[str], object]) -> Callable[[int, int], object]:
    """Reports the number of refits done, and the time left."""
    started = time.perf_counter()

    def progress(done: int, of: int) -> None:
        left = (time.perf_counter() - started) / done * (of - done)
        time_left = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
        say(f"refit {done} of {of}, about {time_left} left; Ctrl-C continues with these")

    return progress


def _threshold(model: TableEstimator, classes: Sequence[str]) -> str:
    """The model's own threshold in words."""
    decision = model.decision_
    return "" if decision is None else f"{decision.rule(classes)}; {decision.reason()}"


def _horizon(model: Any, horizons: Sequence[float]) -> float | None:
    """The horizon of probabilities; None for other targets."""
    if not horizons:
        return endpoint_of(model, None).horizon if model.outcome_.measured_as == "time" else None
    several = [endpoint_of(model, None, (), float(each)).horizon for each in horizons]
    return several[0]


def _by_when(measures: Performance, horizon: float) -> float:
    """The horizon that was used, which is earlier if rows cannot be weighted so late."""
    return float(measures.outcomes[0].horizon or horizon)


def _survival(
    model: Any, patients: Patients, groups: str | None, horizons: Sequence[float], draws: int, seed: int
) -> tuple[SurvivalPerformance, ...]:
    """Risk groups, and calibration at horizons, on the test rows."""
    if model.outcome_.measured_as != "time":
        return ()
    known = model._target_rows(patients.test, None, None, groups)
    times = Times.of_truth(known.truth)
    latest = Censoring.of(times).horizon
    at = sorted(set(horizons)) or [h for h in model.horizons_ if h <= latest] or None
    curves = model._answer(known.rows).curves
    return performances_over_time(
        model, times, curves, horizons=at, groups=known.groups, draws=min(draws, 300), seed=seed
    )  # fmt: skip


def _parameters(model: TableEstimator) -> int:
    """The number of parameters of a regression on the same columns, with one level of each category omitted."""
    total = 0
    for column in model.schema_.inputs:
        levels = column.kind == "category" and len(column.features) - (column.missing > 0) > 1
        total += len(column.features) - bool(levels)
    return total


def _sample_size(
    model: Any, train: Any, which: int, n_parameters: int, watched: Sequence[FollowUp], horizon: float | None
) -> SampleSize | None:
    """Riley's criteria for two classes or times to an event, if the training rows are known."""
    if train is not None and watched and horizon is not None and len(model.causes_) == 1:
        own = watched[0]
        events = own.n_events / own.n_rows
        expected = EXPECTED_SHARE * largest_r2_of_times(events)
        return sample_size_of_times(n_parameters, own.n_events / own.total, own.total / own.n_rows, horizon, expected)
    if train is None or len(model.schema_.classes) != 2:
        return None
    share = float(np.mean(model.schema_.encode_target(train) == which))
    if not 0.0 < share < 1.0:
        return None
    return sample_size_of_two_classes(n_parameters, share, EXPECTED_SHARE * largest_r2(share))
