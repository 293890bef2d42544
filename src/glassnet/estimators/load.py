"""`load`: from a model file to the estimator that wrote it."""

from __future__ import annotations

import os
from typing import Any

from glassnet.errors import GlassnetError, ModelFileError
from glassnet.estimators.dropin.classifier import MLPClassifier
from glassnet.estimators.dropin.file import mlp_from_file
from glassnet.estimators.dropin.regressor import MLPRegressor
from glassnet.estimators.tables.estimator import table_estimators
from glassnet.estimators.tables.file import table_from_file
from glassnet.files import ModelFile, read_model

_DROP_IN = {
    "MLPClassifier": (MLPClassifier, ("classification", "multilabel")), "MLPRegressor": (MLPRegressor, ("regression",)),
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
    serving = table_estimators.get(model.task)
    # files of format 1 do not say who wrote them, and only table estimators did
    name = model.estimator or (serving.__name__ if serving is not None and model.schema is not None else None)
    if name is None:
        raise ModelFileError(f"It holds a bare {model.task} network. Use glassnet.files.read_model.")
    if serving is not None and serving.__name__ == name and model.schema is not None:
        return table_from_file(serving, model)
    if name not in _DROP_IN or model.schema is not None or model.task not in _DROP_IN[name][1]:
        raise ModelFileError(f"It says that a {name} wrote it, but holds something else. The file is damaged.")
    return mlp_from_file(_DROP_IN[name][0], model)
