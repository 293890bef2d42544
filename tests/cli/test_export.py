"""``glassnet export``: what the library exports, from a model file, at a path of one's choice."""

import numpy as np
import pytest

from glassnet import GlassClassifier, load


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    rng = np.random.default_rng(0)
    dose = rng.normal(size=60)
    table = {"dose": dose, "ward": ["A", "B", "C"] * 20, "ill": np.where(dose > 0, "yes", "no")}
    return (
        GlassClassifier(epochs=3, recipe="lecture")
        .fit(table, target="ill")
        .save(tmp_path_factory.mktemp("model") / "study.glassnet")
    )


@pytest.mark.parametrize(("to", "ending"), [("onnx", ".onnx"), ("c", ".h"), ("python", ".py")])
def test_what_is_written_is_what_the_library_writes(glassnet, trained, tmp_path, monkeypatch, to, ending):
    monkeypatch.chdir(tmp_path)
    outcome = glassnet("export", trained, "--to", to)
    assert outcome.code == 0, outcome.err
    assert f"Wrote study{ending}" in outcome.out
    written = (tmp_path / f"study{ending}").read_bytes()
    (tmp_path / "again").mkdir()
    assert getattr(load(trained), f"export_{to}")(tmp_path / "again" / f"study{ending}").read_bytes() == written
    assert glassnet("export", trained, "--to", to, "--out", tmp_path / "other.x").code == 0
    assert (tmp_path / "other.x").exists()


def test_settings_reach_the_export(glassnet, trained, tmp_path):
    out = tmp_path / "m.h"
    assert glassnet("export", trained, "--to", "c", "--name", "survival", "--out", out).code == 0
    assert "int survival_predict(" in out.read_text()
    single, double = tmp_path / "single.onnx", tmp_path / "double.onnx"
    assert glassnet("export", trained, "--to", "onnx", "--precision", "float32", "--out", single).code == 0
    assert glassnet("export", trained, "--to", "onnx", "--out", double).code == 0
    assert single.stat().st_size < double.stat().st_size


@pytest.mark.parametrize(("arguments", "part"), [
    (["--to", "pickle"], "'pickle'"), (["--to", "c", "--name", "1x"], "'1x'"),
    (["--to", "onnx", "--precision", "half"], "'half'"),
])  # fmt: skip
def test_bad_settings_are_refused_and_nothing_is_written(glassnet, trained, tmp_path, arguments, part):
    outcome = glassnet("export", trained, *arguments, "--out", tmp_path / "x")
    assert outcome.code == 2
    assert part in outcome.err
    assert not (tmp_path / "x").exists()


def test_a_file_that_is_no_model(glassnet, tmp_path):
    (tmp_path / "m").write_text("hello")
    outcome = glassnet("export", tmp_path / "m", "--to", "c", "--out", tmp_path / "x")
    assert outcome.code == 2
    assert "too few" in outcome.err
