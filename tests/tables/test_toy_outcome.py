"""A kind of outcome as the contributing guide shows it drives estimator, command line, files, exports and trace."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import glassnet
from glassnet import GlassRegressor
from glassnet.cli.application import app
from glassnet.errors import SchemaError
from glassnet.estimators import tune
from glassnet.estimators.tables.estimator import table_estimators
from glassnet.evaluate import compare, performance
from glassnet.explanation import explain
from glassnet.tables import Schema, read_table
from glassnet.tables.outcome import outcomes

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPE = re.search(r"<!-- recipe: outcome -->\n```python\n(.*?)```", GUIDE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def counter():
    """The estimator of the recipe."""
    names = {}
    exec(compile(RECIPE, "recipe of an outcome", "exec"), names)
    yield names["GlassCounter"]
    outcomes.unregister("count")
    del table_estimators["count"]


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """A table of counts that grow with age, as a file."""
    rng = np.random.default_rng(0)
    age = rng.uniform(20, 80, 300).round(1)
    ward = rng.choice(["north", "south"], 300)
    count = rng.poisson(np.exp(age / 30 - 1 + 0.5 * (ward == "north")))
    path = tmp_path_factory.mktemp("visits") / "visits.csv"
    lines = [f"{a},{w},{c}" for a, w, c in zip(age, ward, count, strict=True)]
    path.write_text("\n".join(["age,ward,visits", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(counter, visits):
    return counter(recipe="lecture", epochs=60).fit(visits, target="visits")


def ran(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_price_of_an_outcome():
    assert len(RECIPE.strip().splitlines()) <= 50


def test_the_estimator_predicts_expected_counts(trained, visits):
    table = read_table(visits)
    expected = trained.predict(table)
    assert (expected > 0).all()
    np.testing.assert_allclose(expected, np.exp(trained._raw_prediction(table)[:, 0].astype(float)))
    assert trained.score(table) > 0.4
    assert trained.loss_.name == "poisson"
    assert trained.predict_interval(table).shape == (300, 2)
    # the Poisson loss of the network is smaller than that of the mean
    truth = trained.schema_.encode_target(table)
    deviance = [float(np.mean(m - truth * np.log(m))) for m in (expected, np.full(300, truth.mean()))]
    assert deviance[0] < deviance[1] - 0.1


def test_what_is_no_count_is_refused(counter, visits):
    table = read_table(visits)
    wrong = {"age": [1.0, 2.0, 3.0], "visits": [1.0, -2.0, 3.0]}
    with pytest.raises(SchemaError, match="whole numbers from 0"):
        counter(recipe="lecture").fit(wrong, target="visits")
    with pytest.raises(SchemaError, match="count needs a target of numbers"):
        Schema.infer(table, "ward", "count")


def test_the_model_file_brings_back_the_estimator(trained, visits, tmp_path):
    path = trained.save(tmp_path / "visits.glassnet")
    loaded = glassnet.load(path)
    assert type(loaded) is type(trained)
    assert loaded.schema_ == trained.schema_
    np.testing.assert_array_equal(loaded.predict(visits), trained.predict(visits))


def test_an_export_says_the_same(trained, visits, tmp_path):
    page = runpy.run_path(str(trained.export_python(tmp_path / "visits.py")))
    table = read_table(visits)
    rows = {"age": table.column("age").numbers()[0], "ward": [table.column("ward").item(k) for k in range(300)]}
    np.testing.assert_allclose(page["predict"](rows)["prediction"], trained.predict(table), rtol=1e-5)


def test_the_trace_is_about_the_logarithm(trained, visits):
    opened = trained.trace(visits, 3, check=True)
    assert all(check.agrees or check.kink for check in opened.checks.values())
    assert "log of the expected visits" in opened.html()


def test_comparison_measures_and_explanation_know_it(trained, visits):
    table = read_table(visits)
    found = compare(trained, table.take(range(200)), table.take(range(200, 300)), rivals=["baseline"], draws=20)
    assert found.task == "count"
    assert [score.metric for score in found.models[0].scores] == ["R2", "RMSE"]
    assert performance(trained, table, draws=20).outcomes[0].outcome == "visits"
    assert explain(trained, table, 0).one.question.scale == "amount"


def test_tuning_knows_it(counter, visits):
    model = tune(visits, target="visits", task="count", rounds=1, trials=2, epochs=4, progress=False)
    assert type(model) is counter


def test_the_commands_know_it(counter, visits, tmp_path):
    model = tmp_path / "visits.glassnet"
    said = ran(
        "train", visits, "--target", "visits", "--task", "count", "--recipe", "lecture", "--epochs", 20, "-m", model
    )
    assert "count: asked for." in said
    told = ran("predict", model, visits, "--quiet").splitlines()
    assert told[0] == "row,prediction"
    assert float(told[1].split(",")[1]) == pytest.approx(float(glassnet.load(model).predict(visits)[0]))
    assert "loss poisson" in ran("trace", model, visits)
    assert "count" in ran("show", model)
    refused = CliRunner().invoke(
        app, ["train", str(visits), "-t", "visits", "--task", "count", "--class-weight", "balanced"]
    )
    assert "this target is a count" in str(refused.exception or refused.output)


def test_others_are_as_they_were(visits):
    assert type(glassnet.tune(visits, target="visits", rounds=1, trials=2, epochs=4, progress=False)) is GlassRegressor
