"""Quantities of a trace by name: the value behind any name that an equation writes, and the equations that make it.

Names are ``x[r,i]``, ``W1[i,j]``, ``b1[j]``, ``z1[r,j]``, ``a1[r,j]``, ``f[r,k]``, ``p[r,k]``, ``y[r,k]``, ``w[r]``,
``ℓ[r]``, ``L``, ``δ1[r,j]``, ``keep1[r,j]``, ``relu'(z1[r,j])``, ``m1[j]``, ``dL/da1[r,j]``,
``dL/dW1[i,j]`` and ``m(W1[i,j])`` for what an optimizer remembers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.formulas.loss import links
from glassnet.network.arithmetic import Arithmetic, Piece, product
from glassnet.network.equations import (
    Line,
    a_line,
    arriving_line,
    delta_line,
    loss_lines,
    row_loss_line,
    slope_line,
    z_line,
)

if TYPE_CHECKING:
    from glassnet.network.trace import Trace

_PLACE = re.compile(r"(?P<kind>keep|[xWbmzafpywδℓ])(?P<layer>\d*)\[(?P<index>\d+(?:,\d+)?)\]\Z")
_SLOPE = re.compile(r"[a-z_0-9]+'\(z(?P<layer>\d+)\[(?P<index>\d+,\d+)\]\)\Z")
_MEMORY = re.compile(r"(?P<state>[a-z_0-9]+)\((?P<parameter>[Wbm]\d+\[[\d,]+\])\)\Z")
_LAYERED = "Wbmzaδ"
_ARRIVING = re.compile(r"dL/da(?P<layer>\d{1,5})\[(?P<index>\d{1,9},\d{1,9})\]\Z")
_MOST_CLASSES = 20  # of which a softmax is written out


@dataclass(frozen=True)
class Place:
    """Where a quantity stands: its letter, layer (from 1; 0 without one) and indices."""

    kind: str
    layer: int
    index: tuple[int, ...]


def place_of(trace: Trace, name: str) -> Place:
    """Read a name; one that this trace does not have is a `ConfigurationError`."""
    slope, arriving, match = _SLOPE.match(name), _ARRIVING.match(name), _PLACE.match(name)
    found = slope or arriving or match
    if found:
        kind = "slope" if slope else "dL/da" if arriving else found["kind"]
        layer = int(found["layer"] or 0) if len(found["layer"]) < 6 else -1
        index = tuple(int(part) for part in found["index"].split(",")) if len(found["index"]) < 24 else (-1,)
        place = Place(kind, layer, index)
        values = _array(trace, place)
        if (
            values is not None
            and len(index) == values.ndim
            and all(0 <= i < n for i, n in zip(index, values.shape, strict=True))
        ):
            return place
    raise ConfigurationError(
        f"There is no quantity {name[:60]!r} in this step of {trace.n_rows} rows and layers of sizes "
        f"{'-'.join(map(str, trace.layer_sizes))}. Names are such as W1[0,0], z1[0,0], p[0,0] or L."
    )


def value_of(trace: Trace, name: str) -> float:
    """The value behind a name."""
    if name == "L":
        return trace.loss.total
    if name.startswith("dL/d") and not _ARRIVING.match(name):
        return trace.parameter(name[4:]).data_gradient
    memory = _MEMORY.match(name)
    if memory:
        before = trace.parameter(memory["parameter"]).state_before
        if memory["state"] in before:
            return before[memory["state"]]
    place = place_of(trace, name)
    return float(_array(trace, place)[place.index])


def _array(trace: Trace, place: Place) -> Any:
    """The array that holds a quantity; None where there is none."""
    step, k = trace.loss, place.layer
    if place.kind == "keep":
        return trace.forward[k].keep if 0 <= k < len(trace.forward) else None
    if place.kind in _LAYERED or place.kind in ("slope", "dL/da"):
        if not 1 <= k <= len(trace.forward):
            return None
        forward, backward = trace.forward[k - 1], trace.backward[k - 1]
        return {
            "W": forward.weights, "b": forward.biases, "m": forward.mixes, "z": forward.z, "a": forward.a,
            "δ": backward.delta, "slope": backward.slope, "dL/da": backward.arriving,
        }[place.kind]  # fmt: skip
    if k:
        return None
    return {
        "x": trace.X, "y": step.y, "f": step.raw_prediction, "p": step.prediction, "w": step.row_weights,
        "ℓ": step.row_losses,
    }[place.kind]  # fmt: skip


def quantity_lines(trace: Trace, name: str, *, digits: int = 5, terms: int = 8) -> tuple[Line, ...]:
    """The equations that make a quantity, from what it is made of; weights and biases have `Trace.explain`.

    Examples
    --------
    >>> from glassnet import Dense, Network
    >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
    >>> trace = network.trace([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1)
    >>> print(quantity_lines(trace, "z1[0,0]")[0].numbers)
    z1[0,0] = 0.5·0.01 + 0.01 = 0.015
    """
    if name == "L":
        return tuple(loss_lines(trace, digits, terms))
    place = place_of(trace, name)
    k, row, j = place.layer, place.index[0], place.index[-1]
    if place.kind == "z":
        return (z_line(trace, k, row, j, digits, terms),)
    if place.kind in "af":
        return (a_line(trace, k or len(trace.forward), row, j, digits),)
    if place.kind == "p":
        return (link_line(trace, row, j, digits),)
    if place.kind == "δ":
        return (delta_line(trace, k, row, j, digits, terms),)
    if place.kind == "dL/da":
        return (arriving_line(trace, k, row, j, digits, terms),)
    if place.kind == "slope":
        return (slope_line(trace, k, row, j, digits),)
    return (row_loss_line(trace, row, digits),) if place.kind == "ℓ" else ()


def link_line(trace: Trace, row: int, k: int, digits: int) -> Line:
    """A prediction from the raw predictions of its row."""
    step = trace.loss
    link, raw = links[step.loss.link], step.raw_prediction[row]
    name, total = f"p[{row},{k}]", float(step.prediction[row, k])
    if link.value is not None:
        piece = Piece(link.value, {"f": float(raw[k])}, sources={"f": f"f[{row},{k}]"})
        return Line("link", name, link.value.text, link.value.latex, Arithmetic((piece,), total, digits=digits))
    latex, symbolic = r"\frac{1}{\sum_j e^{f_j - f_k}}", "1 / Σⱼ exp(fⱼ − fₖ)"
    if len(raw) > _MOST_CLASSES:
        return Line("link", name, symbolic, latex, Arithmetic((product(total),), total, digits=digits))
    values = {f"f{j}": float(f) for j, f in enumerate(raw)}
    formula = Expression(f"1 / ({' + '.join(f'exp({other} - f{k})' for other in values)})")
    sources = {f"f{j}": f"f[{row},{j}]" for j in range(len(raw))}
    return Line(
        "link", name, symbolic, latex, Arithmetic((Piece(formula, values, sources=sources),), total, digits=digits)
    )
