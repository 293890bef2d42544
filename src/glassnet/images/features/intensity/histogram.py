"""The histogram of gray levels: entropy, uniformity, mode, steepest change, and shares of the volume above a level."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows


def bin_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """One row per gray level, from 1 to the number of levels of the image."""
    n, top = region.n_images, int(region.n_levels.max())
    levels = region.levels.reshape(n, -1).astype(np.int64)
    codes = (np.arange(n)[:, None] * (top + 1) + levels).ravel()
    counts = np.bincount(codes, minlength=n * (top + 1)).reshape(n, top + 1)[:, 1:].astype(np.float64)
    number = np.arange(1, top + 1)
    exists = number <= region.n_levels[:, None]
    owner = np.nonzero(exists)[0]
    last = region.n_levels[:, None] - 1
    index = np.broadcast_to(number - 1, counts.shape)
    before, after = np.maximum(index - 1, 0), np.minimum(index + 1, last)
    taken = [np.take_along_axis(counts, np.minimum(side, top - 1), axis=1) for side in (after, before)]
    slope = (taken[0] - taken[1]) / np.maximum(after - before, 1)
    share_from = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1] / region.sizes[:, None]
    first, highest = _ends(counts)
    height = (number - first[:, None]) / np.maximum(highest - first, 1)[:, None]
    mean = (counts * number).sum(1) / region.sizes
    columns = {
        "g": number, "c": counts, "p": counts / region.sizes[:, None], "slope": slope, "share": share_from,
        "is_mode": _one_of(counts, np.abs(number - mean[:, None]), exists),
        "is_steepest_rise": _one_of(slope, index, exists), "is_steepest_fall": _one_of(-slope, index, exists),
        "at_10": _first(height >= 0.1, exists), "at_90": _first(height >= 0.9, exists),
        "below_10": _first(share_from <= 0.1, exists), "below_90": _first(share_from <= 0.9, exists),
    }  # fmt: skip
    flat = {name: np.broadcast_to(column, counts.shape)[exists].astype(np.float64) for name, column in columns.items()}

    def members() -> Members:
        pixel = np.flatnonzero(levels[0])
        return Members(levels[0, pixel] - 1, np.arange(len(pixel)), pixel)

    return {"bins": Rows("gray level", flat, owner, {}, np.arange(n), n, members, context=("g", "c"))}


def _ends(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest level that occurs, of each image."""
    return (counts > 0).argmax(1) + 1, counts.shape[1] - (counts[:, ::-1] > 0).argmax(1)


def _one_of(score: np.ndarray, tie: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """1 at the level with the largest score, among equals at the one with the smallest tie, else 0."""
    score = np.where(exists, score, -np.inf)
    best = score == score.max(1, keepdims=True)
    place = np.where(best, tie, np.inf).argmin(1)
    return np.asarray(np.arange(score.shape[1]) == place[:, None])


def _first(condition: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """1 at the lowest level that meets a condition, else 0 everywhere."""
    condition = condition & exists
    return np.asarray(condition & (np.cumsum(condition, axis=1) == 1))


SOURCES["histogram"] = SOURCES["volume_histogram"] = bin_rows

_HISTOGRAM = (
    ("mode", "most frequent gray level", "g * is_mode", "mode", "AMMC"),
    ("entropy", "entropy of the gray levels", "where(p > 0, -p * log(p) / log(2), 0)", "entropy", "TLU2"),
    ("uniformity", "uniformity of the gray levels", "p ** 2", "uniformity", "BJ5W"),
    ("maximum_gradient", "steepest rise of the histogram", "slope * is_steepest_rise", "max_grad", "12CE"),
    ("maximum_gradient_level", "gray level of the steepest rise", "g * is_steepest_rise", "max_grad_g", "8E6O"),
    ("minimum_gradient", "steepest fall of the histogram", "slope * is_steepest_fall", "min_grad", "VQB3"),
    ("minimum_gradient_level", "gray level of the steepest fall", "g * is_steepest_fall", "min_grad_g", "RHQZ"),
)
_VOLUME = (
    ("share_at_10", "share of pixels above a tenth of the range", "share * at_10", "v10", "BC2M"),
    ("share_at_90", "share of pixels above nine tenths of the range", "share * at_90", "v90", "BC2M"),
    ("level_at_10", "gray level that a tenth of the pixels reach", "g * below_10", "i10", "GBPN"),
    ("level_at_90", "gray level that nine tenths of the pixels reach", "g * below_90", "i90", "GBPN"),
    ("share_difference", "difference of the shares above a tenth and nine tenths", "share * (at_10 - at_90)",
     "diff_v10_v90", "DDTU"),
    ("level_difference", "difference of the levels of a tenth and nine tenths of the pixels",
     "g * (below_10 - below_90)", "diff_i10_i90", "CNV2"),
)  # fmt: skip
for _family, _prefix, _records in (("histogram", "ih", _HISTOGRAM), ("volume_histogram", "ivh", _VOLUME)):
    for _name, _title, _each, _tag, _code in _records:
        features.register(
            Feature(
                f"{_family}_{_name}", _title, _family,
                f"{_title} (g is a gray level, c its count, p its share, share that of the pixels at or above it)",
                Expression(_each), Expression("S"), (_family, "", "bins"), code=_code, tag=f"{_prefix}_{_tag}",
            )
        )  # fmt: skip
