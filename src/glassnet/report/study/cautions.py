"""`limits_of`: what the figures of a report do not say, one sentence each."""

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
    """Limits of the figures, one sentence each."""
    limits = [
        f"All rows of {patients.test.origin} trained the model, so there are no test rows. The measures under "
        "Performance are apparent; quote those of internal validation. How the model does elsewhere or later is not "
        "known."
        if patients.same
        else "The test rows come from the same source as the training rows. How the model does elsewhere or later "
        "is not known from them.",
        "Intervals of the performance say how figures would move with other test rows of the same kind for the same "
        "model. How the model would change with other training rows, internal validation and stability say.",
        "What the model uses is not what causes the outcome. Columns that go together stand in for each other.",
    ]
    if groups is None:
        limits.append(
            "Rows were drawn one by one. If several belong to one patient, intervals are too narrow; name the column "
            "of patients as groups."
        )
    if performance.n_drawn < 100:
        limits.append(
            f"There are only {performance.n_drawn} test rows or groups; figures from so few are rough, especially "
            f"calibration."
        )
    events = performance.outcomes[0].n_with
    if (
        len(performance.outcomes) == 1
        and performance.outcomes[0].decision is not None
        and min(events, performance.n_rows - events) < 100
    ):
        few = min(events, performance.n_rows - events)
        limits.append(f"The rarer outcome has {few:g} test rows. Calibration is usually judged on 100 or more of each.")
    if needed is not None and n_train is not None and n_train < needed.needed:
        limits.append(f"Riley's criteria ask for {needed.needed:,} training rows, and there were {n_train:,}.")
    if performance.outcomes[0].horizon is not None:
        limits.append(
            f"By {performance.outcomes[0].horizon:g}, rows that were followed that long stand for those that were lost "
            "before, as if these had been lost by chance. Where sicker patients are lost sooner, the figures are off."
        )
        if weights is not None:
            limits.append("Risk groups and calibration by groups count rows alike, whatever their weights.")
    if patients.same:
        limits.append("Without test rows, there is no comparison with other models.")
    elif comparison is None:
        limits.append(
            "The training rows are not known, so there is no comparison with other models, no internal "
            "validation, no stability, and no sample size."
        )
    else:
        limits += list(comparison.notes)
    return tuple(limits)
