"""`occlusion`: the parts of an image that affect a prediction, found by covering them (Zeiler & Fergus 2014)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.networks.parameters import check_count
from glassnet.explanation.question import Floats, Matrix, Question, check_rows

_PARTS, _NUMBERS_AT_ONCE = 7, 2**22
"""Default number of squares along the shorter side, and the largest number of inputs of covered images in memory."""

Box = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""


def _training_mean(image: Floats, box: Box, mean: float) -> Any:  # noqa: ARG001
    """One gray value everywhere."""
    return mean


def _own_mean(image: Floats, box: Box, mean: float) -> Any:  # noqa: ARG001
    """The mean of the covered pixels, by channel."""
    return image[box[0] : box[1], box[2] : box[3]].mean(axis=(0, 1))


def _blur(image: Floats, box: Box, mean: float) -> Any:  # noqa: ARG001
    """The mean around each covered pixel, over the width of the square to each side."""
    top, bottom, left, right = box
    reach = [max(bottom - top, 1), max(right - left, 1)]
    sums = np.pad(image.cumsum(0).cumsum(1), ((1, 0), (1, 0), (0, 0)))
    (low, high), (near, far) = (
        (np.maximum(at - by, 0), np.minimum(at + by + 1, size))
        for at, by, size in zip((np.arange(top, bottom), np.arange(left, right)), reach, image.shape[:2], strict=True)
    )
    total = sums[high][:, far] - sums[low][:, far] - sums[high][:, near] + sums[low][:, near]
    return total / np.multiply.outer(high - low, far - near)[..., None]


FILLS: dict[str, tuple[str, Callable[[Floats, Box, float], Any]]] = {
    "mean": ("the mean of the training images", _training_mean),
    "local": ("the mean of the square itself", _own_mean),
    "blur": ("a blurred copy of the image", _blur),
}
"""Ways to fill a square: a description, and a function of image, box and training mean that returns scaled pixels."""


@dataclass(frozen=True)
class Region:
    """A square of an image, and the effect of covering it on the prediction.

    Attributes
    ----------
    top, bottom, left, right : int
        The first and the last row, the first and the last column, counted from 0.
    effect : float
        The prediction minus the prediction with the region covered: positive if the region raises the prediction.
    """

    top: int
    bottom: int
    left: int
    right: int
    effect: float

    @property
    def where(self) -> str:
        """Its rows and columns in words."""
        return f"{_span('row', self.top, self.bottom)}, {_span('column', self.left, self.right)}"


def _span(name: str, first: int, last: int) -> str:
    return f"{name} {first}" if first == last else f"{name}s {first} to {last}"


@dataclass(frozen=True, eq=False)
class Occlusion:
    """The effect on a prediction of covering each part of an image.

    Attributes
    ----------
    row : str
        The name of the row.
    column : str
        The column of images.
    output : str
        The class or target of the prediction.
    scale : str
    square : int
        Side of the square, in pixels.
    fill : str
        The fill, in words.
    image : array of float64, shape (rows, columns)
        The image at the network's resolution, in its own gray values; the mean of the colors.
    tops, lefts : tuple of int
        The first rows and the first columns of the places.
    values : array of float64, shape (places down, places across)
        The prediction minus the prediction with the square covered: positive where the square raises the prediction.
    answer, covered : float
        The prediction, and the prediction with the whole image covered.
    row_edges, column_edges : tuple of int
        The edges of the regions, which cover the image without overlap.
    effects : array of float64, shape (regions down, regions across)
        The same as `values`, for each region.
    """

    row: str
    column: str
    output: str
    scale: str
    square: int
    fill: str
    image: Floats
    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    values: Floats
    answer: float
    covered: float
    row_edges: tuple[int, ...]
    column_edges: tuple[int, ...]
    effects: Floats

    @cached_property
    def map(self) -> Floats:
        """For each pixel the mean over the places that cover it, in the shape of the image."""
        total, count = np.zeros(self.image.shape), np.zeros(self.image.shape)
        for value, (top, bottom, left, right) in zip(self.values.flat, self.places, strict=True):
            total[top:bottom, left:right] += value
            count[top:bottom, left:right] += 1
        return np.asarray(total / count)

    @property
    def places(self) -> list[Box]:
        """The squares of `values`, in their order."""
        return _boxes(self.tops, self.lefts, self.square)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """All regions in order of decreasing effect."""
        boxes = _tiles(self.row_edges, self.column_edges)
        regions = [
            Region(top, bottom - 1, left, right - 1, float(effect))
            for (top, bottom, left, right), effect in zip(boxes, self.effects.flat, strict=True)
        ]
        return tuple(sorted(regions, key=lambda region: -region.effect))

    def helpful(self, most: int = 3) -> tuple[Region, ...]:
        """The regions that raise the prediction most."""
        return tuple(region for region in self.regions[:most] if region.effect > 0)

    def harmful(self, most: int = 3) -> tuple[Region, ...]:
        """The regions that lower the prediction most."""
        return tuple(region for region in self.regions[::-1][:most] if region.effect < 0)

    @property
    def whole(self) -> float:
        """The decrease of the prediction when everything is covered; the effects of the regions do not sum to it."""
        return self.answer - self.covered

    @property
    def total(self) -> float:
        """The sum of the effects of the regions, each covered alone."""
        return float(self.effects.sum())


def occlusion(
    model: Any, rows: Any, row: int = 0, *, output: Any = None, scale: str | None = None, square: int | None = None,
    stride: int | None = None, fill: str = "mean", horizon: float | None = None,
) -> Occlusion:  # fmt: skip
    """Find the parts of an image that raise or lower a prediction, by covering them one at a time.

    A square is moved over the image, and the model predicts again at each place; then the regions of a grid are covered
    one by one. All other columns are unchanged. The result describes what the model does with covered images, on which
    it was never trained. Regions interact, so their effects do not sum to that of covering everything.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Trained on a column of images.
    rows : Table, data frame, array of images, dict of columns, or path
    row : int
        Position of the row, from 0.
    output : label, optional
        The class whose probability is explained; by default the predicted class.
    scale : {"probability", "log_odds", "amount", "survival"}, optional
        Probabilities by default for classes.
    square, stride : int, optional
        The side of the square and the step between places, in pixels at the network's resolution; by default a seventh
        of the image's shorter side and half of the square.
    fill : {"mean", "local", "blur"}
        What the square is filled with: the mean of the training images, the mean of the square itself (which preserves
        its brightness), or a blurred copy of the image (which preserves its coarse shape).
    horizon : float, optional
        For times to an event: explain the event-free probability at this time instead of the risk.

    Returns
    -------
    Occlusion

    Raises
    ------
    ConfigurationError, DataError
        When the model has no column of images, the row or class does not exist, the square is larger than the image, or
        the stride would skip pixels.

    Examples
    --------
    >>> from glassnet import GlassClassifier
    >>> from glassnet.images import phantoms
    >>> made = phantoms(40, seed=3)
    >>> found = occlusion(GlassClassifier(epochs=1).fit(made.images, list(made.names)), made.images, row=7)
    >>> found.map.shape == found.image.shape, len(found.regions)
    (True, 49)
    """
    question = Question.of(model, scale, horizon)
    image_position(question)
    table = question.table(rows)
    one = table.take(check_rows(table, [row]))
    matrix = question.matrix(one)
    which = question.explained(matrix, output)
    return occlusion_of(question, matrix, which, row=one.row_name(0), square=square, stride=stride, fill=fill)


def image_position(question: Question) -> int:
    """The position of the column of images among the inputs."""
    own = question.model.schema_.image_column
    if own is None:
        raise ConfigurationError(
            "The model sees no pixels, so no part of an image can be covered. Use `contributions` for its columns, or "
            "train on images."
        )
    return question.column(own.name)


def occlusion_of(
    question: Question, matrix: Matrix, which: int, *, row: str, square: int | None = None, stride: int | None = None,
    fill: str = "mean",
) -> Occlusion:  # fmt: skip
    """The same for one encoded row."""
    j = image_position(question)
    own, part = question.columns[j], question.slices[j]
    height, width = own.shape[:2]
    square, step = _check_square(square, stride, (height, width))
    _check_fill(fill)
    words, cover = FILLS[fill]
    image = matrix[0, part].astype(np.float64).reshape(own.shape)
    mean = 0.0  # pixels are scaled by the mean of the training images
    tops, lefts = _starts(height, square, step), _starts(width, square, step)
    rows, columns = _edges(height, square), _edges(width, square)
    boxes = [*_boxes(tops, lefts, square), *_tiles(rows, columns), (0, height, 0, width)]

    def blocks() -> Iterator[Matrix]:
        """The row with each box covered, in batches so that large images fit into memory."""
        most = max(1, _NUMBERS_AT_ONCE // matrix.shape[1])
        for first in range(0, len(boxes), most):
            some = boxes[first : first + most]
            block = np.repeat(matrix, len(some), axis=0)
            for covered, box in zip(block, some, strict=True):
                pixels = covered[part].reshape(own.shape)
                pixels[box[0] : box[1], box[2] : box[3]] = cover(image, box, mean)
                covered[part] = pixels.reshape(-1)
            yield block

    answer = float(question.answer(matrix)[0, which])
    covered_answers = np.concatenate([question.answer(block)[:, which] for block in blocks()])
    count = len(tops) * len(lefts)
    gray = (image * own.scale + own.center).mean(axis=2)
    return Occlusion(
        row, own.name, question.outputs[which], question.scale, square, words, gray, tops, lefts,
        answer - covered_answers[:count].reshape(len(tops), len(lefts)), answer, float(covered_answers[-1]), rows,
        columns,
        answer - covered_answers[count:-1].reshape(len(rows) - 1, len(columns) - 1),
    )  # fmt: skip


def check_covering(question: Question, square: int | None = None, fill: str = "mean") -> None:
    """Reject a square or fill that `occlusion` does not accept, and both for a model without pixels."""
    own = question.columns[image_position(question)]
    _check_square(square, None, (own.shape[0], own.shape[1]))
    _check_fill(fill)


def _check_fill(fill: str) -> None:
    """Reject a fill that does not exist."""
    if fill not in FILLS:
        raise ConfigurationError(f"fill={fill!r} is not known. {nearest(str(fill), tuple(FILLS))}")


def _check_square(square: int | None, stride: int | None, size: tuple[int, int]) -> tuple[int, int]:
    """The side of the square and the step between places, given or by default."""
    shorter = min(size)
    if square is None:
        square = max(1, round(shorter / _PARTS))
    check_count("occlusion", "square", square)
    if square > shorter:
        raise ConfigurationError(
            f"square={square} is larger than the image, which has {size[0]} x {size[1]} pixels for the network. Give "
            f"{shorter} or less."
        )
    if stride is None:
        stride = max(1, square // 2)
    check_count("occlusion", "stride", stride)
    if stride > square:
        raise ConfigurationError(
            f"stride={stride} would leave pixels between squares of side {square} uncovered. Give {square} or less."
        )
    return int(square), int(stride)


def _starts(size: int, square: int, stride: int) -> tuple[int, ...]:
    """The starts of the squares along one side; the last square ends with the image."""
    last = size - square
    return (*range(0, last, stride), last)


def _edges(size: int, square: int) -> tuple[int, ...]:
    """The edges of regions along one side, each about as long as the side of the square."""
    count = max(1, round(size / square))
    return tuple(round(k * size / count) for k in range(count + 1))


def _boxes(tops: Sequence[int], lefts: Sequence[int], square: int) -> list[Box]:
    """The squares at all places, row by row."""
    return [(top, top + square, left, left + square) for top in tops for left in lefts]


def _tiles(rows: Sequence[int], columns: Sequence[int]) -> list[Box]:
    """The regions between edges, row by row."""
    return [(top, bottom, left, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)]
