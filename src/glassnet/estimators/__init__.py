"""The scikit-learn interface: estimators that validate, translate names and call the engine.

The public names load on first use, so a program that only reads a model and predicts does not wait for scikit-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.lazy import lazy_names

if TYPE_CHECKING:
    from glassnet.estimators.dropin.classifier import MLPClassifier
    from glassnet.estimators.dropin.regressor import MLPRegressor
    from glassnet.estimators.loading import load, open_model
    from glassnet.estimators.networks.population import TrainedPopulation, train_population
    from glassnet.estimators.networks.progress import History, Progress
    from glassnet.estimators.sampling.resampling import bootstrap_rows, fold_rows, grid
    from glassnet.estimators.sampling.split import Split, split_rows
    from glassnet.estimators.tables.classifier import GlassClassifier
    from glassnet.estimators.tables.estimator import TableEstimator
    from glassnet.estimators.tables.regressor import GlassRegressor
    from glassnet.estimators.tables.survival import GlassSurvival
    from glassnet.estimators.training.trials import Trial, Trials
    from glassnet.estimators.tuning.tune import TuningProgress, tune

__all__ = [
    "GlassClassifier", "GlassRegressor", "GlassSurvival", "History", "MLPClassifier", "MLPRegressor", "Progress",
    "Split", "TableEstimator", "TrainedPopulation", "Trial", "Trials", "TuningProgress", "bootstrap_rows",
    "fold_rows", "grid", "load", "open_model", "split_rows", "train_population", "tune",
]  # fmt: skip

__getattr__ = lazy_names(
    "glassnet.estimators",
    {
        "GlassClassifier": "estimators.tables.classifier", "GlassRegressor": "estimators.tables.regressor",
        "GlassSurvival": "estimators.tables.survival", "History": "estimators.networks.progress",
        "MLPClassifier": "estimators.dropin.classifier", "MLPRegressor": "estimators.dropin.regressor",
        "Progress": "estimators.networks.progress", "Split": "estimators.sampling.split",
        "TableEstimator": "estimators.tables.estimator", "TrainedPopulation": "estimators.networks.population",
        "Trial": "estimators.training.trials", "Trials": "estimators.training.trials",
        "TuningProgress": "estimators.tuning.tune", "bootstrap_rows": "estimators.sampling.resampling",
        "fold_rows": "estimators.sampling.resampling", "grid": "estimators.sampling.resampling",
        "load": "estimators.loading", "open_model": "estimators.loading",
        "split_rows": "estimators.sampling.split", "train_population": "estimators.networks.population",
        "tune": "estimators.tuning.tune",
    },
)  # fmt: skip


def __dir__() -> list[str]:
    return __all__
