"""How numbers are decorated in tables: signs between digits, currencies, units, limits, fractions and the like.

A column is read in one manner: `recognize` finds, over all its different texts, the traits that they share, and
`reader` reads a text by them. Nothing is a number that only looks like one here and there: units and percent signs
stand at all cells but zeros, a unit is the same everywhere, and digits with a leading zero are a code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from glassnet.tables.notation.duration import DURATION, minutes
from glassnet.tables.notation.number_text import BLANKS

_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
_GROUPS = "[1-9][0-9]{0,2}"


@dataclass(frozen=True)
class Mark:
    """Which sign ends the whole part of a number, and which one groups its digits.

    Parameters
    ----------
    name : str
        As it is declared: ``--kind price=number:thousands``.
    words, example : str
    decimal : str
    grouping : str
        Every sign that may group digits; empty for none.
    """

    name: str
    words: str
    example: str
    decimal: str
    grouping: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of a number without its sign."""
        point = re.escape(self.decimal)
        plain = rf"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+){_EXPONENT}"
        if not self.grouping:
            return re.compile(plain)
        sign = f"[{self.grouping}]"
        indian = "|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}" if self.grouping == "," else ""
        return re.compile(rf"(?:{_GROUPS}(?:{sign}[0-9]{{3}})+{indian})(?:{point}[0-9]*)?|{plain}")

    def plain(self, digits: str) -> str:
        """The digits as Python writes them."""
        for sign in self.grouping:
            digits = digits.replace(sign, "")
        return digits.replace(self.decimal, ".")


_SPACES = f" {BLANKS}"
MARKS: dict[str, Mark] = {
    mark.name: mark
    for mark in (
        Mark("point", "a decimal point", "1234.5", "."),
        Mark("comma", "a decimal comma", "1234,5", ","),
        Mark("thousands", "commas that group thousands", "1,234.5", ".", ","),
        Mark("thousands-point", "points that group thousands", "1.234,5", ",", "."),
        Mark("thousands-space", "blanks that group thousands", "1 234.5", ".", _SPACES),
        Mark("thousands-space-comma", "blanks that group thousands, and a decimal comma", "1 234,5", ",", _SPACES),
        Mark("thousands-apostrophe", "apostrophes that group thousands", "1'234.5", ".", "'’"),
        Mark(
            "thousands-apostrophe-comma", "apostrophes that group thousands, and a decimal comma", "1'234,5", ",", "'’"
        ),
    )
}

TRAITS: dict[str, str] = {
    "minus": "a typeset minus sign (−7)",
    "minus-behind": "a minus sign behind the number (7-)",
    "plus": "a plus sign (+7)",
    "quote": "a quote mark in front ('7)",
    "parentheses": "parentheses that mean minus ((7) is -7)",
    "approximate": "signs for about (~7)",
    "limit": "limits taken as they are (<7 is 7)",
    "half-limit": "lower limits taken as half of them (<7 is 3.5)",
    "limit-missing": "limits that count as missing (<7)",
    "star": "marks behind the number (7*)",
    "percent": "percent signs (7% is 7)",
    "scale": "K, M or B for thousands, millions and billions (7K is 7000)",
    "power": "powers of ten (7 x 10^3)",
    "fraction": "fractions (7 1/2)",
    "hex": "hexadecimal digits (0x1F)",
    "time": "times of day or durations, in minutes (7:30 is 450)",
    "zeros": "leading zeros (07.5)",
    "digits": "digits of another script (７, ٧)",
    "raised": "a raised decimal point (7·5)",
    "flag": "letters of a laboratory behind the number (7 H)",
    "first": "the first of two numbers (120/80 is 120)",
    "second": "the second of two numbers (120/80 is 80)",
}
"""Descriptions of the traits of written numbers, by the name that declares each."""
VALUED: dict[str, str] = {"unit": "the unit", "currency": "the currency", "null": "the missing"}
"""Traits with a value of their own, such as ``unit=mg``."""
LIMITS = ("limit", "half-limit", "limit-missing")
_FLAGS = frozenset(["H", "L", "HH", "LL", "high", "low", "High", "Low", "HIGH", "LOW", "HI", "LO"])
"""Letters that laboratories write behind a number that is out of its range."""
_OTHER_SIGNS = str.maketrans("．，－＋％／：٫٬٪", ".,-+%/:.,%")
_LEAST_TEXTS_BESIDE_LIMITS = 10

