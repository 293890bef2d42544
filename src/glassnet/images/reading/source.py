"""Where images lie: a folder with a sub-folder per class, a flat folder, one file, or a list of paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from glassnet.images.reading.picture import Unread

PARTS = {"train", "val", "valid", "validation", "test"}
"""Sub-folders by which data sets are divided already."""


@dataclass(frozen=True)
class Found:
    """A file that may be an image.

    Parameters
    ----------
    name : str
        Its path below the folder, with ``/``; bytes and characters that cannot be shown are written out.
    path : Path
    label : str, optional
        The sub-folder that it lies in, below the folder.
    """

    name: str
    path: Path
    label: str | None = None


def in_folder(folder: Path) -> Iterator[Found | Unread]:
    """The files of a folder in order of their names, each labeled by the first sub-folder on its way.

    In a folder that is divided into training and test (see `is_divided`) the classes are the sub-folders of these.
    Names that begin with a dot, and files that systems add (see `is_clutter`), are passed over. A link that leads out
    of the folder is not followed.
    """
    root, depth = folder.resolve(), 1 if is_divided(folder) else 0
    for path, problem in _walk(folder):
        name = shown_name(path.relative_to(folder).as_posix())
        if problem:
            yield Unread(name, f"the folder cannot be read: {problem}")
        elif path.is_symlink() and not _inside(path, root):
            yield Unread(name, "a link that leads out of the folder")
        elif path.is_dir():
            yield Unread(name, "a link to a folder; it is not followed")
        elif not path.is_file():
            yield Unread(name, "not a file")
        else:
            above = name.split("/")[:-1]
            yield Found(name, path, above[depth] if len(above) > depth else None)


def is_divided(folder: Path) -> bool:
    """Whether the sub-folders are not classes, but the parts of a split: ``train/ill``, ``test/ill`` and the like."""
    try:
        inside = [path for path in folder.iterdir() if path.is_dir() and not is_clutter(path.name)]
        names = {path.name.lower() for path in inside}
        return {"train", "test"} <= names <= PARTS and all(
            any(each.is_dir() for each in path.iterdir()) for path in inside
        )
    except OSError:
        return False


def in_column(paths: Iterable[str | None], folder: Path) -> Iterator[Found | Unread]:
    """The files that the cells of a table name, each below a folder; one result per cell, in their order."""
    root = folder.resolve()
    for number, cell in enumerate(paths, 1):
        if cell is None or not str(cell).strip():
            yield Unread(f"row {number}", "no path")
            continue
        path = folder / str(cell).strip()
        name = shown_name(str(cell).strip())
        try:
            inside, there = _inside(path, root), path.is_file()
        except (OSError, ValueError) as error:
            yield Unread(name, f"not a path: {error}")
            continue
        if not inside:
            yield Unread(name, f"lies outside the folder {folder}")
        elif not there:
            yield Unread(name, "there is no such file")
        else:
            yield Found(name, path)


def is_clutter(name: str) -> bool:
    """Whether a system hides a file or folder of this name, or has added it.

    Examples
    --------
    >>> [is_clutter(name) for name in (".DS_Store", "__MACOSX", "Thumbs.db", "scan.png")]
    [True, True, True, False]
    """
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def count_files(source: Path) -> int | None:
    """The number of files in a folder, for a progress bar; None if it is unknown without reading."""
    if source.is_dir():
        return sum(1 for _ in _walk(source))
    return None if source.suffix.lower() in (".npz", ".npy") else 1


def shown_name(name: str) -> str:
    r"""A file name that can be written and shown: bytes that are not text, and control characters, as escapes.

    Examples
    --------
    >>> shown_name("größe.png"), shown_name("a\udcff\n.png")
    ('größe.png', 'a\\xff\\n.png')
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files and links below a folder, sorted, and folders that cannot be listed with the reason."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted((entry for entry in listed if not is_clutter(entry.name)), key=lambda e: e.name)
    except OSError as error:
        yield folder, error.strerror or str(error)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path), ""


def _inside(path: Path, root: Path) -> bool:
    """Whether a path, with all links followed, lies below a folder."""
    return path.resolve().is_relative_to(root)
