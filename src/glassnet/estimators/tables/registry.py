"""The registry of table estimators by task."""

from glassnet.estimators.tables.classifier import GlassClassifier
from glassnet.estimators.tables.estimator import table_estimators
from glassnet.estimators.tables.regressor import GlassRegressor
from glassnet.estimators.tables.survival import GlassSurvival

__all__ = ["table_estimators"]

for _kind in (GlassClassifier, GlassRegressor, GlassSurvival):
    table_estimators.setdefault(_kind.task, _kind)