_SIGN = r"[-+−–]"
_CURRENCY = (
    r"US\$|A\$|C\$|R\$|[$€£¥₹₽₩₪฿₺]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|ZAR|Rs\.?|kr\.?|Fr\.)"
    r"(?![A-Za-z])"
)
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9,
           "billion": 1e9, "t": 1e12, "trillion": 1e12}  # fmt: skip
_VULGAR = dict(zip("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞", (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4, 1 / 5, 2 / 5, 3 / 5, 4 / 5, 1 / 6, 5 / 6,
                                           1 / 8, 3 / 8, 5 / 8, 7 / 8), strict=True))  # fmt: skip
_BELOW = r"(?i:less\ than|below|under|at\ most|unter|weniger\ als|kleiner\ als|moins\ de|menos\ de|menor\ que|meno\ di)"
_ABOVE = (
    r"(?i:more\ than|greater\ than|above|over|at\ least|über|mehr\ als|größer\ als|plus\ de|más\ de|mayor\ que|più\ di)"
)
_RAISED = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_AS_DIGITS = str.maketrans(_RAISED, "+-0123456789")
_DENOMINATORS = frozenset((2, 3, 4, 5, 6, 8, 10, 12, 16, 32, 64))
_DECORATED = re.compile(
    rf"""(?P<quote>['’])?(?P<early>{_CURRENCY})?(?P<open>\()?\s*(?P<limit><=|>=|=<|=>|[<>≤≥]|(?:{_BELOW}|{_ABOVE})(?=\s))?\s*
    (?P<about>[~≈∼]|(?i:ca\.?|c\.|circa|about|approx\.?)(?=[\s0-9]))?\s*
    (?P<sign>{_SIGN})?\s*(?P<money>{_CURRENCY})?\s*(?P<inner>{_SIGN})?
    (?:(?P<hex>0[xX][0-9A-Fa-f]+)
      |(?P<time>{DURATION})
      |(?:(?P<pair>[0-9]+(?:[.,][0-9]+)?)\s*/\s*(?P<second>[0-9]+(?:[.,][0-9]+)?))
      |(?P<fraction>[0-9]+[\ \-][0-9]+/[0-9]+|[0-9]*\s?[{"".join(_VULGAR)}])
      |(?P<digits>(?:[0-9](?:[0-9.,'’{_SPACES}]*[0-9.,])?|[.,][0-9]+){_EXPONENT}))
    \s*(?P<scale>(?:[KkMBT]|mn|bn|Mio\.?|Mrd\.?|thousand|million|billion|trillion)(?![A-Za-zµμ/²³^.\s]*[A-Za-zµμ]))?
    \s*(?P<power>[x×*·]\s?10(?:\^[+-]?[0-9]{{1,2}}|[{_RAISED}]{{1,3}})(?!\s?[/\w]))?
    \s*(?P<percent>%)?\s*(?P<cash>{_CURRENCY})?
    \s*(?P<unit>[^\W\d_]{{1}}[^\s+=<>(){{}}\[\]"';:]*(?:\s[^\W\d_/][^\s\d+=<>()"';:]*)?|[°º‰℃℉"″'′][CFK]?
      |[x×*·]?\s?10(?:\^[0-9]{{1,2}}|[{_RAISED}]{{1,2}})\s?/[^\s\d]+|\((?:HH?|LL?|[Hh]igh|[Ll]ow)\))?
    (?P<behind>[-−])?(?P<more>\+)?\s*(?P<star>[*†‡§#↑↓▲▼]+)?\s*(?P<close>\))?""",
    re.VERBOSE,
)
_RAISED_POINT = re.compile(rf"(?<=[0-9])[·∙](?=[0-9])(?!10[\^{_RAISED}])")
"""As in The Lancet: 7·5."""
_ORDINAL = re.compile(r"(?i)st|nd|rd|th|er|e|º|ª|er|ème")


@dataclass(frozen=True)
class Parts:
    """A decorated number taken apart."""

    digits: str
    traits: frozenset[str]
    negative: bool = False
    value: float | None = None
    second: float | None = None
    factor: float = 1.0
    unit: str = ""
    currency: str = ""
    above: bool = False


