"""``python -m benchmarks.accuracy.tuned``: `glassnet.tune` and CatBoost tuned for as long, beside what is not tuned.

Every third of the larger tables, one split, one thread; each result is kept as soon as it is there. The budget is
seconds by the clock and holds the whole fit, so that the machine should be idle, or busy for all alike.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.larger import (
    AUTHORS_NETWORKS,
    BEST_BOOSTING,
    DEFAULT,
    RIVALS,
    cells_for_catboost,
    one,
    rows_of,
)
from benchmarks.accuracy.models import Competitor
from benchmarks.accuracy.report import markdown, write_page
from benchmarks.accuracy.run import read
from benchmarks.accuracy.tables import FURTHER, NEW, table_named

_FILE = Path(__file__).parents[1] / "results" / "tuned.jsonl"
BUDGETS = (60, 300, 1200)
_THREADS = 1
_TREES, _PATIENCE, _VALIDATION = 4_000, 50, 0.25


def _tuned_glassnet(budget: float):
    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from glassnet import tune

        model = tune(frame, y, task=task, budget=budget, n_jobs=_THREADS, random_state=seed, progress=False)
        return model.predict if task == "regression" else model.predict_proba

    return fit


def _drawn(rng: np.random.Generator) -> dict[str, float | int]:
    """Settings of CatBoost, from the ranges that comparisons of tuned boosting use."""
    return {
        "learning_rate": float(np.exp(rng.uniform(math.log(0.01), math.log(0.3)))),
        "depth": int(rng.integers(4, 11)),
        "l2_leaf_reg": float(np.exp(rng.uniform(0.0, math.log(30.0)))),
        "random_strength": float(np.exp(rng.uniform(math.log(0.1), math.log(20.0)))),
        "bagging_temperature": float(rng.uniform(0.0, 1.0)),
        "leaf_estimation_iterations": int(rng.integers(1, 11)),
        "one_hot_max_size": int(rng.choice([2, 8, 32])),
    }


class _Clock:
    """Ends a fit of CatBoost when the time is up."""

    def __init__(self, end: float) -> None:
        self.end = end

    def after_iteration(self, _: Any) -> bool:
        return time.perf_counter() < self.end


def _tuned_catboost(budget: float):
    """Random search on a quarter of the rows, the default first; the best is fitted again on all of them."""

    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from catboost import CatBoostClassifier, CatBoostRegressor
        from sklearn.model_selection import train_test_split

        started = time.perf_counter()
        prepare, text = cells_for_catboost(frame)
        rng = np.random.default_rng(seed)
        classes = task == "classification"
        kind = CatBoostClassifier if classes else CatBoostRegressor
        fixed = {
            "verbose": 0, "thread_count": _THREADS, "random_seed": seed, "allow_writing_files": False,
            "cat_features": text, "loss_function": ("MultiClass" if y.max() > 1 else "Logloss") if classes else "RMSE",
        }  # fmt: skip
        cells = prepare(frame)
        few, left = train_test_split(
            np.arange(len(y)), test_size=_VALIDATION, random_state=seed, stratify=y if classes else None
        )
        best: tuple[float, dict[str, Any], int, float] | None = None
        drawn: dict[str, Any] = {}
        while best is None or time.perf_counter() - started + 1.5 * best[3] < budget:
            begun = time.perf_counter()
            again = 0.0 if best is None else 1.5 * best[3]
            model = kind(**fixed, **drawn, iterations=_TREES, early_stopping_rounds=_PATIENCE)
            model.fit(
                cells.iloc[few],
                y[few],
                eval_set=(cells.iloc[left], y[left]),
                callbacks=[_Clock(started + budget - again)],
            )
            (score,) = model.get_best_score()["validation"].values()
            if best is None or score < best[0]:
                best = (score, drawn, model.get_best_iteration() + 1, time.perf_counter() - begun)
            drawn = _drawn(rng)
        _, settings, trees, _ = best
        model = kind(**fixed, **settings, iterations=trees).fit(cells, y)
        answer = model.predict if task == "regression" else model.predict_proba
        return lambda new: answer(prepare(new))

    return fit


def tuned(budget: float) -> tuple[Competitor, ...]:
    """Both searches for as many seconds."""
    return (
        Competitor(f"glassnet tuned, {budget} s", f'glassnet.tune(budget="{budget} s")', _tuned_glassnet(budget)),
        Competitor(f"CatBoost tuned, {budget} s", f"random search for {budget} s", _tuned_catboost(budget)),
    )


def run(path: Path, names: list[str], budgets: list[int]) -> None:
    """Append what is missing to a file with one JSON line per table and competitor."""
    done = {(line["table"], line["model"]) for line in read(path)}
    defaults = tuple(rival for rival in RIVALS if rival.name in (DEFAULT, BEST_BOOSTING, *AUTHORS_NETWORKS))
    for rival in (*defaults, *(each for budget in budgets for each in tuned(budget))):
        for name in names:
            if (name, rival.name) not in done:
                line = one(table_named(name), rival, *rows_of(name), 0)
                with path.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(f"{name}, {rival.name}: {line.get('loss', line.get('error'))}", flush=True)


def report(lines: list[dict[str, Any]]) -> str:
    """The networks of their authors beside both defaults, then the searches of each budget, in Markdown."""
    losses = {(line["table"], line["model"]): line["loss"] for line in lines if "loss" in line}
    seconds = {(line["table"], line["model"]): line["seconds"] for line in lines if "loss" in line}
    defaults = [DEFAULT, BEST_BOOSTING]
    parts = []
    networks = [*defaults, *AUTHORS_NETWORKS]
    if names := _compared(losses, networks):
        totals = [sum(seconds[name, model] for name in names) for model in networks]
        cost = ["fit, all", *(f"{total:.0f} s" for total in totals)]
        parts.append(markdown(["table", *networks], [*_rows(losses, names, networks), cost]))
    for budget in sorted({int(model.split()[-2]) for _, model in losses if "tuned" in model}):
        beside = [*defaults, *(rival.name for rival in tuned(budget))]
        parts.append(markdown(["table", *beside], _rows(losses, _compared(losses, beside), beside)))
    return "\n\n".join(parts) + "\n"


def _compared(losses: dict[tuple[str, str], float], models: list[str]) -> list[str]:
    """The tables on which all of these were measured."""
    return [name for name in dict.fromkeys(name for name, _ in losses) if all((name, m) in losses for m in models)]


def _rows(losses: dict[tuple[str, str], float], names: list[str], models: list[str]) -> list[list[str]]:
    """Each table's losses, the best in bold, and the geometric mean of their ratios to the default's."""
    rows = []
    for name in names:
        values = [losses[name, model] for model in models]
        rows.append([name, *(f"**{v:.4f}**" if v == min(values) else f"{v:.4f}" for v in values)])
    ratios = [np.exp(np.mean([math.log(losses[n, m] / losses[n, DEFAULT]) for n in names])) for m in models]
    return [*rows, ["all, compared with the default", *(f"{ratio:.3f}" for ratio in ratios)]]


def main() -> int:
    """Parse, run, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.tuned", description=__doc__)
    parser.add_argument("--tables", nargs="*", default=[], help="only these tables (default: every third larger one)")
    parser.add_argument("--budgets", nargs="*", type=int, default=list(BUDGETS), help="seconds of each search")
    parser.add_argument("--file", type=Path, default=_FILE, help="where results are kept")
    parser.add_argument("--page", type=Path, help="where to write the table, below the prose that stands there")
    parser.add_argument("--report", action="store_true", help="run nothing, write the table only")
    arguments = parser.parse_args()
    if not arguments.report:
        names = arguments.tables or [case.name for case in FURTHER if case.part == NEW][::3]
        run(arguments.file, names, arguments.budgets)
    text = report(read(arguments.file))
    if arguments.page is not None:
        write_page(arguments.page, text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
