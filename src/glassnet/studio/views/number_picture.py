"""A number of a convolution or pooling as a picture: the patch behind a pixel, or the patches behind a weight."""

from __future__ import annotations

import numpy as np

from glassnet.layers import Convolution, MaxPooling, Place
from glassnet.layers.windows import Windowed
from glassnet.network import Trace
from glassnet.network.trace.views.pictures import patches_behind
from glassnet.plain import finite
from glassnet.studio.contract.views.maps import KernelPatches, KernelWindow, MovingPatch, NumberPicture, WindowChannel
from glassnet.studio.views.paint import rounded

MOST_PATCHES, MOST_CHANNELS = 12, 32


def number_picture(trace: Trace, rows: list[int], name: str) -> NumberPicture | None:
    """The picture behind a number of a step; None for those that have none.

    Parameters
    ----------
    trace : Trace
    rows : list of int
        Positions in the table of the rows of the step.
    name : str
        Of a pixel ``z1[r,c,y,x]`` or ``a1[r,c,y,x]``, of a weight ``W1[o,c,dy,dx]``, or of its slope.
    """
    place = Place.read(name)
    if place is None or not 1 <= place.layer <= len(trace.forward):
        return None
    spec = trace.forward[place.layer - 1].spec
    if not isinstance(spec, Windowed):
        return None
    if place.kind in ("z", "a") and len(place.numbers) == 4:
        return _window(trace, spec, place)
    if place.letter == "W" and isinstance(spec, Convolution):
        return _patches(trace, spec, rows, str(place.plain))
    return None


def _window(trace: Trace, spec: Windowed, place: Place) -> KernelWindow:
    """The values under the window of one pixel."""
    row, channel, y, x = place.numbers
    here, windows = trace.forward[place.layer - 1], spec.windows
    seen = spec.seen(here.arriving[row : row + 1])[0, y * windows.places[1] + x]
    unit = spec.unit_at((channel, y, x))
    assert unit is not None
    winner = None
    channels: list[WindowChannel] = []
    if isinstance(spec, Convolution):
        width = spec.channels_in // spec.groups
        first = channel // (spec.channels // spec.groups) * width
        for c in range(min(width, MOST_CHANNELS)):
            kernel = here.weights[channel, c].ravel()
            patch = seen[:, first + c]
            total = finite(float(patch @ kernel))
            channels.append(WindowChannel(first + c, rounded(patch), rounded(kernel), total))
    else:
        patch = seen[:, channel]
        if isinstance(spec, MaxPooling):
            winner = int(np.argmax(patch))
        channels.append(WindowChannel(channel, rounded(np.where(np.isfinite(patch), patch, 0.0)), None, None))
    return KernelWindow(
        layer=place.layer, channel=channel, y=y, x=x, rows=windows.size[0], columns=windows.size[1],
        top=y * windows.stride[0] - windows.before[0], left=x * windows.stride[1] - windows.before[1],
        channels=channels, bias=float(here.biases[channel]) if isinstance(spec, Convolution) else None,
        total=finite(float(here.z[row, unit])), activation=here.activation.spec,
        value=finite(float(here.a[row, unit])), winner=winner,
    )  # fmt: skip


def _patches(trace: Trace, spec: Convolution, rows: list[int], name: str) -> KernelPatches:
    """The patches whose products with the error signals make the gradient of a weight."""
    step = trace.parameter(name)
    table_row = dict(zip(trace.row_names, rows, strict=True))
    patches = []
    for where, patch, signal, pixel in patches_behind(trace, step, MOST_PATCHES):
        row, _, at = where.rpartition(" at ")
        y, x = (int(part) for part in at.split(","))
        patches.append(
            MovingPatch(row, table_row.get(row, -1), y, x, rounded(patch.ravel()), signal, pixel, signal * pixel)
        )
    links = spec.links_through(int(np.ravel_multi_index(step.index, trace.forward[step.layer - 1].weights.shape)))
    kernel = trace.forward[step.layer - 1].weights[step.index[0], step.index[1]]
    return KernelPatches(
        rows=spec.windows.size[0], columns=spec.windows.size[1], tap_y=step.index[2], tap_x=step.index[3],
        kernel=rounded(kernel.ravel()), patches=patches, total=step.data_gradient, count=len(links) * trace.n_rows,
    )  # fmt: skip
