"""`load`: from a model file to the estimator that wrote it."""

from __future__ import annotations

import os
from typing import Any

from glassnet.errors import GlassnetError, ModelFileError
from glassnet.estimators.classifier import MLPClassifier
from glassnet.estimators.mlp_file import mlp_from_file
from glassnet.estimators.regressor import MLPRegressor
from glassnet.estimators.table_classifier import GlassClassifier
from glassnet.estimators.table_file import table_from_file
from glassnet.estimators.table_regressor import GlassRegressor
from glassnet.files import ModelFile, read_model

_TABLE = {"GlassClassifier": GlassClassifier, "GlassRegressor": GlassRegressor}
_DROP_IN = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}
# files of format 1 do not say who wrote them, and only table estimators did
_BY_TASK = {"classification": "GlassClassifier", "regression": "GlassRegressor"}
_TASKS = {
    "GlassClassifier": ("classification",), "GlassRegressor": ("regression",), "MLPRegressor": ("regression",),
    "MLPClassifier": ("classification", "multilabel"),
}  # fmt: skip


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model that `save` wrote, checking everything; nothing in the file is run.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    GlassClassifier, GlassRegressor, MLPClassifier or MLPRegressor
        Whichever was saved.

    Raises
    ------
    ModelFileError
        When the file is damaged, hostile, not ours (a pickle, say), or holds a bare network.
    """
    model = read_model(path)
    try:
        return _estimator(model)
    except GlassnetError as error:
        message = str(error)
        raise ModelFileError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        # every field was checked by itself; what only fails together is no less the file's fault
        raise ModelFileError(
            f"{path}: its parts do not fit together ({type(error).__name__}: {str(error)[:200]}). The file is damaged."
        ) from None


def _estimator(model: ModelFile) -> Any:
    """The estimator of a checked file."""
    name = model.estimator or (_BY_TASK.get(model.task) if model.schema is not None else None)
    if name is None:
        raise ModelFileError(f"It holds a bare {model.task} network. Use glassnet.files.read_model.")
    if model.task not in _TASKS[name] or (name in _DROP_IN) != (model.schema is None):
        raise ModelFileError(f"It says that a {name} wrote it, but holds something else. The file is damaged.")
    return table_from_file(_TABLE[name], model) if name in _TABLE else mlp_from_file(_DROP_IN[name], model)
