"""The types of the compiled module are those of the module: names, methods, arguments and their types."""

import ast
import importlib.util
from pathlib import Path

import pytest

import glassnet.engine

ROOT = Path(__file__).parents[2]
STUB = Path(glassnet.engine.__file__).with_name("_native.pyi")


def declared(text):
    """Each name of a stub, with what is said about it."""
    names = {}

    def add(prefix, body):
        for node in body:
            if isinstance(node, ast.ClassDef):
                names[prefix + node.name] = ["class"]
                add(f"{prefix}{node.name}.", node.body)
            elif isinstance(node, ast.FunctionDef):
                says = f"{ast.unparse(node.args)} -> {ast.unparse(node.returns) if node.returns else None}"
                names.setdefault(prefix + node.name, []).append(says)
            elif isinstance(node, ast.AnnAssign):
                names[prefix + node.target.id] = [ast.unparse(node.annotation)]

    add("", ast.parse(text).body)
    return names


def test_the_stub_says_what_the_module_has():
    pytest.importorskip("nanobind")
    spec = importlib.util.spec_from_file_location("stub", ROOT / "native" / "stub.py")
    stub = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stub)
    kept, fresh = declared(STUB.read_text(encoding="utf-8")), declared(stub.stub())
    assert len(fresh) > 80
    assert kept == fresh, "Run python native/stub.py: the compiled module has changed."


def test_nothing_of_the_module_is_undeclared():
    import glassnet.engine._native as native

    kept = declared(STUB.read_text(encoding="utf-8"))
    there = {name for name in vars(native) if not name.startswith("__")}
    assert there == {name for name in kept if "." not in name}
    for name in there:
        if isinstance(getattr(native, name), type):
            own = {f"{name}.{member}" for member in vars(getattr(native, name)) if not member.startswith("__")}
            assert own <= set(kept), name
