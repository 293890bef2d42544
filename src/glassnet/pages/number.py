"""Number -> text, on pages, in equations and in the words of tables: significant digits and a true minus sign.

A shown number is the rounded true one; it is never used again in arithmetic.
"""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SMALLEST_PLAIN, _LARGEST_PLAIN = -4, 7
"""Powers of ten from which, and below which, a number is written without an exponent."""


def number_text(value: float, digits: int = 4) -> str:
    """Write a number with significant digits; whole parts are never cut, trailing zeros are.

    Parameters
    ----------
    value : float
    digits : int, default 4
        Significant digits, at least 1.

    Returns
    -------
    str
        With ``−`` for negative numbers and ``× 10ⁿ`` below 0.0001 and from ten million up.

    Examples
    --------
    >>> number_text(-17.3472), number_text(24303.2), number_text(0.5), number_text(3.25e-7)
    ('−17.35', '24303', '0.5', '3.25 × 10⁻⁷')
    """
    value = float(value)
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    if _SMALLEST_PLAIN <= exponent < _LARGEST_PLAIN:
        return _trim(f"{value:.{max(0, digits - 1 - exponent)}f}").replace("-", "−")
    mantissa = _trim(f"{value:.{digits - 1}e}".partition("e")[0])
    return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}".replace("-", "−")


def ascii_number(value: float, digits: int = 5) -> str:
    """Write a number with significant digits so that a program reads it, too: an ASCII minus, and ``e`` for powers.

    Examples
    --------
    >>> ascii_number(0.0149999), ascii_number(-17.34700001), ascii_number(123456.7), ascii_number(1.5e-07)
    ('0.015', '-17.347', '123457', '1.5e-7')
    """
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    if 10.0**digits <= abs(value) < 1e15:
        return f"{value:.0f}"
    mantissa, mark, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else ("0" if mantissa == "-0" else mantissa)


def plain_number(value: float, digits: int = 5) -> str:
    """The same for plain text, with a true minus sign."""
    return ascii_number(value, digits).replace("-", "−")


def distinct_numbers(before: float, after: float, digits: int = 5) -> tuple[str, str]:
    """Two numbers for plain text, with as many more digits as it takes to tell them apart.

    Examples
    --------
    >>> distinct_numbers(0.0264571, 0.0264568, 4)
    ('0.0264571', '0.0264568')
    """
    while digits < 17 and before != after and ascii_number(before, digits) == ascii_number(after, digits):
        digits += 1
    return plain_number(before, digits), plain_number(after, digits)


def short_number(value: float, digits: int = 6) -> str:
    """Write a number of a table in `digits` significant ones, with a true minus sign; large ones have an exponent, too.

    Examples
    --------
    >>> short_number(-0.58333333333), short_number(1234567.0)
    ('−0.583333', '1.23457e+06')
    """
    return f"{float(value):.{digits}g}".replace("-", "−")


def fixed_text(value: float, decimals: int) -> str:
    """Write a number with a fixed count of decimals, for columns that line up.

    Examples
    --------
    >>> fixed_text(9.8, 2), fixed_text(-0.001, 2)
    ('9.80', '0.00')
    """
    if not math.isfinite(value):
        return number_text(value)
    text = f"{float(value):.{decimals}f}"
    return (text if text.strip("-0.") else text.lstrip("-")).replace("-", "−")


def column_texts(values: list[float], digits: int = 4, most_decimals: int = 6) -> list[str]:
    """Write a column of numbers with one count of decimals, enough for `digits` of the typical entry.

    The largest entry gets at least `digits` significant digits; columns that span many powers of ten, or hold
    something that is not finite, fall back to `number_text` for each entry.

    Examples
    --------
    >>> column_texts([14.5546, 9.8, 7.4449])
    ['14.55', '9.80', '7.44']
    >>> column_texts([3.2, 1.9, 1.0])
    ['3.2', '1.9', '1.0']
    """
    sizes = [abs(value) for value in values if value != 0]
    if not sizes or not all(math.isfinite(size) for size in sizes):
        return [number_text(value, digits) for value in values]
    if all(value == int(value) and abs(value) < 10**_LARGEST_PLAIN for value in values):
        return [fixed_text(value, 0) for value in values]
    top, low = (math.floor(math.log10(size)) for size in (max(sizes), min(sizes)))
    if top >= _LARGEST_PLAIN or top - low > digits - 2:
        return [number_text(value, digits) for value in values]
    decimals = min(max(0, digits - 1 - top), most_decimals)
    texts = [fixed_text(value, decimals) for value in values]
    while decimals and all(text.endswith("0") for text in texts):  # 3.200, 1.900 says no more than 3.2, 1.9
        decimals -= 1
        texts = [text[:-1].rstrip(".") for text in texts]
    return texts


def _trim(text: str) -> str:
    """Drop trailing zeros after the decimal point."""
    return text.rstrip("0").rstrip(".") if "." in text else text
