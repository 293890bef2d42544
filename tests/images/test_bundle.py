"""Zip and tar files of images: unpacked below one folder, whatever their names and lists say."""

import io
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from glassnet.errors import FileError
from glassnet.images.reading import bundle
from glassnet.images.reading.bundle import content_root, is_bundle, sizes_in, unpack


def zipped(path, files, **settings):
    with zipfile.ZipFile(path, "w", **settings) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def taped(path, members):
    with tarfile.open(path, "w") as archive:
        for name, content, kind in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "in" / "side"
    folder.mkdir(parents=True)
    return folder


def files_below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


OUTSIDE = ["../a.png", "x/../../a.png", "/tmp/a.png", "..\\a.png", "C:\\a.png", "C:a.png", "x/.."]


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_zip_writes_outside(tmp_path, target, name):
    unread = unpack(zipped(tmp_path / "x.zip", {name: b"1", "ill/b.png": b"2"}), target)
    assert [one.reason for one in unread] == ["its path leads out of the archive"]
    assert files_below(tmp_path / "in") == ["side/ill/b.png"]


def test_no_tar_writes_outside_or_follows_links(tmp_path, target):
    members = [(name, b"1", tarfile.REGTYPE) for name in OUTSIDE]
    members += [("link.png", b"", tarfile.SYMTYPE), ("hard.png", b"", tarfile.LNKTYPE), ("pipe", b"", tarfile.FIFOTYPE)]
    unread = unpack(taped(tmp_path / "x.tar", [*members, ("ill/b.png", b"2", tarfile.REGTYPE)]), target)
    assert len(unread) == len(members)
    assert {one.reason for one in unread[-3:]} == {"a link or a device; it is not followed"}
    assert files_below(tmp_path / "in") == ["side/ill/b.png"]


def test_what_systems_add_is_passed_over(tmp_path, target):
    files = {"__MACOSX/ill/._a.png": b"1", "ill/.DS_Store": b"1", "ill/Thumbs.db": b"1", "ill/a.png": b"2"}
    assert unpack(zipped(tmp_path / "x.zip", files), target) == []
    assert files_below(target) == ["ill/a.png"]


def test_bombs_are_refused_before_anything_is_written(tmp_path, target):
    path = zipped(tmp_path / "x.zip", {"a.png": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    with pytest.raises(FileError, match="unpacks to more than"):
        unpack(path, target, most_bytes=1_000_000)
    many = zipped(tmp_path / "many.zip", {f"{k}.png": b"" for k in range(50)})
    with pytest.raises(FileError, match="or 20 files"):
        unpack(many, target, most_files=20)
    assert files_below(target) == []
    tape = taped(tmp_path / "x.tar", [(f"{k}.png", bytes(600_000), tarfile.REGTYPE) for k in range(3)])
    with pytest.raises(FileError, match="unpacks to more than"):
        unpack(tape, target, most_bytes=1_000_000)


def test_a_size_that_is_a_lie_gives_no_more_than_it_says(tmp_path, target):
    path = zipped(tmp_path / "x.zip", {"a.png": b"0123456789" * 50})
    content = path.read_bytes()
    path.write_bytes(content.replace((500).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    unpack(path, target)
    assert sum((target / name).stat().st_size for name in files_below(target)) <= 5


def test_a_full_disk_is_said_before(tmp_path, target, monkeypatch):
    monkeypatch.setattr(bundle.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(FileError, match="Make room"):
        unpack(zipped(tmp_path / "x.zip", {"a.png": b"1" * 100}), target)


def test_damaged_files_are_named_and_the_others_kept(tmp_path, target):
    path = zipped(tmp_path / "x.zip", {"a.png": b"A" * 1000, "b.png": b"B" * 1000})
    path.write_bytes(path.read_bytes().replace(b"A" * 1000, b"A" * 999 + b"C"))
    (unread,) = unpack(path, target)
    assert unread.name == "a.png"
    assert unread.reason.startswith("damaged in the archive")
    assert files_below(target) == ["b.png"]
    tape = taped(tmp_path / "x.tar", [("c.png", b"C" * 5000, tarfile.REGTYPE)])
    tape.write_bytes(tape.read_bytes()[:2000])
    assert [one.name for one in unpack(tape, target)] == ["c.png", "x.tar"]
    assert files_below(target) == ["b.png"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 but no more", b"PK\x05\x06" + bytes(10)])
def test_no_archive_is_said(tmp_path, target, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(FileError, match="is not a zip or tar file"):
        unpack(path, target)


def test_a_password_is_said(tmp_path, target):
    path = zipped(tmp_path / "x.zip", {"a.png": b"1"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match="password"):
        unpack(path, target)


def test_long_and_foreign_names(tmp_path, target):
    files = {"größe/ein bild ☃.png": b"1", "x" * 300 + ".png": b"2", "ill/" * 30 + "a.png": b"3"}
    (unread,) = unpack(zipped(tmp_path / "x.zip", files), target)
    assert unread.reason.startswith("it cannot be unpacked")
    assert (target / "größe/ein bild ☃.png").read_bytes() == b"1"
    assert unpack(taped(tmp_path / "x.tar", [("größe/☃.png", b"4", tarfile.REGTYPE)]), target) == []


def test_where_the_content_begins(tmp_path):
    for name in ("outer/scans/ill/a.png", "outer/scans/well/b.png", "outer/scans/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert content_root(tmp_path) == tmp_path / "outer" / "scans"
    assert content_root(tmp_path / "outer" / "scans" / "ill") == tmp_path / "outer" / "scans" / "ill"
    alone = tmp_path / "alone"
    (alone / "only").mkdir(parents=True)
    (alone / "only" / "a.png").write_bytes(b"1")
    assert content_root(alone) == alone, "one folder of images is the only class"


def test_first_bytes_and_sizes(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.npy": b"123"})
    assert sizes_in(path) == {"a.npy": 3}
    assert is_bundle(path.read_bytes()[:512])
    tape = taped(tmp_path / "x.tar", [("a", b"1", tarfile.REGTYPE)])
    assert is_bundle(tape.read_bytes()[:512])
    assert sizes_in(tape) == {}
    assert not is_bundle(b"\x89PNG" + bytes(508))
