"""Which features each classifier uses, and how all of them perform when the images are moved."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from glassnet.pages import Bars, Pixels, Plot, Series
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.features.rivals import CRAFTED, craft
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import Lesson, run

_PAIR = (4, 9)
_SHIFTS = (0, 1, 2)


def which_features() -> Section:
    """Which of twelve features a random forest, a support vector machine and a network use."""
    from sklearn.datasets import load_digits

    from glassnet.evaluate import feature_use

    data = load_digits()
    kept = np.isin(data.target, _PAIR)
    columns: dict[str, Any] = {
        name: [craft(image)[n] for image in data.images[kept]] for n, name in enumerate(CRAFTED)
    }  # fmt: skip
    columns["digit"] = [str(digit) for digit in data.target[kept]]
    lesson = run(
        """
result = feature_use(table, target="digit", folds=2, steps=2, candidates=6)
[use.name for use in result.classifiers]
""",
        {"feature_use": feature_use, "table": columns},
        f"table holds the twelve features of {int(kept.sum())} images of a {_PAIR[0]} or a {_PAIR[1]}",
    )
    result = lesson["result"]
    order = sorted(range(len(result.names)), key=lambda j: -max(use.losses[j].value for use in result.classifiers))[:6]
    longest = max(each.high for use in result.classifiers for each in use.losses)
    panels = [
        Panel(
            Bars([result.names[j] for j in order], [use.losses[j].value for j in order], "feature", "loss", 2,
                 signed=False, largest=longest, ends=[(use.losses[j].low, use.losses[j].high) for j in order]),
            f"Loss of the {use.name} without each feature.", use.name,
        )
        for use in result.classifiers
    ]  # fmt: skip
    rows = [
        [use.name, f"{use.area.value:.3f}", *(f"{step.chosen[0][0]} ({step.area.value:.3f})" for step in use.steps)]
        for use in result.classifiers
    ]
    return Section(
        "Which features each classifier uses",
        "Whether a feature is useful depends on the classifier. Two questions show how.",
        [
            Prose(
                f"The digits {_PAIR[0]} and {_PAIR[1]} are easily confused. Three classifiers are trained on one half "
                "of the images and tested on the other, then the other way around. The measure is the area under the "
                "ROC curve: how often, of two images, one of each digit, the right one gets the higher score. **First "
                "question:** how much is lost when the values of a feature are shuffled?"
            ),
            Picture(panels, "The importance of each feature.", "Lines are 95 % intervals over the images."),
            Prose(
                "**Second question:** which feature would each classifier choose first, and which one next? Each "
                "choice is made on the training images and tested on the others:"
            ),
            Grid(["classifier", "with all 12", "first", "with the second"], rows,
                 "The feature chosen most often, with the resulting AUC."),
            Remark(
                "note", "Similar features share their importance",
                "Features with nearly the same information can replace each other, so each of them looks unimportant. "
                "`glassnet features scans/ --target label` does the same for your own images, family by family.",
            ),
        ],
        lesson,
    )  # fmt: skip


def moved_images() -> Section:
    """Hand-crafted features, pixels and a convolution on images that are moved relative to the training images."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    from glassnet import Convolution, MaxPooling, MLPClassifier

    data = load_digits()
    images, y = data.images / 16.0, data.target
    train, test = train_test_split(np.arange(len(y)), test_size=0.25, random_state=0, stratify=y)
    crafted = np.array([craft(image) for image in data.images])
    center, spread = crafted[train].mean(axis=0), crafted[train].std(axis=0)
    lesson = _quietly(
        """
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(F, y)
machine = SVC().fit(F, y)
pixels = MLPClassifier((24,), max_iter=60, random_state=0).fit(X, y)
layers = [Convolution(16, 3, "relu"), MaxPooling(2),
          Convolution(32, 3, "relu"), 64]
how = dict(input_shape=(8, 8), max_iter=25, random_state=0)
plain = MLPClassifier(layers, batch_size=32, **how).fit(X, y)
how |= dict(augmentation="shift(amount=0.2)", batch_size=32)
moving = MLPClassifier(layers, **how).fit(X, y)
""",
        names(Convolution=Convolution, MaxPooling=MaxPooling, MLPClassifier=MLPClassifier,
              F=(crafted[train] - center) / spread, X=images[train].reshape(-1, 64), y=y[train]),
        f"F holds twelve features, X the 64 pixels of {len(train)} images, y their digits",
    )  # fmt: skip
    models = {"forest on features": "forest", "SVM on features": "machine", "network on pixels": "pixels",
              "convolution": "plain", "convolution, trained on moved versions": "moving"}  # fmt: skip
    right: dict[str, list[float]] = {name: [] for name in models}
    for shift in _SHIFTS:
        moved = np.zeros_like(images[test])
        moved[:, :, shift:] = images[test][:, :, : 8 - shift]
        features = (np.array([craft(16 * image) for image in moved]) - center) / spread
        for name, of in models.items():
            inputs = features if name.endswith("features") else moved.reshape(-1, 64)
            right[name].append(float((lesson[of].predict(inputs) == y[test]).mean()))
    series = [
        Series(name, list(_SHIFTS), values, "line+points", style, shape=k)
        for k, ((name, values), style) in enumerate(
            zip(right.items(), ("1", "2", "4", "3", "positive"), strict=True)
        )
    ]  # fmt: skip
    first = images[test][0]
    examples = [np.pad(first, ((0, 0), (shift, 0)))[:, :8] for shift in (0, 2)]
    rows = [[name, *(f"{100 * value:.1f} %" for value in values)] for name, values in right.items()]
    best = max(right, key=lambda name: right[name][-1])
    return Section(
        "Where crafted features work, and where they fail",
        "Hand-crafted features work well if objects always look alike and lie at the same place. Here every test image "
        "is moved to the right, so the objects lie elsewhere than in training.",
        [
            Picture(
                [Panel(Pixels(image.tolist()), f"A digit of the test, {title}.", title)
                 for image, title in zip(examples, ("as it is", "moved by two pixels"), strict=True)],
                "A digit of the test.", "Parts that leave the frame are lost.",
            ),
            Prose(
                f"Five models are trained on {len(train)} images, one of them on versions that are moved by up to a "
                f"fifth. Then all are tested on {len(test)} others, moved by zero, one and two pixels."
            ),
            Picture([Panel(Plot(series, "pixels to the right", "accuracy", y_range=(0.0, 1.02)),
                           "Accuracy falls as the images are moved.")],
                    "Five models on moved images.", f"{len(test)} images that no model has seen."),
            Grid(["model", *(f"moved by {shift}" for shift in _SHIFTS)], rows),
            Remark(
                "note", "A network knows only what it is shown",
                "Nothing in the training images showed that the position does not matter. A convolution knows it in "
                "part, since its kernels move over the image; training on **moved versions** of each image teaches it "
                f"directly. At two pixels the best is the {best}.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _quietly(source: str, given: dict[str, Any], note: str) -> Lesson:
    """Run the lines without convergence warnings, since their networks train for a fixed number of epochs."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return run(source, given, note)
