"""Where commands write: never over what they read, and over files of another kind only when told."""

import inspect
import os
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import typer
from PIL import Image

from glassnet.cli import main
from glassnet.cli.application import app

INPUTS = {"schema_file", "table", "folder", "out_folder", "mask", "background", "train"}
"""Options whose path is read, or is a folder, which has tests of its own; every argument is read."""
LINES = ["dose,ward,ill", *(f"{k % 10},{'ab'[k % 2]},{'yes' if k % 10 > 4 else 'no'}" for k in range(60))]


def path_options():
    """Command and name of each option of the application that takes a path to write to."""
    for info in app.registered_commands:
        for name, parameter in inspect.signature(info.callback).parameters.items():
            kind, option = get_args(parameter.annotation)[:2] if get_args(parameter.annotation) else (None, None)
            is_path = kind is Path or Path in get_args(kind)
            if is_path and isinstance(option, typer.models.OptionInfo) and name not in INPUTS:
                words = [word for word in option.param_decls or () if word.startswith("--")]
                yield info.name or info.callback.__name__, words[0] if words else f"--{name.replace('_', '-')}"


OUTPUTS = list(path_options())


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A table, a schema file and a model of it."""
    folder = tmp_path_factory.mktemp("files")
    table, model, schema = folder / "Table.csv", folder / "model.glassnet", folder / "schema.toml"
    table.write_text("\n".join([*LINES, ""]))
    assert main(["schema", str(table), "--target", "ill", "--write", str(schema), "--quiet"]) == 0
    words = ["--schema", str(schema), "--epochs", "2", "--recipe", "lecture", "--test-share", "0"]
    assert main(["train", str(table), *words, "--model", str(model), "--quiet"]) == 0
    np.save(folder / "images.npy", np.random.default_rng(0).integers(0, 255, (3, 8, 8)).astype(np.uint8))
    return folder


def line(command, folder):
    """A whole command without its output, and the files it reads."""
    table, model, schema = folder / "Table.csv", folder / "model.glassnet", folder / "schema.toml"
    reading, images = ["--schema", schema], folder / "images.npy"
    return {
        "train": (["train", table, *reading, "--epochs", 2, "--recipe", "lecture", "--test-share", 0], [table, schema]),
        "tune": (["tune", table, *reading, "--rounds", 1, "--trials", 2, "--recipe", "lecture"], [table, schema]),
        "predict": (["predict", model, table], [model, table]),
        "trace": (["trace", model, table], [model, table]),
        "explain": (["explain", model, table, "--background", table], [model, table]),
        "report": (["report", model, table, "--train", table, "--draws", 20, "--refits", 2], [model, table]),
        "schema": (["schema", table, *reading], [table, schema]),
        "export": (["export", model, "--to", "python"], [model]),
        "lecture": (["lecture", "--section", 1], []),
        "lesson": (["lesson", table, "--target", "ill"], [table]),
        "features": (["features", images, "--open", "intensity_mean"], [images]),
        "lab": (["lab", "--knob", "noise", "--values", "0", "--train", 20, "--test", 20], []),
    }[command]


def spellings(path):
    """The path in other words: relative, roundabout, by links of both kinds."""
    yield path
    yield Path(os.path.relpath(path))
    yield path.parent / ".." / path.parent.name / path.name
    soft, hard, far = (path.with_name(f"{kind} link") for kind in ("soft", "hard", "far"))
    if not soft.is_symlink():
        soft.symlink_to(path)
        far.symlink_to(soft)
        hard.hardlink_to(path)
    yield from (soft, hard, far)
    soft.unlink(), hard.unlink(), far.unlink()


def test_every_output_is_known():
    assert ("train", "--checkpoint") in OUTPUTS
    assert {command for command, _ in OUTPUTS} == {
        "train",
        "tune",
        "predict",
        "trace",
        "explain",
        "report",
        "schema",
        "export",
        "lecture",
        "lesson",
        "features",
        "lab",
    }
    assert len(OUTPUTS) >= 8


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize(("command", "option"), OUTPUTS)
def test_no_command_writes_over_what_it_reads(glassnet, files, command, option, force):
    words, inputs = line(command, files)
    for path in inputs:
        before = path.read_bytes()
        for spelled in spellings(path):
            outcome = glassnet(*words, option, spelled, *force)
            assert outcome.code == 2, (spelled, outcome)
            assert "that this command reads" in outcome.err, outcome.err
            assert path.read_bytes() == before


@pytest.mark.parametrize(("command", "option"), OUTPUTS)
def test_a_file_of_another_kind_is_overwritten_only_when_told(glassnet, files, tmp_path, command, option):
    words, _ = line(command, files)
    out = tmp_path / "precious"
    others = [b"precious", (files / "Table.csv").read_bytes(), (files / "model.glassnet").read_bytes()]
    for content in others[: 2 if option == "--model" else 3]:
        out.write_bytes(content)
        outcome = glassnet(*words, option, out)
        assert outcome.code == 2
        assert f"Will not overwrite {out}" in outcome.err
        assert out.read_bytes() == content
    if option == "--checkpoint":
        return
    assert glassnet(*words, option, out, "--force").code == 0
    assert out.read_bytes()[:8] != content[:8] or option == "--model"
    assert glassnet(*words, option, out).code == 0, "what the command wrote itself, it writes again"
    out.write_bytes(b"")
    assert glassnet(*words, option, out).code == 0, "an empty file is no loss"


@pytest.mark.parametrize("kind", ["onnx", "c", "python"])
def test_an_export_replaces_its_own_kind_only(glassnet, files, tmp_path, kind):
    pytest.importorskip("onnx")
    out = tmp_path / "out"
    words = ["export", files / "model.glassnet", "--out", out, "--to"]
    assert glassnet(*words, kind).code == 0
    assert glassnet(*words, kind).code == 0
    before = out.read_bytes()
    page = ["lecture", "--section", 1, "--html", out]
    assert glassnet(*page).code == 2
    assert out.read_bytes() == before


def test_a_default_path_is_checked_too(glassnet, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(files / "Table.csv", "sick.glassnet")
    outcome = glassnet("train", "sick.glassnet", "--target", "ill")
    assert outcome.code == 2
    assert "that this command reads" in outcome.err
    shutil.copy(files / "model.glassnet", "model.py")
    assert glassnet("export", "model.py", "--to", "python").code == 2
    Path("model.py").write_text("print('mine')\n")
    assert glassnet("export", files / "model.glassnet", "--to", "python").code == 2
    assert Path("model.py").read_text() == "print('mine')\n"


@pytest.mark.parametrize("names", [("X", "X"), ("X", "./X"), ("X", "x")])
def test_model_and_checkpoint_need_two_names(glassnet, files, tmp_path, monkeypatch, names):
    monkeypatch.chdir(tmp_path)
    model, checkpoint = names
    outcome = glassnet("train", files / "Table.csv", "--target", "ill", "-m", model, "--checkpoint", checkpoint)
    assert outcome.code == 2
    assert "two different names" in outcome.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_no_file_of_a_folder_that_is_read_is_written_over(glassnet, tmp_path, force):
    scans = tmp_path / "scans"
    (scans / "a").mkdir(parents=True)
    for name in ("one", "two"):
        Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(scans / "a" / f"{name}.png")
    before = (scans / "a" / "one.png").read_bytes()
    words = ["features", scans, "--families", "symmetry", "--out"]
    outcome = glassnet(*words, scans / "a" / "one.png", *force)
    assert outcome.code == 2
    assert "it is in the folder" in outcome.err
    assert (scans / "a" / "one.png").read_bytes() == before
    assert glassnet(*words, scans / "features.csv").code == 0
    assert glassnet(*words, scans / "features.csv").code == 0, "what the command wrote itself, it writes again"
