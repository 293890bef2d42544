"""Every pitfall of reading images: each is handled as the guide says, or the file is named with its reason."""

import os
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, FileError, ShapeError
from glassnet.images.reading import MaskSource, Picture, Reading, Unread, count_files, read_images
from glassnet.images.reading.archive import from_arrays

Image = pytest.importorskip("PIL.Image")
pydicom = pytest.importorskip("pydicom")
nibabel = pytest.importorskip("nibabel")
RAMP = np.arange(12 * 10, dtype=np.uint8).reshape(12, 10) * 2


def save(path, pixels, **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **settings)
    return path


def only(source, **settings):
    """The single result of a source."""
    (found,) = read_images(source, **settings)
    return found


def reason(source, **settings):
    found = only(source, **settings)
    assert isinstance(found, Unread), found
    return found.reason


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_with_a_sub_folder_per_class(tmp_path):
    save(tmp_path / "ill" / "a.png", RAMP)
    save(tmp_path / "ill" / "deeper" / "b.png", RAMP)
    save(tmp_path / "wohl auf" / "größe-肺.png", RAMP)
    save(tmp_path / "beside.png", RAMP)
    (tmp_path / "ill" / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("passed over")
    found = list(read_images(tmp_path))
    assert [(p.name, p.label) for p in found if isinstance(p, Picture)] == [
        ("beside.png", None), ("ill/a.png", "ill"), ("ill/deeper/b.png", "ill"), ("wohl auf/größe-肺.png", "wohl auf"),
    ]  # fmt: skip
    assert [p for p in found if isinstance(p, Unread)] == [Unread("ill/notes.txt", "not an image")]
    assert count_files(tmp_path) == 5


def test_what_systems_add_to_folders_is_passed_over(tmp_path):
    save(tmp_path / "ill" / "a.PNG", RAMP)
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "ill/Thumbs.db", "__MACOSX/ill/._a.PNG"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0\5\x16\7")
    assert only(tmp_path).label == "ill"


def test_a_zip_file_is_read_as_its_folder(tmp_path):
    for name in ("scans/ill/a.png", "scans/well/b.png"):
        save(tmp_path / name, RAMP + len(name))
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as bundle:
        for name in ("scans/ill/a.png", "scans/well/b.png"):
            bundle.write(tmp_path / name, name)
        bundle.writestr("__MACOSX/scans/._a.png", b"1")
        bundle.writestr("../../out.png", b"1")
    left, *found = read_images(tmp_path / "scans.zip")
    assert (left.name, left.reason) == ("../../out.png", "its path leads out of the archive")
    direct = list(read_images(tmp_path / "scans"))
    assert [(each.name, each.label) for each in found] == [("ill/a.png", "ill"), ("well/b.png", "well")]
    assert all((zipped.pixels == plain.pixels).all() for zipped, plain in zip(found, direct, strict=True))
    assert not list(Path(tempfile.gettempdir()).glob("glassnet-*/scans"))


def test_many_tiny_files_are_read_one_by_one(tmp_path):
    """The reader never holds more than the image that it gives; the first comes before the others are opened."""
    first = save(tmp_path / "00000.png", RAMP)
    for number in range(1, 300):
        (tmp_path / f"{number:05d}.png").write_bytes(first.read_bytes())
    stream = read_images(tmp_path)
    assert next(stream).name == "00000.png"
    for path in list(tmp_path.iterdir()):
        if path.name != "00000.png":
            path.write_bytes(b"")  # would be seen as images if they had been read ahead
    assert Counter(p.reason for p in stream) == {"an empty file": 299}


def test_links_that_lead_out_are_not_followed(tmp_path):
    outside = save(tmp_path / "outside" / "secret.png", RAMP)
    folder = tmp_path / "scans"
    save(folder / "a.png", RAMP)
    (folder / "inside.png").symlink_to(folder / "a.png")
    (folder / "link.png").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "broken.png").symlink_to(folder / "nowhere.png")
    found = {p.name: p for p in read_images(folder)}
    assert isinstance(found["inside.png"], Picture)
    assert "leads out of the folder" in found["link.png"].reason
    assert "leads out of the folder" in found["folder"].reason
    assert found["broken.png"].reason == "not a file"


