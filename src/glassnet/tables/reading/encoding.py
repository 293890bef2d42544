"""The encoding of a text file, where its bytes leave no doubt: UTF-16, or a code page in which they mean one thing."""

from __future__ import annotations

import codecs
import re

_SAMPLE = 1 << 12
_ENOUGH = 0.6
_AGREED = "äöüÄÖÜßéëçôîâ°µ§±€–—‘’“”…"
"""Characters whose bytes are the same in the code pages of Western and Central Europe and of Turkey, and mean nothing
that a table would hold in those of DOS and of old Macs."""
_LETTERS = re.compile("[äöüÄÖÜßéëçôîâ]{4}|(?<=[a-zA-Z])[€–—‘“”…](?=[a-zA-Z])")
"""Sequences that words of these languages do not have, but letters of other alphabets would look like."""


def certain_encoding(data: bytes) -> tuple[str, str] | None:
    """The encoding of bytes that are not UTF-8, and a sentence about it; None where more than one is possible.

    Examples
    --------
    >>> certain_encoding("größe;alter".encode("cp1252"))[0], certain_encoding("a,b".encode("utf-16"))[0]
    ('cp1252', 'utf-16')
    >>> certain_encoding("męski".encode("cp1250")) is None
    True
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16", "Read as UTF-16, as the mark at its beginning says.") if _decodes(data, "utf-16") else None
    if wide := wide_name(data):
        note = f"Read as UTF-16 without a mark ({wide}): every second byte is 0."
        return (wide, note) if _decodes(data, wide) else None
    if data.isascii() or b"\0" in data or _decodes(data, "utf-8") or not _decodes(data, "cp1252"):
        return None
    text = data.decode("cp1252")
    if set(re.sub("[\x00-\x7f]", "", text)) <= set(_AGREED) and not _LETTERS.search(text):
        first = re.search(r"\w*[^\x00-\x7f]\w*", text)
        example = f", as in {first[0][:20]!r}" if first else ""
        return "cp1252", f"Read in the code page of Windows (cp1252), since it is not UTF-8{example}."
    return None


def wide_name(data: bytes) -> str | None:
    """The name of UTF-16 without a mark: every second byte of its letters is NUL."""
    sample = data[:_SAMPLE]
    for name, part in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if len(part) > 1 and part.count(0) > _ENOUGH * len(part) and sample.count(0) < _ENOUGH * len(sample):
            return name
    return None


def _decodes(data: bytes, name: str) -> bool:
    """Whether all bytes can be read so."""
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
