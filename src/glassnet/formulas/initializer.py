"""Initializers: where weights and biases start.

Each draws from a distribution; its formulas give the half-width (uniform), the standard deviation (normal) or the
value (constant) from ``fan_in``, ``fan_out`` and the ``gain`` of the layer's activation. Some then look at the rows
that train: `Initializer.settle` rescales what was drawn by what the neurons make of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.connections import Connections
from glassnet.formulas.language import Expression
from glassnet.formulas.randomness import Purpose, normal, portable_log, uniform, words
from glassnet.formulas.registry import Parameter, Registry, WithParameters


@dataclass(frozen=True)
class Initializer(WithParameters):
    """One initializer.

    Parameters
    ----------
    name, summary : str
    distribution : {"uniform", "normal", "constant"}
    weights, biases : Expression
        Scale of the draws in ``fan_in``, ``fan_out``, ``gain`` and the parameters.
    biases_as : {"uniform", "normal", "constant"}, optional
        The distribution of the biases where it is another one.
    looks_at_rows : bool
        Whether `settle` is to follow, with the pre-activations of the training rows.

    Examples
    --------
    >>> from glassnet.formulas import initializers
    >>> weights, biases = initializers["glorot"].draw(2, 3, seed=0)
    >>> weights.shape, biases.shape
    ((2, 3), (3,))
    """

    name: str
    summary: str
    distribution: Literal["uniform", "normal", "constant"]
    weights: Expression
    biases: Expression
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""
    biases_as: Literal["uniform", "normal", "constant"] | None = None
    looks_at_rows: bool = False

    def __post_init__(self) -> None:
        for formula in (self.weights, self.biases):
            formula.check_names(["fan_in", "fan_out", "gain", *self.values], f"initializer {self.name!r}")

    def draw(
        self, n_in: int, n_out: int, *, seed: int, member: Any = 0, layer: int = 0, gain: float = 1.0,
        connections: Connections | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        """Weights (n_in, n_out) and biases (n_out,) of a layer; an array of members adds a leading axis.

        With connections the sizes are those of each block, and numbers are drawn for what is trained, block by block.
        """
        weights, biases = self.draw_kept(n_in, n_out, seed=seed, member=member, layer=layer, gain=gain,
                                         connections=connections)  # fmt: skip
        if connections is not None:
            return connections.spread(weights), biases
        return weights.reshape(*weights.shape[:-1], n_in, n_out), biases

    def draw_shaped(
        self, weights: tuple[int, ...], biases: tuple[int, ...], fan_in: int, fan_out: int, *, seed: int,
        member: Any = 0, layer: int = 0, gain: float = 1.0,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        """Weights and biases of any shapes, for a layer whose neurons have `fan_in` inputs; as `draw` does it."""
        sizes = {"fan_in": fan_in, "fan_out": fan_out, "gain": gain, **self.values}
        kinds = ((self.distribution, self.weights, Purpose.WEIGHTS, weights),
                 (self.biases_as or self.distribution, self.biases, Purpose.BIASES, biases))  # fmt: skip
        draws = []
        for kind, formula, purpose, shape in kinds:
            scale, count = float(formula(**sizes)), math.prod(shape)
            drawn = np.zeros((*np.shape(member), count))
            if scale and count:
                drawn = scale * _standard(kind, seed, purpose, count, {"member": member, "part": layer})
            draws.append(drawn.reshape(*np.shape(member), *shape))
        return draws[0], draws[1]

    def draw_kept(
        self, n_in: int, n_out: int, *, seed: int, member: Any = 0, layer: int = 0, gain: float = 1.0,
        connections: Connections | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        """As `draw`, but weights (n_weights,) as one row of numbers: with connections, only those that are trained."""
        whole = [(0, n_in, n_out)]
        blocks = whole if connections is None else [(o, b.n_seen, b.n_neurons) for b, _, o in connections.places()]
        lead, address = np.shape(member), {"member": member, "part": layer}
        weights = np.zeros((*lead, sum(seen * wide for _, seen, wide in blocks)))
        biases = np.zeros((*lead, n_out))
        blocks = [block for block in blocks if block[1]]
        shapes = {(seen, wide) for _, seen, wide in blocks}
        sizes = {shape: {"fan_in": shape[0], "fan_out": shape[1], "gain": gain, **self.values} for shape in shapes}
        scales = {shape: float(self.weights(**size)) for shape, size in sizes.items()}
        if any(scales.values()):
            drawn = _standard(self.distribution, seed, Purpose.WEIGHTS, weights.shape[-1], address)
            place = 0
            for _, seen, wide in blocks:
                own = slice(place, place + seen * wide)
                weights[..., own] = scales[seen, wide] * drawn[..., own]
                place += seen * wide
        scales = {shape: float(self.biases(**size)) for shape, size in sizes.items()}
        if any(scales.values()):
            kind, place = self.biases_as or self.distribution, 0
            drawn = _standard(kind, seed, Purpose.BIASES, sum(wide for *_, wide in blocks), address)
            for first, seen, wide in blocks:
                biases[..., first : first + wide] = scales[seen, wide] * drawn[..., place : place + wide]
                place += wide
        return weights, biases

    def settle(
        self, free: NDArray[np.float64], z: NDArray[np.float64], *, seed: int, member: int = 0, layer: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Free weights and biases for a neuron's pre-activations ``z`` (rows, n_out), made without biases.

        Each neuron's weights are divided by the standard deviation of its pre-activations, unless that is 0. Its bias
        is minus the mean of the new pre-activations of some random rows, whose random shares are as likely as any.

        Examples
        --------
        >>> free, z = np.array([[2.0]]), np.array([[2.0], [6.0]])
        >>> initializers["data_driven"].settle(free, z, seed=0)[0].tolist()
        [[1.0]]
        """
        rows, n_out = int(self.values["rows"]), z.shape[1]
        centered = z - z.mean(axis=0)
        spread = np.sqrt((centered * centered).mean(axis=0))
        spread = np.where(spread > 1e-12 * np.abs(z).max(axis=0, initial=0.0), spread, 1.0)
        address = {"member": member, "part": layer}
        share = -portable_log(uniform(seed, Purpose.BIASES, rows * n_out, epoch=1, **address))
        share = share.reshape(n_out, rows) / share.reshape(n_out, rows).sum(axis=1, keepdims=True)
        drawn = words(seed, Purpose.BIASES, rows * n_out, epoch=2, **address).astype(np.uint64)
        chosen = ((drawn * np.uint64(len(z))) >> np.uint64(32)).astype(np.int64).reshape(n_out, rows)
        picked = z[chosen, np.arange(n_out)[:, None]] / spread[:, None]
        return free / spread, -(share * picked).sum(axis=1)


