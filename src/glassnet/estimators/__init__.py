"""The scikit-learn skin: estimators that validate, translate names and call the engine."""

from glassnet.estimators.dropin.classifier import MLPClassifier
from glassnet.estimators.dropin.regressor import MLPRegressor
from glassnet.estimators.load import load
from glassnet.estimators.networks.population import TrainedPopulation, train_population
from glassnet.estimators.networks.progress import History, Progress
from glassnet.estimators.recipes.trials import Trial, Trials
from glassnet.estimators.sampling.resampling import bootstrap_rows, fold_rows, grid
from glassnet.estimators.sampling.split import Split, split_rows
from glassnet.estimators.tables.classifier import GlassClassifier
from glassnet.estimators.tables.estimator import TableEstimator
from glassnet.estimators.tables.regressor import GlassRegressor
from glassnet.estimators.tables.survival import GlassSurvival
from glassnet.estimators.tuning.tune import TuningProgress, tune

__all__ = [
    "GlassClassifier", "GlassRegressor", "GlassSurvival", "History", "MLPClassifier", "MLPRegressor", "Progress",
    "Split", "TableEstimator", "TrainedPopulation", "Trial", "Trials", "TuningProgress", "bootstrap_rows",
    "fold_rows", "grid", "load", "split_rows", "train_population", "tune",
]  # fmt: skip
