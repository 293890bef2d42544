"""The comparison of accuracy: what it reports, and that every competitor runs on the same rows."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.accuracy import larger, tuned
from benchmarks.accuracy.models import COMPETITORS
from benchmarks.accuracy.report import MARK, Results, farthest_behind, standard_error, tables, write_page
from benchmarks.accuracy.run import folds, one, read, run, score
from benchmarks.accuracy.tables import CASES, FURTHER, Case

GENERATED = [case for case in CASES if case.part == "generated"]


@pytest.mark.parametrize("case", GENERATED, ids=lambda case: case.name)
def test_generated_tables_are_the_same_each_time(case):
    frame, y = case.load()
    again, y_again = case.load()
    pd.testing.assert_frame_equal(frame, again)
    np.testing.assert_array_equal(y, y_again)
    assert len(frame) == len(y) == 1500
    assert (y.dtype.kind == "f") == (case.task == "regression")


def small(task):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=90), "b": rng.choice(["x", "y", None], 90).astype(object)})
    frame.loc[::9, "a"] = np.nan
    y = frame["a"].fillna(0).to_numpy() + (frame["b"] == "x")
    return frame, np.where(y > 0.3, "high", "low") if task == "classification" else y.to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("competitor", COMPETITORS, ids=lambda c: c.name)
def test_every_competitor_takes_raw_tables(competitor, task):
    frame, y = small(task)
    case = Case("small", task, "generated", lambda: (frame, y), "here")
    train, test = next(folds(case, y, 0))
    line = one(case, competitor, frame, y, train, test, 0, 0)
    assert "error" not in line
    assert line["score"] > 0.3


def test_folds_are_the_same_for_all_and_cover_every_row():
    frame, y = small("classification")
    case = Case("small", "classification", "A", lambda: (frame, y), "here")
    parts = list(folds(case, y, 1))
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(90))
    for (train, test), (train_again, test_again) in zip(parts, folds(case, y, 1), strict=True):
        np.testing.assert_array_equal(train, train_again)
        np.testing.assert_array_equal(test, test_again)


def test_scores():
    assert score("classification", np.array([1, 2, 3]), np.array(["1", "2", "2"]), np.array([1])) == pytest.approx(
        2 / 3
    )
    y = np.array([1.0, 2.0, 3.0])
    assert score("regression", y, y, y) == 1.0
    assert score("regression", y, np.full(3, 2.0), y) == 0.0
    assert score("regression", y, np.full(3, 1e300), y) == -1.0


def test_a_run_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "accuracy.jsonl"
    for _ in range(2):
        run(path, "linear, classes", ["linear"], 1, ["generated"], lambda _: None)
    lines = read(path)
    assert [line["fold"] for line in lines] == [0, 1, 2, 3, 4]
    assert all(line["score"] > 0.8 for line in lines)


def test_the_page_says_ranks_and_bests(tmp_path):
    values = {"linear": (0.9, 0.8), "SVM": (0.7, 0.8), "boosting": (0.6, 0.5)}
    lines = [
        {"table": table, "model": model, "repeat": 0, "fold": fold, "seconds": 1.0, "score": scores[t] + fold / 100}
        for model, scores in values.items()
        for t, table in enumerate(("breast_cancer", "digits"))
        for fold in (0, 1)
    ]
    results = Results([*lines, {"table": "wine", "model": "SVM", "repeat": 0, "fold": 0, "error": "ValueError: no"}])
    assert results.ranks("digits") == {"linear": 1.5, "SVM": 1.5, "boosting": 3.0}
    assert results.mean_rank(results.part("A"), "linear") == 1.25
    page = tmp_path / "accuracy.md"
    page.write_text(f"Prose.\n{MARK}\nold tables\n")
    write_page(page, tables(results))
    text = page.read_text()
    assert text.startswith(f"Prose.\n{MARK}\n\nMade by")
    assert "old tables" not in text
    assert "| linear | 1.25 |" in text
    assert "**90.5**" in text
    assert "SVM on wine" in text


def test_standard_errors_know_that_folds_overlap():
    scores = [0.7, 0.8, 0.9, 0.8, 0.8]
    assert standard_error(scores) == pytest.approx(np.std(scores, ddof=1) * (1 / 5 + 1 / 4) ** 0.5)
    lines = [
        {"table": table, "model": model, "repeat": 0, "fold": k, "score": value + shift}
        for table, shifts in {"wine": (0.0, 0.01), "digits": (0.0, -0.02)}.items()
        for model, shift in zip(("SVM", "linear"), shifts, strict=True)
        for k, value in enumerate(scores if model == "SVM" else [0.7, 0.8, 0.9, 0.8, 0.85])
    ]
    results = Results(lines)
    gap = np.array([0.01, 0.01, 0.01, 0.01, 0.06])
    assert results.errors_behind("wine", "SVM", "linear") == pytest.approx(gap.mean() / standard_error(gap))
    assert "behind linear (`wine`)" in farthest_behind(results, "SVM", ["linear"])


def test_judgments_of_larger_tables():
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    judged = larger.judged(chances, np.array([0, 1, 1]), np.array([0, 1]), "classification")
    assert judged["loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4]).mean())
    assert judged["score"] == pytest.approx(2 / 3)
    y = np.array([1.0, 2.0, 3.0])
    judged = larger.judged(np.full(3, 2.0), y, y, "regression")
    assert (judged["loss"], judged["score"]) == (pytest.approx(1.0), pytest.approx(0.0))


def test_larger_tables_go_on_where_they_stopped_and_report_ranks(tmp_path, monkeypatch):
    frame, y = small("classification")
    case = Case("small", "classification", "new", lambda: (frame, y), "here")
    monkeypatch.setattr(larger, "table_named", lambda _: case)
    chosen = [rival for rival in larger.RIVALS if rival.name in ("random forest", "scikit-learn MLP")]
    monkeypatch.setattr(larger, "RIVALS", [*chosen, larger.Competitor(larger.DEFAULT, "guessing", guessing)])
    path = tmp_path / "larger.jsonl"
    for _ in range(2):
        larger.run(path, ["small"], [], 1, 80)
    lines = read(path)
    assert [line["model"] for line in lines] == ["random forest", "scikit-learn MLP", larger.DEFAULT]
    assert all(line["rows"] == 60 for line in lines)
    text = larger.report(lines)
    assert "## Larger tables (1)" in text
    assert "| small (60) |" in text
    assert text.count("**") >= 2


def guessing(_frame, y, _task, _seed):
    """The shares of the classes, for every row."""
    shares = np.bincount(y) / len(y)
    return lambda new: np.tile(shares, (len(new), 1))


@pytest.mark.parametrize("case", [case for case in FURTHER if case.part == "hard"], ids=lambda case: case.name)
def test_hard_tables_are_the_same_each_time(case):
    frame, y = case.load()
    again, y_again = case.load()
    pd.testing.assert_frame_equal(frame, again)
    np.testing.assert_array_equal(y, y_again)


def test_tuned_models_are_compared_budget_by_budget():
    losses = {
        "a": {larger.DEFAULT: 0.4, larger.BEST_BOOSTING: 0.5, "glassnet tuned, 60 s": 0.2, "CatBoost tuned, 60 s": 0.3},
        "b": {larger.DEFAULT: 0.4, larger.BEST_BOOSTING: 0.4, "glassnet tuned, 60 s": 0.8, "CatBoost tuned, 60 s": 0.4},
    }
    losses["a"] |= {"glassnet tuned, 300 s": 0.1, "CatBoost tuned, 300 s": 0.2}
    losses["b"] |= dict.fromkeys(larger.AUTHORS_NETWORKS, 0.6)
    lines = [{"table": t, "model": m, "loss": v, "seconds": 2} for t, ms in losses.items() for m, v in ms.items()]
    networks, minute, five_minutes = tuned.report(lines).split("\n\n")
    assert "| a |" not in networks, "these networks were trained on b only"
    assert "| all, compared with the default | 1.000 | 1.000 | 1.500 | 1.500 |" in networks
    assert "| fit, all | 2 s | 2 s | 2 s | 2 s |" in networks
    assert "| a | 0.4000 | 0.5000 | **0.2000** | 0.3000 |" in minute
    assert "| all, compared with the default | 1.000 | 1.118 | 1.000 | 0.866 |" in minute
    assert "| b |" not in five_minutes, "b was not tuned for five minutes"
