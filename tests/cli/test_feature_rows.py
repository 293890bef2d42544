"""Features within a memory limit: the same values and the same file, whether rows lie in memory or on the disk."""

import os

import numpy as np
import pytest

from glassnet.atomic import write_atomically
from glassnet.errors import FileError
from glassnet.images import feature_table, phantoms
from glassnet.images.feature_rows import FeatureRows
from glassnet.images.reading.archive import from_arrays


@pytest.mark.parametrize("limit", [None, 1, 500, 10**9])
def test_rows_come_back_in_the_order_asked_for(limit):
    draw = np.random.default_rng(0)
    expected, rows = draw.normal(size=(3000, 5)), FeatureRows(limit)
    for place in draw.permutation(3000):
        if place % 7:
            rows.put(int(place), expected[place])
    places = [place for place in range(3000) if place % 7]
    found = rows.matrix(places)
    np.testing.assert_array_equal(found, expected[places])
    assert rows.in_file == (limit in (1, 500))
    assert isinstance(found, np.memmap) == rows.in_file


def test_a_table_within_a_limit_is_the_same(tmp_path):
    made = phantoms(60, seed=2)
    whole = feature_table(from_arrays(made.images, made.names))
    small = feature_table(from_arrays(made.images, made.names), memory_limit=20_000)
    assert isinstance(small.values, np.memmap)
    assert not isinstance(whole.values, np.memmap)
    np.testing.assert_array_equal(whole.values, small.values)
    assert list(whole.rows()) == list(small.rows())
    assert whole.settings() == small.settings()


def test_a_disk_without_room_is_said(monkeypatch):
    rows = FeatureRows(1)

    class Full:
        def seek(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(rows, "_new_file", Full)
    with pytest.raises(FileError, match="TMPDIR"):
        rows.put(0, np.zeros(3))


def test_a_file_is_written_part_by_part_or_not_at_all(tmp_path):
    path = tmp_path / "lines.csv"
    lines = [os.urandom(k % 4000) for k in range(2000)] + [os.urandom(3 << 20), b"end"]
    write_atomically(path, iter(lines))
    assert path.read_bytes() == b"".join(lines)

    def broken():
        yield b"begin"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_atomically(path, broken())
    assert path.read_bytes() == b"".join(lines)
    assert [one.name for one in tmp_path.iterdir()] == ["lines.csv"]


def test_the_command_keeps_to_the_limit(glassnet, tmp_path):
    made = phantoms(40, seed=4)
    np.savez(tmp_path / "scans.npz", images=made.images, labels=made.names)
    written = []
    for limit in ("10kB", "1GB"):
        out = tmp_path / f"{limit}.csv"
        outcome = glassnet("features", tmp_path / "scans.npz", "--memory-limit", limit, "--out", out)
        assert outcome.code == 0, outcome.err
        written.append(out.read_bytes())
    assert written[0] == written[1]
    outcome = glassnet("features", tmp_path / "scans.npz", "--memory-limit", "much", "--out", tmp_path / "x.csv")
    assert outcome.code == 2
    assert not (tmp_path / "x.csv").exists()
