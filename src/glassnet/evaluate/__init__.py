"""How good a network is, how sure that is, and how it compares with other models on the same rows."""

from glassnet.estimators.bootstrap import interval, row_counts
from glassnet.estimators.split import Split, split_rows
from glassnet.evaluate.compare import compare
from glassnet.evaluate.comparison import Comparison, Difference, Measured, Row
from glassnet.evaluate.metric import METRICS, Answer, Metric, metrics_for
from glassnet.evaluate.rivals import RIVALS, Rival, rivals_for

__all__ = [
    "METRICS", "RIVALS", "Answer", "Comparison", "Difference", "Measured", "Metric", "Rival", "Row", "Split", "compare",
    "interval", "metrics_for", "rivals_for", "row_counts", "split_rows",
]  # fmt: skip
