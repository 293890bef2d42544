"""Internal validation: what the model owes to being judged on its own training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.evaluate import InternalValidation
from glassnet.evaluate.validation.optimism import HEADER
from glassnet.report.document import Block, Grid, Prose
from glassnet.report.study.sections.performance import held

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def validation(study: Study) -> tuple[str, list[Block]] | None:
    """Measures on the training rows, corrected by refits."""
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
            blocks.append(Grid(HEADER, held(rows), f"Calling {each.outcome} from {100 * t:.4g} % on."))
    blocks.append(
        Prose(
            "Apparent is the model on its training rows. The optimism is by how much refits look better on the "
            "rows that they drew than on all of them, on average; corrected is the apparent value less the optimism "
            "(Harrell 2015), with the refits' own spread around it as its interval (after Noma et al. 2021). "
            "Intercepts and slopes have none, for a fit sets them on its own rows, where they hardly vary. The rows "
            "that refits left out are harsher than new rows, for a refit has seen fewer different ones; .632+ weighs "
            "them against the apparent value by how much the model overfits (Efron and Tibshirani 1997)."
        )
    )
    blocks += [Prose(words) for words in remarks(result)]
    return opening(result), blocks


def opening(result: InternalValidation) -> str:
    """How it was done."""
    what = "rows" if result.n_drawn == result.n_rows else "groups of rows"
    return (
        f"The whole making of the model (constants of the columns, recipe, networks, calibration) was repeated on "
        f"{result.n_refits} bootstraps of the {result.n_drawn:,} {what} that trained it."
    )


def remarks(result: InternalValidation) -> list[str]:
    """Caveats of the validation."""
    notes = []
    if result.ended_early:
        notes.append(
            f"The refits were ended after {result.n_refits + result.n_failed} of {result.n_asked}; these count, and "
            f"the "
            "others would make the figures steadier."
        )
    if result.n_failed:
        notes.append(f"{result.n_failed} refits could not be trained on the rows that they drew, and do not count.")
    if not result.whole:
        notes.append(
            "Not all that made the model was repeated: it was searched for by tune, or its training was ended by the "
            "clock or by hand. Its optimism is larger than what is said here."
        )
    return notes
