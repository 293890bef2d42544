"""A folder of Parquet files as one table: which files count, and what the names of their folders say.

The layout is that of Hive, Spark, Dask, polars and pyarrow: ``visits/year=2020/ward=A/part-0.parquet``. ``year`` and
``ward`` are columns, whose cells are the texts in the names of the folders. Names that begin with a dot or an
underscore belong to the program that wrote the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from glassnet.errors import FileError

ENDINGS = (".parquet", ".parq", ".pq")
_MISSING = "__HIVE_DEFAULT_PARTITION__"
_LOGS = {"_delta_log": "Delta Lake", "metadata": "Iceberg"}
"""Folders in which a table of another kind keeps which of its files count."""


@dataclass(frozen=True)
class Part:
    """One file of a folder.

    Attributes
    ----------
    path : path
    keys : dict
        The columns that its folders say, in order; None where the value is missing.
    """

    path: Path
    keys: dict[str, str | None]


def holds_parquet(folder: str | os.PathLike[str]) -> bool:
    """Whether a path is a folder whose first files are Parquet; only as many names are looked at as that takes."""
    if not os.path.isdir(folder):  # noqa: PTH112 (a text that cannot be a path is not a folder, and no error)
        return False
    for _, names in _walk(Path(folder)):
        if names:
            return any(_is_part(name) for name in names)
    return False


def parts_of(folder: Path) -> list[Part]:
    """The Parquet files of a folder in the order of their names, in which numbers count as numbers.

    Raises
    ------
    FileError
        When other files lie between them, folders say different columns, or something else knows which files count.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("year=2020/part.10.parquet", "year=2020/part.2.parquet", "year=2021/part.0.parquet"):
    ...     (folder / name).parent.mkdir(exist_ok=True)
    ...     (folder / name).touch()
    >>> [(part.path.name, part.keys) for part in parts_of(folder)]
    [('part.2.parquet', {'year': '2020'}), ('part.10.parquet', {'year': '2020'}), ('part.0.parquet', {'year': '2021'})]
    """
    for name, kind in _LOGS.items():
        if (folder / name).is_dir() and (name.startswith("_") or any((folder / name).glob("*.metadata.json"))):
            raise FileError(
                f"{folder} is a table of {kind}, whose folder {name} says which of its files count; the files alone "
                "may hold rows that were deleted. Write the table as plain Parquet files first."
            )
    parts = []
    for inner, names in _walk(folder):
        for name in names:
            path = Path(inner, name)
            if not _is_part(name):
                raise FileError(
                    f"{folder} is read as a folder of Parquet files, and {path.relative_to(folder)} is none. Move it "
                    "elsewhere, or let its name begin with an underscore."
                )
            parts.append(Part(path, _keys(path.relative_to(folder), folder)))
    for part in parts[1:]:
        if list(part.keys) != list(parts[0].keys):
            raise FileError(
                f"The folders of {parts[0].path.relative_to(folder)} and {part.path.relative_to(folder)} in {folder} "
                f"say different columns ({_listed(parts[0])} and {_listed(part)}). All files of a table must lie in "
                "folders of the same keys, such as year=2020/ward=A."
            )
    return parts


def _walk(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each folder below, and the names of the files in it; both in order, and without what is hidden."""
    try:
        for inner, folders, names in os.walk(folder, onerror=_refuse):
            folders[:] = sorted((name for name in folders if not _is_hidden(name)), key=_natural)
            yield inner, sorted((name for name in names if not _is_hidden(name)), key=_natural)
    except OSError as error:
        raise FileError(
            f"Cannot read the folder {error.filename}: {error.strerror}. Check the path and its permissions."
        ) from None


def _refuse(error: OSError) -> None:
    raise error


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _is_part(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key by which part.2 comes before part.10."""
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in re.split(r"([0-9]+)", name)]


def _keys(inside: Path, folder: Path) -> dict[str, str | None]:
    """The columns in the names of the folders of a file."""
    keys: dict[str, str | None] = {}
    for name in inside.parts[:-1]:
        key, equals, value = name.partition("=")
        if not equals:
            continue
        key = unquote(key)
        if not key or key in keys:
            raise FileError(f"{inside} in {folder}: the folders say the column {key!r} twice, or no name. Rename one.")
        keys[key] = None if value in ("", _MISSING) else unquote(value)
    return keys


def _listed(part: Part) -> str:
    return ", ".join(part.keys) or "none"
