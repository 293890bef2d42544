"""How dates are written in tables: the order of day, month and year, words, weeks, quarters, and numbers of days.

Each `DateFormat` is a record with a pattern; the date is put together from the names of its groups. `recognize` finds
the formats that read every text of a column.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_EPOCH = datetime.date(1970, 1, 1)
_TIME = (
    r"(?:(?:[T ]|,\s*|\s+at\s+)\s*(?P<hour>[01]?[0-9]|2[0-4])[:.h](?P<minute>[0-5][0-9])"
    r"(?:[:.](?P<second>[0-5][0-9](?:[.,][0-9]{1,9})?))?\s*(?:(?P<half>[aApP])\.?[mM]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?"
)
_DAY, _MONTH = r"(?P<day>0?[1-9]|[12][0-9]|3[01])", r"(?P<month>0?[1-9]|1[0-2])"
_YEAR, _SHORT_YEAR = r"(?P<year>[12][0-9]{3}|9999)", r"(?P<year>[12][0-9]{3}|9999|[0-9]{2})"
_NAME, _TH = r"(?P<name>[^\W\d_]{3,10})\.?", r"(?:st|nd|rd|th|\.)?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_BETWEEN = r"(?P<separator>[-/. ]\s?)"
_SAME = r"(?P=separator)"

MONTH_NAMES: tuple[tuple[str, ...], ...] = tuple(tuple(names.split()) for names in (
    "january januar jänner janvier enero gennaio janeiro januari", "february februar février fevrier febrero febbraio "
    "fevereiro februari", "march märz maerz mrz mars marzo março marco maart mrt", "april avril abril aprile",
    "may mai mayo maggio maio mei", "june juni juin junio giugno junho", "july juli juillet julio luglio julho",
    "august août aout agosto augustus", "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro", "november novembre noviembre novembro",
    "december dezember décembre decembre diciembre dicembre dezembro",
))  # fmt: skip
"""The months in English, German, French, Spanish, Italian, Portuguese and Dutch; three letters or more will do."""
_CENTURY_TURN = 69  # as POSIX has it: 69 is 1969, 68 is 2068


@dataclass(frozen=True)
class DateFormat:
    """One manner of writing dates.

    Parameters
    ----------
    name : str
        As it is declared: ``--kind seen=date:dmy``.
    words, example : str
    pattern : str
        Its groups: day, month, year, name, week, weekday, quarter, days, seconds; hour, minute, second, half, zone.
    asked : bool
        Whether only a declaration (or the name of the column) chooses it.
    """

    name: str
    words: str
    example: str
    pattern: str
    asked: bool = False


FORMATS: dict[str, DateFormat] = {
    record.name: record
    for record in (
        DateFormat("ymd", "year, month, day", "2019/12/31", rf"{_YEAR}{_BETWEEN}{_MONTH}{_SAME}{_DAY}{_TIME}"),
        DateFormat("dmy", "day, month, year", "31/12/2019", rf"{_DAY}{_BETWEEN}{_MONTH}{_SAME}{_SHORT_YEAR}{_TIME}"),
        DateFormat("mdy", "month, day, year", "12/31/2019", rf"{_MONTH}{_BETWEEN}{_DAY}{_SAME}{_SHORT_YEAR}{_TIME}"),
        DateFormat(
            "words", "the month in words", "31 Dec 2019",
            rf"(?:{_WEEKDAY}{_DAY}{_TH}[-/ ]?\s*(?:of |de )?{_NAME}[-/, ]*\s*(?:de )?{_SHORT_YEAR}{_TIME}"
            rf"|{_WEEKDAY}{_NAME}[- ]{_DAY}{_TH}(?:,\s*|[-\s]+){_SHORT_YEAR}{_TIME}"
            rf"|{_YEAR}[-/ ]{_NAME}[-/ ]{_DAY}{_TIME})",
        ),
        DateFormat(
            "month", "month and year", "2019-12",
            rf"(?:{_YEAR}[-/. ]{_MONTH}|{_MONTH}[-/. ]{_YEAR}|{_NAME}[-/., ]+{_YEAR}|{_NAME}[-']{_SHORT_YEAR}"
            rf"|{_YEAR}[- ]{_NAME})",
        ),
        DateFormat(
            "week", "the week of the year", "2019-W52",
            rf"(?:{_YEAR}[- ]?(?i:W|KW|week\s?)(?P<week>[0-5]?[0-9])(?:-?(?P<weekday>[1-7]))?"
            rf"|(?i:W|KW|week)\s?(?P<week>[0-5]?[0-9])[-/, ]+{_YEAR})",
        ),
        DateFormat(
            "quarter", "the quarter of the year", "2019-Q4",
            rf"(?:{_YEAR}[-/ ]?[Qq](?P<quarter>[1-4])|[Qq](?P<quarter>[1-4])[-/ ]*{_YEAR}"
            rf"|(?P<quarter>[1-4])[Qq][-/ ]?{_YEAR})",
        ),
        DateFormat(
            "compact", "year, month and day in one number", "20191231",
            r"(?P<year>[12][0-9]{3})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
            r"(?:[T ]?(?P<hour>[01][0-9]|2[0-3])(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9])?Z?)?",
        ),
        DateFormat(
            "compact-month", "year and month in one number", "201912",
            r"(?P<year>[12][0-9]{3})(?P<month>0[1-9]|1[0-2])",
        ),
        DateFormat(
            "excel", "days since the end of 1899, as Excel counts", "43830", r"(?P<serial>[0-9]{1,7}(?:\.[0-9]+)?)",
            asked=True,
        ),
        DateFormat("unix", "seconds since 1970", "1577750400", r"(?P<seconds>-?[0-9]{1,12}(?:\.[0-9]+)?)", asked=True),
    )
}  # fmt: skip
_ORDERS = ("ymd", "dmy", "mdy", "words", "month", "week", "quarter")
_EXCEL_EPOCH = 25569


def _compiled(pattern: str) -> list[re.Pattern[str]]:
    """The alternatives of a pattern, each by itself, since a group may occur in several."""
    if not pattern.startswith("(?:") or not pattern.endswith(")") or "|" not in pattern:
        return [re.compile(pattern)]
    alternatives, depth, start = [], 0, 3
    for place in range(3, len(pattern) - 1):
        letter = pattern[place]
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter == "|" and not depth:
            alternatives.append(pattern[start:place])
            start = place + 1
    return [re.compile(alternative) for alternative in (*alternatives, pattern[start:-1])]


_PATTERNS = {name: _compiled(record.pattern) for name, record in FORMATS.items()}


def reader(name: str) -> Callable[[str], float | None]:
    """A function that reads a text in a format as days since 1970-01-01, or None where there is no such day.

    Examples
    --------
    >>> reader("dmy")("31/12/1970"), reader("week")("1970-W02"), reader("excel")("25570"), reader("dmy")("31/02/1970")
    (364.0, 4.0, 1.0, None)
    """
    patterns = _PATTERNS[name]

    def read(text: str) -> float | None:
        for pattern in patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                return _days(match.groupdict())
        return None

    return read


def recognize(texts: Sequence[str]) -> list[str]:
    """The formats that read all of the texts, the likeliest first.

    Examples
    --------
    >>> recognize(["01/02/2019", "13/02/2019"]), recognize(["01/02/2019"]), recognize(["Jan 2019"])
    (['dmy'], ['dmy', 'mdy'], ['month'])
    """
    names = []
    for name in _ORDERS:
        read = reader(name)
        if all(read(text) is not None for text in texts):
            names.append(name)
    if names[:2] == ["dmy", "mdy"] and all("." in text.split(":")[0] for text in texts):
        return ["dmy"]  # with points the day always comes first
    return names


def _days(parts: dict[str, str | None]) -> float | None:
    """The day that the groups of a pattern name, with its time."""
    if parts.get("serial"):
        return float(parts["serial"] or 0) - _EXCEL_EPOCH
    if parts.get("seconds"):
        return float(parts["seconds"] or 0) / (86400e3 if len(str(parts["seconds"]).split(".")[0]) > 11 else 86400)
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < _CENTURY_TURN else 1900
    month = _month(parts["name"]) if parts.get("name") else int(parts.get("month") or 1)
    if month is None:
        return None
    try:
        if parts.get("week"):
            day = datetime.date.fromisocalendar(year, int(parts["week"] or 1), int(parts.get("weekday") or 1))
        elif parts.get("quarter"):
            day = datetime.date(year, 3 * int(parts["quarter"] or 1) - 2, 1)
        else:
            day = datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError:
        return None
    time = _time(parts)
    return None if time is None else (day - _EPOCH).days + time


def _month(name: str | None) -> int | None:
    """The number of a month in words, which may be cut short."""
    lower = (name or "").lower()
    months = [k for k, names in enumerate(MONTH_NAMES, start=1) if any(full.startswith(lower) for full in names)]
    return months[0] if months else None


def _time(parts: dict[str, str | None]) -> float | None:
    """The part of a day that has passed; where a zone is named, in UTC."""
    if not parts.get("hour"):
        return 0.0
    hour, minute = int(parts["hour"] or 0), int(parts["minute"] or 0)
    second = float((parts.get("second") or "0").replace(",", "."))
    if parts.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if (parts["half"] or "") in "pP" else 0)
    zone = parts.get("zone") or ""
    offset = 0
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = int(f"{zone[0]}1") * (60 * int(digits[:2]) + int(digits[2:]))
    return (60 * (60 * hour + minute - offset) + second) / 86400
