"""Accuracy on images from packages: the default network beside models on hand-crafted features and on pixels.

    python -m benchmarks.accuracy.images [--only digits] [--threads 2]

The sets need no download: scikit-learn's digits of 8 x 8 in five folds; the same digits at 28 x 28, where ten thousand
turned, moved and scaled versions of three quarters of them train and the untouched last quarter is the test; and the
phantoms of `glassnet lab`. Each line is one model on one set: images that were named rightly, with the 95 % interval
over the images (Wilson 1927), and the processor time that training took.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
VERSIONS = 10_000
KNOBS = (0.5, 0.5, 0.3, 0.1)


@dataclass(frozen=True)
class Split:
    """Images to learn from and to be asked about."""

    X: Array
    y: Array
    X_test: Array
    y_test: Array


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.images", description=__doc__)
    parser.add_argument("--only", default="", help="sets whose name contains this text")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    print("| set | model | right | accuracy | processor time of training, s |\n| --- | --- | --- | --- | --- |")
    for name, splits in SETS.items():
        if arguments.only in name:
            for model, fit in MODELS.items():
                print(row(name, model, fit, splits(), arguments.threads), flush=True)
    return 0


def row(name: str, model: str, fit: Callable[[Split, int], Array], splits: Iterator[Split], threads: int) -> str:
    """One line of the table."""
    from scipy.stats import binomtest

    right = total = 0
    seconds: list[float] = []
    for split in splits:
        started = time.process_time()
        answers = fit(split, threads)
        seconds.append(time.process_time() - started)
        right, total = right + int((answers == split.y_test).sum()), total + len(answers)
    ends = binomtest(right, total).proportion_ci(0.95, "wilson")
    each = f"{np.mean(seconds):.1f}" + (" a fold" if len(seconds) > 1 else "")
    return f"| {name} | {model} | {right} of {total} | {right / total:.3f} [{ends.low:.3f}, {ends.high:.3f}] | {each} |"


def digits() -> Iterator[Split]:
    """Five folds of the digits of 8 x 8."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold

    X, y = load_digits(return_X_y=True)
    images = X.reshape(-1, 8, 8).astype(np.uint8)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        yield Split(images[train], y[train], images[test], y[test])


def enlarged() -> Iterator[Split]:
    """Ten thousand versions of three quarters of the digits at 28 x 28, and the last quarter as it is."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    from glassnet.formulas.augmentation import augmented

    X, y = load_digits(return_X_y=True)
    images = zoom(X.reshape(-1, 8, 8) * (255 / 16), (1, 3.5, 3.5), order=1)
    train, test = train_test_split(np.arange(len(y)), test_size=0.25, random_state=0, stratify=y)
    source = np.resize(train, VERSIONS)
    records = ["rotation(degrees=8)", "shift(amount=0.06)", "scale(amount=0.08)"]
    rows = images[source].reshape(VERSIONS, -1)
    made = augmented(rows, (28, 28, 1), records, seed=0, rows=range(VERSIONS), epoch=0)
    pixels = [np.clip(np.round(part), 0, 255).astype(np.uint8).reshape(-1, 28, 28) for part in (made, images[test])]
    yield Split(pixels[0], y[source], pixels[1], y[test])


def lesions() -> Iterator[Split]:
    """Phantoms with all knobs of the laboratory turned a little."""
    from glassnet.images import Knobs, phantoms

    made = phantoms(2000, knobs=Knobs(*KNOBS), seed=0)
    yield Split(made.images[:1000], made.labels[:1000], made.images[1000:], made.labels[1000:])


def _network(split: Split, threads: int) -> Array:
    from glassnet import GlassClassifier

    model = GlassClassifier(n_jobs=threads).fit(split.X, split.y, progress=lambda _: None)
    return np.asarray(model.predict(split.X_test)).astype(split.y_test.dtype)


def _on_features(make: Callable[[int], Any]) -> Callable[[Split, int], Array]:
    """A model on the default hand-crafted features, standardized."""

    def fit(split: Split, threads: int) -> Array:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        from glassnet.images.features import choose, measure

        chosen = choose("2D", masked=False)
        crafted, asked = (np.nan_to_num(measure(images, chosen=chosen)) for images in (split.X, split.X_test))
        return np.asarray(make_pipeline(StandardScaler(), make(threads)).fit(crafted, split.y).predict(asked))

    return fit


def _forest(threads: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(200, random_state=0, n_jobs=threads)


def _machine(_: int) -> Any:
    from sklearn.svm import SVC

    return SVC()


def _pixels(split: Split, threads: int) -> Array:
    flat = [images.reshape(len(images), -1) / 255 for images in (split.X, split.X_test)]
    return np.asarray(_machine(threads).fit(flat[0], split.y).predict(flat[1]))


SETS: dict[str, Callable[[], Iterator[Split]]] = {
    "digits, 8 x 8, five folds": digits, "digits, 28 x 28, 10,000 versions": enlarged, "phantoms, 28 x 28": lesions,
}  # fmt: skip
MODELS: dict[str, Callable[[Split, int], Array]] = {
    "glassnet on pixels": _network, "SVM on features": _on_features(_machine),
    "forest on features": _on_features(_forest), "SVM on pixels": _pixels,
}  # fmt: skip

if __name__ == "__main__":
    raise SystemExit(main())
