"""Zones: connected pixels of one gray level; their sizes (IBSI 9SAK) and their distances to the border (IBSI VMDZ)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Rows
from glassnet.images.features.texture.aggregation import UNDIRECTED
from glassnet.images.features.texture.emphasis import Quantities, Wording, matrix_rows, register

Array = NDArray[Any]


def zones(region: Region, *, solid: bool) -> Array:
    """The zone of every pixel, counted from 1 through all images, 0 outside the mask."""
    from scipy import ndimage

    structure = np.zeros((3, 3, 3, 3), bool)
    structure[1, slice(None) if solid else 1] = True
    numbers = np.zeros(region.levels.shape, np.int64)
    n_zones = 0
    for level in np.unique(region.levels):
        if level:
            marked, count = ndimage.label(region.levels == level, structure)
            numbers += np.where(marked, marked + n_zones, 0)
            n_zones += count
    return numbers


def distances(region: Region, *, solid: bool) -> Array:
    """Steps of each pixel to the border of the mask, along rows and columns (and slices): 1 at the border."""
    from scipy import ndimage

    result = np.zeros(region.mask.shape, np.int64)
    for image, mask in zip(result, region.mask, strict=True):
        if solid:
            padded = np.pad(mask, 1)
            image[:] = ndimage.distance_transform_cdt(padded, "taxicab")[1:-1, 1:-1, 1:-1]
        else:
            for plane, flat in zip(image, mask, strict=True):
                plane[:] = ndimage.distance_transform_cdt(np.pad(flat, 1), "taxicab")[1:-1, 1:-1]
    return result


def _zone_rows(region: Region, name: str, *, by_distance: bool) -> dict[str, Rows]:
    """The zones of every slice or volume with their gray levels and sizes or distances."""
    aggregation = UNDIRECTED[name]
    depth = region.shape[0]
    numbers = zones(region, solid=name == "3d").ravel()
    inside = np.flatnonzero(numbers)
    zone = numbers[inside] - 1
    count = int(zone.max()) + 1
    first = np.zeros(count, np.int64)
    first[zone[::-1]] = inside[::-1]
    if by_distance:
        steps = distances(region, solid=name == "3d").ravel()[inside]
        quantity = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(quantity, zone, steps)
    else:
        quantity = np.bincount(zone, minlength=count)
    plane = first // (region.shape[1] * region.shape[2])
    group = plane if aggregation.by_slice else plane // depth
    in_group = inside // (region.shape[1] * region.shape[2] * (1 if aggregation.by_slice else depth))
    sizes = np.bincount(in_group, minlength=region.n_images * aggregation.groups(depth)).astype(np.float64)
    things = Quantities(group, region.levels.ravel()[first], quantity, sizes, lambda: (zone, inside))
    word = "distance to the border" if by_distance else "zone size"
    return matrix_rows("zone", word, region, aggregation, things)


SOURCES["size_zone"] = lambda region, name: _zone_rows(region, name, by_distance=False)
SOURCES["distance_zone"] = lambda region, name: _zone_rows(region, name, by_distance=True)
register(
    Wording(
        "size_zone", "size zone", "zone", "zone size", "small zone", "large zone", "szm",
        ("sze", "lze", "lgze", "hgze", "szlge", "szhge", "lzlge", "lzhge", "glnu", "glnu_norm", "zsnu", "zsnu_norm",
         "z_perc", "gl_var", "zs_var", "zs_entr"),
        "5QRC 48P8 XMSY 5GN9 5RAI HW1V YH51 J17V JNSA Y1RO 4JP3 VB3A P30P BYLV 3NSA GU8N", "zone ",
    ),
    list(UNDIRECTED.values()),
)  # fmt: skip
register(
    Wording(
        "distance_zone", "distance zone", "zone", "zone distance", "small distance", "large distance", "dzm",
        ("sde", "lde", "lgze", "hgze", "sdlge", "sdhge", "ldlge", "ldhge", "glnu", "glnu_norm", "zdnu", "zdnu_norm",
         "z_perc", "gl_var", "zd_var", "zd_entr"),
        "0GBI MB4I S1RA K26C RUVG DKNJ A7WM KLTH VFT7 7HP3 V294 IATH VIWW QK93 7WT1 GBDU", "zone ",
    ),
    list(UNDIRECTED.values()), mask="needed",
)  # fmt: skip
