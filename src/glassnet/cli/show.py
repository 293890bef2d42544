"""``glassnet show``: what a model file holds."""

from __future__ import annotations

from glassnet.cli import terminal
from glassnet.cli.options import ModelPath

EXAMPLES = """
Examples:

glassnet show patients.glassnet
"""


def show(model: ModelPath) -> None:
    """Show what a model file holds: layers, recipe, columns, scores, and fingerprints.

    The file is checked in full and nothing in it is run.
    """
    from glassnet.files import read_model

    stored = read_model(model)
    console = terminal.output()
    console.print(terminal.title(str(model), f"{stored.task}, {terminal.size(model)}"))
    console.print(repr(stored))
