"""The shape of a mask in space (IBSI HCUG), and how gray values lie in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.pixels import pixel_rows
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows
from glassnet.images.features.shape.mesh import CORNERS, triangles
from glassnet.images.features.shape.spread import along_axes, autocorrelated, centers, extent, hull

Array = NDArray[Any]


def ellipsoid_area(axes: Array) -> float:
    """The surface that IBSI gives an ellipsoid with three semi-axes: 20 terms of its series in Legendre polynomials.

    It is the definition behind the reference value. For a sphere it is exact; for the axes of IBSI's phantom it lies
    3.7 % below the true surface. ``(αβ)^k P_k(...)`` comes from the recurrence of the polynomials, so equal axes divide
    by nothing.
    """
    a, b, c = np.sort(axes)[::-1]
    if a <= 0:
        return 0.0
    alpha, beta = 1 - (b / a) ** 2, 1 - (c / a) ** 2
    previous, current, total = 0.0, 1.0, 0.0
    for k in range(21):
        total += current / (1 - 4 * k * k)
        previous, current = (
            current, ((2 * k + 1) * (alpha + beta) / 2 * current - k * alpha * beta * previous) / (k + 1)
        )  # fmt: skip
    return float(4 * np.pi * a * b * total)


def mesh_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """The triangles of the surface with their areas and volumes, and the farthest pair of their corners."""
    areas, volumes, owner, far, constants, cubes_of = [], [], [], [], [], []
    _, lengths = along_axes(region)
    for image in range(region.n_images):
        corners, cubes = triangles(region.mask[image], region.spacing)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        middle = corners.reshape(-1, 3).mean(0)
        area = np.linalg.norm(normal, axis=1) / 2
        volume = np.einsum("ij,ij->i", corners[:, 0] - middle, normal) / 6
        around, farthest = hull(np.unique(corners.reshape(-1, 3), axis=0))
        box = extent(region.mask[image]) * region.spacing
        semi = 2 * lengths[image]
        inside = region.images[image][region.mask[image]]
        constants.append({
            "V": volume.sum(), "A": area.sum(), "V_box": box.prod(),
            "A_box": 2 * (box[0] * box[1] + box[0] * box[2] + box[1] * box[2]),
            "V_ellipsoid": 4 / 3 * np.pi * semi.prod(), "A_ellipsoid": ellipsoid_area(semi),
            "V_hull": around[0], "A_hull": around[1], "mean": inside.mean(),
        })  # fmt: skip
        areas.append(area)
        volumes.append(volume)
        owner.append(np.full(len(area), image))
        far.append(farthest[1] - farthest[0])
        cubes_of.append(cubes)
    names = {name: np.array([each[name] for each in constants]) for name in constants[0]}
    slot = np.arange(region.n_images)

    def behind() -> Members:
        cubes = cubes_of[0]
        row, corner = np.nonzero(cubes[:, :1] >> np.arange(8) & 1)
        pixel = np.ravel_multi_index(tuple((cubes[row, 1:] + CORNERS[corner]).T), region.shape)
        return Members(row, row, pixel)

    def all_pixels() -> Members:
        pixel = np.flatnonzero(region.mask[0])
        return Members(np.zeros(len(pixel), np.int64), np.arange(len(pixel)), pixel)

    triangle_columns = {"area": np.concatenate(areas), "volume": np.concatenate(volumes)}
    span = {name: np.array(far)[:, axis] for axis, name in enumerate(("d_slice", "d_row", "d_column"))}
    return {
        "triangles": Rows("triangle of the surface", triangle_columns, np.concatenate(owner), names, slot,
                          region.n_images, behind),
        "farthest": Rows("pair of surface points", span, slot, {}, slot, region.n_images, all_pixels),
    }  # fmt: skip


def shift_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """How far the center of gray values lies from that of the mask, along slices, rows and columns."""
    slot = np.arange(region.n_images)

    def members() -> Members:
        pixel = np.flatnonzero(region.mask[0])
        return Members(np.repeat(np.arange(3), len(pixel)), np.arange(3 * len(pixel)), np.tile(pixel, 3))

    columns = {"shift": _shifts(region).ravel()}
    return {"shift": Rows("axis", columns, np.repeat(slot, 3), {}, slot, region.n_images, members)}


def _shifts(region: Region) -> Array:
    """From the center of the mask to the center of its gray values, per axis, shape (n, 3)."""
    owner, places = centers(region)
    x = region.images[region.mask]
    total = np.bincount(owner, x, minlength=region.n_images)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack(
            [np.bincount(owner, axis * x) / total - np.bincount(owner, axis) / region.sizes for axis in places.T],
            axis=1,
        )


def spread_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """The pixels inside a mask with their places along its axes, and with what lies around them."""
    owner, _ = centers(region)
    projected, lengths = along_axes(region)
    columns = {f"u{axis + 1}": projected[:, axis] for axis in range(3)} | autocorrelated(region)
    x = region.images[region.mask]
    columns["x"] = x
    base = pixel_rows(region, region.images).constants
    names = {"N": base["N"], "mean": base["mean"], "v": base["volume"], "sd": base["sd"]}
    names |= {"W": np.bincount(owner, columns["w"], minlength=region.n_images), "length_1": lengths[:, 0]}

    def members() -> Members:
        pixel = np.flatnonzero(region.mask[0])
        return Members(np.arange(len(pixel)), np.arange(len(pixel)), pixel)

    slot = np.arange(region.n_images)
    return {"pixels": Rows("pixel", columns, owner, names, slot, region.n_images, members)}


SOURCES["surface"] = mesh_rows
SOURCES["spread"] = spread_rows
SOURCES["center"] = shift_rows

_LENGTH, _SHARE = "4 * sqrt(S / max(N - 1, 1))", "sqrt(S / max(N - 1, 1)) / length_1"
_SURFACE, _PIXELS = ("surface", "", "triangles"), ("spread", "", "pixels")
_RECORDS = (
    ("volume", "volume inside the surface", _SURFACE, "volume", "S", "volume", "volume", "RNU0"),
    ("volume_counted", "volume of the voxels", _PIXELS, "v", "S", "volume", "vol_approx", "YEKZ"),
    ("surface", "surface area", _SURFACE, "area", "S", "area", "area_mesh", "C0JK"),
    ("surface_to_volume", "surface to volume ratio", _SURFACE, "area", "S / V", "1/length", "av", "2PR5"),
    ("compactness_1", "compactness 1", _SURFACE, "volume", "S / (sqrt(pi) * power(A, 3 / 2))", "", "comp_1", "SKGS"),
    ("compactness_2", "compactness 2", _SURFACE, "volume", "36 * pi * S ** 2 / A ** 3", "", "comp_2", "BQWJ"),
    ("spherical_disproportion", "spherical disproportion", _SURFACE, "area", "S / power(36 * pi * V ** 2, 1 / 3)", "",
     "sph_dispr", "KRCK"),
    ("sphericity", "sphericity", _SURFACE, "volume", "power(36 * pi * S ** 2, 1 / 3) / A", "", "sphericity", "QCFX"),
    ("asphericity", "asphericity", _SURFACE, "area", "power(S ** 3 / (36 * pi * V ** 2), 1 / 3) - 1", "",
     "asphericity", "25C7"),
    ("center_shift", "distance between the centers of mask and gray values", ("center", "", "shift"), "shift ** 2",
     "sqrt(S)", "length", "com", "KLMA"),
    ("diameter", "largest diameter", ("surface", "", "farthest"), "d_slice ** 2 + d_row ** 2 + d_column ** 2",
     "sqrt(S)", "length", "diam", "L0JK"),
    ("major_axis", "major axis length", _PIXELS, "u1 ** 2", _LENGTH, "length", "pca_maj_axis", "TDIC"),
    ("minor_axis", "minor axis length", _PIXELS, "u2 ** 2", _LENGTH, "length", "pca_min_axis", "P9VJ"),
    ("least_axis", "least axis length", _PIXELS, "u3 ** 2", _LENGTH, "length", "pca_least_axis", "7J51"),
    ("elongation", "elongation (minor to major axis)", _PIXELS, "u2 ** 2", _SHARE, "",
     "pca_elongation", "Q3CK"),
    ("flatness", "flatness (least to major axis)", _PIXELS, "u3 ** 2", _SHARE, "", "pca_flatness",
     "N17B"),
    ("volume_in_box", "share of its box that the volume fills", _SURFACE, "volume", "S / V_box", "", "vol_dens_aabb",
     "PBX1"),
    ("surface_of_box", "surface to that of its box", _SURFACE, "area", "S / A_box", "", "area_dens_aabb", "R59B"),
    ("volume_in_ellipsoid", "volume to that of the ellipsoid with its axes", _SURFACE, "volume", "S / V_ellipsoid", "",
     "vol_dens_aee", "6BDE"),
    ("surface_of_ellipsoid", "surface to that of the ellipsoid with its axes", _SURFACE, "area", "S / A_ellipsoid", "",
     "area_dens_aee", "RDD2"),
    ("volume_in_hull", "share of its convex hull that the volume fills", _SURFACE, "volume", "S / V_hull", "",
     "vol_dens_conv_hull", "R3ER"),
    ("surface_of_hull", "surface to that of its convex hull", _SURFACE, "area", "S / A_hull", "",
     "area_dens_conv_hull", "7T7F"),
    ("integrated_intensity", "mean gray value times volume", _SURFACE, "volume", "S * mean", "gray value × volume",
     "integ_int", "99N0"),
    ("moran", "Moran's I: likeness of near gray values", _PIXELS, "(x - mean) * lag", "N / W * S / (N * sd ** 2)", "",
     "moran_i", "N365"),
    ("geary", "Geary's C: difference of near gray values", _PIXELS, "difference",
     "(N - 1) / (2 * W) * S / (N * sd ** 2)", "", "geary_c", "NPT7"),
)  # fmt: skip
for _name, _title, _source, _each, _whole, _unit, _tag, _code in _RECORDS:
    features.register(
        Feature(
            f"shape_{_name}", _title, "shape", f"{_title} of a mask in space", Expression(_each), Expression(_whole),
            _source, _unit, code=_code, tag=f"morph_{_tag}", mask="needed", dimensions="3D",
        )
    )  # fmt: skip
