"""What ``glassnet train`` says about scores that would be too good, or that say too little."""

import csv

import numpy as np
import pytest


def written(path, columns):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return path


@pytest.fixture
def rng():
    return np.random.default_rng(21)


def words(outcome):
    """What was printed, without line ends."""
    assert outcome.code == 0, outcome.err
    return " ".join(outcome.out.split())


def test_copies_are_counted_and_what_they_hide_is_said(glassnet, tmp_path, rng):
    toss = {name: rng.normal(size=60).round(2) for name in "abcdef"}
    toss |= {
        "age": rng.integers(30, 80, 60),
        "dose": rng.normal(size=60).round(2),
        "ill": rng.choice(["yes", "no"], 60),
    }
    table = written(tmp_path / "t.csv", {name: np.tile(cells, 4) for name, cells in toss.items()})
    model = tmp_path / "m.glassnet"
    said = words(glassnet("train", table, "-t", "ill", "-m", model))
    assert "240 of 240 rows are copies: only 60 are different in their inputs" in said
    assert "With copies on both sides of the split, the network's accuracy would have been" in said
    before, after = (
        float(said.split(key)[1].split()[0].rstrip(",;.")) for key in ("would have been ", "on new rows it is ")
    )
    assert before > after + 0.1
    assert "copies of training rows" not in said  # the split was honest
    assert "copies" in words(glassnet("tune", table, "-t", "ill", "-m", model, "--rounds", 1, "--trials", 2))


def test_coarse_columns_are_split_like_others(glassnet, tmp_path, rng):
    columns = {"class": rng.integers(1, 4, 400), "sex": rng.choice(["f", "m"], 400), "y": rng.choice(["a", "b"], 400)}
    said = words(glassnet("train", written(tmp_path / "t.csv", columns), "-t", "y", "-m", tmp_path / "m.glassnet"))
    assert "as few coarse columns make them" in said
    assert "both sides" not in said
    assert "on 80 test rows" in said


def test_a_rare_class_is_not_hidden_by_its_rarity(glassnet, tmp_path, rng):
    marker = rng.normal(size=1500).round(3)
    stroke = np.where(rng.random(1500) < 1 / (1 + np.exp(5 - 2 * marker)), "yes", "no")
    table = written(tmp_path / "t.csv", {"marker": marker, "stroke": stroke})
    said = words(glassnet("train", table, "-t", "stroke", "-m", tmp_path / "m.glassnet"))
    assert "log loss" in said
    assert "By accuracy" in said
    assert "The network predicts 'yes' for" in said
    assert "It ranks the rows better than chance" in said


def test_scores_fit_a_narrow_terminal_and_are_whole_on_a_wide_one(process, tmp_path, rng):
    columns = {"x": rng.normal(size=90).round(3), "y": rng.choice(["a", "b"], 90)}
    table, model = written(tmp_path / "t.csv", columns), tmp_path / "m.glassnet"
    for width in (80, 120):
        for command in (["train", table, "-t", "y", "-m", model], ["show", model]):
            out = process(*command, COLUMNS=str(width)).out
            assert "log loss" in out
            assert "…" not in out.split("columns")[0]
            (network,) = [line for line in out.splitlines() if line.strip().startswith("network") and "[" in line]
            assert network.count("[") == (2 if width == 80 else 3)


def test_a_time_budget_is_for_everything(glassnet, tmp_path, rng):
    x = rng.normal(size=(6000, 3)).round(3)
    columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": np.where(x[:, 0] + rng.normal(size=6000) > 0, "p", "q")}
    table = written(tmp_path / "t.csv", columns)
    said = words(glassnet("train", table, "-t", "y", "-m", tmp_path / "m.glassnet", "--time-budget", 0.05))
    assert "The random forest was trained on 2,000 of the 4,800 rows: more would take too long." in said
