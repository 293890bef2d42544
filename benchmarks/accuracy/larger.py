"""``python -m benchmarks.accuracy.larger``: the default beside boosting on larger tables, by log loss and by accuracy.

Every competitor sees the same random splits, three quarters to train on. Each result is kept as soon as it is there, so
a run goes on where it stopped; models that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import time
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.models import Competitor, prepared
from benchmarks.accuracy.report import markdown, write_page
from benchmarks.accuracy.run import read
from benchmarks.accuracy.tables import CASES, CHOSEN, FURTHER, LONG, NEW, Case, table_named

_RESULTS = Path(__file__).parents[1] / "results"
_LONG = "long"
_PARTS = {
    NEW: "Larger tables", _LONG: "Tables of 19,537 to 32,283 rows",
    "hard": "Generated tables that are hard for networks", "generated": "Generated tables",
    "B": "Real tables, half B", "A": "Real tables, half A", CHOSEN: "Larger tables that the default was chosen by",
}  # fmt: skip
_THREADS = 1
_MOST_ROWS, _EVERY_ROW = 8_000, 70_000
_LEAST = 1e-15  # of a probability, in the log loss


def _glassnet(**settings: Any):
    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from glassnet import GlassClassifier, GlassRegressor

        kind = GlassClassifier if task == "classification" else GlassRegressor
        model = kind(random_state=seed, n_jobs=_THREADS, **settings).fit(frame, y)
        return model.predict if task == "regression" else model.predict_proba

    return fit


def cells_for_catboost(frame: pd.DataFrame) -> tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]:
    """A function that writes categories as CatBoost takes them, and the columns that hold them."""
    text = _texts(frame)

    def prepare(part: pd.DataFrame) -> pd.DataFrame:
        return part.assign(**{name: part[name].astype(object).where(part[name].notna(), "").map(str) for name in text})

    return prepare, text


def _catboost(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
    from catboost import CatBoostClassifier, CatBoostRegressor

    prepare, text = cells_for_catboost(frame)
    kind = CatBoostClassifier if task == "classification" else CatBoostRegressor
    model = kind(
        verbose=0, thread_count=_THREADS, random_seed=seed, allow_writing_files=False, cat_features=text
    ).fit(prepare(frame), y)  # fmt: skip
    answer = model.predict if task == "regression" else model.predict_proba
    return lambda new: answer(prepare(new))


def _by_categories(make: Callable[[str, int], Any]):
    """Boosting that takes pandas categories; those of the training rows."""

    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        known = {name: sorted(frame[name].dropna().map(str).unique()) for name in _texts(frame)}

        def prepare(part: pd.DataFrame) -> pd.DataFrame:
            cells = {name: pd.Categorical(part[name].map(str, na_action="ignore"), known[name]) for name in known}
            part = part.assign(**cells)
            part.columns = [f"x{place}" for place in range(part.shape[1])]
            return part

        model = make(task, seed).fit(prepare(frame), y)
        answer = model.predict if task == "regression" else model.predict_proba
        return lambda new: answer(prepare(new))

    return fit


def _lightgbm(task: str, seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if task == "classification" else LGBMRegressor)(
        verbose=-1, n_jobs=_THREADS, random_state=seed
    )


def _xgboost(task: str, seed: int) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    return (XGBClassifier if task == "classification" else XGBRegressor)(
        n_jobs=_THREADS, random_state=seed, enable_categorical=True
    )


def _authors_network(name: str):
    """A network by its authors' package, which takes categories and refuses missing numbers: median and indicator."""

    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        import pytabkit

        text = _texts(frame)
        numbers = [column for column in frame if column not in text]
        gaps = [column for column in numbers if frame[column].isna().any()]
        medians = frame[numbers].median()

        def prepare(part: pd.DataFrame) -> pd.DataFrame:
            cells = (
                part[numbers].astype(float).fillna(medians).join(part[gaps].isna().astype(float), rsuffix=" missing")
            )
            return cells.join(part[text].astype(object).where(part[text].notna(), "").map(str))

        ending = "Classifier" if task == "classification" else "Regressor"
        model = getattr(pytabkit, f"{name}_{ending}")(device="cpu", n_threads=_THREADS, random_state=seed)
        model.fit(prepare(frame), y, cat_col_names=text)
        answer = model.predict if task == "regression" else model.predict_proba
        return lambda new: answer(prepare(new))

    return fit


def _encoded(make: Callable[[str, int], Any]):
    """scikit-learn's models behind one-hot categories and standardized numbers."""

    def fit(frame: pd.DataFrame, y: np.ndarray, task: str, seed: int):
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make(task, seed)
        if task == "regression":
            model = TransformedTargetRegressor(model, transformer=StandardScaler())
        fitted = make_pipeline(prepared(frame), model).fit(frame, y)
        return fitted.predict if task == "regression" else fitted.predict_proba

    return fit


