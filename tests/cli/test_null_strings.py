"""Own null strings: given once at training, they are in the model and hold in every later command and export."""

import importlib.util

import numpy as np
import pytest

from glassnet import load
from glassnet.files import export_python, read_model
from glassnet.tables import NULL_STRINGS, Declaration, read_table

HEAD = "age,ward,code,visited,risk\n"


def cells(k):
    """A row: "unknown" in numbers, categories and dates, and -999 for a missing number."""
    age = "unknown" if k % 9 == 2 else str(20 + k % 50)
    code = "-999" if k % 7 == 3 else f"{k % 13}.5"
    ward = "unknown" if k % 8 == 5 else "ABC"[k % 3]
    visited = "unknown" if k % 10 == 4 else f"2024-0{1 + k % 9}-1{k % 10}"
    return age, ward, code, visited


def write(path, rows, *, target=True):
    lines = [",".join([*cells(k), *([str(k % 50 + k % 3)] if target else [])]) for k in rows]
    path.write_text((HEAD if target else HEAD.replace(",risk", "")) + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def trained(glassnet, tmp_path):
    table, model = write(tmp_path / "p.csv", range(120)), tmp_path / "p.glassnet"
    options = ("--null", "unknown", "--null", "-999", "--epochs", 3, "--hidden", 4, "--recipe", "lecture")
    outcome = glassnet("train", table, "--target", "risk", *options, "--model", model)
    assert outcome.code == 0, outcome.err
    return table, model


def test_predict_trace_and_show_know_them(glassnet, trained, tmp_path):
    table, model = trained
    estimator = load(model)
    assert estimator.schema_.null_strings == (*NULL_STRINGS, "unknown", "-999")
    assert {c.name: c.kind for c in estimator.schema_.inputs} == {
        "age": "integer", "ward": "category", "code": "number", "visited": "date",
    }  # fmt: skip
    assert all(column.missing for column in estimator.schema_.inputs)
    assert "ward = unknown" not in estimator.schema_.feature_names
    new = write(tmp_path / "new.csv", range(30), target=False)
    outcome = glassnet("predict", model, new)
    assert outcome.code == 0, outcome.err
    assert "seen in training" not in outcome.err
    assert "no training row" not in outcome.err
    said = [float(line.split(",")[1]) for line in outcome.out.splitlines()[1:]]
    known = read_table(new, null_strings=[*NULL_STRINGS, "unknown", "-999"])
    assert said == estimator.predict(known).tolist()
    traced = glassnet("trace", model, table, "--row", 3)
    assert traced.code == 0, traced.err
    assert "age missing" in traced.out
    shown = glassnet("show", model)
    assert '"unknown"' in shown.out
    assert '"-999"' in shown.out


def test_every_door_of_python_knows_them(trained):
    table, model = trained
    estimator = load(model)
    whole = estimator.predict(table)  # a path
    names = HEAD.strip().split(",")[:4]
    texts = dict(zip(names, zip(*map(cells, range(120)), strict=True), strict=True))
    assert estimator.predict({name: list(column) for name, column in texts.items()}).tolist() == whole.tolist()
    assert estimator.predict(read_table(table)).tolist() == whole.tolist()  # read without a word of them
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    assert estimator.predict(pandas.DataFrame(texts)).tolist() == whole.tolist()
    frame = polars.DataFrame(texts).with_columns(polars.col("code").cast(polars.Float64))  # -999 as a number
    assert estimator.predict(frame).tolist() == whole.tolist()
    path = table.with_suffix(".parquet")
    frame.write_parquet(path)
    assert estimator.predict(path).tolist() == whole.tolist()
    assert estimator.predict(read_table(path, memory_limit=1e4)).tolist() == whole.tolist()


def test_the_numpy_export_knows_them(trained, tmp_path):
    table, model = trained
    path = export_python(read_model(model), tmp_path / "exported.py")
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = HEAD.strip().split(",")[:4]
    texts = dict(zip(names, zip(*map(cells, range(120)), strict=True), strict=True))
    said = module.predict(texts)["prediction"]
    np.testing.assert_allclose(said, load(model).predict(table), rtol=1e-4, atol=1e-4)
    texts["code"] = [float(text) for text in texts["code"]]
    assert module.predict(texts)["prediction"].tolist() == said.tolist()


def test_a_schema_file_says_them_as_well(glassnet, tmp_path):
    table, fixed, model = write(tmp_path / "p.csv", range(120)), tmp_path / "p.toml", tmp_path / "p.glassnet"
    outcome = glassnet("schema", table, "--target", "risk", "--null", "unknown", "--null", "-999", "--write", fixed)
    assert outcome.code == 0, outcome.err
    assert Declaration.read(fixed).reading["null_strings"] == [*NULL_STRINGS, "unknown", "-999"]
    assert glassnet("train", table, "--schema", fixed, "--epochs", 2, "--model", model, "--quiet").code == 0
    outcome = glassnet("predict", model, table)
    assert outcome.code == 0, outcome.err
    assert "seen in training" not in outcome.err


def test_fewer_null_strings_are_known_too(glassnet, tmp_path):
    """A country code NA is a category where a person says so, in training and at predict."""
    table, fixed, model = tmp_path / "c.csv", tmp_path / "c.toml", tmp_path / "c.glassnet"
    rows = "".join(f"{['NA', 'DE', 'FR'][k % 3]},{k % 3 + k % 2}\n" for k in range(60))
    table.write_text("country,y\n" + rows, encoding="utf-8")
    fixed.write_text('[reading]\nnull_strings = [""]\n[target]\ncolumn = "y"\ntask = "regression"\n')
    assert glassnet("train", table, "--schema", fixed, "--epochs", 2, "--model", model, "--quiet").code == 0
    estimator = load(model)
    assert "country = NA" in estimator.schema_.feature_names
    outcome = glassnet("predict", model, table)
    assert (outcome.code, outcome.err) == (0, "")
    frame = {"country": ["NA", "DE"]}
    assert len(set(estimator.predict(frame).tolist())) == 2
    assert not estimator.schema_.encode(read_table(table, null_strings=[""])).notes
