"""Checks of the paths that a command writes, made before any work.

No command overwrites a file that it reads, however its path is spelled and whatever the options. An existing file of
another kind than the command writes is overwritten only with ``--force``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from glassnet.errors import FileError

_LOOKED_AT = 4096
_METADATA = b'{"__metadata__":{"glassnet":"'


class Kind(NamedTuple):
    """A kind of output file, and a test of its first bytes."""

    what: str
    begins: Callable[[bytes], bool]


def _is_model(head: bytes) -> bool:
    return head[8:].startswith(_METADATA) and not _is_checkpoint(head)


def _is_checkpoint(head: bytes) -> bool:
    return head[8:].startswith(_METADATA + b'{\\"checkpoint\\"')


MODEL = Kind("model file", _is_model)
CHECKPOINT = Kind("checkpoint", _is_checkpoint)
PREDICTIONS = Kind(
    "table of predictions", lambda head: head.startswith((b"row,prediction", b"row,image_id,prediction"))
)
CONTRIBUTIONS = Kind("table of contributions", lambda head: head.startswith(b"row,answer,mean answer,"))
FEATURES = Kind("table of image features", lambda head: head.startswith(b"image_id,"))
SETTINGS = Kind("list of measuring settings", lambda head: head.startswith(b'{\n "images"'))
PAGE = Kind("page of glassnet", lambda head: b'<meta name="generator" content="glassnet">' in head)
REPORT = Kind("report of glassnet in JSON", lambda head: head.startswith(b'{\n "glassnet": '))
WORD = Kind("report of glassnet for Word", lambda head: head.startswith(b"PK") and b"written by glassnet" in head)
SCHEMA = Kind("schema file", lambda head: head.startswith((b"# How a table is read.", b"# How a table is understood.")))
EXPORTS = {
    "onnx": Kind("exported ONNX file", lambda head: b"glassnet" in head[:64]),
    "c": Kind("exported C header", lambda head: b"written by glassnet" in head),
    "python": Kind("exported Python page", lambda head: b"written by glassnet" in head),
}


def check_destination(
    path: Path,
    kind: Kind,
    *,
    inputs: Mapping[str, Path | None],
    outputs: Mapping[str, Path | None] | None = None,
    force: bool | None = False,
) -> None:
    """Refuse to overwrite an input, another output, or an existing file of another kind.

    Parameters
    ----------
    path : path
        The path to write.
    kind : Kind
        The kind of file to write there.
    inputs, outputs : mapping of str to path
        What the command reads, and what else it writes, by descriptions of them; None for paths that were not given.
    force : bool, optional
        Whether a file of another kind is overwritten; None if the command has no such option.

    Raises
    ------
    FileError
    """
    _check_writable(path)
    for what, other in inputs.items():
        if other is not None and _same(path, other):
            raise FileError(
                f"Cannot write the {kind.what} to {path}: it is the {what} that this command reads. Give another name."
            )
        inside = other is not None and other.is_dir() and other.resolve() in path.resolve().parents
        if inside and path.exists() and not _may_go(path, kind):
            raise FileError(
                f"Cannot write the {kind.what} to {path}: it is in the folder {other}, which is read as the "
                f"{what}. Give another name."
            )
    for what, other in (outputs or {}).items():
        if other is not None and (_same(path, other) or _fold_case(path) == _fold_case(other)):
            raise FileError(f"The {kind.what} and the {what} cannot both go to {path}. Give two different names.")
    if not force and path.exists() and not _may_go(path, kind):
        repair = "Give another name" if force is None else "Give another name, or overwrite it with --force"
        raise FileError(f"Will not overwrite {path}: it already exists and is not a {kind.what}. {repair}.")


def check_folder(path: Path, *, inputs: Mapping[str, Path], force: bool = False) -> None:
    """Refuse an output folder that is an input, that lies within an input, or that is not empty.

    Parameters
    ----------
    path : path
        The folder to create.
    inputs : mapping of str to path
        What the command reads, by descriptions of it.
    force : bool
        Whether a folder that contains only Parquet files is replaced.

    Raises
    ------
    FileError
    """
    if path.exists() and not path.is_dir():
        raise FileError(f"Cannot create the folder {path}: there is a file of that name. Give another name.")
    _check_writable(path, is_folder=True)
    for what, other in inputs.items():
        places = (path.resolve(), *path.resolve().parents)
        within = path.is_dir() and path.resolve() in other.resolve().parents
        if _same(path, other) or within or (other.is_dir() and other.resolve() in places):
            raise FileError(
                f"Cannot write predictions to {path}: the {what} that this command reads is there. Give another name."
            )
    if not path.is_dir() or not any(path.iterdir()):
        return
    strange = next((file for file in path.rglob("*") if not file.is_dir() and file.suffix != ".parquet"), None)
    if strange is not None:
        raise FileError(
            f"Will not overwrite the folder {path}: it contains {strange.relative_to(path)}, not a Parquet file. "
            "Give another name."
        )
    if not force:
        raise FileError(
            f"Will not overwrite the folder {path}: it is not empty. Give another name, or replace it with --force."
        )


def _check_writable(path: Path, *, is_folder: bool = False) -> None:
    """Refuse a path whose folder does not exist, that is not a file, or that the user may not write."""
    try:
        folder = path.absolute().parent
        if not folder.is_dir():
            raise FileError(f"Cannot write {path}: the folder {folder} does not exist. Create it, or choose another.")
        if path.is_dir() and not is_folder:
            raise FileError(f"Cannot write {path}: it is a folder. Give the name of a file in it.")
        if path.exists() and not path.is_file() and not path.is_dir():
            raise FileError(f"Cannot write {path}: it is a device or pipe, not a file. Give the name of a file.")
        if not os.access(folder, os.W_OK):
            raise FileError(f"Cannot write {path}: no permission to write to {folder}. Choose another folder.")
    except (OSError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"Cannot write {str(path)[:200]}: {reason}. Give another name.") from None


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file, through links or through another spelling or letter case."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them does not exist yet
        return _resolve(one) == _resolve(other)


def _resolve(path: Path) -> str:
    return os.path.normcase(path.resolve())


def _fold_case(path: Path) -> str:
    """The path as case-insensitive file systems read it."""
    return _resolve(path).casefold()


def _may_go(path: Path, kind: Kind) -> bool:
    """Whether an existing file is empty, or of the kind that the command writes."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    return not head or kind.begins(head)
