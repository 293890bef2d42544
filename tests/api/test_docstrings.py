"""Every public name says what it is; public classes and functions in the form of numpydoc."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc

import glassnet

SOURCES = Path(glassnet.__file__).parent
ROOMS = [f"glassnet.{module.name}" for module in pkgutil.iter_modules(glassnet.__path__) if module.ispkg]
PUBLIC = {
    f"{room}.{name}": getattr(module, name)
    for room in ROOMS
    for module in [importlib.import_module(room)]
    for name in getattr(module, "__all__", ())  # a room may be a set of modules only
}
CALLABLES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value) or inspect.isfunction(value)}


def members(cls):
    """Public methods and properties that the class itself writes."""
    for name, value in vars(cls).items():
        target = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(target):
            yield name, target


@pytest.mark.parametrize("name", CALLABLES)
def test_public_names_have_docstrings(name):
    value = CALLABLES[name]
    assert (value.__doc__ or "").strip(), f"{name} has no docstring"
    if inspect.isclass(value):
        silent = [
            key for key, member in members(value) if not (inspect.getdoc(member) or inspect.getdoc(getattr(value, key)))
        ]
        assert not silent, f"{name}: no docstring for {silent}"


@pytest.mark.parametrize("name", CALLABLES)
def test_documented_parameters_exist(name):
    value = CALLABLES[name]
    documentation = ClassDoc(value) if inspect.isclass(value) else FunctionDoc(value)
    documented = {part.strip().lstrip("*") for row in documentation["Parameters"] for part in row.name.split(",")}
    try:
        accepted = set(inspect.signature(value).parameters)
    except ValueError:  # a subclass of a built-in type has no signature of its own
        accepted = set()
    assert documented <= accepted, f"{name} documents {documented - accepted}, which it does not take"


def test_names_at_the_top_have_parameters_and_examples():
    classes = [getattr(glassnet, name) for name in glassnet.__all__ if inspect.isclass(getattr(glassnet, name))]
    for cls in classes:
        documentation = ClassDoc(cls)
        assert documentation["Parameters"], f"{cls.__name__} has no Parameters section"
        assert documentation["Examples"], f"{cls.__name__} has no Examples section"
    assert len(classes) >= 4


@pytest.mark.parametrize("room", sorted({path.relative_to(SOURCES).parts[0] for path in SOURCES.rglob("*.py")}))
def test_docstrings_begin_with_a_noun_or_a_verb(room):
    files = [SOURCES / room] if room.endswith(".py") else sorted((SOURCES / room).rglob("*.py"))
    opening = re.compile(r'"""What\b')
    lines = [(path, number) for path in files for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
             if opening.search(line)]  # fmt: skip
    assert not lines, f'Say "The ..." or "Return ..." in place of "What ...": {lines[:5]}'
