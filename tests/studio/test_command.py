"""``glassnet studio``: what is said when it cannot start."""

import importlib.util
import subprocess
import sys

import pytest

from glassnet.cli import main
from glassnet.studio.server import listen
from glassnet.studio.storage.store import Store

AT_NUMPY = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_THREAD_TIMEOUT"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
from glassnet.cli import main
main(["studio", "--no-browser", "--folder", sys.argv[1]])
"""


def test_threads_of_products_are_told_to_sleep_before_numpy_is_loaded(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
    command = [sys.executable, "-c", AT_NUMPY, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60).stdout == "4\n"


def refused(capsys, *words):
    assert main(["studio", "--no-browser", *map(str, words)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("glassnet: ")
    assert "Traceback" not in said
    return said


def test_a_missing_or_damaged_table(capsys, tmp_path):
    assert "no file" in refused(capsys, tmp_path / "nothing.csv", "--folder", tmp_path / "a")
    (tmp_path / "bad.csv").write_text("a,b\n1,2,3\n")
    assert "bad.csv" in refused(capsys, tmp_path / "bad.csv", "--folder", tmp_path / "a")
    Store(tmp_path / "a").close()  # the folder was let go


def test_a_taken_port(capsys, tmp_path):
    taken = listen("127.0.0.1", 0)
    taken.listen()
    try:
        said = refused(capsys, "--port", taken.getsockname()[1], "--folder", tmp_path / "a")
    finally:
        taken.close()
    assert "--port" in said
    assert "in use" in said


def test_a_folder_in_use(capsys, tmp_path):
    store = Store(tmp_path / "a")
    try:
        assert "Another studio uses the folder" in refused(capsys, "--folder", tmp_path / "a")
    finally:
        store.close()


@pytest.mark.parametrize("name", ["starlette", "uvicorn", "msgspec", "platformdirs"])
def test_a_missing_package(capsys, monkeypatch, name):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n == name else real(n, *a))
    said = refused(capsys)
    assert name in said
    assert "pip install 'glassnet[app]'" in said
