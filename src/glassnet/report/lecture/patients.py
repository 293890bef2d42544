"""The patients of the lecture and the figures printed on its slides."""

from __future__ import annotations

from typing import Any

CASES = ("case 1", "case 2", "case 3", "case 4", "case 5")
TUMOR_SIZE = (0.5, 2.3, 2.9, 2.8, 2.1)
TEMPERATURE = (37.6, 39.1, 36.2, 22.0, 23.0)
SURVIVAL = (3.2, 1.9, 1.0, 0.0, 0.0)
"""Cases 4 and 5 were dead on arrival."""

START = 0.01
"""The first weight and the first bias."""

PRINTED_PREDICTIONS = ("0.015", "0.033", "0.039")
PRINTED_ABSOLUTE, PRINTED_SQUARED = "6.013", "14.55"
PRINTED_GRADIENTS = ("-17.347", "-12.026")
PRINTED_RUN: dict[int, tuple[str, str, str]] = {
    1: ("0.88", "0.61", "9.80"),
    2: ("0.19", "0.54", "7.44"),
    3: ("0.50", "0.88", "6.10"),
    12: ("-0.15", "1.995", "2.01"),
    14: ("-0.23", "2.18", "1.61"),
    16: ("-0.30", "2.35", "1.29"),
    18: ("-0.365", "2.50", "1.03"),
    20: ("-0.42", "2.63", "0.83"),
}
"""Step -> weight, bias and loss as printed."""
PRINTED_SLIP_WEIGHT = "0.70"
"""The factor in a line whose weight is 0.88."""
PRINTED_SLIP_BIAS = "0.61"
"""The bias that is printed next to the losses of other steps."""


FIVE = "X holds the tumor size and (temperature − 37) / 10 of all five patients, y their survival"
"""The reader's note on the names that most sections share."""


def names(**more: Any) -> dict[str, Any]:
    """Names for the code of a section: the package's two classes, NumPy and the three patients still alive."""
    import numpy as np

    from glassnet import Dense, Network

    given = {"Dense": Dense, "Network": Network, "np": np}
    return given | {"tumor_size": list(TUMOR_SIZE[:3]), "survival": list(SURVIVAL[:3])} | more


def inputs(cases: int = 5) -> Any:
    """Tumor size and temperature, in steps of ten degrees from 37, of the first patients: shape (cases, 2)."""
    import numpy as np

    return np.column_stack([TUMOR_SIZE[:cases], (np.array(TEMPERATURE[:cases]) - 37.0) / 10.0])


def agrees(printed: str, true: float) -> bool:
    """Whether a printed figure is the true number, rounded to the printed decimals.

    Examples
    --------
    >>> agrees("0.88", 0.87735), agrees("0.70", 0.87735)
    (True, False)
    """
    decimals = len(printed.partition(".")[2])
    return abs(float(printed) - true) <= 0.5 * 10.0**-decimals + 1e-12


def typeset(printed: str) -> str:
    """A printed figure with a true minus sign."""
    return printed.replace("-", "−")
