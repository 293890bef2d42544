"""Decoding of a file to valid UTF-8: byte order marks, encodings, and files that are not tables."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from glassnet.errors import ConfigurationError, FileError, Way
from glassnet.tables.reading.csv.encoding import Reading, certain_encoding, likely_readings, wide_name

_BLOCK = 1 << 24

_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|table|\?xml)", re.IGNORECASE | re.DOTALL)
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "Export the table as CSV."),
    *(
        (begin, f"a {kind} image", "Images are read from a folder of them, or with a table that names them.")
        for begin, kind in ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"))
    ),
    (b"\x89HDF", "an HDF5 file", "Export the table as CSV or Parquet."),
)


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, which identify its format; the errors are those of `read_bytes`."""
    return read_bytes(path, count)


def read_bytes(path: Path, count: int = -1) -> bytes:
    """All bytes of a file, or this many; a missing or unreadable file or a folder is a `FileError`."""
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder, not a table. Give the path of a CSV, TSV or Parquet file in it.")
        with path.open("rb") as file:
            return file.read(count)
    except FileError:
        raise
    except FileNotFoundError:
        raise FileError(_missing(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"Cannot read {path}: {reason}. Check the path and its permissions.") from None


def _missing(path: Path) -> str:
    """The message for a missing file, with the nearest name in its folder."""
    folder = path.parent
    if not folder.is_dir():
        return f"There is no file {path}: the folder {folder} does not exist. Check the path."
    names = [entry.name for entry in folder.iterdir() if entry.is_file()]
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {folder / close[0]}?" if close else "Check the path."
    return f"There is no file {path.name!r} in {folder.resolve()}. {hint}"


def settled(data: bytes, encoding: str, notes: list[str]) -> str:
    """The encoding to read bytes in: as it was asked for, or, where UTF-8 cannot be right, one that leaves no doubt."""
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
        return encoding
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    certain = certain_encoding(data)
    if certain is None:
        return encoding
    notes.append(certain[1])
    return certain[0]


def to_utf8(data: bytes, path: Path, encoding: str) -> bytes:
    """The file as UTF-8 without a mark; wrong bytes are a `FileError` with line, byte and the repair."""
    for magic, what, repair in _MAGIC:
        if data.startswith(magic):
            raise FileError(f"{path} is {what}, not a text table. {repair}")
    if _PAGE.match(data[:4096]):
        raise FileError(
            f"{path} is a web page or XML, despite its ending, not a text table. Open it in a spreadsheet "
            "program, and save it as .xlsx or as CSV."
        )
    try:
        codec = codecs.lookup(encoding).name
        " ".encode(codec)  # codecs that do not make bytes of text are refused here
    except (LookupError, ValueError, TypeError):
        raise ConfigurationError(
            f"Unknown encoding {encoding!r}. Use 'utf-8', 'latin-1', 'cp1252', 'utf-16' or another name Python knows."
        ) from None
    if codec in ("utf-8", "utf-8-sig"):
        data = data.removeprefix(codecs.BOM_UTF8)
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise FileError(
                f'{path} is UTF-16 text, not UTF-8. Read it with --encoding utf-16 (in Python encoding="utf-16"), or '
                "save it as UTF-8."
            )
        if data.find(b"\0", 0, _BLOCK) >= 0:
            _check_wide(data, path)
        _check_utf8(data, path)
    else:
        try:
            data = data.decode(codec).removeprefix("\ufeff").encode("utf-8")
        except UnicodeError as error:
            raise FileError(
                f"{path} is not {encoding} text ({error}). Leave the encoding out, or name the right one."
            ) from None
    nul = data.find(b"\0")
    if nul >= 0:
        _check_wide(data, path)
        raise FileError(
            f"{path}, line {data.count(10, 0, nul) + 1}: there is a NUL byte, so this is a binary file, not a text "
            f"table. Export the table as CSV."
        )
    if not data[:_BLOCK].strip() and not data.strip():
        raise FileError(f"{path} is empty. A table needs a header line with column names and at least one row.")
    return data


def _check_wide(data: bytes, path: Path) -> None:
    """Refuse UTF-16 without a mark: every second byte of its letters is NUL."""
    if name := wide_name(data):
        raise FileError(
            f"{path} looks like UTF-16 text without a mark, not UTF-8. Read it with --encoding {name} (in Python "
            f'encoding="{name}"), or save it as UTF-8.'
        )


def _check_utf8(data: bytes, path: Path) -> None:
    """Raise for the first byte that is not UTF-8."""
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _BLOCK):
        final = start + _BLOCK >= len(data)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _BLOCK], final)
        except UnicodeDecodeError as error:
            place = start - pending + error.start
            line = data.count(10, 0, place) + 1
            readings = likely_readings(data)
            raise FileError(
                f"{path}, line {line}: the byte 0x{data[place]:02X} is not UTF-8. {_choice(readings)}"
            ).with_ways(
                Way("encoding", one.encoding, f"{', '.join(one.words)} ({one.origin})") for one in readings
            ) from None


def _choice(readings: Sequence[Reading]) -> str:
    """How to read bytes that are not UTF-8: the encodings to choose from, each with some words as it reads them."""
    if not readings:
        return "Save the file as UTF-8."
    choices = "; ".join(
        f"--encoding {one.encoding} ({one.origin}) reads {', '.join(map(repr, one.words))}" for one in readings
    )
    first = f'in Python encoding="{readings[0].encoding}"'
    return f"Which words look right? {choices}. Read the file so ({first}) or in another encoding, or save it as UTF-8."
