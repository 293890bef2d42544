"""Sample size: Riley's criteria beside what there was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.report.document import Block, Grid, Prose

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def sample_size(study: Study) -> tuple[str, list[Block]] | None:
    """The criteria, where they are known."""
    needed = study.sample_size
    if needed is None or study.n_train is None:
        return None
    timed = needed.horizon is not None
    with_event = f"with the event by {needed.horizon:g}" if timed else "of outcomes"
    rows = [
        ["expected shrinkage of at least 0.9", f"{needed.shrinkage:,}"],
        ["optimism of R2 of at most 0.05", f"{needed.optimism:,}"],
        [f"share {with_event} to within 0.05", f"{needed.precision:,}"],
        ["all three", f"{needed.needed:,}"],
        ["training rows that there were", f"{study.n_train:,}"],
    ]
    caption = (
        f"Rows that Riley's criteria ask for: {needed.n_parameters} parameters, {100 * needed.share:.1f} % with the "
        f"outcome, and a Cox and Snell R2 of {needed.r2:.3f}, which is 15 % of the largest."
    )
    if timed:
        caption = (
            f"Rows that Riley's criteria ask for: {needed.n_parameters} parameters, {needed.rate:.4g} events per row "
            f"and unit of time, a mean follow-up of {needed.follow_up:.4g}, and a Cox and Snell R2 of {needed.r2:.3f}, "
            "which is 15 % of the largest."
        )
    words = (
        "The criteria are made for regressions with this many parameters. A network with hidden layers has more "
        "freedom and needs more rows; what it has learned from these is judged above."
    )
    return "How many rows such a model asks for.", [Grid(["criterion", "rows"], rows, caption), Prose(words)]
