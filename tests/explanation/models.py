"""Small tables with every kind of column, and models of every kind on them."""

from dataclasses import replace

import numpy as np

from glassnet.estimators.training.fitted_table import average

N = 160


def table(target="class", seed=0, n=N):
    """Numbers, a category, a yes/no column, whole numbers, days and missing cells."""
    random = np.random.default_rng(seed)
    age, dose = random.normal(60, 10, n), random.gamma(2.0, 3.0, n)
    ward = random.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2])
    smoker = random.choice(["no", "yes"], n)
    visits = random.integers(0, 9, n)
    day = np.datetime64("2024-01-01") + random.integers(0, 300, n)
    level = (
        (age - 60) / 10 + 0.25 * dose + (ward == "west") - (smoker == "no") + 0.2 * visits + random.normal(0, 0.6, n)
    )
    columns = {
        "age": age.tolist(), "dose": [None if k % 13 == 5 else float(v) for k, v in enumerate(dose)],
        "ward": [None if k % 17 == 3 else str(v) for k, v in enumerate(ward)], "smoker": smoker.tolist(),
        "visits": visits.tolist(), "day": [str(v) for v in day],
    }  # fmt: skip
    if target == "amount":
        return columns | {"y": (10 + 3 * level).tolist()}
    cuts = [np.median(level)] if target == "class" else np.quantile(level, [0.33, 0.66])
    names = ["well", "sick"] if target == "class" else ["low", "middle", "high"]
    return columns | {"y": [names[int(np.searchsorted(cuts, v))] for v in level]}


def averaged(maker, rows):
    """One model that averages two of different layers."""
    parts = [maker(recipe="lecture", hidden_layer_sizes=size, epochs=20).fit(rows, target="y") for size in (4, (5, 3))]
    held = [replace(part.fitted_, parameters=part.get_params(deep=False)) for part in parts]
    return parts[0]._part(average(held, "two settings"))


SETTINGS = {
    "one network": {"recipe": "lecture", "epochs": 40},
    "linear": {"recipe": "lecture", "hidden_layer_sizes": (), "epochs": 40},
    "committee": {"recipe": "committee", "epochs": 12},
    "shared body": {"recipe": "tabm-mini", "epochs": 10},
    "embeddings": {"recipe": "realmlp", "hidden_layer_sizes": (8,), "epochs": 8},
    "bins": {"recipe": "lecture", "scaling": "piecewise_linear", "epochs": 20},
}
TARGETS = ("class", "classes", "amount")
MODELS = [(kind, target) for kind in (*SETTINGS, "averaged", "loaded") for target in TARGETS]


def rows_of(columns, rows):
    """Some rows of named columns."""
    return {name: [values[row] for row in rows] for name, values in columns.items()}
