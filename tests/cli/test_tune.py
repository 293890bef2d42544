"""``glassnet tune``: what a user sees, and what is refused."""

import numpy as np
import pytest

from glassnet.estimators import load


@pytest.fixture
def table(tmp_path):
    draw = np.random.default_rng(0)
    dose, ward = draw.normal(size=90), draw.choice(["A", "B"], 90)
    effect = 2 * dose + (ward == "A") + 0.1 * draw.normal(size=90)
    path = tmp_path / "wards.csv"
    lines = [f"{d:.3f},{w},{e:.3f}" for d, w, e in zip(dose, ward, effect, strict=True)]
    path.write_text("\n".join(["dose,ward,effect", *lines, ""]))
    return path


def test_trials_scores_and_a_model_file(glassnet, table, tmp_path):
    model = tmp_path / "wards.glassnet"
    words = ["tune", table, "--target", "effect", "--rounds", 1, "--trials", 4, "--threads", 1, "--model", model]
    outcome = glassnet(*words)
    assert outcome.code == 0, outcome.err
    assert "4 settings, sorted by loss on left-out rows" in outcome.out
    assert "tune tried 4 settings in 1 round" in outcome.out
    assert "linear regression" in outcome.out
    rows = outcome.out[outcome.out.index("Trials") :].splitlines()[1:6]
    assert rows[0].split() == ["trial", "hidden", "rate", "l2", "dropout", "embed", "epochs", "loss", "votes", "state"]
    assert {len(row) <= 90 for row in rows} == {True}
    losses = [float(row.split()[rows[0].split().index("loss")]) for row in rows[1:]]
    assert losses == sorted(losses)
    assert "Tuning on 72 rows, with 18 more held out as the test set" in outcome.err
    tuned = load(model)
    assert tuned.recipe_.n_networks % 8 == 0
    first = model.read_bytes()
    assert glassnet(*words, "--quiet").out.split() == [str(model)]
    assert model.read_bytes() == first
    assert "(training again gives similar results)" in " ".join(glassnet("show", model).out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "effect", "--budget", "soon"], "budget='soon' is not a duration"),
        (["--target", "effect", "--rounds", 0], "rounds"),
        (["--target", "effect", "--recipe", "lectre"], "lecture"),
        ([], "There is no target"),
    ],
)
def test_what_cannot_be_tuned_is_refused(glassnet, table, words, said):
    outcome = glassnet("tune", table, *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err
