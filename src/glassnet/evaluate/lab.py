"""The laboratory: the performance of models on hand-crafted features and on pixels as a knob of the phantoms turns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
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


def _scaled(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _machine(_: int) -> Any:
    from sklearn.svm import SVC

    return _scaled(SVC())


def _network(seed: int, l2: float = 1.0) -> Any:
    from glassnet.estimators import MLPClassifier

    return _scaled(MLPClassifier((32,), "relu", alpha=l2, max_iter=100, random_state=seed))


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
    knobs: Sequence[str] = KNOBS, *, values: Sequence[float] = VALUES, base: Knobs | None = None, train: int = 300,
    test: int = 500, straight: bool = False, seed: int = 0, progress: Callable[[int, int], None] | None = None,
) -> list[LabResult]:  # fmt: skip
    """Turn knobs one at a time, train on fresh phantoms and test on others.

    Parameters
    ----------
    knobs : sequence of str
        The knobs to turn.
    values : sequence of float
        The settings of each knob, from 0 to 1.
    base : Knobs, optional
        The settings of the other knobs.
    train, test : int
        The numbers of training and test phantoms.
    straight : bool, default False
        Train with all knobs at `base`, and turn the knob for the test phantoms only.
    seed : int
    progress : callable, optional
        A function that is called with the number of settings done, and of all settings.

    Returns
    -------
    list of LabResult
        Results by knob, by setting, and in the order of `MODELS`.

    Raises
    ------
    ConfigurationError
        When a knob is unknown or a number is outside its domain.

    Examples
    --------
    >>> results = laboratory(["noise"], values=[0, 1], train=30, test=40)
    >>> [(result.knob, result.value) for result in results[:: len(MODELS)]]
    [('noise', 0), ('noise', 1)]
    """
    for name in knobs:
        if name not in KNOBS:
            raise ConfigurationError(f"Unknown knob {name!r}. {nearest(name, KNOBS)}")
    for what, count in (("train", train), ("test", test)):
        if count < 20:
            raise ConfigurationError(f"{what}={count} phantoms are too few to train or test on; give at least 20.")
    base = base or Knobs()
    places = [
        (knob, value, base if knob == DAMAGE else replace(base, **{knob: value})) for knob in knobs for value in values
    ]
    known: dict[tuple[Knobs, float], list[int]] = {}
    taught: dict[Knobs, _Taught] = {}
    results = []
    for done, (knob, value, setting) in enumerate(places, 1):
        square = value if knob == DAMAGE else 0.0
        if (setting, square) not in known:
            learned = base if straight else setting
            if learned not in taught:
                taught[learned] = _Taught(phantoms(train, knobs=learned, seed=seed), seed)
            test_phantoms = phantoms(test, knobs=setting, seed=seed, first=train)
            known[setting, square] = taught[learned].correct(damaged(test_phantoms, square, seed))
        results += [
            LabResult(knob, value, model.name, correct, test)
            for model, correct in zip(MODELS, known[setting, square], strict=True)
        ]
        if progress is not None:
            progress(done, len(places))
    return results


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


class _Taught:
    """Train the models on phantoms."""

    def __init__(self, drawn: Phantoms, seed: int) -> None:
        from sklearn.exceptions import ConvergenceWarning

        inputs = _inputs(drawn)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the networks train for a fixed number of epochs
            warnings.filterwarnings("ignore", "Got `batch_size`")  # few phantoms are one batch
            self.models = [model.make(seed).fit(inputs[model.inputs], drawn.labels) for model in MODELS]

    def correct(self, drawn: Phantoms) -> list[int]:
        """The number of phantoms that each model classifies correctly."""
        inputs = _inputs(drawn)
        answers = [fitted.predict(inputs[model.inputs]) for model, fitted in zip(MODELS, self.models, strict=True)]
        return [int((answer == drawn.labels).sum()) for answer in answers]


def _inputs(drawn: Phantoms) -> dict[str, Array]:
    """The same phantoms as features and as pixels."""
    measured = measure(drawn.images, chosen=choose("2D", masked=False))
    pixels = drawn.images.reshape(len(drawn.images), -1) / 255
    return {"features": np.nan_to_num(measured), "pixels": pixels, "standardized": (pixels - 0.45) / 0.1}
