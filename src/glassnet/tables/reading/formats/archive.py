"""Compressed files: the table inside a zip archive, or a file compressed by gzip, bzip2, xz or Zstandard."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, Any

from glassnet.errors import DataError, FileError, MissingDependency
from glassnet.tables.notation.number_text import megabytes
from glassnet.tables.reading.content import SourceFile

MOST_UNPACKED = 2e9
"""Bytes that a packed file may have inside, where no memory limit is given."""
_TABLES = (
    "csv", "tsv", "tab", "dat", "data", "arff", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "feather", "arrow",
    "sav", "zsav", "dta", "sas7bdat", "xpt", "rds", "rda", "rdata", "json", "jsonl", "ndjson", "db", "sqlite", "duckdb",
)  # fmt: skip
"""Endings of tables: where a file in an archive has one, others (a README, a license) are not asked about."""
_OF_R = (b"RDX", b"RDA", b"X\n", b"A\n", b"B\n")
_TAR = slice(257, 262)
ZSTANDARD = b"\x28\xb5\x2f\xfd"
"""The first bytes of a file packed by Zstandard."""


@dataclass(frozen=True)
class Unpacked:
    """The bytes of a file inside another one, its name, and the requested part of it."""

    content: bytes
    name: str
    part: str | None = None
    archived: bool = False
    one_of_several: bool = False


def members(path: Path) -> list[str]:
    """The files of a zip archive that may be tables, except hidden ones."""
    with zipfile.ZipFile(path) as archive:
        files = [name for name in archive.namelist() if not name.endswith("/")]
    seen = [name for name in files if not name.startswith("__MACOSX/") and PurePosixPath(name).name[:1] != "."]
    return [name for name in seen if _ending(name) in _TABLES] or seen


def from_zip(source: SourceFile) -> Unpacked:
    """The table in a zip archive; ``study.xlsx::Sheet1`` names one, and a part of it."""
    names = members(source.path)
    member, _, inner = (source.part or "").partition("::")
    if member and member not in names:
        ends = [name for name in names if PurePosixPath(name).name == member]
        if len(ends) == 1:
            member = ends[0]
        elif len(names) == 1 and not inner:  # a part of the only file
            member, inner = names[0], member
    chosen = source.choose(names, member or None, "file")
    with zipfile.ZipFile(source.path) as archive:
        if archive.getinfo(chosen).flag_bits & 1:
            raise FileError(f"{source.name}: {chosen!r} is encrypted. Unpack it with its password first.")
        with archive.open(chosen) as packed:
            return Unpacked(_content(packed, source), chosen, inner or None, True, len(names) > 1)


def open_packed(path: Path, first: bytes) -> IO[bytes] | None:
    """A file packed by gzip, bzip2, xz or Zstandard, to read; None for any other, and for what R packs so."""
    openers: Sequence[tuple[bytes, Callable[[Path], Any]]] = (
        (b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open),
        (ZSTANDARD, _open_zstandard),
    )  # fmt: skip
    for start, open_ in openers:
        if first.startswith(start):
            packed: IO[bytes] = open_(path)
            with suppress(Exception):  # damaged, in the manner of each library: reading says so once more
                if packed.read(5).startswith(_OF_R):
                    packed.close()
                    return None
            packed.close()
            return open_(path)  # type: ignore[no-any-return]
    return None


def _open_zstandard(path: Path) -> Any:
    """A file packed by Zstandard, which Python reads itself from 3.14 on."""
    try:
        module = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        raise MissingDependency(
            f"{path.name} is packed by Zstandard; reading it needs backports.zstd, which is not installed. Run: "
            "pip install 'glassnet[formats]'"
        ) from None
    return module.open(path)


def from_packed(source: SourceFile) -> Unpacked:
    """The file inside a compressed one, named without its last extension."""
    packed = open_packed(source.path, source.path.read_bytes()[:6])
    if packed is None:
        raise FileError(f"{source.name} is not packed.")
    with packed:
        content = _content(packed, source)
    if content[_TAR] == b"ustar":
        raise FileError(f"{source.name} holds a tar archive. Unpack it, and give the table in it.")
    return Unpacked(content, Path(source.file).stem, source.part)


def _content(packed: Any, source: SourceFile) -> bytes:
    """The bytes inside; too many of them are a `DataError`."""
    content: bytes = packed.read(int(MOST_UNPACKED) + 1)
    if len(content) > MOST_UNPACKED:
        raise DataError(
            f"{source.name} holds more than {megabytes(MOST_UNPACKED)}. Unpack it, and convert it to Parquet."
        )
    return content


def _ending(name: str) -> str:
    """The extension of a name in lowercase, ignoring .gz or .zst."""
    path = PurePosixPath(name.lower())
    return (PurePosixPath(path.stem) if path.suffix in (".gz", ".zst") else path).suffix.lstrip(".")
