"""How dates are written in tables: the order of day, month and year, words, weeks, quarters, and numbers of days.

Each `DateFormat` is a record with a pattern; the date is put together from the names of its groups. `recognize` finds
the formats that read every text of a column.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glassnet.tables.notation.month_names import month_of

_EPOCH = datetime.date(1970, 1, 1)
_CLOCK = (
    r"(?P<hour>[01]?[0-9]|2[0-4])[:.h](?P<minute>[0-5][0-9])"
    r"(?:[:.](?P<second>[0-5][0-9](?:[.,][0-9]{1,9})?))?\s*(?:(?P<half>[aApP])\.?[mM]\.?)?(?:\s*(?:Uhr|hrs?|h))?"
    r"\s*(?P<zone>Z|(?:UTC|GMT)?[+-][0-9]{2}:?(?:[0-9]{2})?|[A-Z]{3,4})?"
)
_TIME = rf"(?:(?:[T :]|,\s*|\s+at\s+)\s*{_CLOCK})?"
_DAY, _MONTH = r"(?P<day>0?[1-9]|[12][0-9]|3[01])", r"(?P<month>0?[1-9]|1[0-2])"
_YEAR, _SHORT_YEAR = r"(?P<year>[12][0-9]{3}|9999)", r"(?P<year>[12][0-9]{3}|9999|[0-9]{2})"
_NAME, _TH = r"(?P<name>[^\W\d_]{3,13})\.?", r"(?:st|nd|rd|th|\.)?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_BETWEEN = r"(?P<separator>[-/. ‐‑–]\s?)"
_SAME = r"(?P=separator)"
_TWO_DIGITS = r"(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
_TWO_DIGITS_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])(?P<month>0[1-9]|1[0-2])"

LATEST = 2068
"""The latest year that two digits mean unless a column says otherwise: 69 is 1969, as POSIX has it."""
_SOON, _FEWEST_OF_DIGITS = 2040, 12
_HOURS_OF_ZONES = {"WET": 0, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
                   "JST": 9, "KST": 9, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
                   "PDT": -7}  # fmt: skip
"""Zones whose letters mean one thing; CST, IST and BST mean several."""


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
        DateFormat(
            "ymd", "year, month, day", "2019/12/31",
            rf"(?:{_SHORT_YEAR}{_BETWEEN}{_MONTH}{_SAME}{_DAY}\.?{_TIME}"
            rf"|{_YEAR}\s?[年년]\s?{_MONTH}\s?[月월]\s?{_DAY}\s?[日일]{_TIME})",
        ),
        DateFormat("dmy", "day, month, year", "31/12/2019", rf"{_DAY}{_BETWEEN}{_MONTH}{_SAME}{_SHORT_YEAR}{_TIME}"),
        DateFormat("mdy", "month, day, year", "12/31/2019", rf"{_MONTH}{_BETWEEN}{_DAY}{_SAME}{_SHORT_YEAR}{_TIME}"),
        DateFormat(
            "words", "the month in words", "31 Dec 2019",
            rf"(?:{_WEEKDAY}{_DAY}{_TH}[-/ ]?\s*(?:of |de )?{_NAME}[-/, ]*\s*(?:de )?{_SHORT_YEAR}{_TIME}"
            rf"|{_WEEKDAY}{_NAME}[- ]{_DAY}{_TH}(?:,\s*|[-\s]+){_SHORT_YEAR}{_TIME}"
            rf"|{_YEAR}\.?[-/ ]{_NAME}[-/ ]{_DAY}\.?{_TIME}|{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}\s+{_YEAR})",
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
            "compact-short", "two digits of the year, month and day in one number", "191231",
            rf"(?P<year>[0-9]{{2}}){_TWO_DIGITS}",
        ),
        DateFormat("compact-dmy", "day, month and year in one number", "31122019", rf"{_TWO_DIGITS_DAY}{_SHORT_YEAR}"),
        DateFormat("compact-mdy", "month, day and year in one number", "12312019", rf"{_TWO_DIGITS}{_SHORT_YEAR}"),
        DateFormat("yearday", "the day of the year", "2019-365", rf"{_YEAR}-(?P<yearday>[0-3][0-9]{{2}})"),
        DateFormat("ydm", "year, day, month", "2019-31-12", rf"{_YEAR}{_BETWEEN}{_DAY}{_SAME}{_MONTH}{_TIME}"),
        DateFormat(
            "excel", "days since the end of 1899, as Excel counts", "43830", r"(?P<serial>[0-9]{1,7}(?:\.[0-9]+)?)",
            asked=True,
        ),
        DateFormat("unix", "seconds since 1970", "1577750400", r"(?P<seconds>-?[0-9]{1,19}(?:\.[0-9]+)?)", asked=True),
    )
}  # fmt: skip
_ORDERS = ("ymd", "dmy", "mdy", "words", "month", "week", "quarter", "compact", "compact-short", "compact-dmy",
           "compact-mdy", "yearday", "ydm")  # fmt: skip
_OF_DIGITS = ("compact-short", "compact-dmy", "compact-mdy")
"""Recognized only in columns of many different texts, for a few codes could be read so by chance."""
_EXCEL_EPOCH = 25569


def _compile(pattern: str) -> list[re.Pattern[str]]:
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


DATE_TRAITS: dict[str, str] = {
    "partial": "the first day where only the month or the year is given",
    "serials": "Excel's numbers of days",
}
"""Traits of written dates beside their format, by the name that declares each."""
SEASON, NO_SEASON = "season", "no-season"
SEASONS: dict[str, str] = {
    SEASON: "with the season as two more inputs",
    NO_SEASON: "without a season",
}
"""Traits of dates that say whether their season becomes two more inputs, where it is not to be tested."""
_UNKNOWN_PARTS = re.compile(
    r"(?i)(?:(?:unk?|uk|nk|xx|\?\?|--|00)[-/. ]){1,2}|(?:[-/. ](?:unk?|uk|nk|xx|\?\?|--|00)){1,2}$"
)
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")

_PATTERNS = {name: _compile(record.pattern) for name, record in FORMATS.items()}


def reader(name: str, latest: int = LATEST) -> Callable[[str], float | None]:
    """A function that reads a text in a format as days since 1970-01-01, or None where there is no such day.

    Two digits mean a year of the hundred up to `latest`.

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
                return _days(match.groupdict(), latest)
        return None

    return read


