"""Pieces of C as text: literals that read back as the same value, comments that end nowhere else, lists in lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

_WIDTH = 112


def string_literal(text: str) -> str:
    """A string literal: ASCII with octal escapes, no trigraphs."""
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode("utf-8")
    )
    return f'"{plain}"'


def comment_text(text: str) -> str:
    """Text that cannot end a comment, begin one, or form a trigraph."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text)
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?").replace("\\", "/")


def lines_of(entries: Iterable[str], indent: str) -> str:
    """Entries joined by commas, in lines of bounded width."""
    lines, line = [], indent
    for entry in entries:
        if len(line) + len(entry) + 2 > _WIDTH and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += f"{entry}, "
    return "\n".join([*lines, line.rstrip().rstrip(",")])


def absence(cell: str, nulls: tuple[float, ...]) -> str:
    """The condition that a cell given as a number is missing."""
    conditions = [f"isnan({cell})", *(f"{cell} == {double_literal(number)}" for number in nulls)]
    return " || ".join(conditions) if len(conditions) == 1 else f"({' || '.join(conditions)})"


def double_literal(value: Any) -> str:
    """A double literal that reads back as the same number."""
    value = float(value)
    return "NAN" if np.isnan(value) else repr(value)


def float_literal(value: Any) -> str:
    """A float literal that reads back as the same number."""
    text = str(np.float32(value))
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"


def cell_literal(cell: Any, *, text: bool) -> str:
    """A cell of a self-test row."""
    if isinstance(cell, np.ndarray):
        return "{" + ", ".join(map(double_literal, cell.ravel())) + "}"
    if text:
        return "NULL" if cell is None else string_literal(cell)
    return double_literal(np.nan if cell is None else cell)
