"""The sample size section: Riley's criteria and the actual number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.report.document import Block, Grid, Prose

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def sample_size(study: Study) -> tuple[str, list[Block]] | None:
    """The criteria, if they are known."""
    needed = study.sample_size
    if needed is None or study.n_train is None:
        return None
    timed = needed.horizon is not None
    with_event = f"risk by {needed.horizon:g}" if timed else "outcome proportion"
    rows = [
        ["expected shrinkage of at least 0.9", f"{needed.shrinkage:,}"],
        ["optimism of R2 of at most 0.05", f"{needed.optimism:,}"],
        [f"{with_event} to within 0.05", f"{needed.precision:,}"],
        ["all three", f"{needed.needed:,}"],
        ["actual training rows", f"{study.n_train:,}"],
    ]
    caption = (
        f"Rows required by Riley's criteria for {needed.n_parameters} parameters, {100 * needed.share:.1f} % with the "
        f"outcome, and a Cox-Snell R2 of {needed.r2:.3f}, which is 15 % of the largest possible."
    )
    if timed:
        caption = (
            f"Rows required by Riley's criteria for {needed.n_parameters} parameters, {needed.rate:.4g} events per row "
            f"and unit of time, a mean follow-up of {needed.follow_up:.4g}, and a Cox-Snell R2 of {needed.r2:.3f}, "
            "which is 15 % of the largest possible."
        )
    words = (
        "The criteria are meant for regressions with this many parameters. A network with hidden layers is more "
        "flexible and needs more rows; its actual performance is reported above."
    )
    return "The number of rows that such a model requires.", [Grid(["criterion", "rows"], rows, caption), Prose(words)]
