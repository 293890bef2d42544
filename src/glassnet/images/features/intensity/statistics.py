"""Statistics of gray values, and the same of gray levels."""

from __future__ import annotations

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.pixels import GRAY_LEVELS, GRAY_VALUES


def _percentile(percent: float) -> str:
    """The term of a pixel of rank r in a percentile: its value, weighted by how near its rank is."""
    return f"x * max(0, 1 - abs(r - {percent / 100:g} * (N - 1)))"


_STATISTICS = (
    # name, title, each, whole, unit, IBSI tag, code for gray values, code for levels
    ("mean", "mean", "x", "S / N", "v", "mean", "Q4LE", "X6K6"),
    ("variance", "variance", "(x - mean) ** 2", "S / N", "v2", "var", "ECT3", "CH89"),
    ("skewness", "skewness", "((x - mean) / sd) ** 3", "S / N", "", "skew", "KE2A", "88K1"),
    ("kurtosis", "excess kurtosis", "((x - mean) / sd) ** 4", "S / N - 3", "", "kurt", "IPH6", "C3I7"),
    ("median", "median", _percentile(50), "S", "v", "median", "Y12H", "WIFQ"),
    ("minimum", "minimum", "where(r < 1, x, 0)", "S", "v", "min", "1GSF", "1PR8"),
    ("percentile_10", "10th percentile", _percentile(10), "S", "v", "p10", "QG58", "GPMT"),
    ("percentile_90", "90th percentile", _percentile(90), "S", "v", "p90", "8DWT", "OZ0C"),
    ("maximum", "maximum", "where(r >= N - 1, x, 0)", "S", "v", "max", "84IY", "3NCY"),
    ("interquartile_range", "interquartile range", f"{_percentile(75)} - {_percentile(25)}", "S", "v", "iqr",
     "SALO", "WR0O"),
    ("range", "range", "where(r >= N - 1, x, 0) - where(r < 1, x, 0)", "S", "v", "range", "2OJQ", "5Z3W"),
    ("mean_absolute_deviation", "mean absolute deviation", "abs(x - mean)", "S / N", "v", "mad", "4FUA", "D2ZX"),
    ("robust_mean_absolute_deviation", "mean absolute deviation between the 10th and 90th percentile",
     "where(x < p10, 0, where(x > p90, 0, abs(x - mean_middle)))", "S / N_middle", "v", "rmad", "1128", "WRZB"),
    ("median_absolute_deviation", "mean absolute deviation from the median", "abs(x - p50)", "S / N", "v", "medad",
     "N72L", "4RNL"),
    ("coefficient_of_variation", "coefficient of variation", "(x - mean) ** 2", "sqrt(S / N) / mean", "", "cov",
     "7TET", "CWYJ"),
    ("quartile_coefficient_of_dispersion", "quartile coefficient of dispersion",
     f"{_percentile(75)} - {_percentile(25)}", "S / (p25 + p75)", "", "qcod", "9S40", "SLWD"),
    ("energy", "energy (sum of squares)", "x ** 2", "S", "v2", "energy", "N8CA", None),
    ("root_mean_square", "root mean square", "x ** 2", "sqrt(S / N)", "v", "rms", "5ZWQ", None),
)  # fmt: skip

_UNITS = {"v": "gray value", "v2": "gray value²", "": ""}
_MEANING = "over the pixels inside the mask, in ascending order (x is a pixel's {what}, r its rank from 0)"

for _name, _title, _each, _whole, _unit, _tag, _code, _level_code in _STATISTICS:
    features.register(
        Feature(
            f"intensity_{_name}", f"{_title} of the gray values", "intensity",
            f"{_title} {_MEANING.format(what='gray value')}", Expression(_each), Expression(_whole),
            (GRAY_VALUES, "", "pixels"), _UNITS[_unit], code=_code, tag=f"stat_{_tag}",
        )
    )  # fmt: skip
for _name, _title, _each, _whole, _, _tag, _, _level_code in _STATISTICS:
    if _level_code is not None:
        features.register(
            Feature(
                f"histogram_{_name}", f"{_title} of the gray levels", "histogram",
                f"{_title} {_MEANING.format(what='gray level')}", Expression(_each), Expression(_whole),
                (GRAY_LEVELS, "", "pixels"), code=_level_code, tag=f"ih_{_tag}",
            )
        )  # fmt: skip
