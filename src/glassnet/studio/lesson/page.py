"""The page: its document, and that as one HTML file which loads nothing and sends nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from glassnet.errors import ConfigurationError
from glassnet.files.canonical_json import canonical
from glassnet.pages.live import live_page
from glassnet.studio.contract.catalog import Limits
from glassnet.studio.contract.data import ColumnChoice, DataSummary
from glassnet.studio.contract.state import Lab
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.data.menus import menus
from glassnet.studio.lesson.concepts import LIMITS, concepts
from glassnet.studio.lesson.table import lesson_data
from glassnet.studio.storage.shelf import likely_target
from glassnet.tables import read_table

CHAPTERS = 6
"""Chapters of the lecture; ``web/src/shell/chapters.ts`` holds them."""
COMPILED = (
    "A page without a server computes in float64, as runs of at most 500 training rows and 500 weights do; this run "
    "trains in the compiled engine, in float32. Use fewer neurons, inputs or rows."
)
_LECTURE = ("lecture", "five_patients", "circle", "xor", "spiral", "gauss")
_ELSEWHERE = ("data", "compare", "take", "class_weight", "patience")
"""Pages and controls of the studio that need its server."""


def lecture_page(chapter: int = 1, hidden: Sequence[str] = ()) -> str:
    """The lecture's journeys as a page, with four further tables to play with.

    Parameters
    ----------
    chapter : int
        The chapter that the page opens with, from 1.
    hidden : sequence of str
        Controls that the page does not show.

    Raises
    ------
    ConfigurationError
        For a chapter that is not there, or a glassnet that was built without its pages.
    """
    if not 1 <= chapter <= CHAPTERS:
        raise ConfigurationError(f"There is no chapter {chapter} of the lecture; it has the chapters 1 to {CHAPTERS}.")
    data = [lesson_data(BUILT_IN[name].listed, BUILT_IN[name].table, BUILT_IN[name].choice) for name in _LECTURE]
    return _page("From one neuron", data, None, hidden, chapter)


def lesson_page(data: dict[str, Any], lab: Lab | None = None, hidden: Sequence[str] = ()) -> str:
    """One table as a page, with the run of a lab, or with the network that is proposed for the table.

    Parameters
    ----------
    data : dict
        What `lesson_data` makes of the table; **its rows stand in the page**.
    lab : Lab, optional
    hidden : sequence of str
        Controls that the page does not show.

    Raises
    ------
    ConfigurationError
        For a network that is too large, or of a kind that a page does not compute.
    """
    summary = data["data"].summary
    if lab is not None:
        _check(lab)
        given = msgspec.structs.replace(lab.data, built_in=summary.id, csv=None, fingerprint="")
        columns = data["data"].understanding.choice  # without the columns that stay behind
        lab = msgspec.structs.replace(lab, data=given, columns=columns)
    return _page(summary.name, [data], lab, hidden, 0)


def table_page(path: Path, target: str | None = None, left_out: Sequence[str] = (), hidden: Sequence[str] = ()) -> str:
    """A table file as a page, with the network that is proposed for it.

    Parameters
    ----------
    path : path
        **The rows of its columns that are used stand in the page.**
    target : str, optional
        The column to predict; by default one whose name says so, else the last.
    left_out : sequence of str
        Columns that do not go along.
    hidden : sequence of str

    Raises
    ------
    GlassnetError
        For a table that cannot be read or learned from, or that is too much for a page.
    """
    table = read_table(path)
    for name in [*left_out, *([] if target is None else [target])]:
        table.column(name)  # refuses a name that is not there
    if target in left_out:
        raise ConfigurationError(f"{target!r} is the column to predict, so it cannot be left out.")
    kept = [name for name in table.names if name not in left_out]
    chosen = likely_target(table.select(kept)) if target is None else target
    choice = ColumnChoice(target=chosen, kinds=dict.fromkeys(left_out, "left_out"))
    summary = DataSummary("table", path.name, "A table of your own.", "", "own", table.n_rows, len(table.names))
    data = lesson_data(summary, table, choice)
    understanding = data["data"].understanding
    if understanding.proposal is None:
        raise ConfigurationError(understanding.problem)
    return lesson_page(data, hidden=hidden)


def _check(lab: Lab) -> None:
    """Raise for a run that the page could not continue."""
    for settings in (lab.settings, *(change.settings for change in lab.changes)):
        if settings.image:
            raise ConfigurationError("A page without a server has no convolutions. Use the studio itself.")
        if settings.folds:
            raise ConfigurationError("A page without a server has no folds. Take another run along.")
        if settings.class_weight is not None:
            raise ConfigurationError(
                "In a page without a server the rows of all classes count alike. Take another run along."
            )
        if settings.engine == "compiled":
            raise ConfigurationError(COMPILED)
        if len(settings.hidden) > LIMITS["layers"] or any(one.neurons > LIMITS["neurons"] for one in settings.hidden):
            raise ConfigurationError(
                f"A page without a server computes networks of at most {LIMITS['layers']} hidden layers with "
                f"{LIMITS['neurons']} neurons each. Use fewer."
            )
    if lab.columns.fitted is not None:
        raise ConfigurationError("A page without a server cannot go on from a model file. Take another run along.")


def document(
    title: str, data: Sequence[dict[str, Any]], lab: Lab | None, hidden: Sequence[str], chapter: int
) -> dict[str, Any]:
    """All that the page holds, as plain JSON types; equal contents have equal ids."""
    limits = Limits(0, 0, 0, 0, 0, 0, LIMITS["neurons"], LIMITS["layers"], 20)
    whole = {
        "format": 1, "title": title, "registry": concepts(),
        "catalog": menus([one["data"].summary for one in data], limits), "data": list(data), "lab": lab,
        "chapter": chapter, "hidden": [*_ELSEWHERE, *hidden],
    }  # fmt: skip
    plain: dict[str, Any] = msgspec.to_builtins(whole)
    known = {loss["name"] for loss in plain["catalog"]["losses"]} & plain["registry"]["losses"].keys()
    for activation in plain["catalog"]["activations"]:
        del activation["curve"]  # the page draws it from the formula
    plain["registry"]["losses"] = {name: plain["registry"]["losses"][name] for name in sorted(known)}
    return {"id": hashlib.sha256(canonical(plain).encode()).hexdigest()[:16], **plain}


def _page(title: str, data: Sequence[dict[str, Any]], lab: Lab | None, hidden: Sequence[str], chapter: int) -> str:
    """The page as text."""
    return live_page(f"{title} - glassnet", document(title, data, lab, hidden, chapter), build="lesson")
