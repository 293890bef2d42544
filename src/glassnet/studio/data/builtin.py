"""The built-in data sets: the lecture's patients, four pictures in two dimensions, and three real tables.

The made-up ones are drawn from counter-based random numbers, so they are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from glassnet.formulas.randomness import Purpose, normal, uniform
from glassnet.images import Knobs, phantoms
from glassnet.report.lecture.patients import SURVIVAL, TEMPERATURE, TUMOR_SIZE
from glassnet.studio.contract.data import ColumnChoice, DataSummary
from glassnet.tables import Table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.table import PIXELS

_POINTS = 300
_NOISE = 0.08
_PHANTOMS = 400
Group = Literal["lecture", "two inputs", "images", "real"]


@dataclass(frozen=True)
class BuiltIn:
    """One built-in data set; `make` gives its table, `choice` what its columns are by default."""

    id: str
    name: str
    summary: str
    group: Group
    make: Callable[[], Table]
    choice: ColumnChoice
    reference: str = ""
    size: tuple[int, int] = field(default=(_POINTS, 3))

    @property
    def table(self) -> Table:
        """The table, made once."""
        return _table(self.id)

    @property
    def listed(self) -> DataSummary:
        """The data set as lists show it."""
        return DataSummary(self.id, self.name, self.summary, self.reference, self.group, *self.size)


def _patients(count: int) -> Table:
    """The first patients of the lecture."""
    columns = {"tumor size": TUMOR_SIZE, "temperature": TEMPERATURE, "survival": SURVIVAL}
    table = Table.from_columns({name: list(values[:count]) for name, values in columns.items()})
    return replace(table, origin="the lecture's patients", unit="case", numbering=np.arange(1, count + 1))


def _third_alive() -> Table:
    """The first three patients; the third was alive when last seen."""
    columns: dict[str, Any] = {
        "tumor size": list(TUMOR_SIZE[:3]),
        "survival": [*SURVIVAL[:2], 4.0],
        "died": ["yes", "yes", "no"],
    }
    table = Table.from_columns(columns)
    return replace(table, origin="the lecture's patients", unit="case", numbering=np.arange(1, 4))


def _plane(draw: Callable[[], tuple[Any, Any, Any]], name: str) -> Table:
    """Points in the plane with a class, two decimals, as one would write them down."""
    x, y, positive = draw()
    columns = {
        "x1": np.round(x, 2), "x2": np.round(y, 2), "class": ["positive" if yes else "negative" for yes in positive],
    }  # fmt: skip
    return replace(Table.from_columns(columns), origin=name)


def _numbers(part: int, count: int = _POINTS) -> Any:
    """Uniform numbers between -1 and 1."""
    return 2.0 * uniform(0, Purpose.SPLIT, count, part=1000 + part) - 1.0


def _noise(part: int, size: float = _NOISE) -> Any:
    """Normal numbers."""
    return size * normal(0, Purpose.SPLIT, _POINTS, part=2000 + part)


def _circle() -> tuple[Any, Any, Any]:
    """A disc inside a ring."""
    inner = np.arange(_POINTS) % 2 == 0
    radius = np.where(inner, 2.0 * np.sqrt(np.abs(_numbers(0))), 3.0 + 1.5 * np.abs(_numbers(0)))
    angle = np.pi * _numbers(1)
    return radius * np.cos(angle) + _noise(0), radius * np.sin(angle) + _noise(1), inner


def _xor() -> tuple[Any, Any, Any]:
    """Four quadrants, opposite ones alike."""
    x, y = 4.0 * _numbers(2), 4.0 * _numbers(3)
    x, y = x + 0.3 * np.sign(x), y + 0.3 * np.sign(y)
    return x, y, x * y > 0


def _spiral() -> tuple[Any, Any, Any]:
    """Two arms that wind around each other."""
    first = np.arange(_POINTS) % 2 == 0
    along = (np.arange(_POINTS) // 2 + 0.5) / (_POINTS / 2)
    angle = 1.75 * 2.0 * np.pi * along + np.where(first, 0.0, np.pi)
    radius = 5.0 * along
    return radius * np.sin(angle) + _noise(2), radius * np.cos(angle) + _noise(3), first


def _gauss() -> tuple[Any, Any, Any]:
    """Two clouds."""
    first = np.arange(_POINTS) % 2 == 0
    center = np.where(first, 2.0, -2.0)
    return center + _noise(4, 1.0), center + _noise(5, 1.0), first


def _real(loader: str, names: dict[str, str] | None = None) -> Table:
    """A table that scikit-learn brings along."""
    from sklearn import datasets

    raw = getattr(datasets, f"load_{loader}")(**({"scaled": False} if loader == "diabetes" else {}))
    features = [str(name) for name in raw.feature_names]
    columns: dict[str, Any] = {(names or {}).get(n, n): raw.data[:, k] for k, n in enumerate(features)}
    if loader == "breast_cancer":
        columns["diagnosis"] = [str(raw.target_names[code]) for code in raw.target]
    elif loader == "digits":
        columns["digit"] = [str(code) for code in raw.target]
    else:
        columns["progression"] = raw.target
    return replace(Table.from_columns(columns), origin=loader.replace("_", " "))


def _digit_images() -> Table:
    """The handwritten digits as images."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    return _image_table(raw.images[..., None].astype(np.float32), "digit", [str(code) for code in raw.target], "digits")


