"""A deep network in the lecture: each layer is an input for the next, and classes move apart from layer to layer."""

from __future__ import annotations

import numpy as np

from glassnet.pages import Pixels, Plot, Series
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.features.rivals import craft
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import run

_SHOWN = 4


def deep_network() -> Section:
    """How well the layers of a trained network, and of an untrained one, separate digits for a simple rule."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    pixels, digits = data.data / 16.0, data.target
    train, test = train_test_split(np.arange(len(digits)), test_size=0.25, random_state=0, stratify=digits)
    crafted = np.array([craft(image) for image in data.images])
    crafted = (crafted - crafted[train].mean(axis=0)) / crafted[train].std(axis=0)
    lesson = run(
        """
layers = [Dense(64, 24, "relu"), Dense(24, 24, "relu"),
          Dense(24, 24, "relu"), Dense(24, 10)]
network = Network(layers, loss="softmax_cross_entropy", seed=0)
before = network.forward(images).a
how = dict(learning_rate=0.01, optimizer="adam", epochs=40, batch_size=64)
history = network.fit(X, np.eye(10)[y], **how)
after = network.forward(images).a
""",
        names(np=np, images=pixels, X=pixels[train], y=digits[train]),
        f"images holds the 64 pixels of all {len(digits)} images, X those of the {len(train)} training images, y their "
        "digits",
    )
    trained, untrained = (
        [_nearest_mean(each, digits, train, test) for each in lesson[passed][:4]] for passed in ("after", "before")
    )
    whole = float((lesson["network"].predict(pixels[test]).argmax(axis=1) == digits[test]).mean())
    by_hand = _nearest_mean(crafted, digits, train, test)
    places = ["pixels", "layer 1", "layer 2", "layer 3"]
    weights = lesson["network"].weights[0]
    strongest = np.argsort(-np.linalg.norm(weights, axis=0))[:_SHOWN]
    series = [
        Series("trained", range(4), trained, "line+points", "1"),
        Series("before training", range(4), untrained, "line+points", "2", shape=1),
    ]
    plot = Plot(series, "layer (0: the pixels)", "accuracy", levels=[(by_hand, "the 12 hand-crafted features")])
    change = "more" if trained[3] > trained[0] else "no more"
    return Section(
        "A deep network",
        "Section 15 wanted the right z. A deep network makes one z after another: what a layer puts out is the input "
        "of the next.",
        [
            Prose(
                "A network with three hidden layers of 24 neurons learns to read digits from their 64 pixels. What "
                "does each layer do? We stop at a layer, take its outputs as features, and use the simplest rule "
                "there is: an image belongs to the digit whose **mean** over the training images is nearest."
            ),
            Picture([Panel(plot, "Accuracy of the nearest mean, from layer to layer.")],
                    "How well a layer separates the digits.", f"{len(test)} test images, the same for all."),
            Grid(["nearest mean on", *places],
                 [["the trained network", *(_percent(each) for each in trained)],
                  ["the network before training", *(_percent(each) for each in untrained)]],
                 f"The whole network with its last layer: {_percent(whole)}. The rule on the twelve features of "
                 f"section 16: {_percent(by_hand)}."),
            Picture(
                [Panel(Pixels(weights[:, j].reshape(8, 8).tolist(), signed=True), f"The weights of neuron {j + 1}.",
                       f"neuron {j + 1}") for j in strongest.tolist()],
                "What the first layer looks for.",
                f"The weights of the {_SHOWN} neurons of the first layer with the largest ones, at their pixels.",
            ),
            Remark(
                "note", "Depth alone is nothing; training is",
                f"After training, the rule gets {change} images right on the third layer than on the pixels "
                f"({_percent(trained[3])} against {_percent(trained[0])}). In the same layers before training, it gets "
                f"{_percent(untrained[3])}: random layers lose what the pixels held. The features were learned for "
                "this task, from these images; nobody wrote them, and nobody promises that they suit another task.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _nearest_mean(features: np.ndarray, digits: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """The accuracy on the test images of choosing the digit with the nearest mean over the training images."""
    means = np.array([features[train][digits[train] == digit].mean(axis=0) for digit in range(10)])
    distances = ((features[test][:, None] - means[None]) ** 2).sum(axis=2)
    return float((distances.argmin(axis=1) == digits[test]).mean())


def _percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.1f} %"
