"""Pictures of what a layer of maps holds: images, kernels, feature maps, gradients, and the patches behind a weight.

All pictures of one figure share one scale, and a sign has its color; the numbers stand folded below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassnet.layers import Convolution
from glassnet.network.shapes import Array
from glassnet.pages import Markup, Pixels, figure_of_panels
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.records import LayerForward, ParameterStep
    from glassnet.network.trace.trace import Trace

MOST_MAPS = 8
MOST_PATCHES = 6
_MOST_NUMBERS = 600


def maps_of(values: Array, shape: tuple[int, ...]) -> Array:
    """The maps (channels, rows, columns) in a flat row, without the other numbers."""
    return values[: int(np.prod(shape))].reshape(shape).transpose(2, 0, 1)


def maps_figure(maps: Array, title: str, summary: str, names: str = "channel {}") -> Markup:
    """Maps (channels, rows, columns) side by side with one scale."""
    kept, scale = maps[:MOST_MAPS], float(np.abs(maps).max()) or 1.0
    panels = [
        (names.format(c) if len(maps) > 1 else "", Pixels(each.tolist(), scale, signed=True), f"{summary} {c}.")
        for c, each in enumerate(kept)
    ]
    more = f" The first {len(kept)} of {len(maps)}." if len(maps) > len(kept) else ""
    return _figure(panels, title, f"{_scale(scale)}{more}")


def kernels_figure(weights: Array, layer: int) -> Markup:
    """The kernels of a convolution, one for each channel that leaves and each that it sees."""
    pairs = [(o, c) for o in range(weights.shape[0]) for c in range(weights.shape[1])]
    scale, several = float(np.abs(weights).max()) or 1.0, weights.shape[1] > 1
    panels = [
        (f"W{layer}[{o},{c}]" if several else f"W{layer}[{o}]", Pixels(weights[o, c].tolist(), scale, signed=True),
         f"The kernel of channel {o}.")
        for o, c in pairs[:MOST_MAPS]
    ]  # fmt: skip
    more = f" The first {MOST_MAPS} of {len(pairs)}." if len(pairs) > MOST_MAPS else ""
    return figure_of_panels(panels, title="Kernels.", caption=f"{_scale(scale)}{more}", digits=4)


def image_figure(trace: Trace, values: Array, title: str, summary: str) -> Markup:
    """The images of some rows, or what belongs to their pixels (n, n_in), with one scale."""
    shape = trace.forward[0].spec.shape_in
    images = [maps_of(row, shape) for row in values]
    scale = max(float(np.abs(image).max()) for image in images) or 1.0
    panels = [
        (trace.row_names[r] + (f", channel {c}" if shape[2] > 1 else ""), Pixels(each.tolist(), scale, signed=True),
         f"{summary} {trace.row_names[r]}.")
        for r, image in enumerate(images)
        for c, each in enumerate(image)
    ]  # fmt: skip
    return _figure(panels, title, _scale(scale))


def _figure(panels: Sequence[tuple[str, Pixels, str]], title: str, caption: str) -> Markup:
    """Pictures side by side; the numbers of many pixels are left to the other renderers."""
    few = sum(len(chart.values) * len(chart.values[0]) for _, chart, _ in panels) <= _MOST_NUMBERS
    where = "" if few else " The numbers are in trace.to_json()."
    return figure_of_panels(panels, title=title, caption=caption + where, digits=4, numbers=few)


def _scale(scale: float) -> str:
    """The scale of a figure in words."""
    return (
        f"Full color is {plain_number(scale, 3)} in size, the same in all pictures here; a minus marks what is below 0."
    )


def patches_behind(trace: Trace, step: ParameterStep, count: int) -> list[tuple[str, Array, float, float]]:
    """The patches that move a weight of a convolution most: where, what the kernel saw, the error signal, the pixel."""
    here, backward = trace.forward[step.layer - 1], trace.backward[step.layer - 1]
    spec = here.spec
    assert isinstance(spec, Convolution)
    links = spec.links_through(int(np.ravel_multi_index(step.index, here.weights.shape)))
    delta, fed = backward.delta[:, links.units], here.arriving[:, links.inputs]
    order = np.argsort(-np.abs(delta * fed), axis=None, kind="stable")[:count]
    seen, patches = spec.seen(here.arriving), []
    for row, k in zip(*np.unravel_index(order, delta.shape), strict=True):
        place, at = int(links.units[k]) // spec.channels, spec.index_of(int(links.units[k]))[1:]
        channel = int(links.inputs[k]) % spec.channels_in
        patch = seen[row, place, :, channel].reshape(spec.windows.size)
        patches.append((
            f"{trace.row_names[row]} at {at[0]},{at[1]}", patch, float(delta[row, k]), float(fed[row, k])
        ))  # fmt: skip
    return patches


def patches_figure(trace: Trace, step: ParameterStep) -> Markup:
    """The patches that move a weight of a convolution most, as pictures."""
    patches = patches_behind(trace, step, MOST_PATCHES)
    scale = max(float(np.abs(patch).max()) for _, patch, _, _ in patches) or 1.0
    panels = [
        (
            f"{where}: {plain_number(delta, 3)} · {plain_number(pixel, 3)}",
            Pixels(patch.tolist(), scale, signed=True),
            f"{where}.",
        )
        for where, patch, delta, pixel in patches
    ]
    tap = ",".join(map(str, step.index[2:]))
    caption = f"Above each: the error signal there times the number under the tap {tap}. {_scale(scale)}"
    return figure_of_panels(panels, title=f"The patches that move {step.name} most.", caption=caption, digits=4)


def map_layer_title(here: LayerForward) -> str:
    """A layer of maps in a heading."""
    return f"Layer {here.layer}: {here.spec!r}, {' x '.join(map(str, here.spec.shape_out))}"
