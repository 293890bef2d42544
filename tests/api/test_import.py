"""Importing glassnet is quick and brings in nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "matplotlib",
    "msgspec",
    "narwhals",
    "pandas",
    "polars",
    "rich",
    "scipy",
    "sklearn",
    "starlette",
    "typer",
    "uvicorn",
]


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def loaded_by(statement):
    """Top-level modules that a statement loads, beyond those of a bare interpreter."""
    return set(
        python(f"import sys, json; {statement}; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))")
    )


def test_import_time():
    clock = "time.process_time()"  # neighbors on the machine do not count
    code = f"import json, time; start = {clock}; import glassnet; print(json.dumps({clock} - start))"
    fastest = min(python(code) for _ in range(5))
    assert fastest < 0.25, f"import glassnet took {fastest:.3f} s"


@pytest.mark.parametrize("statement", ["import glassnet", "import glassnet.formulas", "import glassnet.cli"])
def test_nothing_heavy_is_loaded(statement):
    loaded = loaded_by(statement)
    assert "glassnet" in loaded
    assert not loaded.intersection(HEAVY)


def command_line(words):
    """A statement that runs a command in silence."""
    silent = "with contextlib.redirect_stdout(io.StringIO()):"
    run = f"import contextlib, io\nfrom glassnet.cli import main\n{silent} assert main({words}) == 0"
    return f"exec({run!r})"


@pytest.mark.parametrize("command", ["", "train", "tune", "predict", "trace", "show", "export", "studio", "formulas"])
def test_the_help_of_a_command_loads_what_prints_it(command):
    words = [command, "--help"] if command else ["--help"]
    loaded = loaded_by(command_line(words))
    assert not loaded.intersection(set(HEAVY) - {"rich", "typer"})
    assert not loaded.intersection({"numpy", "multiprocessing", "asyncio"})


def test_what_a_model_file_holds_is_shown_without_what_trains(tmp_path):
    import numpy as np

    from glassnet.files import ModelFile, write_model

    path = tmp_path / "line.glassnet"
    model = ModelFile("regression", [(2, 1, "identity")], "squared_error", [np.ones((2, 1))], [np.zeros(1)])
    write_model(path, model)
    loaded = loaded_by(command_line(["show", str(path)]))
    assert "numpy" in loaded
    assert not loaded.intersection(set(HEAVY) - {"rich", "typer"})


@pytest.mark.parametrize(
    "room", ["formulas", "network", "engine", "images", "images.features", "images.reading", "pages"]
)
def test_the_core_needs_numpy_only(room):
    third_party = loaded_by(f"import glassnet.{room}") - loaded_by("import numpy") - set(sys.stdlib_module_names)
    assert third_party <= {"glassnet"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    rows = "".join(f"{k % 7}.5,{'AB'[k % 2]},2021-03-{1 + k % 28:02d},{'no' if k % 3 else 'yes'}\n" for k in range(60))
    (folder / "t.csv").write_text("dose,ward,seen,ill\n" + rows)
    (folder / "semicolons.csv").write_text("dose;ward;seen;ill\n" + rows.replace(",", ";"))
    (folder / "blanks.txt").write_text("dose ward seen ill\n" + rows.replace(",", " "))
    for target, name in (("ill", "classes"), ("dose", "amounts")):
        words = ["train", "t.csv", "--target", target, "--model", f"{name}.glassnet", "--epochs", "2", "--quiet"]
        subprocess.run([sys.executable, "-m", "glassnet", *words], cwd=folder, check=True, timeout=60)
    survival = ["--target", "dose", "--event", "ill=yes", "--model", "survival.glassnet", "--epochs", "2", "--quiet"]
    subprocess.run([sys.executable, "-m", "glassnet", "train", "t.csv", *survival], cwd=folder, check=True, timeout=60)
    return folder


NOT_NEEDED = {"sklearn", "scipy", "pandas", "matplotlib", "narwhals", "joblib", "pyarrow"}


@pytest.mark.parametrize("model", ["classes", "amounts", "survival"])
@pytest.mark.parametrize("table", ["t.csv", "semicolons.csv", "blanks.txt"])
def test_a_prediction_needs_no_scikit_learn_or_data_frames(trained, model, table):
    """They take more than a second to import, for an answer that takes milliseconds."""
    words = ["predict", str(trained / f"{model}.glassnet"), str(trained / table), "--quiet"]
    loaded = loaded_by(command_line(words))
    assert "glassnet" in loaded
    assert "polars" in loaded
    assert not loaded & NOT_NEEDED


@pytest.mark.parametrize("command", ["show", "schema", "trace", "explain"])
def test_what_opens_a_model_or_a_table_needs_none_either(trained, command):
    files = {"show": ["classes.glassnet"], "schema": ["t.csv"]}.get(command, ["classes.glassnet", "t.csv"])
    loaded = loaded_by(command_line([command, *(str(trained / file) for file in files)]))
    assert "glassnet" in loaded
    assert not loaded & NOT_NEEDED


def test_what_answers_is_what_was_trained(trained):
    """`open_model` gives the bits of `load`, and is no estimator."""
    from glassnet.estimators import load, open_model

    for name in ("classes", "amounts", "survival"):
        path, table = trained / f"{name}.glassnet", trained / "t.csv"
        ready, whole = open_model(path), load(path)
        assert (ready.predict(table) == whole.predict(table)).all()
        assert not hasattr(ready, "fit")
        assert ready.get_params() == whole.get_params()
        assert repr(ready.recipe_) == repr(whole.recipe_)
        assert ready.trace(table, 3).text() == whole.trace(table, 3).text()
    assert (
        open_model(trained / "classes.glassnet").predict_proba(table)
        == load(trained / "classes.glassnet").predict_proba(table)
    ).all()


def test_the_start_of_a_prediction_is_quick(trained):
    """The whole process, in seconds of the processor: 0.5 on an idle machine, and a neighbor may double it."""
    words = ["predict", str(trained / "classes.glassnet"), str(trained / "t.csv"), "--quiet"]
    code = f"import json, time\n{command_line(words)}\nprint(json.dumps(time.process_time()))"
    fastest = min(python(code) for _ in range(3))
    assert fastest < 1.0, f"glassnet predict took {fastest:.2f} s"