def taken_apart(text: str) -> Parts | None:
    """The parts of one text; None when it is not a decorated number."""
    other = not text.isascii() and any(sign.isdecimal() and not sign.isascii() for sign in text)
    if other:
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
        text = text.translate(_OTHER_SIGNS)
    raised = _RAISED_POINT.search(text) is not None
    match = _DECORATED.fullmatch(_RAISED_POINT.sub(".", text) if raised else text)
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["inner"]):
        return None
    traits: set[str] = {name for name, is_so in (("digits", other), ("raised", raised)) if is_so}
    sign = match["sign"] or match["inner"] or ""
    for name, group in (("quote", "quote"), ("parentheses", "open"), ("limit", "limit"), ("approximate", "about"),
                        ("star", "star"), ("percent", "percent"), ("scale", "scale"),
                        ("power", "power"), ("hex", "hex"), ("time", "time"),
                        ("pair", "pair")):  # fmt: skip
        if match[group]:
            traits.add(name)
    if sign in ("−", "–"):
        traits.add("minus")
    value = second = None
    if match["hex"]:
        value = float(int(match["hex"], 16))
    elif match["time"]:
        value = minutes(match["time"])
        if value is None:
            return None
    elif match["pair"]:
        value, second = (float(match[side].replace(",", ".")) for side in ("pair", "second"))
    elif match["fraction"]:
        traits.add("fraction")
        value = _fraction(match["fraction"])
        if value is None:
            return None
    currencies = [match[group] for group in ("early", "money", "cash") if match[group]]
    if match["behind"] or match["more"]:
        if sign or match["open"] or match["limit"] or (match["behind"] and match["more"]) or not match["digits"]:
            return None
        traits.add("minus-behind" if match["behind"] else "limit")
    if len(currencies) > 1 or (match["unit"] and (_ORDINAL.fullmatch(match["unit"]) or match["percent"])):
        return None
    return Parts(
        digits=match["digits"] or "", traits=frozenset(traits),
        negative=(sign in ("-", "−", "–") or bool(match["behind"])) != bool(match["open"]), value=value, second=second,
        factor=_SCALES[match["scale"].rstrip(".").lower()] if match["scale"] else _power(match["power"]),
        unit=_same_unit(match["unit"] or ""), currency=currencies[0] if currencies else "",
        above=bool(match["more"] or re.fullmatch(f"=>|[>≥]=?|{_ABOVE}", match["limit"] or "")),
    )  # fmt: skip


def _power(text: str | None) -> float:
    """The factor that ``x 10^3`` or ``×10³`` says."""
    return 10.0 ** int(re.split(r"10\^?", text.translate(_AS_DIGITS), maxsplit=1)[1]) if text else 1.0


def _same_unit(unit: str) -> str:
    """A unit in one spelling: one letter mu, a large L for liters, a raised 2, the singular of words."""
    unit = unit.replace("μ", "µ").rstrip(".").strip("()")
    unit = re.sub(r"^(?:u|mc)(?=(?:g|L|l|mol|m|IU|U)(?![^\W\d_]))", "µ", unit)
    unit = re.sub(r"(?:(?<=/)|^)([dmµnp]?)l$", r"\1L", unit)
    unit = re.sub(r"(?<=m)[23](?=$|/)", lambda match: "²³"[int(match[0]) - 2], unit)
    return unit[:-1] if len(unit) > 3 and unit.isalpha() and unit.endswith("s") else unit


def _fraction(text: str) -> float | None:
    """``7 1/2`` or ``7½`` as a number."""
    if "/" not in text:
        before = text[:-1].strip()
        return float(before or 0) + _VULGAR[text[-1]]
    whole, over, under = (int(part) for part in re.split("[ /-]", text))
    return whole + over / under if under else None


def recognize(texts: Sequence[str], decimal: str = ".") -> tuple[str, ...]:
    """The traits of a column, from its different texts that are present; empty when they are not decorated numbers.

    Parameters
    ----------
    texts : sequence of str
    decimal : {".", ","}
        The decimal sign of the file, which counts where two readings are equal.

    Examples
    --------
    >>> recognize(["$1,200", "$12,345.50", "$0"])
    ('thousands', 'currency=$')
    >>> recognize(["0,5", "12,25"]), recognize(["5 mg", "7 ml"]), recognize(["01", "02"])
    (('comma',), (), ())
    """
    parts = []
    for text in texts:
        part = taken_apart(text)
        if part is None:
            return ()
        parts.append(part)
    traits = _shared_traits(parts, len(texts))
    if traits is None:
        return ()
    numbers = [part.digits for part in parts if part.digits]
    marks = marks_of(numbers, decimal)
    if numbers and not marks:
        return ()
    if any(re.match("0[0-9]", digits) for digits in numbers):
        if not any(re.search("[.,]", digits) for digits in numbers):
            return ()
        traits.append("zeros")
    first = marks[:1] if numbers and marks[0] != "point" else []
    return (*first, *traits) or ("point",)


