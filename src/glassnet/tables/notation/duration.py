"""Times of day and durations as minutes: 7:30, 7:30 PM, 0 days 07:30:00, PT7H30M, 7h 30m."""

from __future__ import annotations

import re

_CLOCK = (
    r"[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?:\s*[aApP]\.?[mM]\.?)?(?!\.[0-9])"  # 7:30, 7:30 PM
    r"|[0-9]{1,4}:[0-5][0-9]\.[0-9]+"  # minutes and seconds with a fraction, as Excel shows times
)
_DAYS = r"-?[0-9]+\s+(?:days?|d),?\s+[0-9]{1,2}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"  # as pandas writes durations
_ISO = r"P(?:[0-9]+D)?T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?"
_LETTERS = r"[0-9]+\s?(?:h|hrs?|hours?|Std\.?)\s?[0-5]?[0-9]\s?(?:m|mins?|minutes?|Min\.?)?"
DURATION = f"{_ISO}|{_DAYS}|{_LETTERS}|{_CLOCK}"
"""The regular expression of a time of day or a duration, without groups."""


def minutes(text: str) -> float | None:
    """A time of day or a duration in minutes; None where an hour has no such half of the day.

    Examples
    --------
    >>> minutes("7:30"), minutes("7:30 PM"), minutes("1 days 07:30:00"), minutes("PT7H30M"), minutes("7h30")
    (450.0, 1170.0, 1890.0, 450.0, 450.0)
    >>> minutes("07:30.6"), minutes("13:30 pm")
    (7.51, None)
    """
    numbers = [float(part) for part in re.findall(r"[0-9]+(?:\.[0-9]+)?", text.replace(",", "."))]
    if text.startswith("P"):
        parts: dict[str, float] = dict(zip(re.findall("[DHMS]", text.partition("P")[2]), numbers, strict=True))
        days, hours, rest, seconds = (parts.get(letter, 0.0) for letter in "DHMS")
        return 1440 * days + 60 * hours + rest + seconds / 60
    if ":" not in text:
        return 60 * numbers[0] + numbers[1]
    if re.match(r"-?[0-9]+\s+d", text):
        days, hours, rest, seconds = numbers
        return (-1440 if text.startswith("-") else 1440) * days + 60 * hours + rest + seconds / 60
    if re.fullmatch(r"[0-9]+:[0-9]{2}\.[0-9]+", text):
        first, second = text.split(":")
        return float(first) + float(second) / 60
    hours, rest, *seconds_left = numbers
    half = re.search("[aApP](?=\\.?[mM])", text)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return 60 * hours + rest + (seconds_left[0] / 60 if seconds_left else 0.0)
