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


def test_the_command_line_opens_without_what_its_commands_need():
    assert loaded_by("import glassnet.cli.application").intersection(HEAVY) <= {"rich", "typer"}


@pytest.mark.parametrize(
    "room", ["formulas", "network", "engine", "images", "images.features", "images.reading", "pages"]
)
def test_the_core_needs_numpy_only(room):
    third_party = loaded_by(f"import glassnet.{room}") - loaded_by("import numpy") - set(sys.stdlib_module_names)
    assert third_party <= {"glassnet"}
