"""Text -> HTML and SVG that cannot be broken by its data.

Everything that is not `Markup` is escaped; control characters and marks that reverse the reading direction become
visible, so that a column name can neither inject an element nor rearrange a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "col", "hr", "img", "meta", "wbr"})
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Markup(str):
    """Text that is already HTML, MathML or SVG made by us; it is not escaped again."""

    __slots__ = ()


Content = str | float | int | None | Iterable["Content"]
"""The contents of an element: text, numbers, `Markup`, nothing, or a sequence of these."""


def visible(text: str) -> str:
    r"""Show what would be invisible: control characters and direction marks as ``⟨U+202E⟩``.

    Examples
    --------
    >>> visible("size\u202e (cm)")
    'size⟨U+202E⟩ (cm)'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible_character(character) for character in text)


def _visible_character(character: str) -> str:
    """One character, or its code point when it would be invisible or is not allowed in a page."""
    if character in "\n\t":
        return character
    hidden = character in _DIRECTION_MARKS or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Zl", "Zp")
    return f"⟨U+{ord(character):04X}⟩" if hidden else character


def text(content: Content) -> Markup:
    """Content as markup: `Markup` as it is, everything else escaped.

    Examples
    --------
    >>> text(["a < b", Markup("<br>")])
    'a &lt; b<br>'
    """
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(escape(visible(content)))
    if isinstance(content, (int, float)):
        return Markup(escape(str(content)))
    return Markup("".join(text(part) for part in content))


def tag(name: str, *content: Content, **attributes: str | float | int | bool | None) -> Markup:
    """An element with its content and attributes.

    Parameters
    ----------
    name : str
    *content : Content
    **attributes
        ``class_`` writes ``class``, ``aria_label`` writes ``aria-label``; None and False are left out.

    Examples
    --------
    >>> tag("td", "<script>", class_="number")
    '<td class="number">&lt;script&gt;</td>'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-') if key != 'viewBox' else key}"
        + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{text(content)}</{name}>")


def slug(words: str) -> str:
    """A short identifier for an anchor.

    Examples
    --------
    >>> slug("Two neurons, in a row")
    'two-neurons-in-a-row'
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split()) or "part"
