"""`load`: the estimator of a model file; `open_model`: a model that predicts as it does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from glassnet.errors import GlassnetError, ModelFileError
from glassnet.estimators.answering import MODELS
from glassnet.estimators.tables.models.file import table_from_file
from glassnet.files import ModelFile, read_model


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model written by `save`, checking everything; nothing in the file is executed.

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
    return _from_file(path, _estimator)


def open_model(path: str | os.PathLike[str]) -> Any:
    """Read a model written by `save` for prediction only: `predict` and related methods, `trace`, `networks_`.

    Its predictions have the same bits as with `glassnet.load`; it has no `fit` and is not an estimator. A program
    that only predicts a table starts three times as fast with it. Models of `MLPClassifier` and `MLPRegressor` come
    as `glassnet.load` gives them.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    object
        With the methods and attributes of the estimator that was saved.

    Raises
    ------
    ModelFileError
        As for `glassnet.load`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from glassnet import GlassRegressor
    >>> ages = {"age": range(40), "y": [2.0 * k for k in range(40)]}
    >>> model = GlassRegressor(epochs=5).fit(ages, target="y")
    >>> path = model.save(pathlib.Path(tempfile.mkdtemp()) / "m.glassnet")
    >>> bool((open_model(path).predict(ages) == model.predict(ages)).all())
    True
    """
    return _from_file(path, _answering)


def _answering(model: ModelFile) -> Any:
    """The model that predicts according to a checked file."""
    kind = MODELS.get(model.estimator or "")
    if kind is not None and kind.task == model.task and model.schema is not None:
        return table_from_file(kind, model)
    return _estimator(model)


def _from_file(path: str | os.PathLike[str], of: Callable[[ModelFile], Any]) -> Any:
    """The result of `of` for a model file; inconsistent content raises `ModelFileError` with the path."""
    model = read_model(path)
    try:
        return of(model)
    except GlassnetError as error:
        message = str(error)
        raise ModelFileError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        # every field was checked separately; a failure of their combination is also a fault of the file
        raise ModelFileError(
            f"{path}: its parts do not fit together ({type(error).__name__}: {str(error)[:200]}). The file is damaged."
        ) from None


def _estimator(model: ModelFile) -> Any:
    """The estimator of a checked file; this is where scikit-learn is imported."""
    from glassnet.estimators.dropin.classifier import MLPClassifier
    from glassnet.estimators.dropin.file import mlp_from_file
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
    from glassnet.estimators.dropin.regressor import MLPRegressor
    from glassnet.estimators.tables.registry import table_estimators

    drop_in: dict[str, tuple[type[MultilayerPerceptron], tuple[str, ...]]] = {
        "MLPClassifier": (MLPClassifier, ("classification", "multilabel")),
        "MLPRegressor": (MLPRegressor, ("regression",)),
    }
    serving = table_estimators.get(model.task)
    # files of format 1 do not name their class; only table estimators wrote them
    name = model.estimator or (serving.__name__ if serving is not None and model.schema is not None else None)
    if name is None:
        raise ModelFileError(f"It holds a bare {model.task} network. Use glassnet.files.read_model.")
    if serving is not None and serving.__name__ == name and model.schema is not None:
        return table_from_file(serving, model)
    if name not in drop_in or model.schema is not None or model.task not in drop_in[name][1]:
        raise ModelFileError(f"It says that a {name} wrote it, but holds something else. The file is damaged.")
    return mlp_from_file(drop_in[name][0], model)
