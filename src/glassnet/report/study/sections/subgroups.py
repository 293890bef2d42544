"""The subgroups section: every measure for each level of the named columns."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from glassnet.evaluate import Subgroup
from glassnet.evaluate.validation.performance import rows_of
from glassnet.report.document import Block, Grid, Prose
from glassnet.report.study.sections.performance import held

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def subgroups(study: Study) -> tuple[str, list[Block]] | None:
    """A table for each column and outcome."""
    if not study.subgroups:
        return None
    blocks: list[Block] = []
    for column, members in groupby(study.subgroups, key=lambda each: each.column):
        own = list(members)
        for k, judged in enumerate(own[0].outcomes):
            named = "" if len(own[0].outcomes) == 1 else f", {study.target} = {judged.outcome}"
            head = ["measure", *(_heading(each) for each in own)]
            blocks.append(Grid(head, held(rows_of([each.outcomes[k] for each in own])), f"By {column}{named}."))
            for t in judged.at_thresholds:
                texts = [{m.metric: m.text() for m in each.outcomes[k].at_thresholds[t]} for each in own]
                rows = [[name, *(text[name] for text in texts)] for name in texts[0]]
                blocks.append(Grid(head, held(rows), f"By {column}{named}, at a threshold of {100 * t:.4g} %."))
        small = [f"{each.level} has {each.small}" for each in own if each.small]
        if small:
            words = f"Small groups by {column}: {'; '.join(small)}. Their results are imprecise, calibration above all."
            blocks.append(Prose(words, plain=True))
    blocks.append(
        Prose(
            "Groups differ in their patients, not only in how well the model works for them: the AUC is lower if "
            "patients are more alike, and predictive values depend on the prevalence of the outcome. Calibration is a "
            "fairer comparison. The more groups are examined, the more of them differ by chance."
        )
    )
    return f"The {'training' if study.apparent else 'test'} rows, by the named columns.", blocks


def _heading(group: Subgroup) -> str:
    """The level and its size."""
    return f"{group.level} ({group.n_rows:,}{', small' if group.small else ''})"
