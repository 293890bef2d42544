"""Names of a trace's quantities in LaTeX, and lines of text that fit the terminal."""

from __future__ import annotations

import re

_INDEXED = re.compile(r"([WVbmszaxδfyℓwL]|keep)(\d*)\[([^\]]*)\]")
_SLOPE = re.compile(r"([a-z_0-9]+)'\((.*)\)\Z")
_WRITTEN = {"δ": r"\delta", "ℓ": r"\ell", "keep": r"\mathrm{keep}"}


def latex_name(name: str) -> str:
    r"""A quantity's name in LaTeX.

    Examples
    --------
    >>> print(latex_name("W1[0,2]"), latex_name("relu'(z1[0,2])"))
    W^{(1)}_{0,2} \mathrm{relu}'\left(z^{(1)}_{0,2}\right)
    """
    if name.startswith("new "):
        return (
            rf"{latex_name(name[4:])}^{{\text{{new}}}}"
            if name[4:].isidentifier()
            else rf"\text{{new }}{latex_name(name[4:])}"
        )
    if "/d" in name:
        top, _, bottom = name.partition("/d")
        written = latex_name(top[1:])
        return rf"\frac{{\partial {written}}}{{\partial {latex_name(bottom)}}}"
    slope = _SLOPE.match(name)
    if slope:
        words = slope[1].replace("_", r"\_")
        return rf"\mathrm{{{words}}}'\left({latex_name(slope[2])}\right)"
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        letter = _WRITTEN.get(indexed[1], indexed[1])
        layer = f"^{{({indexed[2]})}}" if indexed[2] else ""
        return f"{letter}{layer}_{{{indexed[3]}}}"
    if " " in name:
        return rf"\text{{{name}}}"
    head, _, index = name.rpartition("_")
    if len(head) == len(index) == 1:
        return f"{head}_{{{index}}}"
    if head and index.isdigit():
        return rf"\mathrm{{{head}}}_{{{index}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_")


def wrapped(text: str, width: int, first: str, following: str) -> list[str]:
    """Break a long equation before its signs outside of round brackets."""
    pieces, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place > start and letter == " " and text[place + 1 : place + 3] in ("= ", "+ ", "− "):
            pieces.append(text[start:place])
            start = place
    lines, line = [], first
    for piece in [*pieces, text[start:]]:
        if len(line) + len(piece) > width and line.strip():
            lines.append(line)
            line = following + piece.lstrip()
        else:
            line += piece
    return [*lines, line]
