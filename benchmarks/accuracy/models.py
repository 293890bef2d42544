"""The competitors: our presets, and scikit-learn's models as a careful user would set them up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Competitor:
    """A name, a few words, and ``fit(frame, y, task, seed)``, which gives a function from frame to answer.

    Where losses are compared, the answer to a classification is the probabilities.
    """

    name: str
    settings: str
    fit: Callable[[pd.DataFrame, np.ndarray, str, int], Callable[[pd.DataFrame], np.ndarray]]


def _glassnet(**settings: Any):
    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from glassnet import GlassClassifier, GlassRegressor

        kind = GlassClassifier if task == "classification" else GlassRegressor
        model = kind(random_state=seed, **settings).fit(frame, y)
        return lambda new: np.asarray(model.predict(new))

    return fit


def prepared(frame: pd.DataFrame) -> Any:
    """One-hot categories, filled and standardized numbers with indicators: what the tutorials recommend."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    text = list(frame.select_dtypes(["object", "string"]).columns)
    numbers = [name for name in frame.columns if name not in text]
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False), text),
    )


def _scikit_learn(make: Callable[[str, int], Any]):
    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make(task, seed)
        if task == "regression":
            model = TransformedTargetRegressor(model, transformer=StandardScaler())
        return make_pipeline(prepared(frame), model).fit(frame, y).predict

    return fit


def _boosting(**settings: Any):
    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from sklearn.preprocessing import OrdinalEncoder

        text = list(frame.select_dtypes(["object", "string"]).columns)
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=200)

        def prepare(part: pd.DataFrame, fitted: bool) -> pd.DataFrame:
            part = part.copy()
            if text:
                cells = part[text].astype(object).where(part[text].notna(), "(missing)")
                part[text] = encoder.transform(cells) if fitted else encoder.fit_transform(cells)
            return part.astype(float)

        kind = HistGradientBoostingClassifier if task == "classification" else HistGradientBoostingRegressor
        model = kind(random_state=seed, categorical_features=text or None, **settings)
        model.fit(prepare(frame, False), y)
        return lambda new: model.predict(prepare(new, True))

    return fit


def _linear(task: str, _: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=2000) if task == "classification" else Ridge(1.0)


def _svm(task: str, _: int) -> Any:
    from sklearn.svm import SVC, SVR

    return SVC() if task == "classification" else SVR()


def _forest(task: str, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    if task == "classification":
        return RandomForestClassifier(200, random_state=seed)
    return RandomForestRegressor(200, max_features=1 / 3, random_state=seed)


def _perceptron(**settings: Any):
    def make(task: str, seed: int) -> Any:
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        kind = MLPClassifier if task == "classification" else MLPRegressor
        return kind(random_state=seed, **settings)

    return make


COMPETITORS: tuple[Competitor, ...] = (
    Competitor("linear", "logistic regression, C = 1; ridge, alpha = 1", _scikit_learn(_linear)),
    Competitor("SVM", "radial kernel, C = 1", _scikit_learn(_svm)),
    Competitor("scikit-learn MLP", "MLPClassifier / MLPRegressor as they come", _scikit_learn(_perceptron())),
    Competitor(
        "scikit-learn MLP, stopped early", "two layers of 128, early_stopping, at most 500 epochs",
        _scikit_learn(_perceptron(hidden_layer_sizes=(128, 128), early_stopping=True, max_iter=500)),
    ),
    Competitor("random forest", "200 trees; a third of the inputs per split for numbers", _scikit_learn(_forest)),
    Competitor("boosting", "HistGradientBoosting as it comes", _boosting()),
    Competitor(
        "boosting, stopped early", "learning rate 0.05, at most 1000 rounds, early_stopping",
        _boosting(learning_rate=0.05, max_iter=1000, early_stopping=True),
    ),
    Competitor(
        "glassnet committee", "GlassClassifier, GlassRegressor without any setting, which is recipe=\"committee\"",
        _glassnet(),
    ),
    *(
        Competitor(f"glassnet {name}", f'GlassClassifier, GlassRegressor(recipe="{name}")', _glassnet(recipe=name))
        for name in ("lecture", "realmlp-s", "realmlp", "tabm-mini")
    ),
)  # fmt: skip
