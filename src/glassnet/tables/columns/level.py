"""The levels of categories: the level of each cell, and the frequency of each level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.tables.notation.cells import UNKNOWN, Cells, ListText
from glassnet.tables.notation.number_text import yes_no_code, yes_no_order


def level_shares(
    cells: Cells, counts: dict[str, int], levels: Sequence[str], weights: np.ndarray | None
) -> tuple[float, ...]:
    """The share of each level among the present cells."""
    weighed: dict[str, float] = dict(counts)
    if weights is not None:
        codes = cells.codes(list(counts))
        sums = np.bincount(codes[codes >= 0], weights[codes >= 0], len(counts))
        weighed = dict(zip(counts, sums.tolist(), strict=True))
    total = sum(weighed.values()) or 1
    return tuple(weighed.get(level, 0) / total for level in levels)


def match_levels(cells: Cells, levels: Sequence[str]) -> np.ndarray:
    """The level of each cell: the same text, the same number (``1`` and ``1.0``), or for yes/no any word for it."""
    codes = cells.codes(levels)
    unknown = np.flatnonzero(codes == UNKNOWN)
    if not len(unknown):
        return codes
    values, bad = ListText(tuple(levels)).numbers()
    if not bad.any():
        by_number = {float(value): code for code, value in enumerate(values)}
        numbers = cells.numbers()[0][unknown]
        codes[unknown] = [by_number.get(float(number), UNKNOWN) for number in numbers]
    pair = yes_no_order(list(levels))
    if pair is not None and (codes == UNKNOWN).any():
        of_answer = [list(levels).index(answer) for answer in pair]
        texts = cells.distinct(codes == UNKNOWN)
        answers = [yes_no_code(text) for text in texts]
        meant = np.array([UNKNOWN if answer is None else of_answer[answer] for answer in answers], dtype=np.int64)
        rest = codes == UNKNOWN
        codes[rest] = meant[cells.codes(texts)[rest]]
    return codes
