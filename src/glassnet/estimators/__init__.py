"""The scikit-learn skin: estimators that validate, translate names and call the engine."""

from glassnet.estimators.classifier import MLPClassifier
from glassnet.estimators.load import load
from glassnet.estimators.population import TrainedPopulation, train_population
from glassnet.estimators.progress import History, Progress
from glassnet.estimators.regressor import MLPRegressor
from glassnet.estimators.resampling import bootstrap_rows, fold_rows, grid
from glassnet.estimators.split import Split, split_rows
from glassnet.estimators.table_classifier import GlassClassifier
from glassnet.estimators.table_estimator import TableEstimator
from glassnet.estimators.table_regressor import GlassRegressor
from glassnet.estimators.table_survival import GlassSurvival
from glassnet.estimators.trials import Trial, Trials
from glassnet.estimators.tuning import TuningProgress, tune

__all__ = [
    "GlassClassifier", "GlassRegressor", "GlassSurvival", "History", "MLPClassifier", "MLPRegressor", "Progress",
    "Split", "TableEstimator", "TrainedPopulation", "Trial", "Trials", "TuningProgress", "bootstrap_rows",
    "fold_rows", "grid", "load", "split_rows", "train_population", "tune",
]  # fmt: skip
