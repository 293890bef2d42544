"""Runs every competitor on the same folds of every table; each result is kept as soon as it is there."""

from __future__ import annotations

import json
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.models import COMPETITORS, Competitor
from benchmarks.accuracy.tables import CASES, Case

FOLDS = 5


def folds(case: Case, y: np.ndarray, repeat: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to train on and rows to test on, the same for every competitor."""
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if case.task == "classification" else KFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from kind(FOLDS, shuffle=True, random_state=1000 + repeat).split(y, y)


def score(task: str, y: np.ndarray, answer: np.ndarray, y_train: np.ndarray) -> float:
    """Accuracy, or R2 against the mean of the training rows; a regression that explodes counts as -1."""
    if task == "classification":
        return float(np.mean(np.asarray(answer).astype(str) == y.astype(str)))
    with np.errstate(over="ignore"):
        residual = float(np.mean((y - np.asarray(answer, dtype=float)) ** 2))
    return max(-1.0, 1.0 - residual / float(np.mean((y - y_train.mean()) ** 2)))


def run(path: Path, only: str, models: Sequence[str], repeats: int, parts: Sequence[str], say=print) -> None:
    """Append what is missing to a file with one JSON line per table, competitor and fold."""
    done = {(r["table"], r["model"], r["repeat"], r["fold"]) for r in read(path)}
    chosen = [c for c in COMPETITORS if not models or c.name in models]
    for repeat in range(repeats):
        for case in CASES:
            if (only and only not in case.name) or (parts and case.part not in parts):
                continue
            try:
                frame, y = case.load()
            except ImportError as error:
                say(f"{case.name}: left out, {error}")
                continue
            for fold, (train, test) in enumerate(folds(case, y, repeat)):
                for competitor in chosen:
                    if (case.name, competitor.name, repeat, fold) not in done:
                        line = one(case, competitor, frame, y, train, test, repeat, fold)
                        with path.open("a") as file:
                            file.write(json.dumps(line) + "\n")
            say(f"{case.name}, repeat {repeat + 1}")


def one(case: Case, competitor: Competitor, frame, y, train, test, repeat: int, fold: int) -> dict:
    """Fit and test one competitor on one fold."""
    line = {"table": case.name, "model": competitor.name, "repeat": repeat, "fold": fold}
    started = time.process_time()  # of the processor: others may be at work on the machine
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = competitor.fit(frame.iloc[train], y[train], case.task, repeat * FOLDS + fold)
            line["seconds"] = round(time.process_time() - started, 4)
            line["score"] = score(case.task, y[test], answer(frame.iloc[test]), y[train])
    except Exception as error:  # a competitor that cannot do a table must not end the run; the report shows it
        line |= {"error": f"{type(error).__name__}: {error}"[:300], "where": traceback.format_exc()[-400:]}
    return line


def read(path: Path) -> list[dict]:
    """The lines so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
