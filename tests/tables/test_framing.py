"""Images that do not fit into memory: read twice, kept in a file, and the same bits in the end."""

import numpy as np
import pytest

from glassnet import GlassClassifier
from glassnet.errors import DataError, FileError
from glassnet.images import phantoms
from glassnet.images.measuring import Measuring
from glassnet.images.reading import Unread
from glassnet.images.reading.archive import from_arrays
from glassnet.images.reading.picture import Picture
from glassnet.tables import Schema, framing, matrix, read_image_table
from glassnet.tables.framing import Framing, framed, moments
from glassnet.tables.image_table import table_of_arrays

MADE = phantoms(60, seed=3)
SMALL = 100_000.0  # bytes; the pixels and inputs of 60 images of 28 x 28 take 423 360


def mixed():
    """Images of two sizes and kinds, a volume, and a file that cannot be read."""
    yield from from_arrays(MADE.images[:20], MADE.names[:20])
    yield Unread("note.txt", "not an image")
    yield Picture("volume", np.zeros((3, 5, 5, 1), np.uint8))
    for number, image in enumerate(MADE.images[20:30]):
        yield Picture(f"large {number}", image.repeat(2, 0).repeat(2, 1)[None, ..., None].astype(np.uint16), "benign")


@pytest.mark.parametrize("limit", [SMALL, 30_000.0])
def test_the_set_is_the_same_in_two_readings(limit):
    readings = []

    def read():
        readings.append(1)
        return mixed()

    whole, parts = framed(read, Framing()), framed(read, Framing(), memory_limit=limit)
    assert len(readings) == 3, "once where everything fits, twice where not"
    assert parts.in_file
    assert not whole.in_file
    for name in ("names", "labels", "unread", "remarks", "identifying"):
        assert getattr(whole.images, name) == getattr(parts.images, name), name
    assert whole.images.pixels.dtype == parts.images.pixels.dtype == np.uint16
    assert (whole.images.pixels == parts.images.pixels).all()
    assert whole.images.grouping == parts.images.grouping
    assert dict(whole.sizes) == dict(parts.sizes) == {(28, 28): 20, (56, 56): 10}
    assert whole.n_volumes == parts.n_volumes == 1


def test_large_files_that_become_small_stay_in_memory():
    large = [Picture(f"{k}", np.full((1, 400, 400, 1), k, np.uint8)) for k in range(10)]
    found = framed(lambda: iter(large), Framing((8, 8)), memory_limit=1_000_000)
    assert not found.in_file, "1.6 MB of files, and 6 kB of what the network sees"
    assert found.images.pixels[:, 0, 0, 0].tolist() == list(range(10))


def test_a_table_in_a_file_gives_the_same_matrix_and_schema():
    whole, parts = (table_of_arrays(MADE.images, Measuring(features=("symmetry",)), Framing(), memory_limit=limit)
                    for limit in (None, SMALL))  # fmt: skip
    assert any("kept in a temporary file and read in blocks" in note for note in parts.notes)
    assert parts.mapped
    assert not whole.mapped
    assert len(list(parts.blocks())) > 10
    assert sum(block.n_rows for block in parts.blocks()) == 60
    rows = np.arange(59, -1, -1)
    one, other = (Schema.infer(table).fit(table.take(rows)) for table in (whole, parts))
    assert one == other
    encoded = [schema.encode(table.take(rows), np.float32).matrix for schema, table in ((one, whole), (other, parts))]
    assert isinstance(encoded[1], np.memmap)
    assert not isinstance(encoded[0], np.memmap)
    assert encoded[0].tobytes() == encoded[1].tobytes()
    assert (whole.crafted.column("symmetry_up_down").numbers()[0]
            == parts.crafted.column("symmetry_up_down").numbers()[0]).all()  # fmt: skip
    few = parts.take([3, 1])
    assert not few.mapped


def test_training_and_prediction_have_the_same_bits(tmp_path):
    path = tmp_path / "scans.npz"
    np.savez(path, images=MADE.images, labels=MADE.names)
    tables = [read_image_table(path, frame=Framing(), memory_limit=limit) for limit in (None, SMALL)]
    models = [
        GlassClassifier(epochs=2, n_networks=2, random_state=1).fit(table, target="label", progress=lambda _: None)
        for table in tables
    ]
    for one, other in zip(models[0].weights_, models[1].weights_, strict=True):
        assert one.tobytes() == other.tobytes()
    answers = [model.predict_proba(table) for model, table in zip(models, tables, strict=True)]
    assert answers[0].tobytes() == answers[1].tobytes()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_moments_do_not_depend_on_blocks(kind, monkeypatch):
    pixels = (np.random.default_rng(0).random((50, 7, 5, 1)) * 250).astype(kind)
    whole = moments(pixels)
    assert whole == pytest.approx((pixels.mean(dtype=float), pixels.std(dtype=float)), rel=1e-12)
    monkeypatch.setattr(framing, "_PIXELS_AT_ONCE", 100)
    assert moments(pixels) == (whole if kind != np.float32 else pytest.approx(whole, rel=1e-12))


def test_a_full_disk_is_refused_before_anything_is_written(monkeypatch):
    class Disk:
        free = 1000

    monkeypatch.setattr(matrix.shutil, "disk_usage", lambda _: Disk)
    with pytest.raises(FileError, match=r"temporary file of 0\.047 MB cannot be made .* \(0\.001 MB are free\)\. Make"):
        table_of_arrays(MADE.images, frame=Framing(), memory_limit=SMALL)


def test_volumes_alone_are_refused():
    with pytest.raises(DataError, match="All images are volumes"):
        framed(lambda: [Picture("a", np.zeros((3, 5, 5, 1), np.uint8))], Framing())
    with pytest.raises(DataError, match="There is no image in the set"):
        framed(lambda: [Unread("a", "broken")], Framing())
