"""Dates that statistics packages keep as numbers under formats that the library leaves alone: %tm, MONYY, MOYR."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

_DAY = datetime.timedelta(days=1)
_EPOCH, _EPOCH_OF_SPSS = datetime.date(1960, 1, 1), datetime.date(1582, 10, 14)
_STATA = re.compile(r"%-?t([mqhw]).*")
_SAS = re.compile(
    r"(?:MONYY|YYMM[CDNPS]?|MMYY[CDNPS]?|YYQR?[CDNPSZ]?|YYMON|WORDDAT[EX]|WEEKDAT[EX]|WEEK[UVW]|JULIAN|NLDATE[A-Z]*"
    r"|[A-Z]{3}DF[A-Z]{2}|YEAR|QTRR?|MONTH|MONNAME|DAY|WEEKDAY|DOWNAME)[0-9.]*"
)
_SPSS = re.compile(r"(?:MOYR|QYR|WKYR)[0-9]*")


def date_reader(package: str, written: str) -> Callable[[float], datetime.date] | None:
    """From the numbers of a column with a format to dates, the first day of longer times; None where it says no date.

    Examples
    --------
    >>> date_reader("Stata", "%tm")(708), date_reader("Stata", "%tq")(236.0), date_reader("SAS", "MONYY7.")(21567.0)
    (datetime.date(2019, 1, 1), datetime.date(2019, 1, 1), datetime.date(2019, 1, 18))
    >>> date_reader("SPSS", "MOYR8")(13763520000.0), date_reader("Stata", "%9.0g")
    (datetime.date(2018, 12, 7), None)
    """
    if package == "Stata":
        match = _STATA.fullmatch(written)
        return None if match is None else _PARTS[match[1]]
    if package == "SAS" and _SAS.fullmatch(written.upper()):
        return lambda days: _EPOCH + days * _DAY
    if package == "SPSS" and _SPSS.fullmatch(written.upper()):
        return lambda seconds: _EPOCH_OF_SPSS + seconds // 86400 * _DAY
    return None


def _weeks(number: float) -> datetime.date:
    """The first day of one of the 52 weeks that a year has in Stata."""
    return datetime.date(1960 + int(number // 52), 1, 1) + 7 * (number % 52) * _DAY


def _months(each: int) -> Callable[[float], datetime.date]:
    """A reader of numbers of months, quarters or half years since 1960."""
    a_year = 12 // each
    return lambda number: datetime.date(1960 + int(number // a_year), 1 + each * int(number % a_year), 1)


_PARTS = {"m": _months(1), "q": _months(3), "h": _months(6), "w": _weeks}
