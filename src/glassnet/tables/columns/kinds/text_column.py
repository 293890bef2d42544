"""Columns of text: yes/no, categories, ids, free text, and questions about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from glassnet.tables.columns.kinds.identity import as_categories, id_reason, names_categories
from glassnet.tables.columns.kinds.judgment import Judgment, join, quote, quotes
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.notation.category_notation import ORDERED, folded, in_one_case
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.date_notation import FORMATS, is_serial, read_partial, reader
from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_notation import are_pairs, recognize, taken_apart
from glassnet.tables.notation.number_text import LEADING_ZERO, THOUSANDS, yes_no_code, yes_no_order
from glassnet.tables.table import Table

MOSTLY_DISTINCT = 0.9
_FIRST_TEXTS = 1000
_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_WORDS, _FEW_NUMBERS, _LOOKED_AT = 3, 10, 20
_MOST_UNITS = 6
_UNITS_OF_ONE_LETTER = frozenset("gmhsdyLKCFVWAN")
_MOST_SPELLINGS = 12
_OF_PAIRS = ("number:both", "number:first", "number:second")
MOST_KEPT = 50
"""Up to this many levels keep the order that the table declares."""


def judge_text(table: Table, name: str, cells: Cells, n_bad: int) -> Judgment:
    """A column with cells that are neither all numbers nor all dates, at least two different ones, or declared."""
    n_present = len(cells) - int(cells.missing.sum())
    counts = cells.level_counts()
    distinct = len(counts)
    levels = table.categories.get(name, ())
    pair = yes_no_order(list(counts)) if distinct == 2 else None
    if pair is not None:
        return Judgment("yes_no", pair)
    if distinct == 1:
        only = quote(next(iter(counts)))
        if n_present < len(cells):
            return Judgment("category", note=f"{only} or missing")
        return Judgment("constant", left_out=f"all its cells are {only}")
    note, proposals = (
        _on_words(list(counts)) if name in table.categories else _text_remarks(table, cells, n_present, n_bad)
    )
    reason = id_reason(name, cells, n_present)
    if reason and not proposals and names_categories(name, cells, n_present):
        return as_categories(name, cells)
    if not reason and distinct > MOSTLY_DISTINCT * n_present and (name not in table.categories or distinct > MOST_KEPT):
        reason = f"free text or an id, with {distinct} different texts in {n_present} rows"
    if reason:
        asked = tuple(proposal for proposal in proposals if proposal.kinds)
        return Judgment("text", left_out=join(reason, note), proposals=asked)
    if name in table.categories:
        seen = tuple(level for level in levels if level in counts)
        if seen and len(seen) <= MOST_KEPT:
            order, notation = "in the order that the table declares", ORDERED if len(seen) > 1 else ""
            return Judgment(
                "category", seen, note=join(order, note), notation=notation, proposals=tuple(proposals), declared=True
            )
        note = join("declared a category by the table" if not cells.numbers()[1].any() else "", note)
    return Judgment("category", note=note, proposals=tuple(proposals))


def _text_remarks(
    table: Table, cells: Cells, n_present: int, n_bad: int
) -> tuple[str, list[Proposal]]:  # fmt: skip
    """Remarks on a column of text, and proposals for declaring it."""
    texts = cells.distinct(~cells.missing)
    if 2 < len(texts) <= _MOST_SPELLINGS and {yes_no_code(text) for text in texts} == {0, 1}:
        words = f"its cells {quotes(sorted(texts))} are all words for yes and no"
        return words, [Proposal(f"{words}. Read them so?", ("yes_no",))]
    if cells.matches(LEADING_ZERO).any():
        return "digits with a leading zero are text", []
    grouped = cells.matches(THOUSANDS)
    if grouped.any():
        row = int(np.flatnonzero(grouped)[0])
        first, other = f"{quote(cells.item(row))} ({table.row_name(row)})", _other(cells, ~grouped & ~cells.missing)
        remark = (
            f"cells such as {first} look like numbers with thousands separators, but {other} does not, so it is text"
        )
        return remark, []
    if are_pairs([text for text in texts[:_FIRST_TEXTS] if not is_missing_word(text)]):
        texts = [text for text in texts if not is_missing_word(text)]
        ask = f"its cells, such as {quote(texts[0])}, hold two numbers each"
        note = f"{ask}; declare it number:both to make two columns of it, number:first or number:second to take one"
        return note, [Proposal(f"{ask}. Make two columns of it, or use one of them?", _OF_PAIRS)]
    notes, proposals = _among_dates(texts[:_FIRST_TEXTS])
    if proposals and (n_bad == n_present or any("+" in kind for one in proposals for kind in one.kinds)):
        return "; ".join(notes), proposals
    if 2 * (n_present - n_bad) >= n_present:
        row = int(np.flatnonzero(cells.numbers()[1])[0])
        stray = f"{quote(cells.item(row))} ({table.row_name(row)})"
        remark = f"{n_present - n_bad} of {n_present} cells are numbers; {stray} is not, so the column is text"
        return remark, _one_unit(texts[:_FIRST_TEXTS]) or _words_among_numbers(cells)
    if remark := _several_manners(texts[:_FIRST_TEXTS]):
        return remark, _one_unit(texts[:_FIRST_TEXTS])
    remark, proposals_of_words = _among_decorated(texts[:_FIRST_TEXTS])
    if remark:
        return remark, proposals_of_words
    if notes:
        return "; ".join(notes), proposals
    note, proposals = _on_words(texts)
    if alike := _alike(texts):
        note = join(note, f"categories {_difference(alike)} ({quotes(alike)})")
    return note, [*proposals, *proposals_to_merge(texts)]


def _on_words(texts: Sequence[str]) -> tuple[str, list[Proposal]]:
    """A remark on levels that are words for "no value", and the question whether they mean that."""
    words = _words_of(texts)
    ask = "is a category of its own. Does it mean that the value is missing?"
    proposals = [Proposal(f"{quote(word)} {ask}", null=word) for word in words]
    return "; ".join(f"{quote(word)} is a category of its own" for word in words), proposals


def _several_manners(texts: Sequence[str]) -> str:
    """A remark on many distinct texts that begin with numbers but have several units, or more than one number."""
    if not all(text[:1].isdigit() for text in texts):
        return ""
    if len(texts) <= _FEW_NUMBERS:
        units = list(dict.fromkeys(part.unit if (part := taken_apart(text)) is not None else "" for text in texts))
        sure = 1 < len(units) <= _MOST_UNITS and all(re.search(r"[^\W\d_]{2}|[°%/]", unit) for unit in units)
        return f"its cells are numbers with {quotes(units)} behind them; bring them to one unit" if sure else ""
    around = list(dict.fromkeys(re.sub(r"[0-9]+(?:[.,][0-9]+)*", "", text).strip() for text in texts))
    if not 1 <= len(around) <= _MOST_UNITS or set(around) <= {"", "-", "–", "+", "."}:
        return ""
    if not all(re.search(r"[^\W\d_±%]|[±%]", one) for one in around if one):
        return ""
    if len(around) > 1:
        return f"its cells are numbers with {quotes(around)} behind them, so it is text; bring them to one unit"
    return f"its cells, such as {quote(texts[0])}, begin with numbers but are not one number each, so it is text"


def level_proposals(texts: Sequence[str]) -> list[Proposal]:
    """Questions about levels: whether one means "no value", and whether some are the same."""
    return [*_on_words(texts)[1], *proposals_to_merge(texts)]


def proposals_to_merge(texts: Sequence[str]) -> list[Proposal]:
    """The question whether levels that differ only in case or blanks are the same, if there are any."""
    alike = _alike(texts)
    ask = f"Its categories {quotes(alike)} {_difference(alike)}. Are they the same?"
    return [Proposal(ask, ("category:merge",))] if alike else []


def _words_of(texts: Sequence[str]) -> list[str]:
    """The first levels that are a word for "no value"."""
    if any(text[:1] == "+" for text in texts):  # next to which a dash is a sign
        texts = [text for text in texts if text.strip("-–—−")]
    return [text for text in texts[: 10 * _FIRST_TEXTS] if is_missing_word(text)][:_MOST_WORDS]


def _among_dates(texts: Sequence[str]) -> tuple[list[str], list[Proposal]]:
    """Remarks and proposals for a column many of whose distinct texts are dates in one format."""
    first = [text for text in texts if not is_serial(text)][:_LOOKED_AT]
    likely = [
        (n, read) for n, read in _date_readers() if 3 * sum(read(text) is not None for text in first) > len(first) > 0
    ]
    if not likely:
        return [], []
    counts = {name: [read(text) is not None for text in texts] for name, read in likely}
    name, fits = max(counts.items(), key=lambda pair: sum(pair[1]))
    odd = [text for text, fit in zip(texts, fits, strict=True) if not fit]
    if sum(fits) <= _FEW_NUMBERS or not odd:
        return [], []
    forms = [one for one in counts if counts[one] == fits]
    for trait, fitting, ask in (
        ("serials", is_serial, "Are its numbers days as Excel counts them?"),
        ("partial", read_partial, "Do those without a day mean the first one?"),
    ):
        if all(fitting(text) for text in odd):
            remark = f"its cells are dates ({FORMATS[name].words}), but also {quotes(odd)}, so the column is text"
            return [remark], [Proposal(f"{remark}. {ask}", tuple(f"date:{form}+{trait}" for form in forms))]
    if 2 * len(odd) > len(texts):
        return [], []
    remark = f"most cells are dates ({FORMATS[name].words}), but {quotes(odd)} {'is' if len(odd) == 1 else 'are'} not"
    kinds = tuple("date" if one == "ymd" else f"date:{one}" for one in forms)
    if any(all(read(text) is not None for text in odd) for _, read in _date_readers()):
        both = f"{remark}, so the column is text"
        iso = all(_ISO_DAY.match(text) for text in odd)  # which every date format accepts in addition to its own
        return [both], [Proposal("Its dates are written in two forms. Read both?", kinds)] if iso else []
    if len(odd) > _MOST_WORDS:
        return [f"{remark}, so the column is text"], []
    ask = "occurs among dates. Does it mean that the value is missing?"
    return [f"{remark}, so the column is text"], [Proposal(f"{quote(word)} {ask}", kinds, null=word) for word in odd]


def _date_readers() -> list[tuple[str, Callable[[str], float | None]]]:
    """Each date format in words or digits, with its reader; numbers alone are not dates."""
    return [(name, reader(name)) for name in FORMATS if name not in ("excel", "unix") and "compact" not in name]


def _words_among_numbers(cells: Cells) -> list[Proposal]:
    """Questions about a few words among many different numbers; classes such as 3+ do not count as words."""
    values, bad = cells.numbers()
    words = cells.distinct(bad)
    decorated = [text for text in words if taken_apart(text) is not None]
    if decorated and recognize([*cells.distinct(~bad & ~cells.missing), *decorated]):  # <0.1 is a number, too
        words = [text for text in words if text not in decorated]
    if len(words) > _MOST_WORDS or any(map(str.isdigit, "".join(words))):
        return []
    if len(np.unique(values[np.isfinite(values)])) <= _FEW_NUMBERS:
        return []
    ask = "occurs among numbers. Does it mean that the value is missing?"
    return [Proposal(f"{quote(word)} {ask}", ("number",), null=word) for word in words]


def _one_unit(texts: Sequence[str]) -> list[Proposal]:
    """The question whether numbers without a unit are in the only unit that the others have."""
    parts = [taken_apart(text) for text in texts]
    units = {part.unit for part in parts if part is not None}
    if len(units) != 2 or "" not in units or any(part is None or part.traits for part in parts):
        return []
    unit = max(units)
    if not re.search(r"[^\W\d_]{2}|[^\W\d_][/²³]|°", unit) and unit not in _UNITS_OF_ONE_LETTER:
        return []
    ask = f"Some of its numbers have the unit {unit}, others have none. Are all of them in {unit}?"
    return [Proposal(ask, (f"number:unit={unit}",))]


def _among_decorated(texts: Sequence[str]) -> tuple[str, list[Proposal]]:
    """A remark on many distinct texts most of which are numbers in some notation, and questions about a few words."""
    numbers = [text for text in texts if (part := taken_apart(text)) is not None and "time" not in part.traits]
    rest = [text for text in texts if text not in set(numbers)]
    units = {part.unit for part in map(taken_apart, numbers) if part is not None}
    if len(numbers) <= _FEW_NUMBERS or 3 * len(numbers) < 2 * len(texts) or len(units) > _MOST_UNITS:
        return "", []
    if rest and len(rest) <= _MOST_WORDS and recognize(numbers):
        ask = "occurs among numbers. Does it mean that the value is missing?"
        words = [word for word in rest if not any(map(str.isdigit, word))]
        are = "is" if len(rest) == 1 else "are"
        remark = f"most cells are numbers, as {quote(numbers[0])}, but {quotes(rest)} {are} not, so the column is text"
        return remark, [Proposal(f"{quote(one)} {ask}", ("number",), null=one) for one in words]
    if all(re.fullmatch(r"[0-9]+[-–][0-9]+", text) for text in rest) and rest:
        return "", []
    example = rest[0] if rest else next((text for text in numbers if _shape(text) != _shape(numbers[0])), "")
    both = f"its cells, such as {quote(numbers[0])} and {quote(example)}, are numbers in several manners, so it is text"
    return both if example else "", []


def _shape(text: str) -> str:
    """A text without its numbers."""
    return re.sub("[0-9.,]+", "", text)


def _other(cells: Cells, where: np.ndarray) -> str:
    """The first text among some cells that is not a plain number."""
    others = cells.distinct(where & cells.numbers()[1]) or cells.distinct(where)
    return quote(others[0])


def _difference(alike: Sequence[str]) -> str:
    """The difference of levels that look alike."""
    if len({in_one_case(text) for text in alike}) == 1:
        return "differ only in case or blanks"
    return "look alike, but have letters of different scripts"


def _alike(texts: Sequence[str]) -> list[str]:
    """The first texts that are equal except for case and blanks."""
    if len(texts) > _FIRST_TEXTS:
        return []
    same: dict[str, list[str]] = {}
    for text in texts:
        same.setdefault(folded(text), []).append(text)
    return next((group for group in same.values() if len(group) > 1), [])
