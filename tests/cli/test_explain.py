"""``glassnet explain``: one row in the terminal, on a page, and all rows as CSV."""

import csv
import io

import numpy as np
import pytest

import glassnet as library

LINES = [
    "dose,ward,=age,ill",
    *(f"{k % 10},{'ab'[k % 2]},{30 + k % 37},{'yes' if k % 10 > 4 else 'no'}" for k in range(80)),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    (folder / "t.csv").write_text("\n".join([*LINES, ""]))
    model = library.GlassClassifier(recipe="lecture", epochs=40).fit(folder / "t.csv", target="ill")
    model.save(folder / "m.glassnet")
    amounts = library.GlassRegressor(recipe="lecture", epochs=10).fit(folder / "t.csv", target="dose")
    amounts.save(folder / "amounts.glassnet")
    return folder


def test_it_opens_with_the_answer(glassnet, files):
    outcome = glassnet("explain", files / "m.glassnet", files / "t.csv", "--row", 8)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0] == f"Row 8 is line 9 of {files / 't.csv'}."
    chance = library.load(files / "m.glassnet").predict_proba(files / "t.csv")[7, 1]
    assert lines[2] == f"The probability of ill = yes is {100 * chance:.1f} %. The value in the table is yes."
    for part in ("dose", "Together:", "What if", "nearest change", "Similar rows"):
        assert part in outcome.out


def test_a_page_and_a_table_are_written(glassnet, files, tmp_path):
    page, out = tmp_path / "why.html", tmp_path / "c.csv"
    words = ["explain", files / "m.glassnet", files / "t.csv", "--row", 8, "--html", page, "--out", out]
    outcome = glassnet(*words, "--quiet")
    assert outcome.out.splitlines() == [str(page), str(out)]
    assert "Why this prediction" in page.read_text()
    rows = list(csv.reader(io.StringIO(out.read_text())))
    assert rows[0][:4] == ["row", "answer", "mean answer", "largest standard error"]
    assert rows[0][4:] == ["contribution of dose", "contribution of ward", "contribution of =age"]
    numbers = np.array(rows[1:], dtype=float)
    assert numbers[:, 0].tolist() == list(range(1, 81))
    np.testing.assert_allclose(numbers[:, 2] + numbers[:, 4:].sum(axis=1), numbers[:, 1], atol=1e-6)
    chances = library.load(files / "m.glassnet").predict_proba(files / "t.csv")[:, 1]
    np.testing.assert_allclose(numbers[:, 1], chances, atol=1e-6)
    assert "Wrote the contributions of every row" in glassnet(*words).out


def test_what_it_is_asked_for(glassnet, files):
    words = ["explain", files / "m.glassnet", files / "t.csv", "--row", 8]
    assert "probability of ill = no" in glassnet(*words, "--class", "no").out
    assert "log odds of ill = yes" in glassnet(*words, "--log-odds").out
    kept = glassnet(*words, "--keep", "dose", "--keep", "ward", "--threshold", 0.2).out
    assert "20 %" in kept
    assert "dose, ward held fixed" in kept
    few = files / "few.csv"
    few.write_text("\n".join([LINES[0], *LINES[1:20], ""]))
    assert f"The mean prediction over the 19 rows of {few}" in glassnet(*words, "--background", few).out
    amounts = glassnet("explain", files / "amounts.glassnet", files / "t.csv", "--threshold", 4.5)
    assert amounts.code == 0
    assert "The dose is" in amounts.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["m.glassnet", "t.csv", "--row", 81], "there is no row 81"),
        (["m.glassnet", "t.csv", "--row", 0], "there is no row 0"),
        (["m.glassnet", "t.csv", "--class", "yess"], "Did you mean 'yes'"),
        (["m.glassnet", "t.csv", "--keep", "does"], "'does' is not an input"),
        (["m.glassnet", "t.csv", "--threshold", 20], "above 0 and below 1"),
        (["amounts.glassnet", "t.csv", "--class", "yes"], "predicts an amount"),
        (["m.glassnet", "t.csv", "--horizon", 6], "is for times to an event"),
        (["m.glassnet", "t.csv", "--square", 3], "sees no pixels"),
        (["amounts.glassnet", "t.csv", "--log-odds"], "not for regression"),
        (["m.glassnet", "t.csv", "--background", "none.csv"], "none.csv"),
        (["none.glassnet", "t.csv"], "none.glassnet"),
    ],
)
def test_bad_wishes_are_refused(glassnet, files, words, said):
    named = [files / word if str(word).endswith((".csv", ".glassnet")) else word for word in words]
    outcome = glassnet("explain", *named)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.out == ""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_drop_in_model_is_refused(glassnet, files, tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 2))
    library.MLPRegressor(max_iter=2).fit(X, X[:, 0]).save(tmp_path / "mlp.glassnet")
    outcome = glassnet("explain", tmp_path / "mlp.glassnet", files / "t.csv")
    assert outcome.code == 2
    assert "GlassClassifier" in outcome.err


def test_page_and_table_need_two_names(glassnet, files, tmp_path):
    words = ["explain", files / "m.glassnet", files / "t.csv", "--html", tmp_path / "x", "--out", tmp_path / "x"]
    outcome = glassnet(*words)
    assert outcome.code == 2
    assert "two different names" in outcome.err
    assert not (tmp_path / "x").exists()
