"""Packing of a file that is written: gzip, bzip2, xz, Zstandard, or a zip archive of one file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from glassnet.errors import MissingDependency

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date in an archive, so that the same columns give the same bytes."""


def packing_of(path: Path) -> tuple[Path, Callable[[bytes], bytes]]:
    """The name of what is inside, and a function that packs it as the last ending says; the same name if none does.

    Examples
    --------
    >>> packing_of(Path("p.csv.gz"))[0].name, packing_of(Path("p.csv"))[0].name
    ('p.csv', 'p.csv')
    """
    ending = path.suffix.lower()
    if ending not in PACKINGS:
        return path, bytes
    inside = path.with_suffix("")
    if not inside.suffix:
        inside = inside.with_suffix(".csv")
    if ending == ".zst":
        _zstandard(path)
    return inside, lambda content: PACKINGS[ending](content, inside.name)


def _zstandard(path: Path) -> Callable[[bytes], bytes]:
    """The function that packs by Zstandard, which Python has from 3.14 on."""
    try:
        compress: Callable[[bytes], bytes] = import_module(
            "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        ).compress
    except ImportError:
        raise MissingDependency(
            f"{path} would be packed by Zstandard; writing it needs backports.zstd, which is not installed. Run: "
            "pip install 'glassnet[formats]'"
        ) from None
    return compress


def _zip(content: bytes, name: str) -> bytes:
    """An archive of one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


PACKINGS: Mapping[str, Callable[[bytes, str], bytes]] = {
    ".gz": lambda content, _name: gzip.compress(content, mtime=0),
    ".bz2": lambda content, _name: bz2.compress(content),
    ".xz": lambda content, _name: lzma.compress(content),
    ".zst": lambda content, name: _zstandard(Path(name))(content),
    ".zip": _zip,
}
"""By the ending."""
