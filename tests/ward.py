"""A ward of patients as a table that people have, and settings under which a small network learns it."""

import numpy as np

WARDS = ("north", "south", "east")


def patients(n_rows=120):
    """Numbers, whole numbers, dates, levels, and missing cells; the outcome follows age and ward."""
    draw = np.random.default_rng(3)
    age, dose = draw.integers(20, 90, n_rows), draw.normal(5, 1, n_rows).round(2)
    ward = draw.integers(0, 3, n_rows)
    lines = ["age,dose,seen,ward,smokes,alive"]
    for k in range(n_rows):
        day = np.datetime64("2024-01-01") + int(draw.integers(0, 300))
        alive = age[k] + 12 * ward[k] + draw.normal(0, 8) < 70
        cell = "" if k % 17 == 3 else str(dose[k])
        lines.append(f"{age[k]},{cell},{day},{WARDS[ward[k]]},{'yes' if k % 3 else 'no'},{'yes' if alive else 'no'}")
    return "\n".join(lines) + "\n"


SETTINGS = {
    "hidden": [{"neurons": 4, "activation": "tanh"}], "loss": "logistic", "optimizer": "adam", "learning_rate": 0.05,
    "epochs": 40, "test_share": 0.25,
}  # fmt: skip
