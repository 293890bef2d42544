"""`limits_of`: the limitations of a report, one paragraph each."""

from __future__ import annotations

from glassnet.evaluate import Comparison, Performance
from glassnet.report.study.patients import Patients
from glassnet.report.study.sample_size import SampleSize


def limits_of(
    performance: Performance,
    comparison: Comparison | None,
    groups: str | None,
    needed: SampleSize | None,
    n_train: int | None,
    patients: Patients,
    weights: str | None,
) -> tuple[str, ...]:
    """The limitations of the results, one paragraph each."""
    limits = [
        f"The model was trained on all rows of {patients.test.origin}, so there are no test rows. The performance "
        "section is apparent; quote the results of internal validation. Performance at other places or times is "
        "unknown."
        if patients.same
        else "The test rows come from the same source as the training rows, so performance at other places or times is "
        "unknown.",
        "Intervals of the performance show how results would vary with other test rows of the same kind for the same "
        "model. Internal validation and stability show how the model would vary with other training rows.",
        "The columns that the model uses need not cause the outcome, and correlated columns can replace each other.",
    ]
    if groups is None:
        limits.append(
            "Rows were resampled individually. If several rows belong to one patient, intervals are too narrow; name "
            "the column that identifies patients as groups."
        )
    if performance.n_drawn < 100:
        limits.append(
            f"There are only {performance.n_drawn} test rows or groups; results from so few are imprecise, especially "
            f"calibration."
        )
    events = performance.outcomes[0].n_with
    if (
        len(performance.outcomes) == 1
        and performance.outcomes[0].decision is not None
        and min(events, performance.n_rows - events) < 100
    ):
        few = min(events, performance.n_rows - events)
        limits.append(
            f"The rarer outcome has {few:g} test rows. For calibration, at least 100 of each are usually recommended."
        )
    if needed is not None and n_train is not None and n_train < needed.needed:
        limits.append(f"Riley's criteria require {needed.needed:,} training rows, and there were {n_train:,}.")
    if performance.outcomes[0].horizon is not None:
        limits.append(
            f"At {performance.outcomes[0].horizon:g}, rows followed that long stand in for those censored earlier, "
            "which assumes censoring at random. If sicker patients are lost sooner, the results are biased."
        )
        if weights is not None:
            limits.append("Risk groups and grouped calibration count all rows equally, whatever their weights.")
    if patients.same:
        limits.append("Without test rows, there is no comparison with other models.")
    elif comparison is None:
        limits.append(
            "The training rows are unknown, so there is no comparison with other models, no internal "
            "validation, no stability, and no sample size."
        )
    else:
        limits += list(comparison.notes)
    return tuple(limits)
