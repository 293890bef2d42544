"""NIfTI volumes, decoded by nibabel."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import MissingDependency
from glassnet.images.reading.picture import CannotRead, Picture, Reading, which


def is_nifti(path: Path) -> bool:
    """Whether a file is named as a NIfTI volume."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def read_nifti(path: Path, name: str, reading: Reading) -> Picture:
    """A volume with scaling applied, turned so that slices go from foot to head and rows from front to back."""
    try:
        import nibabel
    except ImportError:
        raise MissingDependency(
            "Reading NIfTI volumes needs nibabel, which is not installed. Run: pip install 'glassnet[images]'"
        ) from None
    remarks = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            volume: Any = nibabel.load(path)
            reading.check_size(*volume.shape)
            if len(volume.shape) not in (3, 4):
                raise CannotRead(f"it has {len(volume.shape)} dimensions; a volume has 3")
            if len(volume.shape) == 4:
                if volume.shape[3] > 1:
                    remarks.append(f"of {volume.shape[3]} volumes the first is read")
                volume = volume.slicer[..., :1]
            volume = nibabel.as_closest_canonical(volume)  # type: ignore[no-untyped-call]
            values = np.asarray(volume.dataobj)
        except CannotRead:
            raise
        except MemoryError:
            raise CannotRead("it does not fit into memory") from None
        except Exception as error:
            raise CannotRead(
                f"damaged or cut off: {(str(error) or type(error).__name__).splitlines()[0][:160]}"
            ) from None
    if values.dtype.kind not in "biuf":
        raise CannotRead(f"its values are {values.dtype}, not plain numbers")
    values = values.reshape(values.shape[:3]).transpose(2, 1, 0)[:, ::-1]
    kept = reading.chosen(len(values))
    if len(values) > 1:
        remarks.append(f"of {len(values)} slices {which(kept, len(values))}")
    steps = [float(step) for step in volume.header.get_zooms()[:3]]
    spacing = (steps[2], steps[1], steps[0]) if all(np.isfinite(s) and s > 0 for s in steps) else None
    identifying = tuple(
        f"NIfTI {field}" for field in ("descrip", "db_name", "aux_file")
        if field in volume.header and bytes(volume.header[field].tobytes()).strip(b"\0 ")
    )  # fmt: skip
    return Picture(name, np.ascontiguousarray(values[kept])[..., None], spacing=spacing, identifying=identifying,
                   remarks=tuple(remarks))  # fmt: skip
