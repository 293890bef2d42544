"""``train --class-weight``: how much a row of each class counts."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from glassnet import load

LABELS = [("1" if k % 9 == 4 else "0") for k in range(120)]
OPTIONS = ("--target", "y", "--epochs", 3, "--hidden", 4, "--test-share", 0.2)


@pytest.fixture
def table(tmp_path):
    rows = "".join(f"{k % 17},{k % 5},{label}\n" for k, label in enumerate(LABELS))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows, encoding="utf-8")
    return tmp_path / "t.csv"


def test_balanced_and_by_label(glassnet, table, tmp_path):
    model = tmp_path / "m.glassnet"
    outcome = glassnet("train", table, *OPTIONS, "--class-weight", "balanced", "--model", model)
    assert outcome.code == 0, outcome.err
    recipe = load(model).recipe_
    n = round(0.8 * len(LABELS))
    rare = n / 2 / recipe.class_weights[1]  # rows of the class among those that train
    assert rare == pytest.approx(round(rare))
    y = np.array([0] * (n - round(rare)) + [1] * round(rare))
    assert recipe.class_weights == pytest.approx(compute_class_weight("balanced", classes=np.array([0, 1]), y=y))
    assert glassnet("train", table, *OPTIONS, "--class-weight", "1=5.5", "--model", model).code == 0
    assert load(model).recipe_.class_weights == (1.0, 5.5)
    two = ("--class-weight", "1=5.5", "--class-weight", "0=0.5")
    assert glassnet("train", table, *OPTIONS, *two, "--model", model).code == 0
    assert load(model).recipe_.class_weights == (0.5, 5.5)


@pytest.mark.parametrize(("given", "words"), [
    ("balance", "Write --class-weight balanced"), ("1=much", "Write --class-weight balanced"),
    ("ill=5", "names 'ill', which is not a class"), ("1=0", "above 0"), ("1=-2", "above 0"), ("1=inf", "finite"),
    ("1=nan", "Write --class-weight"),
])  # fmt: skip
def test_bad_weights_of_classes(glassnet, table, given, words):
    outcome = glassnet("train", table, *OPTIONS, "--class-weight", given)
    assert outcome.code == 2
    assert words in " ".join(outcome.err.split())


def test_amounts_have_no_classes(glassnet, table):
    options = ("--target", "a", "--epochs", 2, "--task", "regression")
    outcome = glassnet("train", table, *options, "--class-weight", "balanced")
    assert outcome.code == 2
    assert "for classes" in " ".join(outcome.err.split())
