"""A zip or tar file with images, unpacked into a folder: nothing outside of it is written, whatever the names say."""

from __future__ import annotations

import mmap
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from glassnet.errors import FileError
from glassnet.images.reading.picture import CannotRead, Unread
from glassnet.images.reading.source import is_clutter, shown_name

MOST_FILES = 200_000
MOST_BYTES = 8 * 1024**3
"""Bytes that a bundle may unpack to."""
_ENTRY = re.compile(rb"PK\x01\x02")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Member:
    """A file of a bundle: its name there, its size as the bundle says it, and how its bytes are read."""

    name: str
    size: int
    read: Callable[[], IO[bytes] | None]


def unpack(
    path: Path, folder: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES,
    progress: Callable[[int], None] | None = None,
) -> list[Unread]:  # fmt: skip
    """Unpack the files of a zip or tar file below a folder, and say which were not, and why.

    Names that lead out of the folder, links and damaged files are left out. Names that begin with a dot, and what
    systems add to archives, are passed over.

    Parameters
    ----------
    path : Path
    folder : Path
        An empty folder.
    most_bytes, most_files : int
        A bundle that says that it holds more is refused before anything is written.
    progress : callable, optional
        Called with the number of files that are done.

    Raises
    ------
    FileError
        When it is no such file, is locked by a password, or holds too much.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "scans.zip"
    >>> with zipfile.ZipFile(path, "w") as bundle:
    ...     bundle.writestr("ill/a.png", b"1")
    ...     bundle.writestr("../b.png", b"2")
    >>> target = Path(tempfile.mkdtemp())
    >>> [file.reason for file in unpack(path, target)], (target / "ill" / "a.png").read_bytes()
    (['its path leads out of the archive'], b'1')
    """
    unread = list[Unread]()
    with closing(_open_bundle(path, most_files)) as bundle:
        members = _zip_files(bundle) if isinstance(bundle, zipfile.ZipFile) else _tar_files(bundle)
        _check_room(path, bundle, folder, most_bytes)
        taken = 0
        for done, member in enumerate(members, 1):
            if isinstance(member, Unread):
                unread.append(member)
            elif not _is_passed_over(member.name):
                taken += member.size
                if taken > most_bytes or done > most_files:
                    raise FileError(_too_much(path, most_bytes, most_files))
                try:
                    _write(member, folder)
                except CannotRead as error:
                    unread.append(Unread(shown_name(member.name), str(error)))
            if progress is not None:
                progress(done)
    return unread


def is_bundle(start: bytes) -> bool:
    """Whether the first 512 bytes of a file are those of a zip or tar file."""
    return _is_zip(start) or start[257:262] == b"ustar"


def _is_zip(start: bytes) -> bool:
    """Whether a file begins as a zip file."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def sizes_in(path: Path) -> dict[str, int]:
    """The names of the files in a zip file, with the sizes that they unpack to; none for other files."""
    with path.open("rb") as file:
        if not _is_zip(file.read(4)):
            return {}
    with closing(_open_bundle(path, MOST_FILES)) as bundle:
        entries = bundle.infolist() if isinstance(bundle, zipfile.ZipFile) else []
    return {entry.filename: entry.file_size for entry in entries}


def content_root(folder: Path) -> Path:
    """The folder in which the content of a bundle begins: a single folder around all others is not a class.

    A folder that alone holds images stays what it is: the only class.
    """
    while True:
        inside = [entry for entry in folder.iterdir() if not is_clutter(entry.name)]
        if len(inside) != 1 or not inside[0].is_dir() or not any(each.is_dir() for each in inside[0].iterdir()):
            return folder
        folder = inside[0]


def _open_bundle(path: Path, most_files: int) -> zipfile.ZipFile | tarfile.TarFile:
    """The file as a bundle; the list of a zip file is counted before it is read into memory."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            zipped = _is_zip(content[:4])
            if zipped and sum(1 for _ in _ENTRY.finditer(content)) > 2 * most_files:
                raise FileError(_too_much(path, MOST_BYTES, most_files))
        if zipped:
            return zipfile.ZipFile(path)
        return tarfile.open(path, "r:")
    except (OSError, ValueError, zipfile.BadZipFile, tarfile.TarError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path} is not a zip or tar file ({error}). Pack the folder of images again.") from None