def test_a_column_of_paths_stays_in_its_folder(tmp_path):
    folder = tmp_path / "scans"
    save(folder / "a.png", RAMP)
    outside = save(tmp_path / "outside.png", RAMP)
    (folder / "link.png").symlink_to(outside)
    (folder / "sub").mkdir()
    cells = ["a.png", "../outside.png", str(outside), "link.png", "b.png", None, "  ", "a\0.png", "sub/../a.png"]
    found = list(read_images(cells, folder=folder))
    assert [isinstance(p, Picture) for p in found] == [True] + [False] * 7 + [True]
    assert [p.reason for p in found[1:4]] == [f"lies outside the folder {folder}"] * 3
    assert found[4].reason == "there is no such file"
    assert found[5] == Unread("row 6", "no path")
    assert found[7].reason.startswith("not a path")
    with pytest.raises(ConfigurationError, match="needs folder="):
        read_images(cells)


def test_sources_that_are_none(tmp_path):
    with pytest.raises(FileError, match="There is no file or folder"):
        read_images(tmp_path / "nothing")
    assert list(read_images(tmp_path)) == []


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "gif"])
def test_gray_values_stay_as_they_are(tmp_path, ending):
    found = only(save(tmp_path / f"a.{ending}", RAMP))
    np.testing.assert_array_equal(found.gray[0], RAMP)
    assert found.pixels.shape == (1, 12, 10, 1)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits(tmp_path, ending):
    pixels = RAMP.astype(np.uint16) * 257 + 3
    np.testing.assert_array_equal(only(save(tmp_path / f"a.{ending}", pixels)).gray[0], pixels)


def test_twelve_bits_and_floats_keep_their_values(tmp_path):
    twelve = RAMP.astype(np.uint16) * 17
    assert only(save(tmp_path / "a.tif", twelve)).gray.max() == twelve.max()
    floats = RAMP.astype(np.float32) / 7
    np.testing.assert_array_equal(only(save(tmp_path / "b.tif", floats)).gray[0], floats)


def test_exif_rotation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned a quarter clockwise
    found = only(save(tmp_path / "a.png", RAMP, exif=exif))
    np.testing.assert_array_equal(found.gray[0], np.rot90(RAMP, -1))
    assert found.remarks == ("turned as its EXIF data say",)
    assert only(save(tmp_path / "b.png", RAMP)).remarks == ()


