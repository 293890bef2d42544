"""What the documents say is run: Python blocks, commands, links, and the recipes of the contributing guide."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

from glassnet.cli.application import app
from glassnet.cli.terminal.ending import MEANINGS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    if not {"generated", "_build"} & set(path.parts)
)
PYTHON = re.compile(r"^```python\n(.*?)^```(?:\n+```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)  # and its output
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPE = re.compile(r"<!-- recipe: .* -->\n```python\n.*?```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of(name):
    """The glassnet commands of a document, each as its words."""
    for block in CONSOLE.findall(text_of(name)):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ glassnet "):
                yield shlex.split(line[2:])[1:]


def test_the_documents_are_found():
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= set(DOCUMENTS)


WITH_PYTHON = [name for name in DOCUMENTS if PYTHON.search(RECIPE.sub("", text_of(name)))]


@pytest.mark.parametrize("name", WITH_PYTHON)
def test_python_blocks_run_in_order_and_print_what_stands_below(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "document"}
    for position, (block, output) in enumerate(PYTHON.findall(RECIPE.sub("", text_of(name))), start=1):
        exec(compile(block, f"{name}, block {position}", "exec"), namespace)
        printed = capsys.readouterr().out
        assert not output or printed.rstrip() == output.rstrip(), f"{name}, block {position}"


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if any(commands_of(name))])
def test_commands_exist_with_their_options(name):
    group = typer.main.get_command(app)
    for words in commands_of(name):
        assert words[0] in group.commands, f"{name}: there is no command {words[0]!r}"
        group.commands[words[0]].make_context(words[0], list(words[1:]))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    for target in (first or second for first, second in LINK.findall(text_of(name))):
        if not target.startswith(("http://", "https://", "mailto:")) and "generated/" not in target:
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_verbs_exist(name):
    verbs = set(re.findall(r"^([a-z]+):.*## ", text_of("Makefile"), re.MULTILINE))
    used = set(re.findall(r"(?:^\$ |`)make ([a-z]+)", text_of(name), re.MULTILINE))
    assert used <= verbs, used - verbs


# the demo has a test of its own: it is run from the installed wheel
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.py") if path.name != "demo.py")


def test_there_are_examples():
    assert {"intervals.py", "scikit_learn.py"} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run_and_print(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_the_page_of_the_command_line_names_every_command_option_and_exit_code():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE)) == {str(k): v for k, v in MEANINGS.items()}
    written = runpy.run_path(str(ROOT / "docs" / "command_line.py"))
    assert page == written["page"](), "Run python docs/command_line.py: a command or an option has changed."
    for name, command in typer.main.get_command(app).commands.items():
        assert f"### {name}\n" in page
        assert all(f"`{word}`" in page for parameter in command.params for word in parameter.opts if word[0] == "-")
