"""The laboratory: the performance of models on hand-crafted features and on pixels as a knob of the phantoms turns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, nearest
from glassnet.formulas.randomness import Purpose, uniform
from glassnet.images import Knobs, Phantoms, phantoms
from glassnet.images.features import choose, measure

Array = NDArray[Any]
DAMAGE = "damage"
"""An additional knob: the size of a black square in each test image. Training images are undamaged."""
KNOBS = (*(field.name for field in fields(Knobs)), DAMAGE)
VALUES = (0.0, 0.25, 0.5, 1.0)
SIZE = 28
FEWEST = 20
"""Phantoms to train or test on."""


@dataclass(frozen=True)
class LabModel:
    """A model of the laboratory.

    Parameters
    ----------
    name : str
    inputs : {"features", "pixels", "standardized"}
        Standardized pixels have a mean near 0 and a standard deviation near 1.
    make : callable
        ``make(seed)`` returns a new scikit-learn estimator.
    """

    name: str
    inputs: str
    make: Callable[[int], Any]


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(200, random_state=seed)


def _scale(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _machine(_: int) -> Any:
    from sklearn.svm import SVC

    return _scale(SVC())


def _network(seed: int, l2: float = 1.0) -> Any:
    from glassnet.estimators import MLPClassifier

    return _scale(MLPClassifier((32,), "relu", alpha=l2, max_iter=100, random_state=seed))


def _convolution(seed: int) -> Any:
    from glassnet.estimators import MLPClassifier
    from glassnet.estimators.recipes.image_preset import AUGMENTATION, hidden_layers

    return MLPClassifier(
        hidden_layers((SIZE, SIZE, 1)), solver="adamw", learning_rate_init=0.002, schedule="cosine", max_iter=40,
        n_iter_no_change=40, batch_size=32, dtype="float32", random_state=seed, input_shape=(SIZE, SIZE),
        augmentation=AUGMENTATION,
    )  # fmt: skip


MODELS = (
    LabModel("forest on features", "features", _forest),
    LabModel("SVM on features", "features", _machine),
    LabModel("network on features", "features", _network),
    LabModel("SVM on pixels", "pixels", _machine),
    LabModel("network on pixels", "pixels", _network),
    LabModel("network on pixels, no L2", "pixels", lambda seed: _network(seed, 0.0)),
    LabModel("convolution on pixels", "standardized", _convolution),
)
"""The models to compare; add a line to add a model."""


@dataclass(frozen=True)
class LabResult:
    """One model at one setting of one knob.

    Parameters
    ----------
    knob : str
    value : float
        The setting of the knob.
    model : str
    correct, total : int
        The numbers of correctly classified and of all test phantoms.
    """

    knob: str
    value: float
    model: str
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """The proportion of test phantoms that the model classifies correctly."""
        return self.correct / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy over test phantoms (Wilson 1927), for this training."""
        from scipy.stats import binomtest

        ends = binomtest(self.correct, self.total).proportion_ci(0.95, "wilson")
        return float(ends.low), float(ends.high)


def laboratory(
    knobs: Sequence[str] = KNOBS, *, values: Sequence[float] = VALUES, models: Sequence[str] | None = None,
    base: Knobs | None = None, train: int = 300, test: int = 500, straight: bool = False, seed: int = 0,
    progress: Callable[[Sequence[LabResult], int], None] | None = None,
) -> list[LabResult]:  # fmt: skip
    """Turn knobs one at a time, train on fresh phantoms and test on others.

    Parameters
    ----------
    knobs : sequence of str
        The knobs to turn.
    values : sequence of float
        The settings of each knob, from 0 to 1.
    models : sequence of str, optional
        Names of `MODELS`; all of them when not given. A model's numbers do not depend on the others.
    base : Knobs, optional
        The settings of the other knobs.
    train, test : int
        The numbers of training and test phantoms.
    straight : bool, default False
        Train with all knobs at `base`, and turn the knob for the test phantoms only.
    seed : int
    progress : callable, optional
        A function that is called with the results so far, and with the number that there will be.

    Returns
    -------
    list of LabResult
        Results by knob, by setting, and in the order of `MODELS`.

    Raises
    ------
    ConfigurationError
        When a knob or a model is unknown or a number is outside its domain.

    Examples
    --------
    >>> results = laboratory(["noise"], values=[0, 1], models=["SVM on features"], train=30, test=40)
    >>> [(result.knob, result.value, result.model) for result in results]
    [('noise', 0, 'SVM on features'), ('noise', 1, 'SVM on features')]
    """
    _check(knobs, models, train, test)
    base = base or Knobs()
    chosen = [model for model in MODELS if models is None or model.name in models]
    places = [(knob, value, turned(base, knob, value)) for knob in knobs for value in values]

    # Settings recur, as when the default of a knob is one of its values. Only few phantoms are kept at a time.
    @lru_cache(2)
    def drawn(setting: Setting, n: int, first: int) -> Phantoms:
        return setting.draw(n, seed, first)

    @lru_cache(2)
    def inputs(setting: Setting, n: int, first: int, kind: str) -> Array:
        return _inputs(drawn(setting, n, first).images, kind)

    @cache
    def taught(model: LabModel, setting: Setting) -> Any:
        labels = drawn(setting, train, 0).labels
        return _fit(model.make(seed), inputs(setting, train, 0, model.inputs), labels)

    @cache
    def correct(model: LabModel, setting: Setting) -> int:
        learned = Setting(base if straight else setting.knobs)
        answers = taught(model, learned).predict(inputs(setting, test, train, model.inputs))
        return int((answers == drawn(setting, test, train).labels).sum())

    results: list[LabResult] = []
    for knob, value, setting in places:
        for model in chosen:
            results.append(LabResult(knob, value, model.name, correct(model, setting), test))
            if progress is not None:
                progress(results, len(places) * len(chosen))
    return results


