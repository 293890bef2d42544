"""An explanation as text: the prediction, its contributions, what would change it, and similar rows."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from glassnet.explanation.change import Change
from glassnet.pages.markup import visible

if TYPE_CHECKING:
    from glassnet.explanation.explanation import Explanation
    from glassnet.explanation.occlusion import Occlusion

MOST_SHOWN = 10
_BAR, _NAME, _CELL = 22, 26, 14


def text_of(why: Explanation, width: int) -> str:
    """The explanation as text, in lines of at most about `width` characters."""
    parts = [_opening(why), _bars(why, width), _regions(why, width), _what_if(why), _changes(why), _alike(why)]
    return "\n\n".join(part for part in parts if part) + "\n"


def cut(text: str, most: int) -> str:
    """Text truncated to at most this many characters."""
    text = visible(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _opening(why: Explanation) -> str:
    """The prediction, and the mean prediction over the background rows."""
    return f"{why.sentence()}\nThe mean prediction over {why.background} is {why.written(why.base)}."


def _bars(why: Explanation, width: int) -> str:
    """The contribution of each column as a bar to the left or right of zero."""
    values, errors = (part[0, :, why.output] for part in (why.contributions.values, why.contributions.errors))
    columns = why.ranked[:MOST_SHOWN] if len(why.ranked) > MOST_SHOWN + 1 else why.ranked
    rest = [j for j in why.ranked if j not in columns]
    unit = " in percentage points" if why.factor() == 100 else ""
    head = f"Contributions to the difference of {why.written(why.answer - why.base, signed=True)}{unit}"
    name = min(_NAME, max(len(visible(why.one.question.names[j])) for j in columns))
    cell = min(_CELL, max(len(visible(why.cell(j))) for j in columns))
    largest = max(abs(values[j]) for j in columns) or 1.0
    half = max(6, min(_BAR, (width - name - cell - 24) // 2))
    lines = []
    for j in columns:
        size = round(abs(values[j]) / largest * half)
        left, right = ("█" * size, "") if values[j] < 0 else ("", "█" * size)
        lines.append(
            f"  {cut(why.one.question.names[j], name):<{name}}  {cut(why.cell(j), cell):>{cell}}  "
            f"{why.written(values[j], signed=True):>8}  {left:>{half}}│{right:<{half}}".rstrip()
        )
    if rest:
        total = float(sum(values[j] for j in rest))
        lines.append(f"  {f'{len(rest)} others':<{name}}  {'':>{cell}}  {why.written(total, signed=True):>8}")
    close = f"{why.written(why.base)} {why.written(values.sum(), signed=True)} = {why.written(why.answer)}"
    largest_error = float(errors.max())
    sure = "exact" if largest_error == 0 else f"standard error at most {why.written(largest_error, signed=True)[1:]}"
    how = f"Shapley values against {why.contributions.n_background:,} rows by {why.contributions.method}; {sure}."
    return "\n".join([head, *lines, f"  Together: {close}", f"  {how}"])


def together(why: Explanation, occlusion: Occlusion) -> str:
    """A note that the effects of regions do not add up, with both numbers."""
    whole, total = (why.written(-value, signed=True) for value in (occlusion.whole, occlusion.total))
    return (
        f"Covering everything changes the prediction by {whole}; the effects of the {occlusion.effects.size} regions, "
        f"each covered alone, sum to {total}. Regions interact, so the two need not agree."
    )


def _regions(why: Explanation, width: int) -> str:
    """The parts of the image that change the prediction most."""
    occlusion = why.occlusion
    if occlusion is None:
        return ""
    rows, columns = occlusion.image.shape
    unit = " in percentage points" if why.factor() == 100 else ""
    head = (
        f"Regions of {visible(occlusion.column)} ({rows} x {columns} pixels): the prediction minus the prediction with "
        f"the region covered{unit}"
    )
    named = {"raises": occlusion.helpful(), "lowers": occlusion.harmful()}
    widest = max((len(region.where) for regions in named.values() for region in regions), default=0)
    lines = [
        f"  {word}  {region.where:<{widest}}  {why.written(region.effect, signed=True):>8}"
        for word, regions in named.items()
        for region in regions
    ]
    if not lines:
        lines = ["  No region changes the prediction."]
    close = f"Covered with {occlusion.fill}; rows and columns are counted from 0. {together(why, occlusion)}"
    return "\n".join([*wrap(head, width), *lines, *(f"  {line}" for line in wrap(close, max(20, width - 2)))])


def _what_if(why: Explanation) -> str:
    """The predictions with other values of one column."""
    lines = []
    for each in why.what_ifs:
        tried = ",  ".join(
            f"{cut(value, 16)} → {why.written(answer)}" for value, answer in zip(each.values, each.answers, strict=True)
        )
        lines.append(f"  {cut(each.column, _NAME)} (now {cut(each.own, _CELL)}): {tried}")
    return "\n".join(["What if one value were different", *lines]) if lines else ""


def change_text(why: Explanation, change: Change) -> str:
    """One change in words."""
    moved = " and ".join(
        f"{visible(name)} {visible(before)} → {visible(after)}"
        for name, before, after in zip(change.columns, change.before, change.after, strict=True)
    )
    answers = why.one.question.outputs
    value = float(change.answers[why.output])
    answer = why.written(value)
    if why.threshold is not None and answer == why.written(why.limit):
        answer = f"just {'above' if value >= why.limit else 'below'} {answer}"
    if why.threshold is None and len(answers) > 1:
        answer += f", so {visible(answers[int(change.answers.argmax())])}"
    return f"{moved}: {answer}"


def _changes(why: Explanation) -> str:
    """The nearest changes that cross the threshold."""
    if why.threshold is None and not why.one.question.has_classes:
        return ""
    kept = f" ({', '.join(map(visible, why.keep))} held fixed)" if why.keep else ""
    if not why.changes:
        return f"No change within the observed values was found that {why.aim}{kept}."
    lines = [f"  {change_text(why, change)}" for change in why.changes]
    each = "The nearest change" if len(why.changes) == 1 else "Each of the nearest changes"
    return "\n".join([f"{each} within the observed values {why.aim}{kept}:", *lines])


def _alike(why: Explanation) -> str:
    """The most similar rows."""
    if not why.alike:
        return ""
    target = visible(" and ".join(why.one.question.model.schema_.targets))
    rows = [(each.row, why.written(each.answer), cut(each.truth, 20)) for each in why.alike]
    head = ("row", "prediction", target)
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(3)]
    lines = [
        "  ".join(["", row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2])])
        for row in [head, *rows]
    ]
    return "\n".join(["Similar rows", *lines])
