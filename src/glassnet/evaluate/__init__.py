"""Performance of a network with its uncertainty, and comparison with other models on the same rows.

`compare` compares a network with other models; `performance` has the clinical measures: decisions at thresholds,
calibration, and decision curves.

The public names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.lazy import lazy_names

if TYPE_CHECKING:
    from glassnet.estimators.sampling.bootstrap import interval, row_counts
    from glassnet.estimators.sampling.split import Split, split_rows
    from glassnet.estimators.tables.classes.aim import AIMS, Aim, ChosenThreshold
    from glassnet.evaluate.comparison.compare import compare
    from glassnet.evaluate.comparison.comparison import Comparison, Estimate, Row
    from glassnet.evaluate.comparison.judge import OutcomeMeasures
    from glassnet.evaluate.comparison.rivals import RIVALS, Rival, rivals_for
    from glassnet.evaluate.comparison.verdict import Difference
    from glassnet.evaluate.metrics.cases import Cases
    from glassnet.evaluate.metrics.clinical_curve import (
        CalibrationCurve,
        DecisionCurve,
        calibration_curve,
        decision_curve,
    )
    from glassnet.evaluate.metrics.measure import MEASURES, Measure, measures_for, measures_of
    from glassnet.evaluate.metrics.metric import METRICS, Metric, metrics_for
    from glassnet.evaluate.metrics.operating import choose_threshold
    from glassnet.evaluate.survival.causes import performances_over_time
    from glassnet.evaluate.survival.survival import SURVIVAL_MEASURES, SurvivalPerformance, survival_performance
    from glassnet.evaluate.usage.feature_use import FeatureUse, feature_use
    from glassnet.evaluate.validation.instability import Instability
    from glassnet.evaluate.validation.internal_validation import (
        InternalValidation,
        OutcomeValidation,
        internal_validation,
    )
    from glassnet.evaluate.validation.optimism import CorrectedMeasure
    from glassnet.evaluate.validation.performance import Performance, performance
    from glassnet.evaluate.validation.subgroups import Subgroup, subgroups
    from glassnet.evaluate.validation.threshold_effect import ThresholdEffect, threshold_effect
    from glassnet.tables.outcome import Answer

__all__ = [
    "AIMS", "MEASURES", "METRICS", "RIVALS", "SURVIVAL_MEASURES", "Aim", "Answer", "CalibrationCurve", "Cases",
    "ChosenThreshold", "Comparison", "CorrectedMeasure", "DecisionCurve", "Difference", "Estimate", "FeatureUse",
    "Instability", "InternalValidation", "Measure", "Metric", "OutcomeMeasures", "OutcomeValidation", "Performance",
    "Rival", "Row", "Split", "Subgroup", "SurvivalPerformance", "ThresholdEffect", "calibration_curve",
    "choose_threshold", "compare", "decision_curve", "feature_use", "internal_validation", "interval", "measures_for",
    "measures_of", "metrics_for", "performance", "performances_over_time", "rivals_for", "row_counts", "split_rows",
    "subgroups", "survival_performance", "threshold_effect",
]  # fmt: skip

__getattr__ = lazy_names(
    "glassnet.evaluate",
    {
        "AIMS": "estimators.tables.classes.aim", "Aim": "estimators.tables.classes.aim", "Answer": "tables.outcome",
        "CalibrationCurve": "evaluate.metrics.clinical_curve", "Cases": "evaluate.metrics.cases",
        "ChosenThreshold": "estimators.tables.classes.aim", "Comparison": "evaluate.comparison.comparison",
        "CorrectedMeasure": "evaluate.validation.optimism", "DecisionCurve": "evaluate.metrics.clinical_curve",
        "Difference": "evaluate.comparison.verdict", "FeatureUse": "evaluate.usage.feature_use",
        "Instability": "evaluate.validation.instability",
        "InternalValidation": "evaluate.validation.internal_validation", "OutcomeMeasures": "evaluate.comparison.judge",
        "MEASURES": "evaluate.metrics.measure", "METRICS": "evaluate.metrics.metric",
        "Measure": "evaluate.metrics.measure", "Estimate": "evaluate.comparison.comparison",
        "Metric": "evaluate.metrics.metric", "Performance": "evaluate.validation.performance",
        "RIVALS": "evaluate.comparison.rivals", "Rival": "evaluate.comparison.rivals",
        "Row": "evaluate.comparison.comparison", "SURVIVAL_MEASURES": "evaluate.survival.survival",
        "Split": "estimators.sampling.split", "Subgroup": "evaluate.validation.subgroups",
        "SurvivalPerformance": "evaluate.survival.survival",
        "ThresholdEffect": "evaluate.validation.threshold_effect",
        "OutcomeValidation": "evaluate.validation.internal_validation",
        "calibration_curve": "evaluate.metrics.clinical_curve", "choose_threshold": "evaluate.metrics.operating",
        "compare": "evaluate.comparison.compare", "decision_curve": "evaluate.metrics.clinical_curve",
        "feature_use": "evaluate.usage.feature_use", "internal_validation": "evaluate.validation.internal_validation",
        "interval": "estimators.sampling.bootstrap", "measures_for": "evaluate.metrics.measure",
        "measures_of": "evaluate.metrics.measure", "metrics_for": "evaluate.metrics.metric",
        "performance": "evaluate.validation.performance", "performances_over_time": "evaluate.survival.causes",
        "rivals_for": "evaluate.comparison.rivals", "row_counts": "estimators.sampling.bootstrap",
        "split_rows": "estimators.sampling.split", "subgroups": "evaluate.validation.subgroups",
        "survival_performance": "evaluate.survival.survival",
        "threshold_effect": "evaluate.validation.threshold_effect",
    },
)  # fmt: skip


def __dir__() -> list[str]:
    return __all__
