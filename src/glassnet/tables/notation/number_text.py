"""Numbers, dates and missing cells as texts of a table, and numbers written back as text."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable

from glassnet.pages.number import short_number

NULL_STRINGS: tuple[str, ...] = ("", "NA", "N/A", "NaN", "null", "None", "?")
"""Cells that mean "no value", unless `read_table` is told otherwise."""

BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""All blanks of Unicode but the plain one."""
SPACES = f" \t\r\n{BLANKS}\ufeff\u200b\u200e\u200f\u2060\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""Characters around a cell that are not part of it: blanks, and marks of order and direction that nobody sees."""

_WHOLE = "(?:0|[1-9][0-9]*)"
LEADING_ZERO = r"^[+-]?0[0-9]+$"
INFINITY = r"^[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?$"
DATE = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
THOUSANDS = (
    r"^[+-]?[1-9][0-9]{0,2}"
    r"(?:(?:,[0-9]{3})+(?:\.[0-9]+)?|(?:\.[0-9]{3}){2,}(?:,[0-9]+)?|\.[0-9]{3},[0-9]+"
    r"|(?:['’ ][0-9]{3})+(?:[.,][0-9]+)?)$"
)
"""Digits in groups of three, as in ``1,234`` or ``1.234.567,8``; never guessed to be a number."""

YES_NO: tuple[tuple[str, str], ...] = (
    ("0", "1"), ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("nein", "ja"), ("non", "oui"), ("off", "on"),
    ("negative", "positive"), ("absent", "present"), ("unchecked", "checked"), ("not detected", "detected"),
    ("neg", "pos"),
    ("neg.", "pos."), ("nonreactive", "reactive"), ("non-reactive", "reactive"), ("n", "j"), ("n", "s"),
    ("falsch", "wahr"), ("faux", "vrai"), ("falso", "verdadero"), ("falso", "verdadeiro"), ("falso", "vero"),
    ("no", "sí"), ("no", "si"), ("no", "sì"), ("não", "sim"), ("nao", "sim"), ("nee", "ja"), ("nej", "ja"),
    ("nei", "ja"),
    ("ei", "kyllä"), ("nie", "tak"), ("ne", "ano"), ("ne", "da"), ("nem", "igen"), ("nu", "da"),
    ("нет", "да"), ("ні", "так"), ("όχι", "ναι"), ("否", "是"), ("无", "有"), ("無", "有"), ("いいえ", "はい"),
    ("아니오", "예"), ("hayır", "evet"), ("hayir", "evet"), ("ne", "taip"), ("nē", "jā"), ("ei", "jah"), ("לא", "כן"),
    ("لا", "نعم"), ("خیر", "بله"), ("tidak", "ya"), ("không", "có"), ("नहीं", "हाँ"), ("ไม่", "ใช่"),
    ("negativ", "positiv"), ("négatif", "positif"), ("negativo", "positivo"),
)  # fmt: skip
"""Pairs of cells (lower case) that make a yes/no column; the first is "no"."""


YES_NO_WORDS: dict[str, int] = {word: code for pair in YES_NO for code, word in enumerate(pair)}
"""Each word of these pairs, and whether it means yes."""


def number_pattern(decimal: str) -> str:
    """The regular expression of a number with the given decimal sign; no thousands separators, no leading zeros."""
    sign = r"\." if decimal == "." else decimal
    return rf"^[+-]?(?:{_WHOLE}(?:{sign}[0-9]*)?|{sign}[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def null_numbers(nulls: Iterable[str]) -> list[float]:
    """The numbers among null strings: cells that came as numbers are missing when they are one of these.

    Examples
    --------
    >>> null_numbers(["", "NA", "-999", "007"])
    [-999.0]
    """
    return [float(text) for text in nulls if re.match(number_pattern("."), text)]


def digits_between(low: float, high: float) -> int:
    """How many digits numbers between two need so that their distances have six.

    Examples
    --------
    >>> digits_between(0.0, 10.0), digits_between(19000.25, 19001.5)
    (6, 11)
    """
    largest, width = max(abs(low), abs(high)), high - low
    return min(17, 6 + max(0, math.ceil(math.log10(largest) - math.log10(width)))) if 0 < width < math.inf else 17


def iso_day(days: float) -> str:
    """The date this many days after 1970-01-01; the number itself where no calendar reaches.

    Examples
    --------
    >>> iso_day(-1.0), iso_day(19723.5)
    ('1969-12-31', '2024-01-01')
    """
    try:
        return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=math.floor(days)))
    except OverflowError:
        return short_number(days)


def megabytes(size: float) -> str:
    """An amount of memory for reading.

    Examples
    --------
    >>> megabytes(512e6), megabytes(2.5e9)
    ('512 MB', '2.5 GB')
    """
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 cell``, ``2 cells``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def yes_no_code(text: str) -> int | None:
    """Whether a text means no (0) or yes (1), in any of the known words; None for any other text.

    Examples
    --------
    >>> yes_no_code("TRUE"), yes_no_code("1.0"), yes_no_code("nein"), yes_no_code("2")
    (1, 1, 0, None)
    """
    code = YES_NO_WORDS.get(text.lower())
    if code is None and re.match(number_pattern("."), text) and float(text) in (0, 1):
        return int(float(text))
    return code


def yes_no_order(levels: tuple[str, ...] | list[str]) -> tuple[str, str] | None:
    """The two cells as (no, yes) when one is a word for no and the other a word for yes, else None.

    Examples
    --------
    >>> yes_no_order(["Yes", "No"]), yes_no_order(["Yes", "n"]), yes_no_order(["Yes", "perhaps"])
    (('No', 'Yes'), ('n', 'Yes'), None)
    """
    if len(levels) != 2 or {YES_NO_WORDS.get(level.lower()) for level in levels} != {0, 1}:
        return None
    first, second = levels
    return (second, first) if YES_NO_WORDS[first.lower()] else (first, second)
