"""How good a network is, how sure that is, and how it compares with other models on the same rows.

`compare` holds a network against other models; `performance` has what a clinical reviewer asks: decisions at
thresholds, calibration, and decision curves.
"""

from glassnet.estimators.aim import AIMS, Aim, ChosenThreshold
from glassnet.estimators.bootstrap import interval, row_counts
from glassnet.estimators.split import Split, split_rows
from glassnet.evaluate.called import Called, called
from glassnet.evaluate.cases import Cases
from glassnet.evaluate.clinical_curve import CalibrationCurve, DecisionCurve, calibration_curve, decision_curve
from glassnet.evaluate.compare import compare
from glassnet.evaluate.comparison import Comparison, Difference, Measured, Row
from glassnet.evaluate.corrected import Corrected
from glassnet.evaluate.instability import Instability
from glassnet.evaluate.internal_validation import InternalValidation, Validated, internal_validation
from glassnet.evaluate.judge import Judged
from glassnet.evaluate.measure import MEASURES, Measure, measures_for, measures_of
from glassnet.evaluate.metric import METRICS, Answer, Metric, metrics_for
from glassnet.evaluate.operating import choose_threshold
from glassnet.evaluate.performance import Performance, performance
from glassnet.evaluate.rivals import RIVALS, Rival, rivals_for
from glassnet.evaluate.subgroups import Subgroup, subgroups
from glassnet.evaluate.survival import SURVIVAL_MEASURES, SurvivalPerformance, survival_performance

__all__ = [
    "AIMS", "MEASURES", "METRICS", "RIVALS", "SURVIVAL_MEASURES", "Aim", "Answer", "CalibrationCurve", "Called",
    "Cases", "ChosenThreshold", "Comparison", "Corrected", "DecisionCurve", "Difference", "Instability",
    "InternalValidation", "Judged", "Measure", "Measured", "Metric", "Performance", "Rival", "Row", "Split",
    "Subgroup", "SurvivalPerformance", "Validated", "calibration_curve", "called", "choose_threshold", "compare",
    "decision_curve", "internal_validation", "interval", "measures_for", "measures_of", "metrics_for",
    "performance", "rivals_for", "row_counts", "split_rows", "subgroups", "survival_performance",
]  # fmt: skip
