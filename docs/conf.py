"""Sphinx configuration; the reference pages of commands and formulas are written from the program itself."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import glassnet

HERE = Path(__file__).parent

project = "glassnet"
author = "the glassnet developers"
copyright = author  # noqa: A001 - the name that Sphinx reads
version = release = glassnet.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "gallery", "gallery_dirs": "generated/gallery", "abort_on_example_error": True,
    "write_computation_times": False, "show_memory": False, "min_reported_time": 1e9, "download_all_examples": False,
}  # fmt: skip
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "gallery", "images"]
numpydoc_show_class_members = False
autodoc_typehints = "none"
html_theme = "furo"
html_title = "glassnet"
html_show_sphinx = False


def command_pages() -> Iterator[str]:
    """One section per command, from what ``glassnet COMMAND --help`` knows."""
    import typer

    from glassnet.cli.application import app

    group = typer.main.get_command(app)
    yield "# Commands\n\nThe same words as `glassnet COMMAND --help`.\n"
    for name, command in group.commands.items():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        words = [f"{p.metavar or p.name.upper()}" for p in arguments]
        yield f"## {name}\n\n```console\n$ glassnet {' '.join([name, *words])} [options]\n```\n\n{command.help}\n"
        rows = [*((p.metavar or p.name.upper(), p) for p in arguments), *((", ".join(p.opts), p) for p in options)]
        if rows:
            yield "| | meaning | default |\n|---|---|---|"
            for label, parameter in rows:
                yield f"| `{label}` | {_cell(parameter.help)} | {_default(parameter)} |"
        examples = [line for line in (command.epilog or "").splitlines() if line.startswith("glassnet")]
        if examples:
            yield "\n```console\n" + "\n".join(f"$ {line}" for line in examples) + "\n```\n"


def formula_pages() -> Iterator[str]:
    """One section per registry, from the records."""
    from glassnet.cli.commands.formulas import formulas_of, registries

    yield "# Formulas\n\nWhat runs, as `glassnet formulas NAME` prints it.\n"
    for plural, registry in registries().items():
        yield f"## {plural.capitalize()}\n"
        for record in registry.values():
            yield f"### {record.name}\n\n{record.summary}\n"
            for label, _, latex in formulas_of(record):
                yield f"{label}: ${latex}$\n"
            for parameter in record.parameters:
                yield f"- `{parameter.name}` = {parameter.default:g} in {parameter.domain}: {parameter.meaning}"
            yield f"\n{record.reference}\n" if record.reference else ""


def measure_pages() -> Iterator[str]:
    """One entry per clinical measure and per aim of a threshold, from the records."""
    from glassnet.evaluate import AIMS, MEASURES

    known = {
        "decision": "who is called positive", "threshold": "the probability from which rows are called positive",
        "time": "times to an event, and a predicted risk or curve of each row",
    }  # fmt: skip
    yield "# Measures\n\nWhat `glassnet.evaluate.performance` measures, and what each means.\n"
    for measure in MEASURES.values():
        yield f"## {measure.name}\n\n{measure.summary}\n\n`{measure.formula}`\n"
        needs = known.get(measure.needs, f"the predicted {measure.needs}")
        best = "" if measure.ideal is None else f"; a perfect model has {measure.ideal:g}"
        missing = f" Not defined where {measure.undefined}." if measure.undefined else ""
        yield f"From {measure.low:g} to {measure.high:g}{best}. Needs {needs}.{missing}\n"
    yield "## Aims of a threshold\n"
    for aim in AIMS.values():
        yield f"- `{aim.spec}`: {aim.summary}"


def python_pages() -> Iterator[str]:
    """One entry per public name, from its docstring."""
    yield "# Python\n\nThe public names of `glassnet`, and its errors.\n\n```{eval-rst}"
    for name in glassnet.__all__:
        value = getattr(glassnet, name)
        if inspect.isclass(value):
            yield f".. autoclass:: glassnet.{name}\n   :members:\n   :inherited-members: BaseEstimator"
            yield f"   :exclude-members: {', '.join(_foreign(value))}\n"
        elif inspect.isfunction(value):
            yield f".. autofunction:: glassnet.{name}\n"
    yield ".. automodule:: glassnet.errors\n   :members:\n   :no-undoc-members:\n```"


def _foreign(cls: type) -> list[str]:
    """The members that scikit-learn writes, and documents itself."""
    owners = {key: owner for owner in reversed(cls.__mro__) for key in vars(owner)}
    routing = ("_request", "_routing")
    return [key for key, owner in owners.items() if key.endswith(routing) or owner.__module__.startswith("sklearn.")]


def _cell(text: str | None) -> str:
    """Text that does not break a table."""
    return (text or "").replace("|", r"\|").replace("\n", " ")


def _default(parameter: Any) -> str:
    """The default as it is typed, or nothing."""
    value = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    return "" if value in (None, False, ()) or parameter.required else f"`{value}`"


def write_generated(_: Any = None) -> None:
    """Write the pages that come from the program; unchanged pages keep their time stamp."""
    folder = HERE / "generated"
    folder.mkdir(exist_ok=True)
    pages = {
        "commands": command_pages(), "formulas": formula_pages(), "measures": measure_pages(), "python": python_pages(),
    }  # fmt: skip
    for name, lines in pages.items():
        page, text = folder / f"{name}.md", "\n".join(lines) + "\n"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def setup(app: Any) -> None:
    """Hook into Sphinx before it looks for pages."""
    app.connect("config-inited", lambda application, _: write_generated(application))


if __name__ == "__main__":
    sys.exit(write_generated())