def _perceptron(task: str, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    return (MLPClassifier if task == "classification" else MLPRegressor)(random_state=seed)


def _forest(task: str, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    if task == "classification":
        return RandomForestClassifier(200, random_state=seed)
    return RandomForestRegressor(200, max_features=1 / 3, random_state=seed)


def _texts(frame: pd.DataFrame) -> list[str]:
    """The columns that hold categories."""
    return list(frame.select_dtypes(["object", "string", "category"]).columns)


DEFAULT, BEST_BOOSTING = "glassnet", "CatBoost"
AUTHORS_NETWORKS = ("RealMLP", "TabM")
RIVALS: tuple[Competitor, ...] = (
    Competitor(DEFAULT, "GlassClassifier, GlassRegressor without any setting", _glassnet()),
    Competitor(
        "glassnet without bins", 'the same with scaling="robust", the default until numbers had bins',
        _glassnet(scaling="robust"),
    ),
    Competitor(BEST_BOOSTING, "CatBoostClassifier, CatBoostRegressor as they come", _catboost),
    Competitor("LightGBM", "LGBMClassifier, LGBMRegressor as they come", _by_categories(_lightgbm)),
    Competitor("XGBoost", "XGBClassifier, XGBRegressor as they come, with categories", _by_categories(_xgboost)),
    Competitor("random forest", "200 trees; a third of the inputs per split for numbers", _encoded(_forest)),
    Competitor("scikit-learn MLP", "MLPClassifier, MLPRegressor as they come", _encoded(_perceptron)),
    *(
        Competitor(name, f"{name}_{kind}_Classifier, {name}_{kind}_Regressor of pytabkit as they come",
                   _authors_network(f"{name}_{kind}"))
        for name, kind in zip(AUTHORS_NETWORKS, ("TD", "D"), strict=True)
    ),
)  # fmt: skip


def one(case: Case, rival: Competitor, frame: pd.DataFrame, y: np.ndarray, seed: int) -> dict[str, Any]:
    """Fit and test one competitor on one split."""
    from sklearn.model_selection import train_test_split

    classes, codes = np.unique(y, return_inverse=True) if case.task == "classification" else ((), y)
    train, test = train_test_split(
        np.arange(len(y)), test_size=0.25, random_state=seed, stratify=codes if len(classes) else None
    )
    line = {"table": case.name, "model": rival.name, "split": seed, "rows": len(train)}
    started, wall = time.process_time(), time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = rival.fit(frame.iloc[train].reset_index(drop=True), codes[train], case.task, seed)
            line |= {"seconds": round(time.process_time() - started, 3), "wall": round(time.perf_counter() - wall, 3)}
            said = np.asarray(answer(frame.iloc[test].reset_index(drop=True)), dtype=float)
            line |= judged(said, codes[test], codes[train], case.task)
    except Exception as error:  # a competitor that cannot do a table must not end the run; the report shows it
        line |= {"error": f"{type(error).__name__}: {error}"[:300], "where": traceback.format_exc()[-400:]}
    return line


def judged(said: np.ndarray, y: np.ndarray, y_train: np.ndarray, task: str) -> dict[str, float]:
    """Log loss and accuracy, or RMSE (of the training targets' standard deviation) and R2."""
    if task == "classification":
        said = np.clip(said / said.sum(axis=1, keepdims=True), _LEAST, 1.0)
        loss = float(-np.log(said[np.arange(len(y)), y]).mean())
        return {"loss": loss, "score": float((said.argmax(axis=1) == y).mean())}
    error = float(np.mean((said.ravel() - y) ** 2))
    spread = float(np.mean((y - y_train.mean()) ** 2))
    return {"loss": error**0.5 / float(np.std(y_train)), "score": 1.0 - error / spread}


def rows_of(name: str, most_rows: int = _MOST_ROWS) -> tuple[pd.DataFrame, np.ndarray]:
    """A table's rows and targets, at most so many, the same ones each time."""
    frame, y = table_named(name).load()
    if len(y) <= most_rows:
        return frame, y
    kept = np.sort(np.random.default_rng(0).permutation(len(y))[:most_rows])
    return frame.iloc[kept].reset_index(drop=True), y[kept]


def run(path: Path, names: list[str], models: list[str], splits: int, most_rows: int) -> None:
    """Append what is missing to a file with one JSON line per table, competitor and split."""
    done = {(r["table"], r["model"], r["split"], r.get("most_rows", _MOST_ROWS)) for r in read(path)}
    for split in range(splits):
        for name in names:
            case = table_named(name)
            frame, y = rows_of(name, most_rows)
            for rival in RIVALS:
                if (models and rival.name not in models) or (name, rival.name, split, most_rows) in done:
                    continue
                line = {**one(case, rival, frame, y, split), "most_rows": most_rows}
                with path.open("a") as file:
                    file.write(json.dumps(line) + "\n")
            print(f"{name}, split {split}", flush=True)


Key = tuple[str, str]


def _key(line: dict[str, Any]) -> Key:
    """The part that a line belongs to, and its table: a table may be compared whole, too."""
    whole = line.get("most_rows", _MOST_ROWS) > _MOST_ROWS
    return (_LONG if whole else table_named(line["table"]).part), line["table"]


def report(lines: list[dict[str, Any]]) -> str:
    """The tables in Markdown: mean ranks, and each table's loss and score."""
    found: dict[Key, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for line in lines:
        if "loss" in line:
            for what in ("loss", "score", "seconds", "rows"):
                found[_key(line)][line["model"]][what].append(line[what])
    means = {
        (table, model, what): float(np.mean(values))
        for table, by in found.items() for model, each in by.items() for what, values in each.items()
    }  # fmt: skip
    parts, shown = [], set()
    for title, part in _PARTS.items():
        tables = [table for table in found if table[0] == title and DEFAULT in found[table]]
        models = [rival.name for rival in RIVALS if tables and all(rival.name in found[table] for table in tables)]
        if not tables:
            continue
        shown |= set(models)
        rows = []
        for model in models:
            ranks = [
                np.mean([
                    1 + sum(sign * (means[t, m, what] - means[t, model, what]) > 1e-12 for m in models) for t in tables
                ])
                for what, sign in (("loss", -1), ("score", 1))
            ]  # fmt: skip
            ratio = np.exp(np.mean([np.log(means[t, model, "loss"] / means[t, DEFAULT, "loss"]) for t in tables]))
            seconds = [means[t, model, "seconds"] for t in tables]
            rows.append([
                model, f"{ranks[0]:.2f}", f"{ranks[1]:.2f}", f"{ratio:.3f}", f"{np.median(seconds):.2f} s",
                f"{np.sum(seconds):.0f} s",
            ])  # fmt: skip
        head = ["model", "mean rank, loss", "mean rank, score", "loss / that of the default", "fit, median", "fit, all"]
        parts += [f"## {part} ({len(tables)})\n", markdown(head, rows), ""]
        for what, name in (("loss", "Log loss, or RMSE in standard deviations"), ("score", "Accuracy, or R2")):
            rows = []
            for table in tables:
                values = [means[table, model, what] for model in models]
                best = min(values) if what == "loss" else max(values)
                cells = [f"**{v:.4f}**" if v == best else f"{v:.4f}" for v in values]
                rows.append([f"{table[1]} ({int(means[table, DEFAULT, 'rows'])})", *cells])
            parts += [f"### {name}\n", markdown(["table (training rows)", *models], rows), ""]
    errors = [f"* {line['model']} on {line['table']}: {line['error']}" for line in lines if "error" in line]
    parts += ["## What failed\n", *errors, ""] if errors else []
    parts += [
        "## The models\n",
        *(f"* **{rival.name}**: {rival.settings}." for rival in RIVALS if rival.name in shown),
    ]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Parse, run, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.larger", description=__doc__)
    parser.add_argument("--tables", nargs="*", default=[], help="only these tables (default: all but small ones)")
    parser.add_argument("--models", nargs="*", default=[], help="only these competitors")
    parser.add_argument("--splits", type=int, default=1, help="random splits (default 1)")
    parser.add_argument("--rows", type=int, help="at most so many rows (default 8000, and 70000 of the longest tables)")
    parser.add_argument("--file", type=Path, default=_RESULTS / "larger.jsonl", help="where results are kept")
    parser.add_argument("--page", type=Path, help="where to write the tables, below the prose that stands there")
    parser.add_argument("--report", action="store_true", help="run nothing, write the tables only")
    arguments = parser.parse_args()
    if not arguments.report:
        half_b = [case.name for case in CASES if case.part == "B"]
        names = arguments.tables or [*(case.name for case in FURTHER), *half_b]
        run(arguments.file, names, arguments.models, arguments.splits, arguments.rows or _MOST_ROWS)
        if not arguments.tables and arguments.rows is None:
            run(arguments.file, list(LONG), arguments.models, arguments.splits, _EVERY_ROW)
    text = report(read(arguments.file))
    if arguments.page is not None:
        write_page(arguments.page, text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
