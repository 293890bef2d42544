"""Explanations of a model's predictions: for one row, for all rows, and as functions of each column.

`explain` explains one row, and `occlusion` the image in it; `contributions` computes the Shapley values of every row;
`importance`, `effect` and `strongest_pairs` describe the model as a whole.
"""

from glassnet.explanation.change import Change, nearest_changes
from glassnet.explanation.contributions import Contributions, contributions
from glassnet.explanation.effect import Effect, effect
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.explanation import Alike, Explanation, WhatIf, explain
from glassnet.explanation.importance import Importance, importance
from glassnet.explanation.occlusion import Occlusion, Region, occlusion
from glassnet.explanation.pair import Pair, strongest_pairs
from glassnet.explanation.question import Question

__all__ = [
    "Alike", "Change", "Contributions", "Effect", "EncodedRows", "Explanation", "Importance", "Occlusion", "Pair",
    "Question", "Region", "WhatIf", "contributions", "effect", "explain", "importance", "nearest_changes", "occlusion",
    "strongest_pairs",
]  # fmt: skip
