"""TRIPOD+AI: each part with what is known, and a marked blank for what the authors must write."""

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
        blocks.append(Grid(["item", "what it asks", "what is known, and what the authors write"], rows, f"{part}."))
    blocks.append(
        Prose(
            f"After TRIPOD+AI (Collins et al. 2024, BMJ 385, e078378; {TRIPOD}), in words of our own. Reviewers judge "
            f"the risk of bias by PROBAST+AI ({PROBAST})."
        )
    )
    left = sum(bool(item.write) for item in ITEMS)
    opening = (
        f"What a report of a prediction model must say: 27 items in {len(ITEMS)} parts. In {left} of them something is "
        "left to the authors, marked [write: ...]."
    )
    return opening, blocks
