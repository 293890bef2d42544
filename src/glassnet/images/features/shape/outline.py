"""The shape of a flat mask: area, perimeter, and how it lies in its hull."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows
from glassnet.images.features.shape.mesh import segments
from glassnet.images.features.shape.spread import extent, hull

REFERENCE = "the two-dimensional counterpart of IBSI's family HCUG; written for glassnet"


def outline_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """The segments of the outline with their lengths and the areas that they span with the middle."""
    lengths, areas, owner, far, constants, places = [], [], [], [], [], []
    for image in range(region.n_images):
        mask = region.mask[image, 0]
        ends, squares = segments(mask, region.spacing[1:])
        middle = ends.reshape(-1, 2).mean(0)
        start, end = ends[:, 0] - middle, ends[:, 1] - middle
        area = (start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]) / 2
        area *= np.sign(area.sum())
        length = np.linalg.norm(end - start, axis=1)
        around, farthest = hull(np.unique(ends.reshape(-1, 2), axis=0))
        box = extent(region.mask[image])[1:] * region.spacing[1:]
        constants.append({"A": area.sum(), "P": length.sum(), "A_hull": around[0], "P_hull": around[1],
                          "A_box": box.prod()})  # fmt: skip
        lengths.append(length)
        areas.append(area)
        owner.append(np.full(len(area), image))
        far.append(farthest[1] - farthest[0])
        places.append(squares)
    names = {name: np.array([each[name] for each in constants]) for name in constants[0]}
    slot = np.arange(region.n_images)

    def behind() -> Members:
        squares, corners = places[0], np.array(((0, 0), (0, 1), (1, 1), (1, 0)))
        row, corner = np.nonzero(squares[:, :1] >> np.arange(4) & 1)
        return Members(row, row, np.ravel_multi_index(tuple((squares[row, 1:] + corners[corner]).T), region.shape[1:]))

    def all_pixels() -> Members:
        pixel = np.flatnonzero(region.mask[0])
        return Members(np.zeros(len(pixel), np.int64), np.arange(len(pixel)), pixel)

    span = {"d_row": np.array(far)[:, 0], "d_column": np.array(far)[:, 1]}
    columns = {"length": np.concatenate(lengths), "area": np.concatenate(areas)}
    return {
        "segments": Rows("segment of the outline", columns, np.concatenate(owner), names, slot, region.n_images,
                         behind),
        "farthest": Rows("pair of outline points", span, slot, {}, slot, region.n_images, all_pixels),
    }  # fmt: skip


SOURCES["outline"] = outline_rows
_SEGMENTS, _FARTHEST = ("outline", "", "segments"), ("outline", "", "farthest")
_PIXELS, _SHIFT = ("spread", "", "pixels"), ("center", "", "shift")
_AXIS = "4 * sqrt(S / max(N - 1, 1))"
for _name, _title, _source, _each, _whole, _unit in (
    ("area_counted", "area of the pixels", _PIXELS, "v", "S", "area"),
    ("area", "area inside the outline", _SEGMENTS, "area", "S", "area"),
    ("perimeter", "perimeter", _SEGMENTS, "length", "S", "length"),
    ("perimeter_to_area", "perimeter to area ratio", _SEGMENTS, "length", "S / A", "1/length"),
    ("compactness", "compactness (1 for a circle)", _SEGMENTS, "area", "4 * pi * S / P ** 2", ""),
    ("convexity", "convexity (perimeter of the hull to that of the mask)", _SEGMENTS, "length", "P_hull / S", ""),
    ("solidity", "solidity (share of its convex hull that the mask fills)", _SEGMENTS, "area", "S / A_hull", ""),
    ("area_in_box", "share of its box that the mask fills", _SEGMENTS, "area", "S / A_box", ""),
    ("diameter", "largest diameter", _FARTHEST, "d_row ** 2 + d_column ** 2", "sqrt(S)", "length"),
    ("major_axis", "major axis length", _PIXELS, "u1 ** 2", _AXIS, "length"),
    ("minor_axis", "minor axis length", _PIXELS, "u2 ** 2", _AXIS, "length"),
    ("elongation", "elongation (minor to major axis)", _PIXELS, "u2 ** 2",
     "sqrt(S / max(N - 1, 1)) / length_1", ""),
    ("center_shift", "distance between the centers of mask and gray values", _SHIFT, "shift ** 2", "sqrt(S)",
     "length"),
    ("moran", "Moran's I: likeness of near gray values", _PIXELS, "(x - mean) * lag",
     "N / W * S / (N * sd ** 2)", ""),
    ("geary", "Geary's C: difference of near gray values", _PIXELS, "difference",
     "(N - 1) / (2 * W) * S / (N * sd ** 2)", ""),
):  # fmt: skip
    features.register(
        Feature(
            f"outline_{_name}", _title, "outline", f"{_title} of a flat mask", Expression(_each), Expression(_whole),
            _source, _unit, REFERENCE, mask="needed", dimensions="2D",
        )
    )  # fmt: skip
