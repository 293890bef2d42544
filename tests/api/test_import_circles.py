"""The program that finds circles of imports, on packages that have some."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("import_circles", Path(__file__).with_name("import_circles.py"))
program = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(program)

IN_A_FUNCTION = "def work():\n    from toy.one import name\n"
FOR_TYPE_CHECKERS = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from toy.one import name\n"
OTHERWISE = "import typing\nif typing.TYPE_CHECKING:\n    pass\nelse:\n    from toy.one import name\n"
OF_A_MODULE = "from toy import one\n"
PLAIN = "import toy.one\n"
TRIED = "try:\n    import toy.one\nexcept ImportError:\n    pass\n"


@pytest.mark.parametrize(
    ("two", "circle"),
    [(IN_A_FUNCTION, True), (FOR_TYPE_CHECKERS, False), (OTHERWISE, True), (OF_A_MODULE, True), (PLAIN, True),
     (TRIED, True), ("import os\n", False)],
)  # fmt: skip
def test_what_makes_a_circle(tmp_path, two, circle):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").write_text("")
    (tmp_path / "toy" / "one.py").write_text("from toy.two import work\n")
    (tmp_path / "toy" / "two.py").write_text(two)
    found = program.circles(program.imports(tmp_path, "toy"))
    assert found == ([("toy.one", "toy.two")] if circle else [])


def test_a_longer_circle_and_one_beside_it():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert program.circles(graph) == [("a", "b", "c"), ("d", "e")]


def test_this_package_has_no_circle_that_is_not_known(capsys):
    assert program.main() == 0, capsys.readouterr().out