def marks_of(numbers: Sequence[str], decimal: str) -> list[str]:
    """The marks under which all numbers can be read, the likeliest first."""
    order = ("point", "thousands", "comma") if decimal == "." else ("comma", "thousands-point", "point")
    names = [*order, *(name for name in MARKS if name not in order)]
    return [name for name in names if all(MARKS[name].pattern.fullmatch(digits) for digits in numbers)]


def _shared_traits(parts: list[Parts], n_texts: int) -> list[str] | None:
    """The traits that the texts share besides their marks; None where they are not all written in one manner."""
    everywhere = [part for part in parts if part.digits.strip("0.,") or part.value]
    traits = sorted({trait for part in parts for trait in part.traits})
    behind = {part.unit for part in parts}
    if len(behind) > 1 and behind <= {"", *_FLAGS}:
        traits, parts = [*traits, "flag"], [replace(part, unit="") for part in parts]
        everywhere = [part for part in parts if part.digits.strip("0.,") or part.value]
    of_units = [part for part in everywhere if part.unit or "limit" not in part.traits]  # <5 among 7 mg means the same
    for units in ({part.unit for part in of_units}, {part.currency for part in everywhere}):
        if len(units) > 1:
            return None
    for trait in ("percent", "time", "hex", "pair"):
        if trait in traits and not all(trait in part.traits for part in everywhere):
            return None
    if "pair" in traits:
        return _of_pairs(traits, everywhere)
    if "time" in traits and len(parts) > 2 and all(60 <= (part.value or 0) < 120 for part in parts):
        return None  # titers, as 1:20 and 1:40
    if "parentheses" in traits and all("parentheses" in part.traits for part in parts):
        return None
    for trait in {"limit", "minus-behind"} & set(traits):
        beside = sum(trait not in part.traits for part in parts)
        if n_texts <= _LEAST_TEXTS_BESIDE_LIMITS or 2 * beside < n_texts:
            return None
    for part in parts:
        if part.unit or part.currency:
            return [*traits, *([f"currency={part.currency}"] if part.currency else []),
                    *([f"unit={part.unit}"] if part.unit else [])]  # fmt: skip
    return traits


def _of_pairs(traits: list[str], parts: list[Parts]) -> list[str] | None:
    """Fractions such as 1/2; pairs of measurements such as 120/80 are for a person to decide."""
    proper = all(part.second in _DENOMINATORS and (part.value or 0) < part.second for part in parts)
    return ["fraction"] if proper and traits == ["pair"] else None


def are_pairs(texts: Sequence[str]) -> bool:
    """Whether the texts are pairs of numbers such as blood pressures, all in one unit if any."""
    parts = [taken_apart(text) for text in texts]
    pairs = [part for part in parts if part is not None and part.traits == {"pair"}]
    return len(pairs) == len(texts) > 0 and len({part.unit for part in pairs}) == 1


def reader(traits: Sequence[str]) -> Callable[[str], float | None]:
    """A function from text to number: NaN where it counts as missing, None where it is not written in this manner."""
    mark = next((MARKS[trait] for trait in traits if trait in MARKS), MARKS["point"])
    valued = dict(trait.split("=", 1) for trait in traits if "=" in trait)
    allowed = {"plus", *traits, *(["limit"] if set(traits) & set(LIMITS) else [])}
    if {"fraction", "first", "second"} & set(traits):
        allowed.add("pair")
    pattern, zeros = mark.pattern, "zeros" in traits

    def read(text: str) -> float | None:
        part = taken_apart(text)
        if part is None or not part.traits <= allowed:
            return None
        units = ("", _same_unit(valued.get("unit", "")), *(_FLAGS if "flag" in traits else ()))
        if part.unit not in units or part.currency not in ("", valued.get("currency", "")):
            return None
        value = part.value
        if value is None:
            if not pattern.fullmatch(part.digits) or (not zeros and re.match("0[0-9]", part.digits)):
                return None
            value = float(mark.plain(part.digits))
        if "percent" in traits and value and "percent" not in part.traits:
            return None
        if part.second is not None:
            if "fraction" in traits and not part.second:
                return None
            value = value / part.second if "fraction" in traits else part.second if "second" in traits else value
        value *= -part.factor if part.negative else part.factor
        if "limit" in part.traits:
            value = _limit(value, part.above, traits)
        return value

    return read


def _limit(value: float, above: bool, traits: Sequence[str]) -> float:
    """The number that a limit counts as."""
    if "limit-missing" in traits:
        return float("nan")
    return value / 2 if "half-limit" in traits and not above else value