def _standard(distribution: str, seed: int, purpose: Purpose, count: int, address: dict[str, Any]) -> Any:
    """Numbers whose scale is 1."""
    if distribution == "constant":
        return np.ones((*np.shape(address["member"]), count))
    if distribution == "uniform":
        return 2.0 * uniform(seed, purpose, count, **address) - 1.0
    return normal(seed, purpose, count, **address)


initializers: Registry[Initializer] = Registry("initializer")

initializers.register(Initializer(
    "glorot", "uniform, balanced between inputs and outputs; biases drawn alike", "uniform",
    Expression("sqrt(factor / (fan_in + fan_out))"), Expression("sqrt(factor / (fan_in + fan_out))"),
    parameters=(Parameter("factor", 6.0, "squared half-width times the number of connections", 0.0, open_low=True),),
    reference="Glorot and Bengio 2010",
))  # fmt: skip
initializers.register(Initializer(
    "he", "normal, keeps the size of the signal through relu-like layers", "normal",
    Expression("gain / sqrt(fan_in)"), Expression("0"), reference="He et al. 2015",
))  # fmt: skip
initializers.register(Initializer(
    "lecun", "normal, unit variance for inputs of unit variance", "normal",
    Expression("1 / sqrt(fan_in)"), Expression("0"), reference="LeCun et al. 1998",
))  # fmt: skip
initializers.register(Initializer(
    "fan_in", "uniform, half-width one over the root of the number of inputs; biases drawn alike", "uniform",
    Expression("1 / sqrt(fan_in)"), Expression("1 / sqrt(fan_in)"), reference="the linear layers of PyTorch",
))  # fmt: skip
initializers.register(Initializer(
    "ntk_normal", "normal, like lecun, with biases of variance 1", "normal",
    Expression("1 / sqrt(fan_in)"), Expression("1"), reference="Jacot, Gabriel and Hongler 2018",
))  # fmt: skip
initializers.register(Initializer(
    "standard_normal", "normal of variance 1 whatever the sizes, for the free weights of an ntk layer", "normal",
    Expression("1"), Expression("1"), reference="Jacot, Gabriel and Hongler 2018",
))  # fmt: skip
initializers.register(Initializer(
    "constant", "the same value everywhere", "constant", Expression("value"), Expression("value"),
    parameters=(Parameter("value", 0.0, "weight and bias"),),
))  # fmt: skip
initializers.register(Initializer(
    "wave", "normal frequencies, and phases from all round the circle", "normal",
    Expression("frequency"), Expression("pi"), biases_as="uniform", reference="Rahimi and Recht 2007",
    parameters=(Parameter("frequency", 0.1, "standard deviation of the weights", 0.0),),
))  # fmt: skip
initializers.register(Initializer(
    "data_driven", "normal, then pre-activations of variance 1 on the training rows, biases from some of these rows",
    "normal", Expression("1"), Expression("0"), looks_at_rows=True,
    parameters=(Parameter("rows", 5.0, "rows whose random mean each bias moves to zero", 1.0),),
    reference="Steinwart 2019; Holzmüller, Grinsztajn and Steinwart 2024",
))  # fmt: skip
initializers.register(Initializer(
    "embedding", "normal of variance 1 for the place of each category, no biases", "normal",
    Expression("1"), Expression("0"), reference="Guo and Berkhahn 2016",
))  # fmt: skip