def is_serial(text: str) -> bool:
    """Whether a text can be a day as Excel counts them, from 1927 on."""
    return _SERIAL.fullmatch(text) is not None


def read_partial(text: str) -> float | None:
    """The first day of a month or a year, where a date says no more.

    Examples
    --------
    >>> read_partial("1970-02"), read_partial("UN/02/1970"), read_partial("un-unk-1971"), read_partial("soon")
    (31.0, 31.0, 365.0, None)
    """
    rest = _UNKNOWN_PARTS.sub("", text)
    if re.fullmatch("[12][0-9]{3}", rest):
        rest = f"{rest}-01"
    return reader("month")(rest)


def short_years(name: str, texts: Sequence[str]) -> list[int]:
    """The years of two digits in texts of a format."""
    matches = (pattern.fullmatch(text) for text in texts for pattern in _PATTERNS[name])
    years = [match.groupdict().get("year") for match in matches if match is not None]
    return [int(year) for year in years if year is not None and len(year) == 2]


def latest_year(name: str, texts: Sequence[str]) -> int:
    """The latest year that two digits mean in a column: years that would lie far ahead are those of the last century.

    The hundred years begin behind the widest gap that the years of the column leave.

    Examples
    --------
    >>> latest_year("dmy", ["31/12/24", "01/02/19"]), latest_year("dmy", ["31/12/31", "01/02/50", "03/04/68"])
    (2068, 2030)
    """
    years = sorted(set(short_years(name, texts)))
    if not years or max(year for year in (_of_two_digits(year, LATEST) for year in years)) <= _SOON:
        return LATEST
    gaps = [
        ((after - before) % 100 or 100, 1999 + after)
        for before, after in zip([years[-1], *years[:-1]], years, strict=True)
        if _of_two_digits(before, 1999 + after) <= _SOON
    ]
    return max(gaps)[1] if gaps else LATEST


def _of_two_digits(year: int, latest: int) -> int:
    """The year up to the latest one that two digits mean."""
    return latest - (latest - year) % 100


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
        enough = name not in _OF_DIGITS or len(set(texts)) >= _FEWEST_OF_DIGITS
        if enough and all(read(text) is not None for text in texts):
            names.append(name)
    if "ymd" in names and len(names) > 1:
        names = [name for name in names if name != "ydm"]
        names = _by_years(names, texts)
    if names[:1] == ["compact-short"] and not years_first(texts):
        names = names[1:]
    if names[:2] == ["dmy", "mdy"] and all("." in text.split(":")[0] for text in texts):
        return ["dmy"]  # with points the day always comes first
    return names


def years_first(texts: Sequence[str]) -> bool:
    """Whether numbers of six digits begin with the year: there are fewer years than days in a column."""
    return 2 * len({text[:2] for text in texts}) <= len({text[-2:] for text in texts})


def _by_years(names: list[str], texts: Sequence[str]) -> list[str]:
    """Of orders of two-digit numbers, those that the numbers allow: there are fewer years than days in a column."""
    others = [name for name in names if name != "ymd"]
    if not others:
        return names
    first, last = (len(set(short_years(name, texts))) for name in ("ymd", others[0]))
    if 2 * first <= last:
        return ["ymd"]
    sure = 2 * last <= first or not all("-" in text[:4] for text in texts)  # other signs seldom follow a year
    return others if sure else names


def _days(parts: dict[str, str | None], latest: int) -> float | None:
    """The day that the groups of a pattern name, with its time."""
    if parts.get("serial"):
        return float(parts["serial"] or 0) - _EXCEL_EPOCH
    if parts.get("seconds"):
        digits = len(str(parts["seconds"]).lstrip("-").split(".")[0])
        thousands = max(0, (digits - 9) // 3)  # milli-, micro-, nanoseconds
        return float(parts["seconds"] or 0) / 86400 / 1000.0**thousands
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year = _of_two_digits(year, latest)
    month = month_of(parts["name"] or "") if parts.get("name") else int(parts.get("month") or 1)
    if month is None:
        return None
    try:
        if parts.get("week"):
            day = datetime.date.fromisocalendar(year, int(parts["week"] or 1), int(parts.get("weekday") or 1))
        elif parts.get("quarter"):
            day = datetime.date(year, 3 * int(parts["quarter"] or 1) - 2, 1)
        elif parts.get("yearday"):
            day = datetime.date(year, 1, 1) + datetime.timedelta(days=int(parts["yearday"] or 1) - 1)
            if day.year != year:
                return None
        else:
            day = datetime.date(year, month, int(parts.get("day") or 1))
    except ValueError:
        return None
    time = _time(parts)
    return None if time is None else (day - _EPOCH).days + time


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
    zone = (parts.get("zone") or "").removeprefix("UTC").removeprefix("GMT")
    offset = 0
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = int(f"{zone[0]}1") * (60 * int(digits[:2]) + int(digits[2:]))
    elif zone not in ("", "Z"):
        if zone not in _HOURS_OF_ZONES:
            return None
        offset = 60 * _HOURS_OF_ZONES[zone]
    return (60 * (60 * hour + minute - offset) + second) / 86400
