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
