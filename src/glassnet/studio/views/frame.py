"""Frames: a run as it is now, for one page."""

from __future__ import annotations

import time

import numpy as np

from glassnet.studio.contract.views.frame import Frame, LayerWeights, Link, OpenedStep
from glassnet.studio.contract.views.maps import Maps
from glassnet.studio.data.preparation.preparation import Floats
from glassnet.studio.run.run import Run
from glassnet.studio.views.maps import NextStep, maps
from glassnet.studio.views.opening import MOST_SHOWN_ROWS, Moment, all_operations, moment, step_at, step_view
from glassnet.studio.views.paint import Painter
from glassnet.studio.views.view import View

MOST_PARAMETERS = 5_000
"""Up to here all weights are sent."""
_MOST_LINKS = 400
_MOST_PRODUCTS = 10_000  # rows of a batch times parameters, up to which a frame holds the opened step
_QUICK, _SELDOM = 0.015, 8  # seconds; how often slower maps are made, in multiples of what they take
_MOST_OPERATIONS, _DIGITS, _TERMS = 40, 5, 6


class Framer:
    """Makes the frames of one page and remembers which points of the curves it has.

    Parameters
    ----------
    run : Run
    view : View
    pictures : bool
        Whether frames hold a picture.
    """

    def __init__(self, run: Run, view: View, *, pictures: bool = True) -> None:
        self.run, self.view, self.pictures = run, view, pictures
        self._painter = Painter(run.preparation, view)  # raises for an unknown view, before any frame
        self._sent, self._generation = 0, -1
        self._maps: Maps | None = None
        self._mapped = self._seconds = 0.0

    def begin_again(self) -> None:
        """Send the curves from their start."""
        self._sent = 0

    def frame(self, name: str) -> Frame:
        """The frame of now."""
        run = self.run
        with run.still():
            weights, biases = run.machine.parameters()
            position, losses = run.position(), run.losses()
            if self._generation != run.curves.generation:
                self._sent, self._generation = 0, run.curves.generation
            curves = run.curves.since(self._sent)
            sequence, status, message, revision = run.sequence, run.status, run.message, run.revision
            preparation = run.preparation
            here = moment(run) if _often(run) else None
            looking = None if preparation.image_shape is None or self._resting(status) else self._coming()
        if self._painter.preparation is not preparation:
            self._painter = Painter(preparation, self.view)
            if preparation.image_shape is None:
                self._maps = None
        picture = self._painter(weights, biases) if self.pictures else None
        if looking is not None:
            started = time.monotonic()
            self._maps = maps(preparation, (weights, biases), self.view.row, self.view.maps, looking)
            self._mapped = time.monotonic()
            self._seconds = self._mapped - started
        self._sent += len(curves.step)
        return Frame(
            run=name, revision=revision, sequence=sequence, status=status, position=position, losses=losses,
            curves=curves, layers=_layers(weights, biases, linked=self._maps is None), picture=picture,
            opened=None if here is None else _opened_step(here), message=message, maps=self._maps,
        )  # fmt: skip

    def _resting(self, status: str) -> bool:
        """Whether the maps of before are sent again: of a playing run, those that take long are made more seldom."""
        due = self._mapped + _SELDOM * self._seconds
        fresh = self._painter.preparation is self.run.preparation and self._maps is not None
        return status == "playing" and fresh and self._seconds > _QUICK and time.monotonic() < due

    def _coming(self) -> NextStep:
        """The step that comes next, with the network of now where it is asked for."""
        run = self.run
        step = min(run.step, run.course.n_steps - 1)
        rate = run.preparation.settings.learning_rate * run.course.factor(step)
        network = None if self.view.maps == "values" else run.network()
        return NextStep(run.step, run.preparation.train[run.course.rows(step)], rate, network)


def _often(run: Run) -> bool:
    """Whether a step is so small that it can be opened for every frame."""
    preparation = run.preparation
    batch = run.course.size(min(run.step, run.course.n_steps - 1))
    return not preparation.compiled and batch * preparation.n_parameters <= _MOST_PRODUCTS


def _opened_step(here: Moment) -> OpenedStep:
    """The opened step of a moment; its gradients are checked when one of them is opened."""
    step = step_at(here, check=False)
    lines = all_operations(step, most=_MOST_OPERATIONS, digits=_DIGITS, terms=_TERMS)
    return OpenedStep(step_view(step, MOST_SHOWN_ROWS), lines)


def _layers(weights: list[Floats], biases: list[Floats], *, linked: bool) -> list[LayerWeights]:
    """The weights, whole or the strongest of each layer; a drawing of maps has no links."""
    whole = sum(w.size for w in weights) + sum(b.size for b in biases) <= MOST_PARAMETERS
    layers = []
    for w, b in zip(weights, biases, strict=True):
        dense = w.ndim == 2
        links = _strongest(w) if linked and dense and not whole else []
        size = float(np.abs(w).mean()) if w.size else 0.0
        layers.append(LayerWeights(w.tolist() if dense and whole else None, b.tolist(), links, size))
    return layers


def _strongest(w: Floats) -> list[Link]:
    """The links with the largest weights."""
    count = min(_MOST_LINKS, w.size)
    places = np.argpartition(-np.abs(w).ravel(), count - 1)[:count]
    places = places[np.argsort(-np.abs(w).ravel()[places], kind="stable")]
    return [Link(int(p) // w.shape[1], int(p) % w.shape[1], float(w.flat[p])) for p in places]
