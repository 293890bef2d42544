"""Survival on tables of the package SurvSet: our default beside Cox regression and a random survival forest.

Run it with the group ``benchmark-survival`` installed:

    python -m benchmarks.accuracy.survival [--sets whas500,pbc] [--folds 5] [--output survival.jsonl]

Each line of the output is one model on one fold: concordance (Harrell, Uno) and integrated Brier score on the rows left
out, the censoring weighted by the training rows. Then means, ranks, and how often the default is more than one
standard error behind Cox regression. scikit-survival is a peer of this program only; the package never imports it.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SETS = (
    "whas500", "veteran", "GBSG2", "pbc", "colon", "rott2", "uis", "actg", "TRACE", "stagec", "cost",
    "retinopathy", "prostate", "phpl04K8a", "Aids2",
)  # fmt: skip
MEASURES = ("concordance", "uno", "brier")
TREES = 100


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.survival", description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--models", default=",".join(DEFAULT), help=f"of {', '.join(MODELS)}; the first two are compared"
    )
    parser.add_argument("--output", type=Path, default=Path("survival.jsonl"))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    lines: list[dict[str, Any]] = []
    models = arguments.models.split(",")
    with arguments.output.open("w", encoding="utf-8") as out:
        for name in arguments.sets.split(","):
            for line in measured(name, arguments.folds, models):
                lines.append(line)
                out.write(json.dumps(line) + "\n")
                out.flush()
            print(row(name, lines, models), flush=True)
    print(summary(lines, models))
    return 0


def frame_of(name: str) -> Any:
    """A table with the columns time and event."""
    from SurvSet.data import SurvLoader

    frame = SurvLoader().load_dataset(ds_name=name)["df"].drop(columns="pid")
    return frame[frame["time"] > 0].reset_index(drop=True)


def measured(name: str, folds: int, models: list[str]) -> list[dict[str, Any]]:
    """Every model on every fold."""
    from glassnet.estimators.sampling.resampling import fold_rows
    from glassnet.survival import Times

    frame = frame_of(name)
    lines = []
    for fold, rows in enumerate(fold_rows(len(frame), folds, classes=frame["event"].to_numpy(), groups=None, seed=0)):
        train, test = frame.iloc[rows], frame.drop(index=rows)
        parts = [Times.of(part["time"], part["event"]) for part in (train, test)]
        for model in models:
            started = time.perf_counter()
            said = MODELS[model](train, test)
            seconds = time.perf_counter() - started
            lines.append({"set": name, "rows": len(frame), "events": int(frame["event"].sum()), "fold": fold,
                          "model": model, **scores(*parts, said), "seconds": round(seconds, 2)})  # fmt: skip
    return lines


def scores(train: Any, test: Any, said: Any) -> dict[str, float]:
    """The measures of predictions on rows left out."""
    from glassnet.survival import Censoring, brier, concordance, uno_concordance
    from glassnet.survival.brier import grid, integrated

    censoring = Censoring.of(train, test)
    at = grid(test, censoring)
    found = (
        concordance(test, said.risk), uno_concordance(test, said.risk, censoring),
        integrated(brier(test, said.alive(at), at, censoring), at),
    )  # fmt: skip
    return {name: float(value[0]) for name, value in zip(MEASURES, found, strict=True)}


def _network(loss: str) -> Callable[[Any, Any], Any]:
    def fit(train: Any, test: Any) -> Any:
        from glassnet import GlassSurvival

        return GlassSurvival(n_jobs=1, loss=loss).fit(train, time="time", event="event").predict_curves(test)

    return fit


def _matrices(train: Any, test: Any) -> tuple[np.ndarray, np.ndarray]:
    """Numbers standardized, categories one-hot."""
    from glassnet.tables import Schema, Table

    tables = [Table.from_frame(part) for part in (train, test)]
    schema = Schema.infer(tables[0], ("time", "event"), "survival")
    return tuple(schema.encode(table).matrix for table in tables)  # type: ignore[return-value]


def _cox(train: Any, test: Any) -> Any:
    from glassnet.evaluate.comparison.survival_rivals import CoxRegression, answer_of_cox

    X, X_test = _matrices(train, test)
    model = CoxRegression().fit(X, train[["time", "event"]].to_numpy(float))
    return answer_of_cox(model, X_test, 0).curves


def _own_forest(train: Any, test: Any) -> Any:
    from glassnet.evaluate.comparison.survival_forest import SurvivalForest, answer_of_forest

    X, X_test = _matrices(train, test)
    model = SurvivalForest(TREES).fit(X, train[["time", "event"]].to_numpy(float))
    return answer_of_forest(model, X_test, 0).curves


def _forest(train: Any, test: Any) -> Any:
    from sksurv.ensemble import RandomSurvivalForest

    from glassnet.survival import Steps

    X, X_test = _matrices(train, test)
    y = np.array(list(zip(train["event"] > 0, train["time"], strict=True)), dtype=[("event", bool), ("time", float)])
    model = RandomSurvivalForest(TREES, min_samples_leaf=5, random_state=0, n_jobs=1).fit(X, y)
    curves = model.predict_survival_function(X_test, return_array=True)
    return Steps(model.predict(X_test), model.unique_times_, curves)


MODELS: dict[str, Callable[[Any, Any], Any]] = {
    "glassnet": _network("cox"), "Cox": _cox, "forest": _forest, "own forest": _own_forest,
    "hazard": _network("hazard"), "piecewise_exponential": _network("piecewise_exponential"),
}  # fmt: skip
DEFAULT = ("glassnet", "Cox", "forest")


def means(name: str, lines: list[dict[str, Any]], models: list[str]) -> dict[str, dict[str, float]]:
    """Model -> measure -> mean over the folds of a table."""
    own = [line for line in lines if line["set"] == name]
    return {
        model: {measure: float(np.nanmean([line[measure] for line in own if line["model"] == model]))
                for measure in MEASURES}
        for model in models
    }  # fmt: skip


def row(name: str, lines: list[dict[str, Any]], models: list[str]) -> str:
    """A table's line of Markdown."""
    own, found = next(line for line in lines if line["set"] == name), means(name, lines, models)
    cells = [f"{found[model][measure]:.3f}" for measure in MEASURES for model in models]
    return f"| {name} | {own['rows']} | {own['events']} | {' | '.join(cells)} |"


def summary(lines: list[dict[str, Any]], models: list[str]) -> str:
    """Mean ranks, and tables on which the first model is more than one standard error behind the second."""
    names = list(dict.fromkeys(line["set"] for line in lines))
    text = []
    for measure in MEASURES:
        sign = 1 if measure == "brier" else -1
        table = np.array([[sign * means(name, lines, models)[model][measure] for model in models] for name in names])
        ranks = np.argsort(np.argsort(table, axis=1), axis=1).mean(axis=0) + 1
        behind = []
        for name in names:
            by = [[line[measure] for line in lines if line["set"] == name and line["model"] == model]
                  for model in models[:2]]  # fmt: skip
            apart = sign * (np.array(by[0]) - np.array(by[1]))
            if apart.mean() > apart.std(ddof=1) / np.sqrt(len(apart)):
                behind.append(name)
        listed = ", ".join(f"{model} {rank:.2f}" for model, rank in zip(models, ranks, strict=True))
        text.append(
            f"{measure}: mean rank {listed}; {models[0]} behind {models[1]} by more than a standard error: "
            f"{behind or 'nowhere'}"
        )
    return "\n".join(text)


if __name__ == "__main__":
    raise SystemExit(main())
