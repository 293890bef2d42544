"""Quantities of a trace by name: the value behind any name that an equation writes, and the equations that make it.

Names are ``x[r,i]``, ``W1[i,j]``, ``b1[j]``, ``z1[r,j]``, ``a1[r,j]``, ``f[r,k]``, ``p[r,k]``, ``y[r,k]``,
``w[r]``, ``ℓ[r]``, ``L``, ``δ1[r,j]``, ``keep1[r,j]``, ``relu'(z1[r,j])``, ``m1[j]``, ``dL/da1[r,j]``,
``dL/dW1[i,j]``, ``dL/dx[r,i]``, of Cox's loss ``risk[e]``, ``tied[e]`` and ``share[e,r]``, and ``m(W1[i,j])`` for
what an optimizer remembers; see `glassnet.layers.place`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.formulas.loss import links
from glassnet.layers import Place, sizes_text
from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product
from glassnet.network.trace.equations.layer import a_line, arriving_line, delta_line, input_line, slope_line, z_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.loss import derivation_line, loss_lines, row_loss_line

if TYPE_CHECKING:
    from glassnet.formulas.coupled.batch_loss import Derivation
    from glassnet.network.trace.trace import Trace

_OF_LAYERS, _OF_BATCH = "Wbmzaδ", "xyfpwℓ"
_MOST_CLASSES = 20  # of which a softmax is written out


def place_of(trace: Trace, name: str) -> Place:
    """Read a name; one that this trace does not have is a `ConfigurationError`."""
    place = Place.read(name)
    if place is not None and (_entry(trace, place) is not None or derivation_at(trace, place) is not None):
        return place
    raise ConfigurationError(
        f"There is no quantity {name[:60]!r} in this step of {trace.n_rows} rows and layers of sizes "
        f"{sizes_text([here.spec for here in trace.forward])}. Names are such as W1[0,0], z1[0,0], p[0,0] or L."
    )


def value_of(trace: Trace, name: str) -> float:
    """The value behind a name."""
    if name == "L":
        return trace.loss.total
    place = Place.read(name)
    if place is not None and place.letter in "Wbm" and place.role:
        step = trace.parameter(str(place.plain))
        if place.role == "dL/d":
            return step.data_gradient
        if place.role in step.state_before:
            return step.state_before[place.role]
    quantity = None if place is None else derivation_at(trace, place)
    if quantity is not None:
        return quantity.total
    value = _entry(trace, place_of(trace, name))
    assert value is not None
    array, index = value
    return float(array[index])


def derivation_at(trace: Trace, place: Place) -> Derivation | None:
    """A number that only a loss of the whole batch has, opened."""
    coupled = trace.loss.coupled
    return None if coupled is None or place.role or place.layer else coupled.derivation(place.letter, place.numbers)


def _entry(trace: Trace, place: Place) -> tuple[Any, tuple[int, ...]] | None:
    """The array that holds a quantity, and its index; None if there is none."""
    array, per_unit = _array(trace, place)
    index: tuple[int, ...] | None = place.numbers
    if array is None or not index:
        return None
    if per_unit:
        unit = trace.unit_at(place.layer, index[1:])
        index = None if unit is None else (index[0], unit)
    inside = index is not None and len(index) == array.ndim and all(
        0 <= i < n for i, n in zip(index, array.shape, strict=True)
    )  # fmt: skip
    return (array, index) if inside and index is not None else None


def _array(trace: Trace, place: Place) -> tuple[Any, bool]:
    """The array that holds a quantity, and whether it has a number for each unit of a row; None if there is none."""
    k, kind, layers = place.layer, place.kind, len(trace.forward)
    if kind == "keep":
        return (trace.forward[k].keep if 0 <= k < layers else None), True
    if kind == "dL/dx" and not k:
        return trace.d_inputs, True
    if kind in _OF_LAYERS or kind in ("slope", "dL/da"):
        if not 1 <= k <= layers or (kind == "slope" and place.letter != "z"):
            return None, False
        forward, backward = trace.forward[k - 1], trace.backward[k - 1]
        arrays = {
            "W": forward.weights, "b": forward.biases, "m": forward.mixes, "z": forward.z, "a": forward.a,
            "δ": backward.delta, "slope": backward.slope, "dL/da": backward.arriving,
        }  # fmt: skip
        return arrays[kind], kind not in "Wbm"
    if k or kind not in _OF_BATCH or place.role:
        return None, False
    step = trace.loss
    arrays = {
        "x": trace.X, "y": step.y, "f": step.raw_prediction, "p": step.prediction, "w": step.row_weights,
        "ℓ": step.row_losses,
    }  # fmt: skip
    return arrays[kind], kind == "x"


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
    quantity = derivation_at(trace, place)
    if quantity is not None:
        return (derivation_line(name, quantity, digits),)
    k, index = place.layer, place.numbers
    row, j = index[0], index[-1]
    if place.letter in "zaδx":
        unit = trace.unit_at(k, index[1:])
        assert unit is not None
        j = unit
    if place.kind == "dL/dx":
        return (input_line(trace, row, j, digits, terms),)
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