def _check_room(path: Path, bundle: Any, folder: Path, most_bytes: int) -> None:
    """Raise, before writing anything, for a zip file that unpacks to too much or needs a password."""
    free = shutil.disk_usage(folder).free
    entries = bundle.infolist() if isinstance(bundle, zipfile.ZipFile) else []
    size = sum(entry.file_size for entry in entries) if entries else path.stat().st_size
    if size > most_bytes:
        raise FileError(_too_much(path, most_bytes, MOST_FILES))
    if size > free:
        raise FileError(f"{path} unpacks to {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free. Make room.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileError(f"{path} is locked by a password. Unpack it, and pack the folder again without one.")


def _too_much(path: Path, most_bytes: int, most_files: int) -> str:
    """The message about a bundle that holds too much."""
    return (
        f"{path} unpacks to more than {most_bytes / 1024**3:.0f} GB or {most_files:,} files. Use fewer or smaller "
        "images, or give the folder on the command line."
    )


def _zip_files(bundle: zipfile.ZipFile) -> Iterator[_Member]:
    """The files of a zip file."""
    for entry in bundle.infolist():
        if not entry.is_dir():
            yield _Member(entry.filename, entry.file_size, lambda entry=entry: bundle.open(entry))  # type: ignore[misc]


def _tar_files(bundle: tarfile.TarFile) -> Iterator[_Member | Unread]:
    """The files of a tar file; what is not a file is not followed."""
    while True:
        try:
            entry = bundle.next()
        except tarfile.TarError as error:
            yield Unread(shown_name(str(bundle.name)).rsplit("/", 1)[-1], f"cut off: {error}")
            return
        bundle.members = []  # type: ignore[attr-defined]  # else all of them stay in memory
        if entry is None:
            return
        if entry.isfile():
            yield _Member(entry.name, entry.size, lambda entry=entry: bundle.extractfile(entry))  # type: ignore[misc]
        elif not entry.isdir():
            yield Unread(shown_name(entry.name), "a link or a device; it is not followed")


def _is_passed_over(name: str) -> bool:
    """Whether a system has added a file to the bundle, or hides it; a path that leads out is not passed over."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(is_clutter(part) and part not in (".", "..") for part in parts)


def _place(name: str, folder: Path) -> Path:
    """Where a file of a bundle goes, below the folder."""
    plain = PurePosixPath(name.replace("\\", "/"))
    if plain.is_absolute() or ".." in plain.parts or re.match(r"[A-Za-z]:", name) or not plain.parts:
        raise CannotRead("its path leads out of the archive")
    return folder.joinpath(*plain.parts)


def _write(member: _Member, folder: Path) -> None:
    """Write one file, at most as many bytes as the bundle says."""
    path = _place(member.name, folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        source = member.read()
        with path.open("xb") as file:
            left = member.size
            while source is not None and left > 0 and (block := source.read(min(_BLOCK, left))):
                file.write(block)
                left -= len(block)
    except FileExistsError:
        raise CannotRead("the archive holds another file of this name") from None
    except OSError as error:
        if error.errno in (28, 122):  # no space, quota: this is no matter of one file
            raise FileError(f"The disk of {folder} is full. Free some space.") from None
        raise CannotRead(f"it cannot be unpacked: {error.strerror or error}") from None
    except Exception as error:  # damaged files end in errors of many kinds
        path.unlink(missing_ok=True)
        raise CannotRead(f"damaged in the archive: {error}") from None
    if left:
        path.unlink(missing_ok=True)
        raise CannotRead("cut off in the archive")