def _check(knobs: Sequence[str], models: Sequence[str] | None, train: int, test: int) -> None:
    """Raise where a name is unknown or phantoms are too few."""
    for name in knobs:
        if name not in KNOBS:
            raise ConfigurationError(f"Unknown knob {name!r}. {nearest(name, KNOBS)}")
    names = [model.name for model in MODELS]
    for name in models or ():
        if name not in names:
            raise ConfigurationError(f"Unknown model {name!r}. {nearest(name, names)}")
    for what, count in (("train", train), ("test", test)):
        if count < FEWEST:
            raise ConfigurationError(
                f"{what}={count} phantoms are too few to train or test on; give at least {FEWEST}."
            )


@dataclass(frozen=True)
class Setting:
    """All knobs, and the damage.

    Parameters
    ----------
    knobs : Knobs
    damage : float, default 0
        The size of the black square, from 0 to 1.
    """

    knobs: Knobs
    damage: float = 0.0

    def draw(self, n: int, seed: int, first: int) -> Phantoms:
        """Draw phantoms, which depend on the seed and on their number only.

        Parameters
        ----------
        n, seed, first : int
            As in `glassnet.images.phantoms`.

        Returns
        -------
        Phantoms
        """
        return damaged(phantoms(n, knobs=self.knobs, seed=seed, first=first), self.damage, seed)


def turned(base: Knobs, knob: str, value: float) -> Setting:
    """The setting with one knob turned.

    Parameters
    ----------
    base : Knobs
        The settings of the other knobs.
    knob : str
    value : float

    Returns
    -------
    Setting

    Examples
    --------
    >>> turned(Knobs(), "damage", 0.5)
    Setting(knobs=Knobs(position=0.0, orientation=0.0, appearance=0.0, noise=0.05), damage=0.5)
    """
    return Setting(base, value) if knob == DAMAGE else Setting(replace(base, **{knob: value}))


def damaged(drawn: Phantoms, value: float, seed: int) -> Phantoms:
    """The phantoms with a black square at a random place in each; at 1, its side is half that of the image."""
    if not 0 <= value <= 1:
        raise ConfigurationError(f"{DAMAGE}={value!r} is not a number from 0 to 1.")
    size = drawn.images.shape[1]
    width = round(value * size / 2)
    images = drawn.images.copy()
    places = uniform(seed, Purpose.PHANTOM, 2 * len(images), part=1).reshape(-1, 2)
    for image, corner in zip(images, (places * (size - width + 1)).astype(int), strict=True):
        image[corner[0] : corner[0] + width, corner[1] : corner[1] + width] = 0
    return replace(drawn, images=images)


def _fit(model: Any, inputs: Array, labels: Array) -> Any:
    """A trained model."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the networks train for a fixed number of epochs
        warnings.filterwarnings("ignore", "Got `batch_size`")  # few phantoms are one batch
        return model.fit(inputs, labels)


def _inputs(images: Array, kind: str) -> Array:
    """Images as features or as pixels."""
    if kind == "features":
        return np.nan_to_num(measure(images, chosen=choose("2D", masked=False)))
    pixels = images.reshape(len(images), -1) / 255
    return pixels if kind == "pixels" else (pixels - 0.45) / 0.1
