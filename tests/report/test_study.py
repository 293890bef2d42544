"""The study report: which rows judge, table one, the model by pocket calculator, sample size, page and JSON."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

import glassnet
from explanation.models import MODELS, rows_of, table
from glassnet.errors import ConfigurationError, DataError
from glassnet.evaluate import performance
from glassnet.report.study import sample_size_of_two_classes, study
from glassnet.report.study.model_equation import written_out
from glassnet.report.study.patients import find_patients, table_one
from glassnet.report.study.sample_size import largest_r2, largest_r2_of_times, sample_size_of_times

FEW = {"draws": 40, "refits": 3}


@pytest.fixture(scope="module")
def kept():
    """Training rows, test rows, and a model of each target."""
    made = {}

    def of(target):
        if target not in made:
            columns = table(target)
            train, test = (rows_of(columns, rows) for rows in (range(110), range(110, 160)))
            maker = glassnet.GlassRegressor if target == "amount" else glassnet.GlassClassifier
            made[target] = maker(recipe="lecture", epochs=30).fit(train, target="y"), train, test
        return made[target]

    return of


def test_the_published_sample_sizes():
    needed = sample_size_of_two_classes(24, 0.174, 0.288)
    assert (needed.shrinkage, needed.optimism, needed.precision, needed.needed) == (623, 662, 221, 662)
    # each criterion holds with so many rows, and not with one less
    for rows, shrinkage in ((needed.shrinkage, 0.9), (needed.optimism, 0.288 / (0.288 + 0.05 * largest_r2(0.174)))):
        reached = [1 + 24 / (n * np.log(1 - 0.288 / shrinkage)) for n in (rows, rows - 1)]
        assert reached[0] >= shrinkage > reached[1]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5])
def test_the_largest_r2_is_that_of_knowing_all(share):
    n = 10_000
    null = n * (share * np.log(share) + (1 - share) * np.log(1 - share))
    assert largest_r2(share) == pytest.approx(1 - np.exp(2 * null / n))


def test_the_published_sample_size_of_times():
    needed = sample_size_of_times(25, 0.065, 2.07, 2.0, 0.051)
    assert (needed.shrinkage, needed.optimism, needed.needed) == (4286, 866, 4286)
    # the third criterion: with so many rows the upper end lies at most 0.05 above the share, with one less beyond
    for rows, within in ((needed.precision, True), (needed.precision - 1, False)):
        upper = 0.065 + 1.96 * np.sqrt(0.065 / (2.07 * rows))
        assert (np.exp(-0.065 * 2) - np.exp(-upper * 2) <= 0.05) == within
    # the likelihood of an exponential model, by a sum over rows
    n, events, total = 1000, 135, 1000.0
    assert largest_r2_of_times(events / n) == pytest.approx(
        1 - np.exp(2 * (events * np.log(events / total) - events) / n)
    )
    for wrong in ((25, 0.0, 2.0, 2.0, 0.05), (25, 0.1, -1.0, 2.0, 0.05), (25, 0.1, 2.0, np.inf, 0.05)):
        with pytest.raises(ConfigurationError, match="must be above 0"):
            sample_size_of_times(*wrong)


@pytest.mark.parametrize("wrong", [(0, 0.2, 0.1), (5, 0.0, 0.1), (5, 1.0, 0.1), (5, 0.2, 0.0), (5, 0.2, 0.9)])
def test_sample_sizes_of_nonsense_are_refused(wrong):
    with pytest.raises(ConfigurationError, match="must be"):
        sample_size_of_two_classes(*wrong)


@pytest.mark.parametrize("target", ["class", "classes", "amount"])
def test_figures_are_those_of_the_rows_that_judge(kept, target):
    model, train, test = kept(target)
    found = study(model, test, train=train, **FEW)
    alone = performance(model, test, draws=40, rivals=found.comparison.of_rivals)
    assert found.performance.to_dict() == alone.to_dict()
    assert dict(found.flow.steps)["train (the table)"] == 110
    assert found.comparison.n_test == 50
    assert found.comparison.n_train == 110
    assert (found.sample_size is None) == (target != "class")
    page, plain = found.html(), found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    for title in ("Patients", "The model written out", "Performance", "What the model uses", "Limits"):
        assert re.search(rf"<span>{title}</span></h2>", page), title
    assert ("Sample size" in page) == (target == "class")
    assert "<script" not in page
    assert page.count("Numbers of this figure") >= (2 if target == "amount" else 3)
    assert all(re.search(r'aria-label="[^"]{15,}"', svg) for svg in re.findall(r'<svg[^>]*class="chart[^>]*>', page))


def test_a_network_on_pixels_has_a_report():
    from sklearn.datasets import load_digits

    digits = load_digits()
    kept = digits.target < 2
    images, labels = digits.images[kept].astype(np.uint8), digits.target[kept]
    model = glassnet.GlassClassifier(recipe="images", epochs=1).fit(images[:60], labels[:60])
    found = study(model, images[60:100], y=labels[60:100], train=images[:60], y_train=labels[:60], draws=20, refits=2)
    assert not found.effects
    assert not found.pairs
    assert found.validation.n_refits == 2
    page = found.html()
    assert "64 inputs; " in page
    high, low = found.examples
    assert high.answer > low.answer
    answers = model.predict_proba(images[60:100])[:, found.outcome]
    assert [high.answer, low.answer] == pytest.approx(
        [np.log(p / (1 - p)) for p in (answers.max(), answers.min())], abs=1e-4
    )
    assert page.count("Occlusion.") == 2
    assert f"The row with the highest log odds of 1, {high.row}:" in page
    assert found.to_dict()["examples"][1]["values"] == low.values.tolist()
    assert found.docx()[:2] == b"PK"


def test_a_report_without_pictures_of_patients():
    from sklearn.datasets import load_digits

    digits = load_digits()
    kept = digits.target < 2
    images, labels = digits.images[kept].astype(np.uint8), digits.target[kept]
    model = glassnet.GlassClassifier(recipe="images", epochs=1).fit(images[:60], labels[:60])
    found = study(model, images[60:100], y=labels[60:100], draws=20, refits=0, images=False)
    assert found.examples == ()
    assert "Occlusion." not in found.html()
    with pytest.raises(DataError, match="3"):
        study(model, images[60:100], y=labels[:3], draws=20, refits=0)


def test_the_split_of_the_training_is_made_again(tmp_path):
    columns = table("class")
    path, model = tmp_path / "t.csv", tmp_path / "m.glassnet"
    cells = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join("" if cell is None else str(cell) for cell in row) for row in cells)]
    path.write_text("\n".join([*lines, ""]))
    from glassnet.cli import main

    for words in ([], ["--seed", "7"], ["--test-share", "0.3"], ["--groups", "visits"], ["--class-weight", "balanced"]):
        line = ["train", str(path), "--target", "y", "--recipe", "lecture", "--epochs", "2"]
        assert main([*line, "--model", str(model), "-q", *words]) == 0
        loaded = glassnet.load(model)
        share = 0.3 if "--test-share" in words else 0.2
        groups = "visits" if "--groups" in words else None
        found = find_patients(loaded, path, None, None, groups, share)
        assert found.train is not None, words
        assert found.train.n_rows + found.test.n_rows == 160
        assert not set(found.train.row_numbers) & set(found.test.row_numbers)
        other = find_patients(loaded, path, None, None, groups, 0.25)
        if groups is None:  # of nine groups, a fifth and a quarter are the same two
            assert other.train is None
            assert "training rows of the model are not known" in other.flow.how


def test_weights_have_a_part_in_the_fingerprint():
    columns = table("class") | {"w": [1.0, 2.0] * 80}
    model = glassnet.GlassClassifier(recipe="lecture", epochs=2).fit(columns, target="y", weights="w")
    assert find_patients(model, columns, None, "w", None, 0.2).same
    assert find_patients(model, columns, None, None, None, 0.2).train is None


def test_a_table_that_the_model_knows_is_judged_by_refits_alone(kept):
    model, train, test = kept("class")
    with pytest.raises(DataError, match=r"trained on all rows.*only be evaluated by refits"):
        study(model, train, draws=40, refits=0)
    known = study(model, train, **FEW)
    assert known.apparent
    assert known.comparison is None
    assert known.n_train == 110
    assert f"AUC {known.validation.outcomes[0]['AUC'].text()}" in known.lead
    assert known.validation.outcomes[0]["AUC"].apparent == known.performance.outcomes[0]["AUC"].value
    page = known.html()
    assert "The model was trained on these rows" in page
    assert "test rows" not in known.lead
    alone = study(model, test, **FEW)
    assert alone.comparison is None
    assert alone.sample_size is None
    assert any("no comparison" in limit for limit in alone.limits)
    assert "Sample size" not in alone.html()


def test_rows_without_a_target_are_counted(kept):
    model, _, test = kept("class")
    holes = test | {"y": [None, *test["y"][1:]]}
    assert dict(study(model, holes, **FEW).flow.steps)["left out: no 'y'"] == 1
    with pytest.raises(DataError, match="no row with a value"):
        study(model, test | {"y": [None] * 50}, **FEW)


def test_table_one_by_hand(kept):
    model, train, test = kept("class")
    patients = find_patients(model, test, train, None, None, 0.2)
    found = table_one(model, patients)
    assert [count for _, count in found.groups[:2]] == [110, 50]
    assert sum(count for _, count in found.groups[2:]) == 110
    texts = {(name, what): cells for name, what, cells in found.rows}
    low, middle, high = np.quantile(train["age"], [0.25, 0.5, 0.75])
    assert texts["age", "median [quartiles]"][0] == f"{middle:.3g} [{low:.3g},\u00a0{high:.3g}]"
    west = sum(ward == "west" for ward in train["ward"])
    assert texts["ward", "= west"][0] == f"{west} ({100 * west / 110:.1f} %)"
    missing = sum(dose is None for dose in test["dose"])
    assert texts["dose", "missing"][1] == f"{missing} ({100 * missing / 50:.1f} %)"
    sick = [age for age, y in zip(train["age"], train["y"], strict=True) if y == "sick"]
    place = [name for name, _ in found.groups].index("train: sick")
    assert texts["age", "median [quartiles]"][place].startswith(f"{np.median(sick):.3g} [")


@pytest.mark.parametrize("target", ["class", "amount"])
def test_a_weighted_sum_can_be_worked_with_a_pocket_calculator(target):
    columns = table(target)
    maker = glassnet.GlassRegressor if target == "amount" else glassnet.GlassClassifier
    model = maker(recipe="lecture", hidden_layer_sizes=(), epochs=20).fit(columns, target="y")
    for row in (0, 5, 8):
        found = written_out(model, model._read(columns), row)
        total = found.intercept + sum(b * step[3] for b, step in zip(found.coefficients, found.inputs, strict=True))
        assert total == pytest.approx(found.total)
        one = rows_of(columns, [row])
        if target == "amount":
            assert total == pytest.approx(model.predict(one)[0], rel=1e-5)
        else:
            assert 1 / (1 + np.exp(-total)) == pytest.approx(model.predict_proba(one)[0, 1], abs=1e-6)


@pytest.mark.parametrize(("kind", "target"), [(k, t) for k, t in MODELS if k != "linear" and t != "classes"])
def test_the_mean_of_the_networks_is_the_answer(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    found = written_out(model, model._read(columns), 4)
    if not found.networks:  # linear models won over the committee
        assert found.total == pytest.approx(model.predict(rows_of(columns, [4]))[0], rel=1e-5)
        return
    raw = np.array([values for _, values in found.networks])[:, 0]
    assert len(raw) == model.recipe_.n_networks
    if target == "class":
        chance = model.predict_proba(rows_of(columns, [4]))[0, 1]
        assert np.mean(1 / (1 + np.exp(-raw))) == pytest.approx(chance, abs=1e-5)
    else:
        column = model.schema_.target_column
        said = np.mean(raw) * column.scale + column.center
        ends = (column.minimum, column.maximum) if model.recipe_.clamped else (-np.inf, np.inf)
        assert np.clip(said, *ends) == pytest.approx(model.predict(rows_of(columns, [4]))[0], rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"event": "il"}, "no class 'il'"),
        ({"thresholds": [2.0]}, "above 0 and below 1"),
        ({"test_share": 1.5}, "above 0 and below 1"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_wishes_are_refused(kept, settings, said):
    model, _, test = kept("class")
    with pytest.raises(ConfigurationError, match=said):
        study(model, test, **(FEW | settings))


def test_an_event_is_for_two_classes(kept):
    model, _, test = kept("classes")
    with pytest.raises(ConfigurationError, match="two classes"):
        study(model, test, event="low", **FEW)


@pytest.mark.parametrize("module", ["tripod", "patients", "sections.limits", "sections.tripod", "document"])
def test_each_module_of_the_report_can_be_first(module):
    """In a process of its own: modules that need each other are found only where nobody imported them before."""
    code = f"import glassnet.report.study.{module}" if module != "document" else "import glassnet.report.document"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
