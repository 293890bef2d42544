"""Atomic writing of files and folders.

Bytes are written to a temporary file in the target's folder and synced to disk; only then does the file take the
target's name. Any failure before that leaves the old file as it was and no temporary file. A killed process cannot
clean up, so its temporary file is removed at the next write to the same name. A writer holds a lock on its temporary
file, which the system releases with the process, so only files without a writer are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from glassnet.errors import FileError

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed: no lock is needed
    fcntl = None  # type: ignore[assignment]

_BLOCK = 1 << 20
_swept: set[Path] = set()
"""Targets whose folders this process has already searched for abandoned temporary files."""


def write_atomically(path: str | os.PathLike[str], data: bytes | str | Iterable[bytes]) -> Path:
    """Write a file in one indivisible step and return its path.

    The temporary file lies in the same folder, is synced, gets the mode of the file it replaces (or the default mode
    under the umask), and takes the name by ``os.replace``; then the folder is synced. Text is written as UTF-8; an
    iterable of parts is never held in memory as a whole.

    Raises
    ------
    FileError
        When the folder does not exist, the disk is full, or the system refuses; an existing file is left unchanged.

    Examples
    --------
    >>> import tempfile
    >>> write_atomically(Path(tempfile.mkdtemp()) / "numbers.txt", "1 2 3").read_text()
    '1 2 3'
    """
    path = Path(path)
    data = data.encode("utf-8") if isinstance(data, str) else data
    parts = (data,) if isinstance(data, bytes) else data
    try:
        if path.is_dir():
            raise FileError(f"Cannot write {path}: it is a folder. Give the name of a file in it.")
        if path.exists() and not path.is_file():
            raise FileError(f"Cannot write {path}: it is a device or pipe, not a file. Give the name of a file.")
        if not path.parent.is_dir():
            raise FileError(
                f"Cannot write {path}: the folder {path.parent} does not exist. Create it, or choose another."
            )
        _write(path.resolve() if path.is_symlink() else path, parts)
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise FileError(_refusal(path, len(data) if isinstance(data, bytes) else None, error)) from None
    return path


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Create a folder that takes its name only when it is complete.

    Files are written to a temporary folder next to it. When the block ends, they are synced, and the folder gets its
    name in one step; if the block fails or the process is killed, there is no folder of that name.

    Parameters
    ----------
    path : path
        May be an empty folder.
    replace : bool
        Whether a nonempty folder is replaced; it is left unchanged until the new one is complete.

    Yields
    ------
    path
        The temporary folder.

    Raises
    ------
    FileError
        When the disk is full, or the system refuses.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "parts"
    >>> with new_folder(target) as inside:
    ...     _ = (inside / "part-0.txt").write_text("1 2 3")
    ...     target.exists()
    False
    >>> (target / "part-0.txt").read_text()
    '1 2 3'
    """
    target = Path(path)
    target = target.resolve() if target.is_symlink() else target.absolute()
    size, lock = 0, None
    temporary = _free_name(target)
    try:
        try:
            _sweep(target)
            temporary.mkdir()
            lock = _lock(temporary)
            yield temporary
            size = sum(_sync(file) for file in temporary.rglob("*"))
            _take_name(temporary, target, replace=replace)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        finally:
            if lock is not None:
                os.close(lock)
    except FileError:
        raise
    except OSError as error:
        raise FileError(_refusal(target, size, error)) from None
    _sync_folder(target.parent)


def _lock(folder: Path) -> int | None:
    """A handle that holds the lock on a folder for the lifetime of the process."""
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _sync(file: Path) -> int:
    """Sync a file or folder to disk, and return the size of the file, or 0 for a folder."""
    if file.is_dir():
        _sync_folder(file)
        return 0
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
        return os.fstat(handle.fileno()).st_size


def _take_name(temporary: Path, target: Path, *, replace: bool) -> None:
    """Give the folder its name, and only then remove what had it before."""
    if not target.is_dir() or not any(target.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            target.rmdir()  # a folder cannot take the name of another on every system
        temporary.rename(target)
        return
    if not replace:
        raise FileError(f"Cannot write the folder {target}: it is not empty. Nothing was changed.")
    old = _free_name(target)
    target.rename(old)
    temporary.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file in the steps described above; the temporary file is removed if any of them fails."""
    _sweep(target)
    temporary, handle, lock = _temporary(target)
    try:
        try:
            for block in _blocks(parts):
                _write_all(handle, block)
            os.fsync(handle)
        finally:
            os.close(handle)  # some file systems report errors only here; the second handle holds the lock
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    finally:
        if lock is not None:
            with contextlib.suppress(OSError):
                os.close(lock)
    _sync_folder(target.parent)


def _temporary(target: Path) -> tuple[Path, int, int | None]:
    """A new temporary file, open for writing, and a second handle that holds the lock on it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    while True:
        temporary = _free_name(target)
        handle = os.open(temporary, flags, 0o666)  # the system applies the umask
        if fcntl is None:
            return temporary, handle, None
        with contextlib.suppress(OSError):  # on a file system without locks, nothing is swept either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return temporary, handle, os.dup(handle)
        os.close(handle)  # another process swept it away before it was locked


def _free_name(target: Path) -> Path:
    """A new name in the target's folder."""
    return target.with_name(f".glassnet-{_mark(target)}-{secrets.token_hex(8)}.tmp")


def _sweep(target: Path) -> None:
    """Remove temporary files that killed processes left for this target."""
    if target in _swept:
        return
    _swept.add(target)
    ours = re.compile(rf"\.glassnet-{_mark(target)}-[0-9a-f]{{16}}\.tmp")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            if ours.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    _remove_without_writer(Path(entry.path))


def _remove_without_writer(temporary: Path) -> None:
    """Remove a temporary file, unless it is locked by a writer that is still alive."""
    if fcntl is None:
        shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()
        return
    handle = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(temporary) if stat.S_ISDIR(mode) else temporary.unlink()
    finally:
        os.close(handle)


def _mark(target: Path) -> str:
    """A digest of the target's name that the names of all its temporary files contain."""
    return hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts joined into larger blocks, to avoid a system call for each line."""
    held = bytearray()
    for part in parts:
        if len(held) + len(part) > _BLOCK and held:
            yield bytes(held)
            held.clear()
        if len(part) > _BLOCK:
            yield part
        else:
            held += part
    yield bytes(held)


def _write_all(handle: int, data: bytes) -> None:
    """Write every byte; one call may write fewer than requested."""
    view = memoryview(data)
    while len(view):
        view = view[os.write(handle, view) :]


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, on systems that can sync a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(path: Path, size: int | None, error: OSError | ValueError) -> str:
    """The error message for a write that the system refused."""
    reason = getattr(error, "strerror", None) or str(error)
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(path.parent).free
        reason += f" ({free} bytes are free)" if size is None else f" (the file needs {size} bytes, {free} are free)"
    return f"Cannot write {path}: {reason}. Nothing was changed. Free some space, or choose another folder."
