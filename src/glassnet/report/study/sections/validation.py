"""The internal validation section: performance corrected for the optimism of evaluation on the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.evaluate import InternalValidation
from glassnet.evaluate.validation.optimism import HEADER
from glassnet.report.document import Block, Grid, Prose
from glassnet.report.study.sections.performance import held

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def validation(study: Study) -> tuple[str, list[Block]] | None:
    """Measures on the training rows, corrected for optimism by refits."""
    result = study.validation
    if result is None:
        return None
    blocks: list[Block] = []
    for each in result.outcomes:
        named = "" if len(result.outcomes) == 1 else f" {each.outcome}:"
        rows = [measure.texts() for measure in each.measured]
        caption = f"Measures on the training rows,{named} corrected; with {100 * result.coverage:g} % intervals."
        blocks.append(Grid(HEADER, held(rows), caption.replace(",:", ":")))
        for t, own in each.at_thresholds.items():
            rows = [measure.texts() for measure in own]
            blocks.append(Grid(HEADER, held(rows), f"Classification as {each.outcome} at {100 * t:.4g} % or more."))
    blocks.append(
        Prose(
            "The apparent value is that of the model on its training rows. The optimism is how much better, on "
            "average, refits perform on their own bootstrap sample than on all training rows. The corrected value is "
            "the apparent value minus the optimism (Harrell 2015); its interval comes from the spread of the refits "
            "(after Noma et al. 2021). Calibration intercepts and slopes have no interval, because "
            "fitting determines them on its own rows, where they hardly vary. Evaluation on the left-out rows is "
            "pessimistic, because a refit has seen fewer distinct rows; .632+ weights it against the apparent value "
            "by the amount of overfitting (Efron and Tibshirani 1997)."
        )
    )
    blocks += [Prose(words) for words in remarks(result)]
    return opening(result), blocks


def opening(result: InternalValidation) -> str:
    """A description of the procedure."""
    what = "rows" if result.n_drawn == result.n_rows else "groups of rows"
    return (
        f"The whole modeling procedure (constants of the columns, recipe, networks, calibration) was repeated on "
        f"{result.n_refits} bootstrap samples of the {result.n_drawn:,} training {what}."
    )


def remarks(result: InternalValidation) -> list[str]:
    """Caveats of the validation."""
    notes = []
    if result.ended_early:
        notes.append(
            f"The refits were stopped after {result.n_refits + result.n_failed} of {result.n_asked}; more would make "
            "the results more precise."
        )
    if result.n_failed:
        notes.append(f"{result.n_failed} refits could not be trained on their bootstrap samples, and do not count.")
    if not result.whole:
        notes.append(
            "The whole modeling procedure could not be repeated: settings were searched by tune, or training was "
            "stopped by the clock or by hand. The actual optimism is larger than reported here."
        )
    return notes
