"""``--threshold`` and ``--event``: chosen in training, said, and obeyed by every command."""

import csv
import io
import json

import numpy as np
import pytest

from glassnet import load

OPTIONS = ("--target", "y", "--epochs", 6, "--hidden", 4, "--networks", 3)


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=160)
    ill = rng.random(160) < 1 / (1 + np.exp(2 - 1.5 * x))
    rows = "".join(f"{a:.3f},{k % 5},{'ill' if b else 'well'}\n" for k, (a, b) in enumerate(zip(x, ill, strict=True)))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows, encoding="utf-8")
    return tmp_path / "t.csv"


def flat(text):
    return " ".join(text.split())


def test_every_command_obeys_the_threshold(glassnet, table, tmp_path):
    model = tmp_path / "m.glassnet"
    outcome = glassnet("train", table, *OPTIONS, "--threshold", "sensitivity=0.9", "--event", "ill", "--model", model)
    assert outcome.code == 0, outcome.err
    decision = load(model).decision_
    said = flat(outcome.out)
    rule = decision.rule(["ill", "well"])
    assert f"Threshold {rule}" in said
    aim = "the best specificity at a sensitivity of at least 0.9"
    assert f"Chosen for {aim} on {decision.n_rows} rows that the networks left out" in said
    for measure in ("sensitivity", "specificity", "positive predictive value", "negative predictive value"):
        assert f"{measure} " in said
    assert "most probable class" in said

    shown = flat(glassnet("show", model).out)
    assert rule in shown
    assert "at the threshold" in shown

    outcome = glassnet("predict", model, table)
    assert flat(outcome.err) == f"note: The prediction is {rule}."
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    called = [float(row["probability of ill"]) >= decision.threshold for row in rows]
    assert [row["prediction"] == "ill" for row in rows] == called
    outcome = glassnet("predict", model, table, "--threshold", 0.9)
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [row["prediction"] == "ill" for row in rows] == [float(row["probability of ill"]) >= 0.9 for row in rows]

    row = called.index(True) + 1
    outcome = glassnet("explain", model, table, "--row", row)
    assert f"The predicted class is ill ({rule})." in flat(outcome.out)
    assert f"moves the prediction below {100 * decision.threshold:.4g} %" in flat(outcome.out)

    outcome = glassnet("report", model, table, "--draws", 50, "--json", tmp_path / "r.json")
    assert outcome.code == 0, outcome.err
    assert f"Threshold: {rule}; chosen for the best specificity at a sensitivity of at least 0.9" in flat(outcome.out)
    report = json.loads((tmp_path / "r.json").read_text())
    (judged,) = report["performance"]["outcomes"]
    assert judged["outcome"] == "ill"
    assert list(map(float, judged["at_thresholds"])) == [pytest.approx(decision.threshold)]


def test_what_it_changes_is_stored(glassnet, table, tmp_path):
    model = tmp_path / "m.glassnet"
    assert glassnet("train", table, *OPTIONS, "--threshold", 0.2, "--event", "ill", "--model", model).code == 0
    found = load(model).scores_["called"]
    lower, half = (found[way]["sensitivity"][0] for way in ("threshold", "most probable"))
    assert lower >= half
    assert found["called"][0] >= found["called"][1]
    assert found["rows"] == 32


@pytest.mark.parametrize(("options", "words"), [
    (("--threshold", "yuden"), "Did you mean 'youden'"), (("--threshold", "1.2"), "above 0 and below 1"),
    (("--event", "ill"), "no column 'ill'"), (("--threshold", "0.2", "--event", "il"), "Did you mean 'ill'"),
    (("--threshold", "youden", "--target", "a"), "--threshold is for classes; this target is an amount"),
    (("--threshold", "youden", "--target", "b", "--task", "classification"), "--threshold is for two classes, and 'b'"),
])  # fmt: skip
def test_bad_thresholds(glassnet, table, options, words):
    given = OPTIONS[2:] if "--target" in options else OPTIONS
    outcome = glassnet("train", table, *given, *options)
    assert outcome.code == 2
    assert words in flat(outcome.err)


def test_thresholds_for_other_models(glassnet, table, tmp_path):
    model = tmp_path / "m.glassnet"
    assert glassnet("train", table, *OPTIONS[2:], "--target", "a", "--model", model, "-q").code == 0
    outcome = glassnet("predict", model, table, "--threshold", 0.2)
    assert outcome.code == 2
    assert "--threshold" in flat(outcome.err)
