"""The encoding of a text file: certain where its bytes can mean one thing only, else the likeliest ones."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_SAMPLE = 1 << 12
_MOST_LINES, _MOST_ENCODINGS, _MOST_WORDS = 200, 5, 3
_ENOUGH = 0.6
_AGREED = "äöüÄÖÜßéëçôîâ°µ§±€–—‘’“”…"
"""Characters whose bytes are the same in the code pages of Western and Central Europe and of Turkey, and mean nothing
that a table would hold in those of DOS and of old Macs."""
_LETTERS = re.compile(
    r"[äöüÄÖÜßéëçôîâ]{4}|(?<![^\W_])[äöüÄÖÜßéëçôîâ]+(?![^\W_])"  # a word without any letter of ASCII
    r"|(?<=[a-zA-Z])[€–—‘“”…](?=[a-zA-Z])|(?<=[a-zA-Z])[§°±]"
    r"|(?<![a-zA-Z])[–—’”](?=[a-zA-Z])|(?<=[a-zA-Z])’(?![a-zA-Z])"
)
"""Sequences that words of these languages do not have, but letters of other alphabets would look like."""
_THOUSANDS = re.compile(r"(?<=[0-9])\xa0(?=[0-9€%°])")
"""The blank that does not break, as Excel puts it into numbers."""
_WORD = re.compile(r"[^\x00-\x20,;|\"']*[^\x00-\x7f][^\x00-\x20,;|\"']*")
_TORN = re.compile(
    r"(?<=[^\W\d_])[^\w\s\x00-\x7f’]|[^\w\s\x00-\x7f“‘„«](?=[^\W\d_])|[\uff61-\uff9f\u2500-\u259f\x80-\x9f]"
    r"|(?<=[a-zA-Z])[\u0370-\u1fff\u2e80-\uffef]|[\u0370-\u1fff\u2e80-\uffef](?=[a-zA-Z])"
)
"""Signs inside words, two alphabets in a word, halves of Japanese signs, pieces of frames, as in wrong encodings."""

ENCODINGS = {
    "cp1252": "Western Europe", "cp1250": "Central Europe", "cp1251": "Cyrillic", "cp1253": "Greek",
    "cp1254": "Turkish", "cp1255": "Hebrew", "cp1256": "Arabic", "cp1257": "Baltic", "cp874": "Thai",
    "cp932": "Japanese, Shift-JIS", "euc_jp": "Japanese", "gb18030": "Chinese", "big5": "Chinese, traditional",
    "cp949": "Korean", "koi8_r": "Cyrillic", "cp866": "Cyrillic, DOS", "mac_roman": "old Macs",
    "cp850": "Western Europe, DOS", "iso8859_2": "Central Europe", "iso8859_15": "Western Europe",
}  # fmt: skip
"""The encodings that tables come in beside UTF-8 and UTF-16, and where from."""


@dataclass(frozen=True)
class Reading:
    """An encoding in which a file can be read, the languages it is for, and some words decoded with it."""

    encoding: str
    origin: str
    words: tuple[str, ...]


def certain_encoding(data: bytes) -> tuple[str, str] | None:
    """The encoding of bytes that are not UTF-8, and a sentence about it; None where more than one is possible.

    Examples
    --------
    >>> certain_encoding("größe;alter".encode("cp1252"))[0], certain_encoding("a,b".encode("utf-16"))[0]
    ('cp1252', 'utf-16')
    >>> certain_encoding("męski".encode("cp1250")) is None
    True
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and _decodes(data, "utf-32"):
        return "utf-32", "Read as UTF-32, as the mark at its beginning says."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16", "Read as UTF-16, as the mark at its beginning says.") if _decodes(data, "utf-16") else None
    if wide := wide_name(data):
        note = f"Read as UTF-16 without a mark ({wide}): every second byte is 0."
        return (wide, note) if _decodes(data, wide) else None
    if data.isascii() or b"\0" in data or _decodes(data, "utf-8") or not _decodes(data, "cp1252"):
        return None
    text = _THOUSANDS.sub("", data.decode("cp1252"))
    if set(re.sub("[\x00-\x7f]", "", text)) <= set(_AGREED) and not _LETTERS.search(text):
        first = re.search(r"\w*[^\x00-\x7f]\w*", text)
        example = f", as in {first[0][:20]!r}" if first else ""
        return "cp1252", f"Read in the code page of Windows (cp1252), since it is not UTF-8{example}."
    return None


def likely_readings(data: bytes) -> list[Reading]:
    r"""The likeliest encodings of bytes that are not UTF-8, at most five, each of which reads other words.

    Examples
    --------
    >>> likely_readings("пол,исход\nмужской,да\nженский,нет\n".encode("cp1251"))[0]
    Reading(encoding='cp1251', origin='Cyrillic', words=('пол', 'исход', 'мужской'))
    """
    lines = [line for line in data.split(b"\n") if not line.isascii()][:_MOST_LINES]
    sample = b"\n".join(lines)
    readable: dict[tuple[str, ...], str] = {}
    for name in _rank(sample):
        words = tuple(dict.fromkeys(_WORD.findall(sample.decode(name))))
        if words in readable or (len(readable) < _MOST_ENCODINGS and _decodes(data, name)):
            readable[words] = min(readable.get(words, name), name, key=list(ENCODINGS).index)
    readings = []
    for words, name in readable.items():
        others = {word for other in readable if other is not words for word in other}
        own = sorted(words, key=lambda word: word in others)[:_MOST_WORDS]  # those that tell the readings apart
        readings.append(Reading(name, ENCODINGS[name], tuple(word[:20] for word in own)))
    return readings


def _rank(sample: bytes) -> list[str]:
    """The encodings that can read a sample, the likeliest first: few torn words, then what languages look like."""
    possible = [name for name in ENCODINGS if _decodes(sample, name)]
    try:
        from charset_normalizer import from_bytes
    except ImportError:  # then the more frequent ones come first
        order = possible
    else:
        matches = from_bytes(sample, cp_isolation=possible, threshold=0.5) if possible else None
        order = [name for match in matches or () for name in match.could_be_from_charset if name in possible]
    ranks = {name: k for k, name in enumerate(dict.fromkeys([*order, *possible]))}
    torn = {name: len(_TORN.findall(sample.decode(name))) for name in possible}
    n_words = {name: max(len(_WORD.findall(sample.decode(name))), 1) for name in possible}
    return sorted(possible, key=lambda name: (torn[name] > n_words[name] / 4, name not in order, ranks[name]))


def wide_name(data: bytes) -> str | None:
    """The name of UTF-16 without a mark: every second byte of its letters is NUL."""
    sample = data[:_SAMPLE]
    for name, part in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if len(part) > 1 and part.count(0) > _ENOUGH * len(part) and sample.count(0) < _ENOUGH * len(sample):
            return name
    return None


def _decodes(data: bytes, name: str) -> bool:
    """Whether all bytes can be decoded."""
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
