"""Trained models that only predict, without being estimators, so that such a program need not wait for scikit-learn."""

from __future__ import annotations

import inspect
from typing import Any, Self

from glassnet.estimators.tables.models.amount import AmountModel
from glassnet.estimators.tables.models.classes import ClassModel
from glassnet.estimators.tables.models.survival import SurvivalModel


class Settings:
    """Parameters by their names, as estimators of scikit-learn have them."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's name)
        """The parameters of the constructor."""
        return {name: getattr(self, name) for name in list(inspect.signature(type(self)).parameters)}

    def set_params(self, **parameters: Any) -> Self:
        """Set some of them."""
        self.__dict__.update(parameters)
        return self


class Classifier(Settings, ClassModel):
    """A loaded `GlassClassifier` for prediction; it cannot be trained."""


class Regressor(Settings, AmountModel):
    """A loaded `GlassRegressor` for prediction; it cannot be trained."""


class Survival(Settings, SurvivalModel):
    """A loaded `GlassSurvival` for prediction; it cannot be trained."""


MODELS: dict[str, Any] = {"GlassClassifier": Classifier, "GlassRegressor": Regressor, "GlassSurvival": Survival}
"""The models that answer in place of an estimator, by its name."""
for _name, _kind in MODELS.items():
    _kind.__name__ = _name  # so that messages name the class that the user knows