def test_colors_palettes_and_grays_in_colors(tmp_path):
    color = np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, 9)], axis=-1)
    found = only(save(tmp_path / "rgb.png", color))
    np.testing.assert_array_equal(found.pixels[0], color)
    expected = color @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(found.gray[0], expected)
    gray = only(save(tmp_path / "gray.png", np.stack([RAMP] * 3, axis=-1)))
    np.testing.assert_array_equal(gray.pixels[0, ..., 0], RAMP)
    few = (RAMP // 64)[..., None] * np.array([60, 30, 10], np.uint8)
    palette = Image.fromarray(few).quantize(8)
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(only(tmp_path / "palette.png").pixels[0], np.asarray(palette.convert("RGB")))
    Image.fromarray(color).convert("CMYK").save(tmp_path / "cmyk.tif")
    assert only(tmp_path / "cmyk.tif").pixels.shape == (1, 12, 10, 3)
    Image.fromarray(RAMP > 100).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(only(tmp_path / "bits.png").gray[0], RAMP > 100)


def test_transparent_pixels_are_laid_on_black(tmp_path):
    alpha = np.full((12, 10), 255, np.uint8)
    alpha[:3] = 0
    found = only(save(tmp_path / "a.png", np.stack([RAMP, RAMP, RAMP, alpha], axis=-1)))
    assert (found.gray[0, :3] == 0).all()
    np.testing.assert_array_equal(found.gray[0, 3:], RAMP[3:])
    assert found.remarks == ("its transparent pixels are laid on black",)
    opaque = only(save(tmp_path / "b.png", np.stack([RAMP, RAMP, RAMP, np.full_like(alpha, 255)], axis=-1)))
    assert opaque.remarks == ()


def test_of_many_frames_the_first(tmp_path):
    frames = [Image.fromarray(RAMP + k) for k in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    found = only(tmp_path / "a.tif")
    np.testing.assert_array_equal(found.gray[0], RAMP)
    assert found.remarks == ("of 3 frames the first is read",)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp"])
def test_truncated_files(tmp_path, ending):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path = save(tmp_path / f"a.{ending}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert "damaged or cut off" in reason(path)


def chunk(name, data):
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(width, height):
    """A PNG file that says it is so large, with almost nothing in it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (10_001, 10_000)])
def test_bombs_are_refused_before_they_are_decoded(tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(*size))
    assert "pixels" in reason(path)
    assert "--most-pixels" in reason(path)
    small = save(tmp_path / "a.png", RAMP)
    assert "12" in reason(small, reading=Reading(most_pixels=100))


def test_sixteen_bits_per_color_are_said_to_be_read_as_eight(tmp_path):
    lines = b"".join(b"\0" + np.arange(30, dtype=">u2").tobytes() for _ in range(10))
    body = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 16, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))
    assert only(tmp_path / "a.png").remarks == ("16 bits per color are read as 8",)


def test_files_that_are_named_as_images(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    (tmp_path / "b.jpg").write_bytes(b"")
    (tmp_path / "c.dcm").write_text("hello")
    (tmp_path / "d.nii").write_text("hello")
    np.save(tmp_path / "e.npy", RAMP)
    save(tmp_path / "really.jpg", RAMP, format="PNG")
    found = {p.name: p for p in read_images(tmp_path)}
    assert found["a.png"].reason == "not an image, though it is named .png"
    assert found["b.jpg"].reason == "an empty file"
    assert isinstance(found["really.jpg"], Picture)
    assert found["c.dcm"].reason == "not an image, despite its name"
    assert "damaged" in found["d.nii"].reason
    assert "give it by itself" in found["e.npy"].reason


# --- DICOM -----------------------------------------------------------------------------------------------------------


def shipped(name):
    from pydicom.data import get_testdata_file

    return Path(get_testdata_file(name, download=False) or pytest.skip(f"{name} is not shipped"))


def dicom(path, pixels, **fields):
    """A small DICOM file made by pydicom."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    bits = pixels.dtype.itemsize * 8
    data.Rows, data.Columns = pixels.shape[-2:]
    data.SamplesPerPixel, data.BitsAllocated, data.BitsStored, data.HighBit = 1, bits, bits, bits - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.PhotometricInterpretation = "MONOCHROME2"
    if pixels.ndim == 3:
        data.NumberOfFrames = len(pixels)
    data.PixelData = pixels.tobytes()
    for name, value in fields.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


def test_rescale_gives_hounsfield_units(tmp_path):
    pixels = RAMP.astype(np.int16)
    path = dicom(tmp_path / "a.dcm", pixels, RescaleSlope=2, RescaleIntercept=-1024, PixelSpacing=[0.5, 0.7],
                 SliceThickness=3)  # fmt: skip
    found = only(path)
    np.testing.assert_array_equal(found.gray[0], pixels * 2.0 - 1024)
    assert found.remarks == ("rescale slope and intercept applied",)
    assert found.spacing == (3.0, 0.5, 0.7)


def test_white_as_the_smallest_value(tmp_path):
    twelve = RAMP.astype(np.uint16) * 16
    path = dicom(tmp_path / "a.dcm", twelve, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    found = only(path)
    np.testing.assert_array_equal(found.gray[0], 4095 - twelve)
    assert "inverted" in found.remarks[0]
    signed = dicom(tmp_path / "b.dcm", RAMP.astype(np.int16) - 50, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(only(signed).gray[0], -1 - (RAMP.astype(np.int64) - 50))


def test_window_only_where_asked_for(tmp_path):
    path = dicom(tmp_path / "a.dcm", RAMP.astype(np.uint16), WindowCenter=[100, 7], WindowWidth=[40, 9])
    np.testing.assert_array_equal(only(path).gray[0], RAMP)
    cut = only(path, reading=Reading(window=True))
    np.testing.assert_array_equal(cut.gray[0], np.clip(RAMP.astype(float), 80, 120))
    assert "cut to the window of its header" in cut.remarks


def test_no_text_of_a_header_is_kept(tmp_path):
    secret = "Doe^Jane"
    paths = [
        dicom(tmp_path / f"{k}.dcm", RAMP, PatientName=secret, PatientID=who, InstitutionName="St. Elsewhere")
        for k, who in enumerate(("4711", "4711", "4712", ""))
    ]
    found = [only(path) for path in paths]
    assert found[0].identifying == ("PatientName", "PatientID", "InstitutionName")
    assert found[3].identifying == ("PatientName", "InstitutionName")
    assert found[0].group == found[1].group != found[2].group
    assert found[3].group is None
    kept = repr(found)
    assert not any(text in kept for text in ("Doe", "Jane", "4711", "Elsewhere"))


def test_dicom_without_pixels_and_too_large(tmp_path):
    path = dicom(tmp_path / "a.dcm", RAMP)
    data = pydicom.dcmread(path)
    del data.PixelData
    data.save_as(tmp_path / "b.dcm")
    assert reason(tmp_path / "b.dcm") == "a DICOM file without pixels"
    huge = dicom(tmp_path / "c.dcm", RAMP, Rows=60_000, Columns=60_000)
    assert "60000 x 60000" in reason(huge)
    path.write_bytes(path.read_bytes()[:-40])
    assert "damaged or cut off" in reason(path)


def test_frames_of_a_dicom_file(tmp_path):
    frames = np.stack([RAMP + k for k in range(5)])
    path = dicom(tmp_path / "a.dcm", frames)
    np.testing.assert_array_equal(only(path).gray, frames[2:3])
    assert only(path).remarks == ("of 5 frames number 2 is read (counted from 0)",)
    np.testing.assert_array_equal(only(path, reading=Reading("all")).gray, frames)
    np.testing.assert_array_equal(only(path, reading=Reading("3 central")).gray, frames[1:4])
    np.testing.assert_array_equal(only(path, reading=Reading("4")).gray, frames[4:])
    assert "slice 5 was asked for" in reason(path, reading=Reading("5"))
    with pytest.raises(ConfigurationError, match="not a choice of slices"):
        Reading("-1")


def test_every_file_that_pydicom_ships_gives_an_image_or_a_reason():
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    paths = sorted(folder.glob("*.dcm"))
    found = [only(path) for path in paths]
    read = [p for p in found if isinstance(p, Picture)]
    assert len(found) > 60
    assert len(read) > 0.5 * len(found)
    for picture in read:
        assert picture.pixels.ndim == 4
        assert picture.pixels.shape[3] in (1, 3)
        assert picture.pixels.dtype.kind in "iuf"
        assert picture.pixels.dtype.isnative
    assert all(p.reason and "\n" not in p.reason for p in found if isinstance(p, Unread))


@pytest.mark.parametrize(
    ("name", "channels"),
    [("CT_small.dcm", 1), ("MR_small.dcm", 1), ("examples_palette.dcm", 3), ("examples_ybr_color.dcm", 3),
     ("examples_rgb_color.dcm", 3)],
)  # fmt: skip
def test_color_spaces_that_pydicom_ships(name, channels):
    found = only(shipped(name))
    assert found.pixels.shape[3] == channels


def test_ybr_becomes_red_green_and_blue(tmp_path):
    from pydicom.pixels import convert_color_space

    color = np.zeros((8, 8, 3), np.uint8)
    color[..., 0] = 200
    ybr = convert_color_space(color, "RGB", "YBR_FULL")
    path = dicom(tmp_path / "a.dcm", np.zeros((8, 8), np.uint8), SamplesPerPixel=3, PlanarConfiguration=0,
                 PhotometricInterpretation="YBR_FULL", PixelData=ybr.tobytes())  # fmt: skip
    np.testing.assert_allclose(only(path).pixels[0].astype(int), color, atol=2)


# --- NIfTI -----------------------------------------------------------------------------------------------------------


def test_volumes(tmp_path):
    volume = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)  # x, y, z
    path = tmp_path / "a.nii.gz"
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([2.0, 3.0, 4.0, 1.0])), path)
    found = only(path)
    np.testing.assert_array_equal(found.gray[0], volume[:, ::-1, 3].T)
    assert found.spacing == (4.0, 3.0, 2.0)
    whole = only(path, reading=Reading("all"))
    assert whole.pixels.shape == (6, 5, 4, 1)
    flipped = tmp_path / "b.nii"
    nibabel.save(nibabel.Nifti1Image(volume[::-1], np.diag([-2.0, 3.0, 4.0, 1.0])), flipped)
    np.testing.assert_array_equal(only(flipped, reading=Reading("all")).gray, whole.gray)
    series = tmp_path / "c.nii"
    nibabel.save(nibabel.Nifti1Image(np.stack([volume, volume + 1], -1), np.eye(4)), series)
    assert only(series).remarks[0] == "of 2 volumes the first is read"
    path.write_bytes(path.read_bytes()[:100])
    assert "damaged or cut off" in reason(path)


def test_scaling_of_volumes(tmp_path):
    image = nibabel.Nifti1Image(np.arange(8, dtype=np.int16).reshape(2, 2, 2), np.eye(4))
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, tmp_path / "a.nii")
    assert only(tmp_path / "a.nii", reading=Reading("all")).gray.max() == pytest.approx(13.5)


# --- arrays ----------------------------------------------------------------------------------------------------------


def test_archives_in_the_layout_of_medmnist(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, train_images=np.zeros((3, 4, 4), np.uint8), train_labels=[[1], [0], [1]],
             test_images=np.zeros((2, 4, 4, 3), np.uint8), test_labels=[[0], [1]])  # fmt: skip
    found = list(read_images(path))
    assert [(p.name, p.label) for p in found] == [
        ("train/0", "1"), ("train/1", "0"), ("train/2", "1"), ("test/0", "0"), ("test/1", "1"),
    ]  # fmt: skip
    assert [p.name for p in read_images(path, parts=("test",))] == ["test/0", "test/1"]
    with pytest.raises(FileError, match="no part 'val'"):
        list(read_images(path, parts=("val",)))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"scans": np.zeros((2, 3, 3))}, "holds the arrays scans"),
        ({"train_images": np.zeros((2, 3, 3)), "train_labels": np.zeros((2, 5))}, "has 5 labels for each image"),
        ({"images": np.array([object()])}, "cannot be read"),
    ],
)
def test_archives_that_are_none(tmp_path, arrays, words):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    with pytest.raises(FileError, match=words):
        list(read_images(path))


