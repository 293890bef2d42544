"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys

import pytest

from glassnet import atomic
from glassnet.atomic import write_atomically
from glassnet.errors import FileError


def left(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_bytes_and_text(tmp_path):
    assert write_atomically(tmp_path / "a", b"\x00\xff\r\n").read_bytes() == b"\x00\xff\r\n"
    assert write_atomically(str(tmp_path / "b"), "ü\n").read_bytes() == b"\xc3\xbc\n"
    write_atomically(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert left(tmp_path) == ["a", "b"]


@pytest.mark.skipif(os.name != "posix", reason="file modes of Unix")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_umask_decides_the_mode_and_a_replaced_file_keeps_its_own(tmp_path, umask):
    before = os.umask(umask)
    try:
        path = write_atomically(tmp_path / "new", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    write_atomically(path, "y")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


FAILURES = {
    "write": OSError(errno.ENOSPC, "No space left on device"),
    "fsync": OSError(errno.EIO, "Input/output error"),
    "close": OSError(errno.EDQUOT, "Disk quota exceeded"),
}


@pytest.mark.parametrize("call", FAILURES)
def test_a_failing_disk_changes_nothing(tmp_path, monkeypatch, call):
    path = write_atomically(tmp_path / "model.glassnet", "precious")
    real_close = os.close

    def fail(handle, *rest):
        if call == "close":
            real_close(handle)
        raise FAILURES[call]

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, fail)
        with pytest.raises(FileError) as caught:
            write_atomically(path, b"x" * 100)
    message = str(caught.value)
    for part in (str(path), FAILURES[call].strerror, "100 bytes", "are free", "Nothing was changed", "Free some space"):
        assert part in message
    assert path.read_text() == "precious"
    assert left(tmp_path) == ["model.glassnet"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="special files of Unix")
def test_a_special_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not a file"):
        write_atomically(tmp_path / "pipe", "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "model.glassnet", "precious")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "precious"
    assert left(tmp_path) == ["model.glassnet"]


def test_short_writes_are_continued(tmp_path, monkeypatch):
    real_write = os.write
    monkeypatch.setattr(atomic.os, "write", lambda handle, view: real_write(handle, view[:7]))
    assert write_atomically(tmp_path / "a", bytes(range(100))).read_bytes() == bytes(range(100))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_a_really_full_disk(tmp_path):
    """A process whose files may not grow past 1 kB: the system's own refusal, not a pretended one."""
    path = write_atomically(tmp_path / "a", "precious")
    code = (
        "import resource, signal, sys\n"
        "from glassnet.errors import FileError\n"
        "from glassnet.atomic import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))\n"
        "try:\n    write_atomically(sys.argv[1], b'x' * 5000)\n"
        "except FileError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert "5000 bytes" in done.stdout
    assert path.read_text() == "precious"
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", ["is a folder", "Give the name"]),
        ("none/model", ["does not exist", "Create it"]),
        ("x" * 300, ["Cannot write"]),
        ("a\0b", ["Cannot write"]),
        ("file/model", ["does not exist"]),
    ],
)
def test_refused_paths(tmp_path, name, parts):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError) as caught:
        write_atomically(tmp_path / name, "x")
    for part in parts:
        assert part in str(caught.value)
    assert left(tmp_path) == ["file"]


KILLED = """
import os, signal, sys
from glassnet import atomic
real, calls = os.fsync, [0]
def fsync(handle):
    print("writing", flush=True)
    if sys.argv[2] == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.readline()
    real(handle)
os.fsync = fsync
atomic.write_atomically(sys.argv[1], b"new")
"""


def writer(path, fate):
    """A process that has written its temporary file, and dies there or waits for a word."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), fate], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"writing\n"
    return process


@pytest.mark.skipif(os.name != "posix", reason="signals and locks of Unix")
def test_what_killed_processes_left_is_swept_at_the_next_write_of_the_same_name(tmp_path):
    path, other = tmp_path / "model.glassnet", tmp_path / "other"
    for target in (path, path, other):
        process = writer(target, "dies")
        process.communicate(timeout=60)
    kept = [".glassnet-notes.tmp", ".glassnet-0123456789abcdef.tmp", "glassnet.tmp", f".{path.name}.tmp"]
    for name in kept:
        (tmp_path / name).write_text("not ours")
    assert len(left(tmp_path)) == 2 + len(kept), "the second process swept what the first had left"
    write_atomically(path, "new")
    assert len(left(tmp_path)) == 2 + len(kept), "that of the name is gone, that of another name is not"
    write_atomically(other, "new")
    assert left(tmp_path) == sorted([*kept, path.name, other.name])


@pytest.mark.skipif(os.name != "posix", reason="signals and locks of Unix")
def test_the_temporary_file_of_a_living_process_is_not_swept(tmp_path):
    path = tmp_path / "model.glassnet"
    process = writer(path, "waits")
    write_atomically(path, "ours")
    assert len(left(tmp_path)) == 2
    assert path.read_text() == "ours"
    process.communicate(b"go on\n", timeout=60)
    assert process.returncode == 0
    assert path.read_text() == "new"
    assert left(tmp_path) == ["model.glassnet"]


@pytest.mark.skipif(os.name != "posix", reason="links of Unix")
def test_a_link_under_the_name_of_a_temporary_file_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    path = tmp_path / "new"
    trap = tmp_path / f".glassnet-{atomic._mark(path)}-{'0' * 16}.tmp"
    trap.symlink_to(precious)
    write_atomically(path, "x")
    assert precious.read_text() == "precious"
    assert trap.is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="locks of Unix")
def test_a_file_swept_before_it_was_locked_is_made_again(tmp_path, monkeypatch):
    import fcntl

    path, real, first = tmp_path / "new", fcntl.flock, []

    def late(handle, how):
        if not first:
            first.extend(tmp_path.iterdir())
            first[0].unlink()
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    assert write_atomically(path, "x").read_text() == "x"
    assert len(first) == 1
    assert left(tmp_path) == ["new"]
