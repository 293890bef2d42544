"""Image layers in NumPy exports: the windows as one array, and the computation of each kind of layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassnet.layers import Convolution, MaxPooling
from glassnet.layers.windows import Windowed

_SEEN = '''
def seen(a, shape, size, stride, dilation, before, places, outside=0.0):
    """The windows of images: (..., rows of places, columns of places, rows, columns, channels)."""
    image = a[..., :np.prod(shape)].reshape(*a.shape[:-1], *shape)
    image = np.pad(image, [(0, 0)] * (a.ndim - 1) + [(b, e + s * t + d) for b, e, s, t, d in
                   zip(before, size, stride, places, dilation)] + [(0, 0)], constant_values=outside)
    y, x = ((np.arange(n)[:, None] * s + np.arange(k) * d).ravel() for n, s, k, d in
            zip(places, stride, size, dilation))
    taken = np.take(np.take(image, y, axis=-3), x, axis=-2)
    taken = taken.reshape(*a.shape[:-1], places[0], size[0], places[1], size[1], shape[2])
    return np.moveaxis(taken, -3, -4)
'''
_CONVOLUTION = '''
def convolution(seen, weights, biases, groups):
    """Patches times kernels, (..., rows, columns, channels); with a leading axis of kernels, one for each network."""
    def one(seen, weights, biases):
        parts = zip(np.split(seen, groups, axis=-1), np.split(weights, groups))
        return np.concatenate([np.einsum("...ijc,ocij->...o", *part) for part in parts], axis=-1) + biases
    if weights.ndim == 4:
        return one(seen, weights, biases)
    return np.stack([one(seen if seen.ndim == 6 else seen[m], w, b) for m, (w, b) in enumerate(zip(weights, biases))])
'''


def helpers(records: Sequence[Windowed]) -> str:
    """The functions that the layers of a page need."""
    return _SEEN + ("\n" + _CONVOLUTION if any(isinstance(record, Convolution) for record in records) else "")


def image_lines(record: Windowed, k: int, members: int, formula: str) -> list[str]:
    """The lines from ``a`` to ``a`` of layer k, of one network or of several with a leading axis."""
    windows, outside = record.windows, ", outside=-np.inf" if isinstance(record, MaxPooling) else ""
    shape = f"{record.shape_in}, {windows.size}, {windows.stride}, {windows.dilation}, {windows.before}"
    see = f"seen(a, {shape}, {windows.places}{outside})"
    if isinstance(record, Convolution):
        lines = [f"    z = convolution({see}, W{k}, B{k}, {record.groups})"]
    elif isinstance(record, MaxPooling):
        lines = [f"    z = {see}.max(axis=(-3, -2))"]
    else:
        ones = f"seen(np.ones((1, {record.n_pixels})), {shape}, {windows.places})"
        lines = [f"    z = {see}.sum(axis=(-3, -2)) / {ones}.sum(axis=(-3, -2))"]
    if record.mixed:
        lines.append(f"    mix = M{k}[:, None, None, None, :]" if members > 1 else f"    mix = M{k}")
    lines.append(f"    maps = {formula}")
    flat = f"maps.reshape(*maps.shape[:-3], {math.prod(record.shape_out)})"
    if not record.n_carried:
        return [*lines, f"    a = {flat}"]
    beside = f"a[..., {record.n_pixels}:]"
    if members > 1:
        beside = f"np.broadcast_to({beside}, (*maps.shape[:-3], {record.n_carried}))"
    return [*lines, f"    a = np.concatenate([{flat}, {beside}], axis=-1)"]
