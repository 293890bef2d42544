"""PNG, JPEG, TIFF, BMP and other pictures, decoded by Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import MissingDependency
from glassnet.images.reading.picture import SCALES, CannotRead, Picture, Reading

Array = NDArray[Any]
FORMATS = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"II*\x00": "TIFF", b"MM\x00*": "TIFF", b"BM": "BMP", b"GIF8": "GIF",
    b"RIFF": "WEBP", b"P5": "PPM", b"P6": "PPM",
}  # fmt: skip
"""First bytes -> the only decoder that may see the file."""
_ORIENTATION = 0x0112


def decoder(start: bytes) -> str | None:
    """The format that the first bytes of a file indicate."""
    return next((name for mark, name in FORMATS.items() if start.startswith(mark)), None)


def read_raster(path: Path, name: str, reading: Reading, format_: str) -> Picture:
    """A picture as it was taken: turned as its EXIF says, palettes and other color spaces as red, green and blue."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise MissingDependency(
            "Reading pictures needs Pillow, which is not installed. Run: pip install 'glassnet[images]'"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow only warns of sizes; the limit below raises
        try:
            with Image.open(path, formats=[format_]) as image:
                reading.check_size(*image.size)
                remarks = _frames(image)
                if any("16" in str(tile[-1]) and image.mode in ("RGB", "RGBA") for tile in image.tile):
                    remarks.append("16 bits per color are read as 8")
                image.load()
                turned = ImageOps.exif_transpose(image)
                if image.getexif().get(_ORIENTATION, 1) not in (0, 1):
                    remarks.append("turned as its EXIF data say")
                pixels, more = _channels(turned)
        except CannotRead:
            raise
        except Image.DecompressionBombError:
            raise CannotRead(f"it claims to hold more than {reading.most_pixels:,} pixels (--most-pixels)") from None
        except MemoryError:
            raise CannotRead("it does not fit into memory") from None
        except Exception as error:  # decoders meet damaged files with errors of many kinds
            raise CannotRead(f"damaged or cut off: {_first_line(error, path)}") from None
    return Picture(name, pixels[None], remarks=(*remarks, *more))


def _frames(image: Any) -> list[str]:
    """A remark when a file holds several pictures."""
    count = getattr(image, "n_frames", 1)
    return [f"of {count} frames the first is read"] if count > 1 and image.format != "MPO" else []


def _channels(picture: Any) -> tuple[Array, list[str]]:
    """Rows, columns and 1 or 3 channels."""
    from PIL import Image

    remarks: list[str] = []
    mode = picture.mode[:4]  # I;16 with its order of bytes behind it
    if mode in SCALES:
        values = np.asarray(picture, np.uint8 if mode == "1" else None)
        return values.astype(values.dtype.newbyteorder("="))[..., None], [SCALES[mode]]
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        full = picture.convert("RGBA")
        if full.getextrema()[3][0] < 255:
            remarks.append("its transparent pixels are laid on black")
        full = Image.alpha_composite(Image.new("RGBA", full.size, (0, 0, 0, 255)), full)
        picture = full.convert("RGB")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    return without_color(np.asarray(picture).reshape(picture.size[1], picture.size[0], -1)), remarks


def without_color(pixels: Array) -> Array:
    """One channel, where three hold the same."""
    if pixels.shape[-1] == 3 and (pixels[..., :1] == pixels).all():
        return pixels[..., :1]
    return pixels


def _first_line(error: Exception, path: Path) -> str:
    """The first line of a decoder's message, without the path, which its name says."""
    return (str(error) or type(error).__name__).splitlines()[0].replace(f" {str(path)!r}", "")[:200]
