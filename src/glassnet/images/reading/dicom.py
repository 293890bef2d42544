"""DICOM files, decoded by pydicom: gray values in their units, and no text of the header kept."""

from __future__ import annotations

import hashlib
import secrets
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import MissingDependency
from glassnet.images.reading.picture import CannotRead, Picture, Reading, which
from glassnet.images.reading.raster import without_color

Array = NDArray[Any]
IDENTIFYING = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientBirthTime", "OtherPatientIDs", "OtherPatientNames",
    "PatientAddress", "PatientTelephoneNumbers", "PatientMotherBirthName", "PatientBirthName", "MilitaryRank",
    "IssuerOfPatientID", "EthnicGroup", "Occupation", "PatientComments", "AccessionNumber", "StudyID", "StudyDate",
    "AcquisitionDate", "ContentDate", "SeriesDate", "InstitutionName", "InstitutionAddress", "ReferringPhysicianName",
    "PerformingPhysicianName", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "OperatorsName", "StationName",
    "DeviceSerialNumber", "RequestingPhysician", "StudyDescription", "BurnedInAnnotation",
)  # fmt: skip
"""Fields that can identify a person (after PS3.15, annex E); only whether they are filled is looked at."""
_SALT = secrets.token_bytes(16)  # digests of patient ids mean nothing outside this process
_COMPRESSED = "pylibjpeg pylibjpeg-openjpeg pylibjpeg-libjpeg"
"""Decoders of JPEG 2000, lossless JPEG and JPEG-LS; the last is under the GPL, so that nobody gets it unasked."""


def is_dicom(start: bytes, path: Path) -> bool:
    """Whether a file is a DICOM file, by its mark or by its ending."""
    return start[128:132] == b"DICM" or path.suffix.lower() in (".dcm", ".dicom")


def read_dicom(path: Path, name: str, reading: Reading) -> Picture:
    """The pixels of a DICOM file with rescale slope and intercept, palette, color space and inversion applied."""
    try:
        import pydicom
        from pydicom import pixels as decode
    except ImportError:
        raise MissingDependency(
            "Reading DICOM files needs pydicom, which is not installed. Run: pip install 'glassnet[images]'"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every oddity of a header that is not kept
        try:
            data = pydicom.dcmread(path, force=True)
            if "PixelData" not in data:
                known = data.preamble is not None or "SOPClassUID" in data
                raise CannotRead("a DICOM file without pixels" if known else "not an image, despite its name")
            frames = int(data.get("NumberOfFrames") or 1)
            reading.check_size(frames, data.get("Rows") or 0, data.get("Columns") or 0)
            values, remarks = _values(data, decode, frames)
        except CannotRead:
            raise
        except MemoryError:
            raise CannotRead("it does not fit into memory") from None
        except Exception as error:
            raise CannotRead(_reason(error)) from None
        kept = reading.chosen(frames)
        if frames > 1:
            remarks.append(f"of {frames} frames {which(kept, frames)}")
        values = values[kept]
        if values.shape[3] == 1:
            values, more = _in_unit(values, data, decode, reading)
            remarks += more
    identifying = tuple(field for field in IDENTIFYING if _is_filled(data, field))
    patient = str(data.get("PatientID") or "")
    group = hashlib.blake2b(patient.encode(), key=_SALT, digest_size=8).hexdigest() if patient.strip() else None
    return Picture(name, values, group=group, spacing=_spacing(data), identifying=identifying, remarks=tuple(remarks))


def _values(data: Any, decode: Any, frames: int) -> tuple[Array, list[str]]:
    """The stored values, shape (frames, rows, columns, channels); colors as red, green and blue."""
    photometric = str(data.get("PhotometricInterpretation", "MONOCHROME2"))
    values = decode.pixel_array(data) if hasattr(data, "file_meta") else data.pixel_array
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    remarks = []
    if photometric == "PALETTE COLOR":
        values = decode.apply_color_lut(values, data)
    color = int(data.get("SamplesPerPixel") or 1) == 3 or photometric == "PALETTE COLOR"
    values = values.reshape(frames, int(data.Rows), int(data.Columns), 3 if color else 1)
    if color and values.dtype == np.uint16 and photometric == "PALETTE COLOR" and values.max() > 255:
        values = (values >> 8).astype(np.uint8)
    if photometric == "MONOCHROME1":
        bits, signed = int(data.BitsStored), int(data.get("PixelRepresentation") or 0)
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        values = (low + high - values.astype(np.int64)).astype(values.dtype)
        remarks.append("inverted: it is stored with white as its smallest value")
    return (without_color(values) if color else values), remarks


def _in_unit(values: Array, data: Any, decode: Any, reading: Reading) -> tuple[Array, list[str]]:
    """Stored values in their unit (Hounsfield units for CT), clipped to the window if requested."""
    remarks = []
    slope, intercept = data.get("RescaleSlope"), data.get("RescaleIntercept")
    if data.get("ModalityLUTSequence") or (slope is not None and intercept is not None):
        values = np.asarray(decode.apply_rescale(values, data))
        if slope is not None and (float(slope), float(intercept)) != (1.0, 0.0):
            remarks.append("rescale slope and intercept applied")
    center, width = data.get("WindowCenter"), data.get("WindowWidth")
    if reading.window and center is not None and width is not None:
        middle, span = (float(np.ravel(np.asarray(part, float))[0]) for part in (center, width))
        if span > 0:
            values = np.clip(values.astype(np.float64), middle - span / 2, middle + span / 2)
            remarks.append("cut to the window of its header")
    return values, remarks


def _is_filled(data: Any, field: str) -> bool:
    """Whether a header field is present and not empty."""
    value = data.get(field)
    return bool(str(value).strip()) and value is not None and not (field == "BurnedInAnnotation" and value != "YES")


def _spacing(data: Any) -> tuple[float, float, float] | None:
    """Millimeters between slices, rows and columns."""
    between = data.get("PixelSpacing")
    if between is None or len(between) != 2:
        return None
    slices = data.get("SpacingBetweenSlices") or data.get("SliceThickness") or between[0]
    spacing = (float(slices), float(between[0]), float(between[1]))
    return spacing if all(np.isfinite(step) and step > 0 for step in spacing) else None


def _reason(error: Exception) -> str:
    """Why pydicom could not decode; a missing plugin with what installs it."""
    text = " ".join((str(error) or type(error).__name__).split())[:200]
    if "missing dependencies" in text:
        return f"its compression needs a decoder that is not installed: pip install {_COMPRESSED}"
    if "available plugins" in text:
        return f"damaged, or compressed in a way that no decoder here supports (try pip install {_COMPRESSED}): {text}"
    return f"damaged or cut off: {text}"
