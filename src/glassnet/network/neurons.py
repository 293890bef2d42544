"""Neurons in words: what excites each neuron of a network, read from its weights and from its response to the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation
from glassnet.layers import Convolution
from glassnet.layers.place import pixel_names
from glassnet.network.channels import channel_sentence, place_words, strongest_patches
from glassnet.network.forward import Forward
from glassnet.network.shapes import Array
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.structure import Network

_FLAT = 0.05  # a slope below this is read as off or saturated
_DECISIVE = 0.9  # a connection with this share of the variation decides alone


@dataclass(frozen=True)
class Driver:
    """One connection into a neuron.

    Attributes
    ----------
    source : str
        The input's name, or the neuron of the layer before.
    weight : float
        The weight as the network uses it.
    original_weight : float
        For inputs: the weight per original unit (``weight / scale``); else the same.
    share : float
        Its part of the variation of ``z`` over the rows: ``(weight * deviation)**2`` over the sum of all of them.
    """

    source: str
    weight: float
    original_weight: float
    share: float


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of what enters a convolution that excites a channel.

    Attributes
    ----------
    row : str
    place : tuple of int
        Row and column in the feature map.
    value : float
        What the channel answers there.
    pixels : array, shape (rows, columns, channels)
        What the kernel sees; 0 outside of the image.
    """

    row: str
    place: tuple[int, int]
    value: float
    pixels: Array


