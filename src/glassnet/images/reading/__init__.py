"""Reading images: pictures, DICOM, NIfTI and arrays; every file gives an image or the reason why it gives none."""

from glassnet.images.reading.likeness import Grouping, Likenesses, combined, patients
from glassnet.images.reading.picture import Picture, Reading, Unread
from glassnet.images.reading.read import MaskSource, read_images
from glassnet.images.reading.source import count_files

__all__ = [
    "Grouping",
    "Likenesses",
    "MaskSource",
    "Picture",
    "Reading",
    "Unread",
    "combined",
    "count_files",
    "patients",
    "read_images",
]
