"""The TRIPOD+AI section: each item with what is known, and a marked blank for what the authors must write."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from glassnet.report.document import Blank, Block, Grid, Prose
from glassnet.report.study.tripod import ITEMS, PROBAST, TRIPOD, filled

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def tripod(study: Study) -> tuple[str, list[Block]]:
    """A table for each part of the article."""
    blocks: list[Block] = []
    for part, members in groupby(filled(study), key=lambda pair: pair[0].part):
        rows = [(item.code, item.asks, Blank(known, item.write)) for item, known in members]
        blocks.append(Grid(["item", "what it requires", "known, and left to the authors"], rows, f"{part}."))
    blocks.append(
        Prose(
            f"After TRIPOD+AI (Collins et al. 2024, BMJ 385, e078378; {TRIPOD}), in our own words. Reviewers assess "
            f"the risk of bias with PROBAST+AI ({PROBAST})."
        )
    )
    left = sum(bool(item.write) for item in ITEMS)
    opening = (
        f"What the report of a prediction model must contain: 27 items in {len(ITEMS)} parts. In {left} of them, "
        "something is left to the authors, marked [write: ...]."
    )
    return opening, blocks