@dataclass(frozen=True)
class Neuron:
    """One neuron and its response to the data.

    Attributes
    ----------
    layer, index : int
        Layer from 1, neuron from 0.
    activation : Activation
    bias : float
    drivers : tuple of Driver
        Largest share first.
    lowest, mean, highest : float
        Of the activation over the rows.
    largest_slope : float
        Largest absolute slope of the activation over the rows; 0 means that nothing passes back.
    off_share, saturated_share : float
        Share of rows at the flat lower end, and at the flat upper end, of the activation.
    best_rows : tuple of (str, float)
        The rows that excite it most, with the activation.
    correlations : mapping of str to float
        Of the activation with each input over the rows.
    sentence : str
        All of it in words.
    patches : tuple of Patch
        Of a channel of a convolution: the patches that excite it most. Such a neuron stands for all places of its map;
        `best_rows` are the largest answers anywhere in it, and its drivers are the channels that enter.
    """

    layer: int
    index: int
    activation: Activation
    bias: float
    drivers: tuple[Driver, ...]
    lowest: float
    mean: float
    highest: float
    largest_slope: float
    off_share: float
    saturated_share: float
    best_rows: tuple[tuple[str, float], ...]
    correlations: dict[str, float]
    sentence: str
    patches: tuple[Patch, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether it is off for every row, so that these rows cannot change it."""
        return self.off_share == 1.0


@dataclass(frozen=True)
class NeuronReport:
    """The neurons of all layers, first layer first."""

    neurons: tuple[Neuron, ...]
    n_rows: int

    def of(self, layer: int) -> tuple[Neuron, ...]:
        """The neurons of one layer (from 1)."""
        return tuple(neuron for neuron in self.neurons if neuron.layer == layer)

    @property
    def text(self) -> str:
        """One sentence per neuron."""
        return "\n".join(neuron.sentence for neuron in self.neurons)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Scene:
    """The data that all neurons of a report share."""

    X: Array
    features: tuple[str, ...]
    rows: tuple[str, ...]
    center: Array
    scale: Array
    units: tuple[str, ...]
    top: int


def describe(
    network: Network,
    X: ArrayLike,
    *,
    feature_names: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    center: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    units: Sequence[str] | None = None,
    top: int = 3,
    only: tuple[int, int] | None = None,
) -> NeuronReport:
    """Describe every neuron.

    Parameters
    ----------
    network : Network
    X : array-like of shape (n, n_in)
        What the network sees (transformed values).
    feature_names, rows : sequence of str, optional
        Names of the inputs and of the rows.
    center, scale : array-like of shape (n_in,), optional
        ``original = value * scale + center``; with them thresholds and weights are told in original units.
    units : sequence of str, optional
        Unit of each input, for example ``"°C"``.
    top : int
        How many of the most exciting rows and of the drivers are named.
    only : (layer, index), optional
        Describe this neuron alone; empty if there is none.

    Returns
    -------
    NeuronReport

    Examples
    --------
    >>> from glassnet import Dense, Network
    >>> network = Network([Dense(2, 1, "relu", weights=[[0], [1]], biases=[-38])])
    >>> report = network.neurons([[0.5, 37.6], [2.3, 39.1], [2.9, 36.2]], feature_names=["size", "temperature"])
    >>> print(report.text)
    Neuron 0 of layer 1 (relu, the output) is excited by high temperature, whatever the size. It is active where
    temperature is above 38. It is off for 2 of 3 rows (67 %). Most excited by row 1 (1.1).
    """
    inputs, first = network._inputs(X), network.layers[0]
    n_rows, n_in = inputs.shape
    if feature_names is None and len(first.shape_in) == 3:
        feature_names = pixel_names(first.shape_in, first.n_carried)
    scene = _Scene(
        inputs,
        _names_for(feature_names, n_in, "x" if n_in == 1 else "x{}", "feature_names"),
        _names_for(rows, n_rows, "row {}", "rows"),
        _column(center, n_in, 0.0, "center"),
        _column(scale, n_in, 1.0, "scale"),
        _names_for(units, n_in, "", "units"),
        top,
    )
    passed = network.forward(inputs)
    neurons: list[Neuron] = []
    for layer, spec in enumerate(network.layers, start=1):
        if only is not None and only[0] != layer:
            continue
        entering, z, a = passed.a[layer - 1], passed.z[layer - 1], passed.a[layer]
        if isinstance(spec, Convolution):
            wanted = range(spec.channels) if only is None else {only[1]} & set(range(spec.channels))
            neurons += [_channel(network, scene, layer, spec, o, passed) for o in wanted]
        elif len(spec.shape_out) == 1:
            matrix = spec.matrix(network.weights[layer - 1], entering[0])
            wanted = range(spec.n_out) if only is None else {only[1]} & set(range(spec.n_out))
            neurons += [_neuron(network, scene, layer, j, matrix, entering, z[:, j], a[:, j]) for j in wanted]
    return NeuronReport(tuple(neurons), n_rows)


def _channel(network: Network, scene: _Scene, layer: int, spec: Convolution, channel: int, passed: Forward) -> Neuron:
    """Look at one channel of a convolution."""
    units = spec.units_of(channel)
    z, a = passed.z[layer - 1][:, units], passed.a[layer][:, units]
    kernels, activation = network.weights[layer - 1][channel], network.activations[layer - 1].of(int(units[0]))
    slope = np.abs(np.asarray(activation.slope(z, a)) * np.ones_like(z))
    off, saturated = _ends(activation, z, a, slope)
    patches = tuple(
        Patch(scene.rows[row], at, value, pixels)
        for row, at, value, pixels in strongest_patches(spec, a, passed.a[layer - 1], scene.top)
    )
    sizes = (kernels**2).sum(axis=(1, 2))
    drivers = tuple(
        Driver(f"channel {c}", float(kernels[c].sum()), float(kernels[c].sum()), float(sizes[c] / (sizes.sum() or 1.0)))
        for c in np.argsort(-sizes, kind="stable")
    )
    best = [place_words(p.row, p.place, p.value) for p in patches if p.value > float(a.min())]
    share = float(off.mean())
    return Neuron(
        layer=layer, index=channel, activation=activation, bias=float(network.biases[layer - 1][channel]),
        drivers=drivers, lowest=float(a.min()), mean=float(a.mean()), highest=float(a.max()),
        largest_slope=float(slope.max()), off_share=share, saturated_share=float(saturated.mean()),
        best_rows=tuple((p.row, p.value) for p in patches), correlations={},
        sentence=channel_sentence(spec, layer, channel, kernels, share, a.size, best), patches=patches,
    )  # fmt: skip


def _names_for(given: Sequence[str] | None, count: int, pattern: str, what: str) -> tuple[str, ...]:
    """The given names, or names after a pattern."""
    if given is None:
        return tuple(pattern.format(i) for i in range(count))
    if len(given) != count:
        raise ShapeError(f"{what} has {len(given)} entries; {count} are needed.")
    return tuple(map(str, given))


def _column(given: ArrayLike | None, count: int, default: float, what: str) -> Array:
    """Numbers per input."""
    if given is None:
        return np.full(count, default)
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (count,):
        raise ShapeError(f"{what} has shape {values.shape}; one number per input is needed: ({count},).")
    if not np.isfinite(values).all() or (what == "scale" and (values == 0).any()):
        raise ConfigurationError(f"{what} must hold finite numbers, and a scale no 0.")
    return values


def _neuron(
    network: Network, scene: _Scene, layer: int, j: int, matrix: Array, arriving: Array, z: Array, a: Array
) -> Neuron:
    """Look at one neuron."""
    w, biases = matrix[:, j], network.biases[layer - 1]
    b = float(biases[network.layers[layer - 1].neurons[j]]) if biases.size else 0.0
    activation = network.activations[layer - 1].of(j)
    variation = (w * arriving.std(axis=0)) ** 2
    shares = variation / variation.sum() if variation.sum() > 0 else np.zeros_like(variation)
    first = layer == 1
    below = network.layers[layer - 2]
    drivers = [
        Driver(
            scene.features[i] if first else f"{below.unit_in_words(int(i))} of layer {layer - 1}", float(w[i]),
            float(w[i] / scene.scale[i]) if first else float(w[i]), float(shares[i]),
        )
        for i in np.argsort(-shares, kind="stable")
    ]  # fmt: skip
    slope = np.abs(np.asarray(activation.slope(z, a)) * np.ones_like(z))
    off, saturated = _ends(activation, z, a, slope)
    best = np.argsort(-a, kind="stable")[: scene.top]
    draft = Neuron(
        layer=layer, index=j, activation=activation, bias=b, drivers=tuple(drivers), lowest=float(a.min()),
        mean=float(a.mean()), highest=float(a.max()), largest_slope=float(slope.max()), off_share=float(off.mean()),
        saturated_share=float(saturated.mean()), best_rows=tuple((scene.rows[r], float(a[r])) for r in best),
        correlations={name: _correlation(scene.X[:, i], a) for i, name in enumerate(scene.features)}, sentence="",
    )  # fmt: skip
    parts = [_excitement(network, draft), _threshold(scene, draft, w, b), _ends_in_words(draft, len(a))]
    if not draft.dead and draft.highest > draft.lowest:
        named = ", ".join(f"{row} ({plain_number(value, 3)})" for row, value in draft.best_rows if value > draft.lowest)
        parts.append(f"Most excited by {named}.")
    return replace(draft, sentence=" ".join(part for part in parts if part))


def _ends(activation: Activation, z: Array, a: Array, slope: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows lie at the flat lower end, and which at the flat upper end, of the activation."""
    low, high = activation.range
    none = np.zeros(len(z), dtype=np.bool_)
    if not np.isfinite(low):
        return none, none
    flat = slope <= _FLAT
    if not np.isfinite(high):
        return np.asarray(flat & (z < 0), dtype=np.bool_), none
    lower = a < (low + high) / 2
    return np.asarray(flat & lower, dtype=np.bool_), np.asarray(flat & ~lower, dtype=np.bool_)


def _correlation(x: Array, a: Array) -> float:
    """Pearson's correlation; 0 when one of the two does not vary."""
    x, a = x - x.mean(), a - a.mean()
    size = float(np.sqrt((x @ x) * (a @ a)))
    return float(x @ a) / size if size > 1e-300 else 0.0


def _excitement(network: Network, neuron: Neuron) -> str:
    """Describe the inputs that drive the neuron."""
    place = f"Neuron {neuron.index} of layer {neuron.layer}"
    output = ", the output" if neuron.layer == len(network.layers) else ""
    opening = f"{place} ({neuron.activation.name}{output})"
    moving = [driver for driver in neuron.drivers if driver.share >= 0.005]
    if not moving:
        return f"{opening} does not react to these rows: its input does not vary (bias {plain_number(neuron.bias, 3)})."
    main = moving[0]
    if main.share >= _DECISIVE:
        others = [driver.source for driver in neuron.drivers[1:]]
        if not others:
            whatever = ""
        elif neuron.layer == 1 and len(others) <= 3:
            whatever = ", whatever the " + " and the ".join(others)
        else:
            whatever = ", almost alone"
        text = f"{opening} is excited by {_direction(main)}{whatever}."
    else:
        named = [f"{_direction(d)} ({d.share:.0%} of its variation)".replace("%", " %") for d in moving[:3]]
        listed = ", ".join(named) + ", and others" if len(moving) > 3 else ", ".join(named[:-1]) + " and " + named[-1]
        text = f"{opening} is excited by {listed}."
    if neuron.layer > 1:
        name, value = max(neuron.correlations.items(), key=lambda item: abs(item[1]))
        if abs(value) >= 0.3:
            text += (
                f" It correlates with {'high' if value > 0 else 'low'} {name} (correlation {plain_number(value, 2)})."
            )
    return text


def _direction(driver: Driver) -> str:
    """High or low values of a source."""
    return f"{'high' if driver.original_weight > 0 else 'low'} {driver.source}"


def _threshold(scene: _Scene, neuron: Neuron, w: Array, b: float) -> str:
    """Where the neuron turns, in original units of its main input, the other inputs at their mean."""
    bends = neuron.activation.range != (-np.inf, np.inf) or bool(neuron.activation.kinks)
    if neuron.layer != 1 or not bends or not neuron.drivers or neuron.drivers[0].share < 0.5:
        return ""
    i = scene.features.index(neuron.drivers[0].source)
    rest = b + float(np.delete(w * scene.X.mean(axis=0), i).sum())
    value = float(-rest / w[i] * scene.scale[i] + scene.center[i])
    unit = f" {scene.units[i]}" if scene.units[i] else ""
    alone = bool((np.delete(w, i) == 0).all())
    others = "" if alone else " (the other inputs at their mean)"
    place = f"{plain_number(value, 4)}{unit}{others}"
    if np.isfinite(neuron.activation.range[1]):
        return f"Its weighted sum is 0 at {scene.features[i]} = {place}."
    side = "above" if neuron.drivers[0].original_weight > 0 else "below"
    return f"It is active where {scene.features[i]} is {side} {place}."


def _ends_in_words(neuron: Neuron, n_rows: int) -> str:
    """How often the neuron is off or saturated."""
    if neuron.dead:
        how_much = "no" if neuron.largest_slope == 0 else "hardly any"
        return f"It is dead: off for every row, so these rows give it {how_much} gradient to learn from."
    parts = []
    for share, word in ((neuron.off_share, "off"), (neuron.saturated_share, "saturated")):
        if share > 0:
            parts.append(f"{word} for {round(share * n_rows)} of {n_rows} rows ({100 * share:.0f} %)")
    return f"It is {' and '.join(parts)}." if parts else ""
