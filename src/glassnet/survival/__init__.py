"""Survival analysis: estimators for censored times to an event, and measures of predictions. NumPy only."""

from glassnet.survival.baseline import Baseline
from glassnet.survival.brier import brier
from glassnet.survival.calibration import at_horizon, distribution_test
from glassnet.survival.censoring import Censoring
from glassnet.survival.competing import Competing, Everybodys, OfCause, SeveralCauses
from glassnet.survival.concordance import (
    check_comparable,
    concordance,
    concordance_of_causes,
    concordance_of_rows,
    uno_concordance,
)
from glassnet.survival.curves import Curve, aalen_johansen, kaplan_meier, nelson_aalen
from glassnet.survival.intervals import Intervals, Piecewise, PiecewiseCompeting
from glassnet.survival.log_rank import LogRank, log_rank
from glassnet.survival.predicted import Alike, Predicted, Proportional, Steps
from glassnet.survival.stratified import AlikeInStratum, EverybodysInStratum, Stratified, StratifiedCompeting
from glassnet.survival.times import Times

__all__ = [
    "Alike", "AlikeInStratum", "Baseline", "Censoring", "Competing", "Curve", "Everybodys", "EverybodysInStratum",
    "Intervals", "LogRank", "OfCause", "Piecewise", "PiecewiseCompeting", "Predicted", "Proportional",
    "SeveralCauses", "Steps", "Stratified", "StratifiedCompeting", "Times", "aalen_johansen", "at_horizon",
    "brier", "check_comparable", "concordance", "concordance_of_causes", "concordance_of_rows",
    "distribution_test", "kaplan_meier", "log_rank", "nelson_aalen", "uno_concordance",
]  # fmt: skip
