"""`feature_table`: a set of images in; an ordinary table of features out, with what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError
from glassnet.images.feature_rows import FeatureRows
from glassnet.images.features.discretization import DEFAULT_BINS, Discretization
from glassnet.images.features.feature import Feature
from glassnet.images.features.measure import BLOCK, choose, measure
from glassnet.images.measuring import Measuring
from glassnet.images.reading.likeness import Grouping, Likenesses
from glassnet.images.reading.picture import Picture, Unread

Array = NDArray[Any]


@dataclass(frozen=True)
class FeatureTable:
    """Features of images, one row each.

    Parameters
    ----------
    names : tuple of str
        The images.
    labels : tuple of str or None
        Their classes.
    grouping : Grouping
        Which images are of one patient, or copies.
    features : tuple of Feature
    values : array, shape (images, features)
        NaN where a feature is not defined.
    dimensions : {"2D", "3D"}
    masked : bool
    length_unit : {"px", "mm"}
    discretization : Discretization
    unread : tuple of Unread
        What gave no row, and why.
    identifying : mapping of str to int
        Header fields that can identify a person -> number of images in which they are filled.
    remarks : mapping of str to int
        What was done to images -> how many.
    sizes : tuple of (int, int)
        Rows and columns of each image.
    """

    names: tuple[str, ...]
    labels: tuple[str | None, ...]
    grouping: Grouping
    features: tuple[Feature, ...]
    values: Array
    dimensions: str
    masked: bool
    length_unit: str
    discretization: Discretization
    unread: tuple[Unread, ...] = ()
    identifying: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)
    sizes: tuple[tuple[int, int], ...] = ()

    @property
    def header(self) -> list[str]:
        """The names of the columns, features with their units."""
        columns = (
            ["image_id"]
            + (["label"] if any(self.labels) else [])
            + ([] if self.grouping.groups is None else ["group_id"])
        )
        return columns + [feature.column(self.length_unit) for feature in self.features]

    def rows(self) -> Iterable[list[str]]:
        """The cells of each row; what is not defined is empty."""
        labeled = any(self.labels)
        for place, name in enumerate(self.names):
            cells = [name] + ([self.labels[place] or ""] if labeled else [])
            if self.grouping.groups is not None:
                cells.append(str(self.grouping.groups[place]))
            yield cells + ["" if np.isnan(value) else f"{value:.12g}" for value in self.values[place]]

    def undefined(self) -> dict[str, int]:
        """Feature -> number of images on which it is not defined."""
        counts = np.isnan(self.values).sum(0)
        return {feature.name: int(count) for feature, count in zip(self.features, counts, strict=True) if count}

    def settings(self) -> dict[str, Any]:
        """Everything that someone needs to measure the same again, ready for JSON."""
        return {
            "images": len(self.names), "dimensions": self.dimensions, "masked": self.masked,
            "discretization": {"bins": self.discretization.bins, "width": self.discretization.width,
                               "start": self.discretization.start, "in words": str(self.discretization)},
            "length unit": self.length_unit,
            "left out": [{"name": each.name, "reason": each.reason} for each in self.unread],
            "identical copies": self.grouping.copies, "near copies": self.grouping.near_copies,
            "patients found in": self.grouping.by_patient,
            "identifying header fields": self.identifying, "remarks": self.remarks, "not defined": self.undefined(),
            "features": [
                {"name": feature.name, "title": feature.title, "unit": feature.unit_in(self.length_unit),
                 "each": feature.each.source, "whole": feature.whole.source, "IBSI code": feature.code,
                 "reference": feature.reference}
                for feature in self.features
            ],
        }  # fmt: skip


def _color(picture: Picture) -> list[str]:
    """A remark on colors, which no feature sees."""
    return ["in color, converted to gray"] if picture.pixels.shape[3] == 3 else []


@dataclass
class _Batch:
    """Images of one size and spacing that are measured together."""

    places: list[int] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


class FeatureBuilder:
    """Takes pictures as they come, measures them in batches, and forgets their pixels.

    Parameters
    ----------
    how : Measuring
    memory_limit : float, optional
        Bytes for images that wait and for their features; beyond, features lie in a temporary file.
    """

    def __init__(self, how: Measuring, memory_limit: float | None = None) -> None:
        how.check_rules()
        self.how = how
        self._room, self._waiting = np.inf if memory_limit is None else memory_limit / 8, 0
        self.dimensions, self.masked, self.spaced = how.dimensions, how.masked, how.length_unit == "mm"
        self.chosen: list[Feature] = how.chosen() if how.dimensions else []
        self.pictures: list[Picture | None] = []  # without pixels; None where measuring failed
        self.rows = FeatureRows(memory_limit)
        self.unread: list[Unread] = []
        self.likenesses = Likenesses()
        self.like: list[int] = []
        self._batches: dict[Any, _Batch] = {}

    def add(self, picture: Picture) -> None:
        """Take one image; what does not fit the first one is left out with its reason."""
        dimensions = "2D" if picture.flat else "3D"
        masked = picture.mask is not None
        if not self.dimensions:
            self.dimensions, self.masked, self.spaced = dimensions, masked, picture.spacing is not None
            self.chosen = choose(dimensions, masked=masked, only=self.how.features, everything=self.how.everything)
        if dimensions != self.dimensions:
            first = "the training images are" if self.how.dimensions else "the first image"
            self.unread.append(Unread(picture.name, f"it is {dimensions}, {first} {self.dimensions}"))
            return
        if self.masked and not masked:
            self.unread.append(Unread(picture.name, "it has no mask, and the features are measured inside masks"))
            return
        if self.masked and self.spaced and picture.spacing is None:
            reason = "its spacing in mm is not known, and shapes of the others are in mm"
            self.unread.append(Unread(picture.name, reason))
            return
        spacing = picture.spacing if self.spaced and self.masked else None
        batch = self._batches.setdefault((picture.pixels.shape[:3], spacing), _Batch())
        batch.places.append(len(self.pictures))
        batch.pictures.append(picture)
        self.likenesses.add(picture)
        shape_alone = np.empty((0, *picture.pixels.shape[1:]))  # a part of the pixels would keep them all in memory
        self.pictures.append(replace(picture, pixels=shape_alone, mask=None))
        self._waiting += picture.pixels.nbytes
        full = len(batch.places) * picture.gray.size >= BLOCK or self._waiting > self._room
        if full or len(self._batches) > 64:
            self.flush()

    def flush(self) -> None:
        """Measure what has gathered."""
        for (_, spacing), batch in self._batches.items():
            try:
                measured = self._measure(batch.pictures, spacing)
            except DataError:
                measured = None
            for number, (place, picture) in enumerate(zip(batch.places, batch.pictures, strict=True)):
                try:
                    row = self._measure([picture], spacing)[0] if measured is None else measured[number]
                except DataError as error:
                    self.unread.append(Unread(picture.name, str(error)))
                    self.pictures[place] = None
                    continue
                self.rows.put(place, row)
        self._batches.clear()
        self._waiting = 0

    def table(self) -> FeatureTable:
        """The table of measured features.

        Raises
        ------
        DataError
            When no image could be.
        """
        self.flush()
        kept = [place for place, picture in enumerate(self.pictures) if picture is not None]
        if not kept:
            reasons = Counter(each.reason for each in self.unread).most_common(1)
            why = f" Files left out: {len(self.unread)}, most often because: {reasons[0][0]}." if reasons else ""
            raise DataError(f"No image could be measured.{why} Give a folder of images, an image, or a .npz file.")
        pictures = [picture for picture in self.pictures if picture is not None]
        names = [picture.name for picture in pictures]
        grouping = Grouping.of(names, [picture.group for picture in pictures], self.likenesses, kept)
        return FeatureTable(
            tuple(names), tuple(picture.label for picture in pictures), grouping, tuple(self.chosen),
            self.rows.matrix(kept), self.dimensions, self.masked,
            "mm" if self.spaced and self.masked else "px", self.how.discretization, tuple(self.unread),
            dict(Counter(name for picture in pictures for name in picture.identifying)),
            dict(Counter(remark for picture in pictures for remark in (*picture.remarks, *_color(picture)))),
            tuple(picture.pixels.shape[1:3] for picture in pictures),
        )  # fmt: skip

    def _measure(self, pictures: list[Picture], spacing: Any) -> Array:
        """The features of pictures of one size."""
        images = np.stack([picture.gray for picture in pictures])
        masks = np.stack([picture.mask for picture in pictures if picture.mask is not None]) if self.masked else None
        return measure(images, masks, chosen=self.chosen, spacing=spacing, discretization=self.how.discretization)


def feature_table(
    pictures: Iterable[Picture | Unread], *, only: Sequence[str] | None = None, everything: bool = False,
    discretization: Discretization | None = None, measuring: Measuring | None = None,
    progress: Callable[[int], None] | None = None, memory_limit: float | None = None,
) -> FeatureTable:  # fmt: skip
    """Measure features of images as they are read; pixels are forgotten as soon as they are measured.

    Parameters
    ----------
    pictures : iterable of Picture or Unread
        What `read_images` gives.
    only : sequence of str, optional
        Families or features; the default set for the images when left out.
    everything : bool, default False
        Every aggregation of the textures.
    discretization : Discretization, optional
    measuring : Measuring, optional
        These settings and others in one, in place of the three above; where they are those of other images, these
        images are measured in the same way, and what does not fit is left out.
    progress : callable, optional
        Called with the number of files that are done.
    memory_limit : float, optional
        Bytes; features that would take more lie in a temporary file (in ``TMPDIR``), and the values are the same.

    Returns
    -------
    FeatureTable

    Raises
    ------
    DataError
        When there is no image at all, or none could be measured; the message names the first reason.

    Examples
    --------
    >>> from glassnet.images.phantoms import phantoms
    >>> from glassnet.images.reading.archive import from_arrays
    >>> made = phantoms(4)
    >>> table = feature_table(from_arrays(made.images, made.names), only=["intensity_mean", "symmetry"])
    >>> table.header
    ['image_id', 'label', 'intensity_mean [gray value]', 'symmetry_left_right', 'symmetry_up_down']
    >>> table.values.shape
    (4, 3)
    """
    how = measuring or Measuring(
        features=None if only is None else tuple(only), everything=everything,
        discretization=discretization or Discretization(bins=DEFAULT_BINS),
    )  # fmt: skip
    builder = FeatureBuilder(how, memory_limit)
    for done, picture in enumerate(pictures, 1):
        if isinstance(picture, Unread):
            builder.unread.append(picture)
        else:
            builder.add(picture)
        if progress is not None:
            progress(done)
    return builder.table()
