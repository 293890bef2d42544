"""What a room exports is what can be imported from it, sorted."""

import ast
import importlib.util
import pkgutil
import types
from pathlib import Path

import pytest

import glassnet

ROOMS = ["glassnet"] + [f"glassnet.{module.name}" for module in pkgutil.iter_modules(glassnet.__path__) if module.ispkg]


def in_order(name):
    """Constants, then classes, then functions: the order in which ruff sorts `__all__`."""
    return (not name.isupper(), not name[0].isupper(), name)


def exported_by(room):
    """What a room exports; nothing when it is a set of modules only."""
    return list(getattr(importlib.import_module(room), "__all__", ()))


@pytest.mark.parametrize("room", ROOMS)
def test_all_is_sorted_and_importable(room):
    exported = exported_by(room)
    assert exported == sorted(exported, key=in_order)
    assert len(set(exported)) == len(exported)
    for name in exported:
        assert getattr(importlib.import_module(room), name) is not None


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "glassnet"])
def test_nothing_public_is_missing_from_all(room):
    module = importlib.import_module(room)
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and isinstance(value, (type, types.FunctionType))
        and value.__module__.startswith(room)
    }
    assert public <= set(exported_by(room)), public - set(exported_by(room))


def test_public_names_of_the_package():
    assert set(dir(glassnet)) == {*glassnet.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        glassnet.nonsense  # noqa: B018


def test_every_room_was_looked_at():
    assert len(ROOMS) > 8, ROOMS
    assert sum(bool(exported_by(room)) for room in ROOMS) > 8


def test_every_name_that_is_imported_exists():
    """Rooms load their public names on first use, so that a type checker believes in any name."""
    sources, checked = Path(glassnet.__file__).parent, 0
    for path in sorted(sources.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "glassnet":
                for name in (alias.name for alias in node.names):
                    module = importlib.import_module(node.module)
                    known = hasattr(module, name) or importlib.util.find_spec(f"{node.module}.{name}") is not None
                    assert known, f"{path}, line {node.lineno}: {node.module} has no {name}"
                    checked += 1
    assert checked > 2000
