"""The notation of a column: how its numbers or dates are written where that is not the plain manner.

A `Notation` is recognized over the whole column, or declared as ``number:thousands`` or ``date:dmy``; it is stored with
the column as that text and reads the cells of every later table in the same way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.tables.notation import category_notation, date_notation, number_notation
from glassnet.tables.notation.cells import Cells, Floats, Mask, NumberCells
from glassnet.tables.notation.date_notation import DATE_TRAITS, FORMATS, LATEST, SEASONS, is_serial
from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_notation import LIMITS, MARKS, TRAITS, VALUED
from glassnet.tables.notation.number_text import null_numbers

NUMBER_KINDS = ("number", "integer")
_FIRST_TEXTS = 200
_LONGEST = 200


@dataclass(frozen=True)
class Notation:
    """How the cells of a number or date column are written.

    Parameters
    ----------
    kind : {"number", "integer", "date"}
    traits : tuple of str
        Names from `MARKS`, `TRAITS` and `VALUED`, or one of `FORMATS`; empty for the plain manner.

    Examples
    --------
    >>> Notation.parse("number", "thousands+currency=$").words
    'commas that group thousands (1,234.5) and the currency $'
    >>> Notation.parse("date", "dmy").text
    'dmy'
    """

    kind: str
    traits: tuple[str, ...] = ()

    @classmethod
    def parse(cls, kind: str, text: str, what: str = "The kind") -> Notation:
        """The notation behind the colon of a declared kind, or of a stored column; an unknown word is refused."""
        traits = tuple(text.split("+")) if text else ()
        known = [*FORMATS, *DATE_TRAITS, *SEASONS] if kind == "date" else [*MARKS, *TRAITS]
        valued = ("null", "latest") if kind == "date" else tuple(VALUED)
        if kind == "category":
            known, valued = [*category_notation.TRAITS], ("causes", "null")
        if (traits and kind not in (*NUMBER_KINDS, "date", "category")) or len(text) > _LONGEST:
            raise ConfigurationError(
                f"{what} {kind}:{text[:40]} is unknown: only number, integer, date and category say how cells are "
                "written."
            )
        for trait in traits:
            name, equals, value = trait.partition("=")
            if equals and name in valued and value:
                if name == "causes" and not (value.isdecimal() and int(value) > 1):
                    raise ConfigurationError(f"{what}: causes={value} must be a whole number from 2.")
                if name == "latest" and not re.fullmatch("[12][0-9]{3}", value):
                    raise ConfigurationError(f"{what}: latest={value} must be a year, as in date:dmy+latest=2030.")
                if name == "null" and kind in NUMBER_KINDS and not null_numbers([value]):
                    raise ConfigurationError(f"{what}: null={value} must be a number, as in number:null=-999.")
                if name == "null" and kind == "date" and math.isnan(_iso_days(value)):
                    raise ConfigurationError(f"{what}: null={value} must be a day, as in date:null=9999-12-31.")
                continue
            if trait not in known:
                raise ConfigurationError(
                    f"{what} {kind}:{text} has the unknown word {trait!r}. "
                    f"{nearest(trait, [*known, *(f'{one}=...' for one in valued)])}"
                )
        if sum(trait in MARKS for trait in traits) > 1 or sum(trait in FORMATS for trait in traits) > 1:
            raise ConfigurationError(f"{what} {kind}:{text} names two manners of writing. Name one.")
        if sum(trait in SEASONS for trait in traits) > 1:
            raise ConfigurationError(f"{what} {kind}:{text} asks for a season and for none. Name one of the two.")
        about_cells = [one for one in traits if not one.startswith("null=") and one not in SEASONS]
        if kind == "date" and about_cells and not set(traits) & set(FORMATS):
            raise ConfigurationError(f"{what} {kind}:{text} does not say how days are written. Begin with ymd or dmy.")
        return cls(kind, traits)

    @property
    def text(self) -> str:
        """As it is declared behind the colon, and stored."""
        return "+".join(self.traits)

    @property
    def nulls(self) -> tuple[float, ...]:
        """The numbers (of dates: the days) that mean a missing cell; of categories none, see `null_texts`."""
        texts = () if self.kind == "category" else self.null_texts
        return tuple(_iso_days(text) if self.kind == "date" else float(text) for text in texts)

    @property
    def null_texts(self) -> tuple[str, ...]:
        """The texts and numbers that mean a missing cell, as declared."""
        return tuple(trait.partition("=")[2] for trait in self.traits if trait.startswith("null="))

    @property
    def written(self) -> tuple[str, ...]:
        """The traits that concern how cells are written, not which ones are missing or what becomes of them."""
        return tuple(trait for trait in self.traits if not trait.startswith("null=") and trait not in SEASONS)

    @property
    def words(self) -> str:
        """How the cells are written, for a reader; empty for the plain manner."""
        phrases = []
        for trait in self.written:
            name, equals, value = trait.partition("=")
            if name == "causes":
                phrases.append(f"{value} competing causes, its last levels")
            elif name == "latest":
                phrases.append(f"years of two digits up to {value}")
            elif equals:
                phrases.append(f"{VALUED[name]} {value}")
            elif trait in DATE_TRAITS:
                phrases.append(DATE_TRAITS[trait])
            elif trait in FORMATS:
                phrases.append(f"{FORMATS[trait].words} ({FORMATS[trait].example})")
            elif trait in category_notation.TRAITS:
                phrases.append(category_notation.TRAITS[trait])
            elif trait in MARKS:
                phrases.append(f"{MARKS[trait].words} ({MARKS[trait].example})")
            else:
                phrases.append(TRAITS[trait])
        return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}" if phrases else ""

    @property
    def remark(self) -> str:
        """A remark on the special way in which the cells are read; empty for the plain one."""
        how = {"date": "read as ", "category": ""}.get(self.kind, "read with ")
        nulls, s = " and ".join(self.null_texts), "s" * (len(self.null_texts) == 1)
        parts = [f"{how}{self.words}" if self.words else "", f"{nulls} count{s} as missing" if nulls else ""]
        parts += [SEASONS[trait] for trait in self.traits if trait in SEASONS]
        return "; ".join(part for part in parts if part)

    @cached_property
    def reader(self) -> Callable[[str], float | None]:
        """A function that reads one text."""
        if self.kind == "date":
            return _reader_of_dates(self.written)
        return number_notation.reader(self.written)

    def read(self, cells: Cells) -> tuple[Floats, Mask]:
        """The cells as floats (missing: NaN) and which ones are not written in this manner.

        Texts that mean "no value" in such columns must be missing already; see `without_words`.
        """
        if not self.written:
            values, bad = cells.days() if self.kind == "date" else cells.numbers()
        elif isinstance(cells, NumberCells) and self.kind != "date":
            values, bad = cells.numbers()
        else:
            values, bad = cells.read(f"{self.kind}:{self.text}", self.reader)
        if self.nulls:
            values = np.where(np.isin(values, self.nulls), np.nan, values)
        return values, bad


def _reader_of_dates(traits: Sequence[str]) -> Callable[[str], float | None]:
    """A reader of dates that takes the ISO form too, in which data frames have them."""
    form = next(trait for trait in traits if trait in FORMATS)
    latest = next((int(trait.partition("=")[2]) for trait in traits if trait.startswith("latest=")), LATEST)
    read, iso, excel = date_notation.reader(form, latest), date_notation.reader("ymd"), date_notation.reader("excel")

    def either(text: str) -> float | None:
        days = read(text)
        if days is None and re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            days = iso(text)
        if days is None and "serials" in traits and is_serial(text):
            days = excel(text)
        return date_notation.read_partial(text) if days is None and "partial" in traits else days

    return either


def _iso_days(text: str) -> float:
    """Days since 1970-01-01 of a day in ISO form; NaN for other texts."""
    days = date_notation.reader("ymd")(text) if re.match("[0-9]{4}-", text) else None
    return float("nan") if days is None else days


def without_words(cells: Cells) -> Cells:
    """The cells of a number or date column, those with a word for "no value" missing."""
    bad = cells.numbers()[1]
    if not bad.any():
        return cells
    words = [text for text in cells.distinct(bad) if is_missing_word(text)]
    return cells.without(words) if words else cells


def recognized(texts: Sequence[str], decimal: str) -> list[tuple[str, tuple[str, ...]]]:
    """The kinds and traits under which all of the texts can be read, the likeliest first; empty when there are none.

    Examples
    --------
    >>> recognized(["31.12.2019", "01.02.2020"], "."), recognized(["5 mg", "10 mg"], ".")
    ([('date', ('dmy',))], [('number', ('unit=mg',))])
    """
    first = texts[:_FIRST_TEXTS]
    names = date_notation.recognize(first)
    if names and len(texts) > len(first):
        names = date_notation.recognize(texts)
    if names:
        return [("date", (name,)) for name in names]
    if not number_notation.recognize(first, decimal) and not _late(first):
        return []
    traits = number_notation.recognize(texts, decimal)
    return [("number", traits)] if traits else []


def _late(texts: Sequence[str]) -> bool:
    """Whether each of the first texts is some decorated number, so that all of them deserve a look."""
    return all(number_notation.taken_apart(text) is not None for text in texts)


def other_mark(texts: Sequence[str], traits: Sequence[str], decimal: str) -> str:
    """The traits with the other sign that ends whole numbers, where the texts allow both; else empty.

    Examples
    --------
    >>> other_mark(["1,234", "5,678"], ("thousands",), "."), other_mark(["1,234.5"], ("thousands",), ".")
    ('comma', '')
    """
    pair = {"thousands": "comma", "thousands-point": "point"}
    mark = next((trait for trait in traits if trait in pair), None)
    if mark is None:
        return ""
    digits = [part.digits for text in texts if (part := number_notation.taken_apart(text)) is not None and part.digits]
    if pair[mark] not in number_notation.marks_of(digits, decimal):
        return ""
    return "+".join(pair[mark] if trait == mark else trait for trait in traits)


def declared(cells: Cells, kind: str, text: str, decimal: str) -> Notation:
    """The notation of a declared column: what the declaration leaves open is recognized over its cells."""
    notation = Notation.parse(kind, text)
    cells = without_words(cells)
    if not Notation(kind, notation.traits).read(cells)[1].any() if notation.written else not _bad(kind, cells):
        return notation
    texts = cells.distinct(~cells.missing)
    if kind == "date":
        notations = [] if notation.written else date_notation.recognize(texts)
        return Notation(kind, (*as_written(notations[0], texts), *notation.traits)) if len(notations) == 1 else notation
    open_limit = not set(notation.traits) & set(LIMITS)
    parts = [number_notation.taken_apart(text) for text in texts]
    known = [part for part in parts if part is not None]
    digits = [part.digits for part in known if part.digits]
    marks = [] if set(notation.traits) & set(MARKS) else number_notation.marks_of(digits, decimal)[:1]
    traits = {trait for part in known for trait in part.traits if trait != "pair" and (trait != "limit" or open_limit)}
    for name, values in (("unit", {part.unit for part in known}), ("currency", {part.currency for part in known})):
        one = values - {""}
        if len(one) == 1:
            traits.add(f"{name}={one.pop()}")
    if any(re.match("0[0-9]", one) for one in digits):
        traits.add("zeros")
    marks = [mark for mark in marks if mark != "point"]
    return Notation(kind, tuple(dict.fromkeys((*marks, *notation.traits, *sorted(traits)))))


def as_written(form: str, texts: Sequence[str]) -> tuple[str, ...]:
    """A format of dates, with the latest year of two digits where that is not the usual one."""
    latest = date_notation.latest_year(form, texts)
    return (form,) if latest == LATEST else (form, f"latest={latest}")


def _bad(kind: str, cells: Cells) -> bool:
    """Whether a cell is not plainly of the kind."""
    return bool((cells.days() if kind == "date" else cells.numbers())[1].any())