def _phantom_images() -> Table:
    """Lesions on a textured background, of two kinds."""
    simulated = phantoms(_PHANTOMS, size=24, knobs=Knobs(position=0.5, orientation=1.0, appearance=0.4, noise=0.1))
    return _image_table(simulated.images[..., None].astype(np.float32), "lesion", list(simulated.names), "phantoms")


def _image_table(pixels: Any, target: str, labels: list[str], name: str) -> Table:
    """Images with a class each."""
    names = tuple(f"{k:04d}" for k in range(len(pixels)))
    table = Table.from_columns({target: labels})
    columns = {PIXELS: ImageCells(pixels, names), **table.columns}
    return replace(table, columns=columns, origin=name, unit="image")


_BLOOD = {
    "s1": "total cholesterol", "s2": "ldl", "s3": "hdl", "s4": "cholesterol / hdl", "s5": "log triglycerides",
    "s6": "glucose",
}  # fmt: skip
_CLASSES = ColumnChoice(target="class", task="classification")
BUILT_IN: dict[str, BuiltIn] = {
    one.id: one
    for one in (
        BuiltIn(
            "lecture", "Three patients", "The lecture's three patients: survival from the size of the tumor.",
            "lecture", lambda: _patients(3),
            ColumnChoice("survival", "regression", {"tumor size": "number", "temperature": "left_out"}), size=(3, 3),
        ),
        BuiltIn(
            "five_patients", "Five patients",
            "With the temperature, and two patients who were dead on arrival.", "lecture", lambda: _patients(5),
            ColumnChoice("survival", "regression", {"tumor size": "number", "temperature": "number"}), size=(5, 3),
        ),
        BuiltIn(
            "still_alive", "The third is alive",
            "The three patients, of whom the third was alive when last seen, after 4 years.", "lecture", _third_alive,
            ColumnChoice("survival", "survival", {"tumor size": "number"}, event="died"), size=(3, 3),
        ),
        BuiltIn("circle", "Circle", "A disc inside a ring.", "two inputs", lambda: _plane(_circle, "circle"),
                _CLASSES),
        BuiltIn("xor", "Exclusive or", "Four quadrants, opposite ones alike.", "two inputs",
                lambda: _plane(_xor, "exclusive or"), _CLASSES),
        BuiltIn("spiral", "Spiral", "Two arms that wind around each other.", "two inputs",
                lambda: _plane(_spiral, "spiral"), _CLASSES),
        BuiltIn("gauss", "Two clouds", "Two normal distributions that hardly touch.", "two inputs",
                lambda: _plane(_gauss, "two clouds"), _CLASSES),
        BuiltIn("digit_images", "Digits", "1797 handwritten digits, images of 8 by 8 pixels.", "images", _digit_images,
                ColumnChoice("digit", "classification", {PIXELS: "image"}), "Alpaydin and Kaynak 1998", (1797, 2)),
        BuiltIn("phantoms", "Phantoms", "400 drawn lesions, images of 24 by 24 pixels, benign or malignant.", "images",
                _phantom_images, ColumnChoice("lesion", "classification", {PIXELS: "image"}), "", (_PHANTOMS, 2)),
        BuiltIn("breast_cancer", "Breast cancer", "569 biopsies, 30 measurements of cell nuclei, benign or malignant.",
                "real", lambda: _real("breast_cancer"), ColumnChoice("diagnosis", "classification"),
                "Wolberg, Street and Mangasarian 1995", (569, 31)),
        BuiltIn("diabetes", "Diabetes", "442 patients, ten measurements, and how the disease went on within a year.",
                "real", lambda: _real("diabetes", _BLOOD),
                ColumnChoice("progression", "regression"), "Efron et al. 2004", (442, 11)),
        BuiltIn("digits", "Digits as a table", "The same digits with a column for each of 64 pixels.", "real",
                lambda: _real("digits"),
                ColumnChoice("digit", "classification"), "Alpaydin and Kaynak 1998", (1797, 65)),
    )
}  # fmt: skip
"""Every built-in data set by its id."""


@cache
def _table(name: str) -> Table:
    """The table of a built-in set, made once."""
    return BUILT_IN[name].make()
