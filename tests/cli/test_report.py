"""``glassnet report``: the measures in the terminal, a page, and JSON."""

import json

import numpy as np
import pytest

import glassnet as library


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    from glassnet.cli import main

    folder = tmp_path_factory.mktemp("report")
    random = np.random.default_rng(0)
    dose = random.normal(size=150)
    ill = np.where(dose + random.normal(0, 0.8, 150) > 0, "yes", "no")
    lines = ["dose,ward,ill", *(f"{d:.4f},{'ab'[k % 2]},{y}" for k, (d, y) in enumerate(zip(dose, ill, strict=True)))]
    (folder / "t.csv").write_text("\n".join([*lines, ""]))
    (folder / "new.csv").write_text("\n".join([lines[0], *lines[101:], ""]))
    (folder / "old.csv").write_text("\n".join([*lines[:101], ""]))
    for name, table, more in (("m", "t.csv", []), ("old", "old.csv", ["--test-share", "0"])):
        line = ["train", str(folder / table), "--target", "ill", "--recipe", "lecture", "--epochs", "20", *more]
        assert main([*line, "--model", str(folder / f"{name}.glassnet"), "--quiet"]) == 0
    return folder


def test_the_table_of_the_training_is_divided_again(glassnet, files):
    outcome = glassnet(
        "report", files / "m.glassnet", files / "t.csv", "--threshold", 0.3, "--draws", 50, "--refits", 3
    )
    assert outcome.code == 0, outcome.err
    assert "test: 30" in outcome.out
    assert "calibration slope" in outcome.out
    assert "threshold 30 %: net benefit" in outcome.out
    assert "Limits" in outcome.out


def test_page_and_json(glassnet, files, tmp_path):
    page, plain = tmp_path / "r.html", tmp_path / "r.json"
    words = ["report", files / "old.glassnet", files / "new.csv", "--train", files / "old.csv", "--event", "yes"]
    outcome = glassnet(*words, "--draws", 50, "--refits", 3, "--html", page, "--json", plain, "--quiet")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == [str(page), str(plain)]
    assert "Study report: ill" in page.read_text()
    found = json.loads(plain.read_text())
    assert found["n_train"] == 100
    assert found["performance"]["n_rows"] == 50
    model = library.load(files / "old.glassnet")
    by_name = {each["metric"]: each for each in found["performance"]["outcomes"][0]["measured"]}
    chance = model.predict_proba(files / "new.csv")[:, 1]
    truth = np.loadtxt(files / "new.csv", delimiter=",", skiprows=1, usecols=2, dtype=str) == "yes"
    assert by_name["Brier score"]["value"] == pytest.approx(np.mean((chance - truth) ** 2))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["old.glassnet", "old.csv", "--refits", 0], "trained on all rows"),
        (["m.glassnet", "t.csv", "--horizon", 3], "is for times to an event"),
        (["m.glassnet", "t.csv", "--event", "ye"], "Did you mean 'yes'"),
        (["m.glassnet", "t.csv", "--threshold", 30], "above 0 and below 1"),
        (["m.glassnet", "t.csv", "--groups", "patient"], "patient"),
        (["m.glassnet", "t.csv", "--test-share", 2], "above 0 and below 1"),
        (["m.glassnet", "t.csv", "--train", "none.csv"], "none.csv"),
        (["none.glassnet", "t.csv"], "none.glassnet"),
    ],
)
def test_bad_wishes_are_refused(glassnet, files, words, said):
    named = [files / word if str(word).endswith((".csv", ".glassnet")) else word for word in words]
    outcome = glassnet("report", *named, "--draws", 20)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.out == ""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_drop_in_model_is_refused(glassnet, files, tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 2))
    library.MLPRegressor(max_iter=2).fit(X, X[:, 0]).save(tmp_path / "mlp.glassnet")
    outcome = glassnet("report", tmp_path / "mlp.glassnet", files / "t.csv")
    assert outcome.code == 2
    assert "GlassClassifier" in outcome.err


def test_ctrl_c_ends_the_refits_and_the_report_goes_on(glassnet, files, tmp_path, monkeypatch):
    from glassnet.evaluate.validation.refits import Procedure

    count, refitted = iter(range(100)), Procedure._refitted

    def interrupted(self, counts, seed):
        if next(count) == 3:
            raise KeyboardInterrupt
        return refitted(self, counts, seed)

    monkeypatch.setattr(Procedure, "_refitted", interrupted)
    page = tmp_path / "r.html"
    outcome = glassnet("report", files / "m.glassnet", files / "t.csv", "--draws", 30, "--html", page)
    assert outcome.code == 130
    assert "the report is based on 3 of 200 refits" in outcome.err
    assert "3 bootstrap samples" in outcome.out
    assert "stopped after 3 of 200" in page.read_text()


def test_word_subgroups_and_no_refits(glassnet, files, tmp_path):
    import docx

    words = ["--draws", 30, "--refits", 0, "--subgroup", "ward", "--docx", tmp_path / "r.docx"]
    outcome = glassnet("report", files / "m.glassnet", files / "t.csv", *words)
    assert outcome.code == 0, outcome.err
    assert "small" in outcome.out
    assert "bootstrap samples of the" not in outcome.out
    headings = [p.text for p in docx.Document(tmp_path / "r.docx").paragraphs if p.style.name == "Heading 1"]
    assert any("Subgroups" in text for text in headings)
    assert not any("Internal validation" in text for text in headings)
    outcome = glassnet("report", files / "m.glassnet", files / "t.csv", "--subgroup", "wrad", "--draws", 30)
    assert outcome.code == 2
    assert "'ward'" in outcome.err