def test_damaged_archives(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK no archive")
    (tmp_path / "b.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(FileError, match="Write it again"):
        list(read_images(tmp_path / "a.npz"))
    with pytest.raises(FileError, match="Save it again"):
        list(read_images(tmp_path / "b.npy"))


def test_arrays():
    assert [p.gray.shape for p in from_arrays(np.zeros((2, 5, 6, 3)))] == [(1, 5, 6)] * 2
    for bad in (np.zeros((5, 6)), np.zeros((2, 5, 6, 4)), np.array([["a"]])):
        with pytest.raises(ShapeError, match="is not a set of images"):
            list(from_arrays(bad))
    with pytest.raises(ShapeError, match="one label per image"):
        list(from_arrays(np.zeros((2, 5, 6)), np.zeros(3)))


# --- masks -----------------------------------------------------------------------------------------------------------


def test_masks_in_a_folder_beside_and_alone(tmp_path):
    scans, masks = tmp_path / "scans", tmp_path / "masks"
    marked = (RAMP > 100).astype(np.uint8) * 255
    save(scans / "ill" / "a.png", RAMP)
    save(masks / "ill" / "a.tif", marked)
    found = only(scans, masks=MaskSource(masks))
    np.testing.assert_array_equal(found.mask[0], RAMP > 100)
    save(tmp_path / "both" / "a.png", RAMP)
    save(tmp_path / "both" / "a_mask.png", marked)
    assert only(tmp_path / "both", masks=MaskSource(suffix="_mask")).mask.sum() == (RAMP > 100).sum()
    assert only(scans / "ill" / "a.png", masks=MaskSource(masks / "ill" / "a.tif")).mask.any()


def test_masks_that_do_not_fit(tmp_path):
    scans, masks = tmp_path / "scans", tmp_path / "masks"
    for name in ("empty", "missing", "other", "size", "value"):
        save(scans / f"{name}.png", RAMP)
    save(masks / "empty.png", np.zeros_like(RAMP))
    save(masks / "size.png", RAMP[:5])
    save(masks / "other.png", RAMP)
    (masks / "other.png").write_text("x")
    save(masks / "value.png", np.full_like(RAMP, 2))
    found = {p.name: p for p in read_images(scans, masks=MaskSource(masks))}
    assert "is empty" in found["empty.png"].reason
    assert "it has no mask: there is no file of its name" in found["missing.png"].reason
    assert found["size.png"].reason == "its mask has the shape 5 x 10, the image 12 x 10"
    assert "not an image" in found["other.png"].reason
    assert found["value.png"].mask.all()
    again = {p.name: p for p in read_images(scans, masks=MaskSource(masks, value=1))}
    assert "anything with the value 1" in again["value.png"].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_without_the_right_to_read(tmp_path):
    path = save(tmp_path / "a.png", RAMP)
    path.chmod(0)
    assert "cannot be opened" in reason(path)
