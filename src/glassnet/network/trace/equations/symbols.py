"""Names of a trace's quantities in LaTeX, and lines of text that fit the terminal."""

from __future__ import annotations

from functools import lru_cache

from glassnet.layers import Place

_WRITTEN = {"…": r"\cdots", "δ": r"\delta", "ℓ": r"\ell", "keep": r"\mathrm{keep}"}


@lru_cache(maxsize=4096)
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
    place = Place.read(name, symbols=True)
    if place is not None and place.role.endswith("'"):
        words = place.role[:-1].replace("_", r"\_")
        return rf"\mathrm{{{words}}}'\left({latex_name(str(place.plain))}\right)"
    if place is not None and not place.role:
        layer = f"^{{({place.layer})}}" if place.layer or place.letter == "keep" else ""
        return f"{_WRITTEN.get(place.letter, place.letter)}{layer}_{{{','.join(map(str, place.index))}}}"
    if " " in name:
        return rf"\text{{{name}}}"
    head, _, index = name.rpartition("_")
    if len(head) == len(index) == 1:
        return f"{head}_{{{index}}}"
    if head and index.isdigit():
        return rf"\mathrm{{{head}}}_{{{index}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_")


@lru_cache(maxsize=4096)
def latex_rule(symbolic: str) -> str:
    r"""A rule such as ``Σ_i x[0,i] · W1[i,2] + b1[2]`` in LaTeX.

    Examples
    --------
    >>> print(latex_rule("Σ_dy,dx x[0,0,dy,dx] · W1[2,0,dy,dx] + b1[2]"))
    \sum_{dy,dx} x_{0,0,dy,dx} \, W^{(1)}_{2,0,dy,dx} + b^{(1)}_{2}
    """
    terms = []
    for term in symbolic.split(" + "):
        head, over = "", term.partition(" ")[0]
        if over.startswith("Σ_"):
            letters, term = over[2:], term[len(over) + 1 :]
            head = rf"\sum_{letters} " if len(letters) == 1 else rf"\sum_{{{letters}}} "
        factors = [_WRITTEN.get(part) or _factor(part) for part in term.split(" · ")]
        terms.append(head + r" \, ".join(factors))
    return " + ".join(terms)


def _factor(part: str) -> str:
    """A factor of a rule in LaTeX: a name, or a share such as ``1/4``."""
    return rf"\frac{{1}}{{{part[2:]}}}" if part.startswith("1/") else latex_name(part)


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
