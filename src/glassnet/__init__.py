"""Neural networks for tables and images that people can see through.

The public names load on first use, so that ``import glassnet`` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Convolution": "glassnet.layers",
    "Dense": "glassnet.layers",
    "GlassClassifier": "glassnet.estimators",
    "GlassRegressor": "glassnet.estimators",
    "GlassSurvival": "glassnet.estimators",
    "GlobalMean": "glassnet.layers",
    "MLPClassifier": "glassnet.estimators",
    "MLPRegressor": "glassnet.estimators",
    "MaxPooling": "glassnet.layers",
    "MeanPooling": "glassnet.layers",
    "Network": "glassnet.network",
    "activations": "glassnet.formulas",
    "bootstrap_rows": "glassnet.estimators",
    "errors": "glassnet",
    "explain": "glassnet.explanation",
    "fold_rows": "glassnet.estimators",
    "grid": "glassnet.estimators",
    "initializers": "glassnet.formulas",
    "load": "glassnet.estimators",
    "losses": "glassnet.formulas",
    "optimizers": "glassnet.formulas",
    "penalties": "glassnet.formulas",
    "read_table": "glassnet.tables",
    "schedules": "glassnet.formulas",
    "train_population": "glassnet.estimators",
    "tune": "glassnet.estimators",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("glassnet.errors")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'glassnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
