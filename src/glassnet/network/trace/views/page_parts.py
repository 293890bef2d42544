"""The parts of a trace's page that tell the arithmetic: forward, loss, backward, and the table of all weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassnet.formulas.language.render.display import MATHML
from glassnet.layers import Convolution, Dense
from glassnet.network.trace.difference import check_input
from glassnet.network.trace.equations.layer import a_line, delta_line, input_line, slope_line, z_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.loss import loss_lines
from glassnet.network.trace.views.explain import check_sentence
from glassnet.network.trace.views.pictures import image_figure, kernels_figure, map_layer_title, maps_figure, maps_of
from glassnet.network.trace.views.sections import is_map, left_out, written_units
from glassnet.pages import Markup, Working, folded, formula, paragraph, steps, table, tag, text
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.records import LayerForward, ParameterStep
    from glassnet.network.trace.trace import Trace

FEW_CONNECTIONS = 6
_FIRST_CONTRIBUTIONS = 8
_WRITTEN_OF_MAP = 4
_MOST_CONTRIBUTIONS = 200  # beyond these a page of ten thousand inputs would be too large for a browser
_MOST_LINKS, _FEWEST_NEURONS = 12_000, 8
_FIRST_PARAMETERS = 12
_MOST_PARAMETERS = 5000


class Writer:
    """Writes the parts of one trace."""

    def __init__(self, trace: Trace, digits: int, rows: int) -> None:
        self.trace, self.digits, self.rows = trace, digits, rows

    def number(self, value: float) -> str:
        """A number with the reader's digits."""
        return plain_number(float(value), self.digits)

    def working(self, line: Line) -> Working:
        """One equation: its name and its rule in words, and its numbers as a formula."""
        rule = tag("div", typeset(line.symbolic), class_="quiet rule") if line.symbolic else None
        return Working([line.label, rule], formula(line.arithmetic.write(MATHML)), line.arithmetic.result)

    def steps(self, lines: Sequence[Line]) -> Markup:
        """Equations below one another."""
        return steps([self.working(line) for line in lines])

    def source(self, layer: int, index: int) -> str:
        """The name of the feature or neuron at the other end of a connection into a layer."""
        return self.trace.feature_names[index] if layer == 1 else self.trace.unit_name(layer - 1, index)

    def neuron(self, layer: int, index: int) -> str:
        """The name of a neuron; the last layer has the names of the targets."""
        return (
            self.trace.target_names[index]
            if layer == len(self.trace.forward)
            else self.trace.forward[layer - 1].spec.unit_in_words(index)
        )

    def left_out(self) -> list[Markup]:
        """How many rows are not written out, and where their numbers are."""
        notes = left_out(self.trace.n_rows, self.rows, "row")
        return [paragraph(f"{note}; trace.to_json(rows=None) holds all of them.") for note in notes]

    def forward(self) -> list[Markup]:
        """Each layer for the written rows, the link last."""
        blocks: list[Markup] = []
        for here in self.trace.forward:
            dense = isinstance(here.spec, Dense)
            title = f"{_count(len(here.biases))}, {here.activation.spec}" if dense else repr(here.spec)
            blocks.append(tag("h3", map_layer_title(here) if is_map(here) else f"Layer {here.layer}: {title}"))
            if here.activation.name != "identity":
                blocks.append(self._rule("a = ", here.activation.value.mathml))
            if isinstance(here.spec, Convolution):
                blocks.append(kernels_figure(here.weights, here.layer))
            wide = dense and here.weights.shape[0] > FEW_CONNECTIONS
            for r in range(self.rows):
                if is_map(here):
                    shown_row = self._map_layer(here, r)
                else:
                    shown_row = self._wide_layer(here.layer, r) if wide else self._narrow_layer(here.layer, r)
                several = self.trace.n_rows > 1
                name = self.trace.row_names[r]
                first = [tag("p", tag("strong", name)), shown_row] if several else [shown_row]
                blocks += first if r == 0 else [folded(name, shown_row)]
        blocks += self.left_out()
        step = self.trace.loss
        if step.loss.link != "identity":
            head = [
                "row",
                *(f"raw f, {n}" for n in self.trace.target_names),
                *(f"prediction, {n}" for n in self.trace.target_names),
            ]
            rows = [
                [
                    self.trace.row_names[r],
                    *map(self.number, step.raw_prediction[r]),
                    *map(self.number, step.prediction[r]),
                ]
                for r in range(self.rows)
            ]
            blocks += [tag("h3", f"Link: {step.loss.link}"), table(head, rows)]
        return blocks

    def _narrow_layer(self, layer: int, row: int) -> Markup:
        """All neurons of a layer as equations, for one row."""
        lines = []
        for j in range(self.trace.layer_sizes[layer]):
            lines.append(z_line(self.trace, layer, row, j, self.digits, _FIRST_CONTRIBUTIONS))
            if self.trace.forward[layer - 1].activation.name != "identity":
                lines.append(a_line(self.trace, layer, row, j, self.digits))
        return self.steps(lines)

    def _map_layer(self, here: LayerForward, row: int) -> Markup:
        """The maps of a row as pictures, and some of their numbers as equations."""
        picture = maps_figure(maps_of(here.a[row], here.spec.shape_out), "Feature maps.", "The map of channel")
        lines, units = [], written_units(self.trace, here.layer, row, _WRITTEN_OF_MAP)
        for j in units:
            lines.append(z_line(self.trace, here.layer, row, j, self.digits, _FIRST_CONTRIBUTIONS))
            if here.activation.name != "identity":
                lines.append(a_line(self.trace, here.layer, row, j, self.digits))
        rest = left_out(here.z.shape[1], len(units), "number", "those with the largest error signals are written")
        return text([picture, self.steps(lines), *map(paragraph, rest)])

    def _wide_layer(self, layer: int, row: int) -> Markup:
        """The sum and answer of each neuron, folded around its terms."""
        here = self.trace.forward[layer - 1]
        linear = here.activation.name == "identity"
        kept: Sequence[int] = range(len(here.biases))
        most = max(_FEWEST_NEURONS, _MOST_LINKS // len(here.weights))
        if len(kept) > most:  # all of a wide layer behind an image would be too large for a browser
            signals = np.abs(self.trace.backward[layer - 1].delta[row])
            kept = sorted(int(j) for j in np.argsort(-signals, kind="stable")[:most])
        blocks = [
            folded(
                f"{self.neuron(layer, j)}: z = {self.number(here.z[row, j])}"
                + ("" if linear else f", a = {self.number(here.a[row, j])}"),
                self._contributions(layer, row, j),
            )
            for j in kept
        ]
        how = paragraph("Open a neuron to see its sum term by term, the largest products first.")
        rest = left_out(len(here.biases), len(kept), "neuron", "those with the largest error signals are written")
        return text([how, tag("div", blocks, class_="opened"), *map(paragraph, rest)])

    def _contributions(self, layer: int, row: int, j: int) -> Markup:
        """One sum as a table, largest products first, the rest folded, the total below."""
        here = self.trace.forward[layer - 1]
        values, weights = here.arriving[row], here.weights[:, j]
        products = values * weights
        order = np.argsort(-np.abs(products), kind="stable")
        rows = [
            [self.source(layer, int(i)), self.number(values[i]), self.number(weights[i]), self.number(products[i])]
            for i in order
        ]
        head = ["from", "value", "weight", "product"]
        foot = ["bias", "", "", self.number(here.biases[j])], ["z", "", "", self.number(here.z[row, j])]
        first, rest = rows[:_FIRST_CONTRIBUTIONS], rows[_FIRST_CONTRIBUTIONS:]
        remainder = float(products[order[_FIRST_CONTRIBUTIONS:]].sum())
        more = [[f"and {len(rest)} more, together", "", "", self.number(remainder)]] if rest else []
        parts = [table(head, [*first, *more, foot[0]], foot=foot[1])]
        if len(rest) <= _MOST_CONTRIBUTIONS:
            parts += [folded(f"The {len(rest)} others", table(head, rest))] if rest else []
        else:
            title = f"The {_MOST_CONTRIBUTIONS} largest of the {len(rest)} others"
            parts.append(folded(title, table(head, rest[:_MOST_CONTRIBUTIONS])))
        return text(parts)

    def loss(self) -> list[Markup]:
        """The row losses, the reduction, the penalties."""
        step = self.trace.loss
        blocks = [self._rule("ℓ = ", step.loss.value.mathml)] if step.loss.value is not None else []
        blocks.append(self.steps(loss_lines(self.trace, self.digits, self.rows)))
        return blocks + self.left_out()

    def backward(self) -> list[Markup]:
        """The error signals from the last layer to the first."""
        blocks: list[Markup] = []
        for here in reversed(self.trace.backward):
            forward = self.trace.forward[here.layer - 1]
            record = forward.activation
            blocks.append(tag("h3", f"Layer {here.layer}"))
            if record.name != "identity":
                blocks.append(self._rule("da/dz = ", record.derivative.mathml))
            for r in range(self.rows):
                several, name = self.trace.n_rows > 1, self.trace.row_names[r]
                content = self._map_deltas(forward, r) if is_map(forward) else self._deltas(here.layer, r)
                blocks += [tag("p", tag("strong", name))] if several and r == 0 else []
                blocks.append(content if r == 0 else folded(name, content))
        if len(self.trace.forward[0].spec.shape_in) == 3:
            slopes = self.trace.d_inputs[: self.rows]
            steepest = np.argsort(-np.abs(slopes[0]), kind="stable")[:_WRITTEN_OF_MAP]
            check = check_input(self.trace, 0, int(steepest[0]))
            blocks += [
                tag("h3", "Inputs: which pixels would change the loss"),
                image_figure(self.trace, slopes, "dL/dx.", "Slopes of the loss along the pixels of"),
                self.steps([
                    input_line(self.trace, 0, int(i), self.digits, _FIRST_CONTRIBUTIONS)
                    for i in steepest
                ]),
                paragraph([f"Check of {check.parameter}: ", check_sentence(check, self.digits)]),
            ]  # fmt: skip
        return blocks + self.left_out()

    def _map_deltas(self, here: LayerForward, row: int) -> Markup:
        """The error signals of a row as pictures, and some as equations."""
        signals = self.trace.backward[here.layer - 1].delta[row]
        picture = maps_figure(maps_of(signals, here.spec.shape_out), "Error signals δ.", "Error signals of channel")
        lines: list[Line] = []
        for j in written_units(self.trace, here.layer, row, _WRITTEN_OF_MAP):
            lines.append(delta_line(self.trace, here.layer, row, j, self.digits, _FIRST_CONTRIBUTIONS))
            if here.activation.name != "identity":
                lines.append(slope_line(self.trace, here.layer, row, j, self.digits))
        return text([picture, self.steps(lines)])

    def _deltas(self, layer: int, row: int) -> Markup:
        """The error signals of one layer and row: as equations, or for many neurons as a table with equations "
        "folded.
        """
        here = self.trace.backward[layer - 1]
        record, count = self.trace.forward[layer - 1].activation, here.delta.shape[1]
        lines: list[Line] = []
        for j in range(count):
            lines.append(delta_line(self.trace, layer, row, j, self.digits, _FIRST_CONTRIBUTIONS))
            if record.name != "identity":
                lines.append(slope_line(self.trace, layer, row, j, self.digits))
        if count <= FEW_CONNECTIONS:
            return self.steps(lines)
        rows = [
            [self.neuron(layer, j), *(self.number(v[row, j]) for v in (here.arriving, here.slope, here.delta))]
            for j in range(count)
        ]
        return text(
            [
                table(["neuron", "arrives: dL/da", "slope da/dz", "δ = dL/dz"], rows, label=f"layer {layer}, backward"),
                folded(f"The {count} error signals, written out", self.steps(lines)),
            ]
        )

    def parameters(self) -> list[Markup]:
        """Every weight and bias; the largest gradients first, the rest folded layer by layer."""
        trace = self.trace
        names = self.by_gradient()
        if len(names) <= 2 * _FIRST_PARAMETERS:
            return [self._parameter_table(trace.parameter_names, "All weights and biases.")]
        blocks = [self._parameter_table(names[:_FIRST_PARAMETERS], "The steepest slopes.")]
        for here in trace.forward:
            inside = [trace.parameter_names[place] for place in np.flatnonzero(trace.parameter_layers == here.layer)]
            title = f"All {len(inside)} weights and biases of layer {here.layer}"
            if len(inside) > _MOST_PARAMETERS:
                here_only = set(inside)
                inside = [name for name in names if name in here_only][:_MOST_PARAMETERS]
                title = f"{title}: the {len(inside)} steepest; trace.frame() has all"
            blocks.append(folded(title, self._parameter_table(inside)))
        return blocks

    def by_gradient(self, *, data: bool = False) -> list[str]:
        """The parameters, steepest slope first: of the objective, or of its data part."""
        names = self.trace.parameter_names
        return [names[place] for place in np.argsort(-abs(self.trace.slopes(data=data)), kind="stable")]

    def _parameter_table(self, names: Sequence[str], caption: str | None = None) -> Markup:
        """Old value, gradient in its parts, check and new value."""
        trace, penalized = self.trace, bool(self.trace.loss.penalties)
        checked = {name: trace.checks.get(name) for name in names}
        if len(names) <= 2 * _FIRST_PARAMETERS:
            checked = {name: trace.check(name) for name in names}
        rows = []
        for name in names:
            step, check = trace.parameter(name), checked[name]
            link, neuron = self._ends(step)
            rows.append(
                [
                    [name, tag("div", f"{link} → {neuron}", class_="quiet rule")],
                    self.number(step.old),
                    self.number(step.data_gradient),
                    *([self.number(step.penalty_gradient)] if penalized else []),
                    "" if check is None else self.number(check.numeric),
                    "not checked" if check is None else plain_number(check.relative_error, 2),
                    self.number(step.new),
                ]
            )
        head = [
            "weight",
            "old",
            "slope (data)",
            *(["slope (penalty)"] if penalized else []),
            "finite difference",
            "relative error",
            "new",
        ]
        remarks = [
            paragraph(f"{name}: {check.verdict}{f' ({check.kink})' if check.kink and check.agrees else ''}.")
            for name, check in checked.items()
            if check is not None and (check.kink or not check.agrees)
        ]
        return text([table(head, rows, caption=caption, label=caption or "weights and biases"), *remarks])

    def _ends(self, step: ParameterStep) -> tuple[str, str]:
        """Where a parameter leads from and to, in words."""
        here = self.trace.forward[step.layer - 1]
        alone = {"biases": "bias", "mixes": "mix"}.get(step.kind, "")
        if isinstance(here.spec, Dense):
            return alone or self.source(step.layer, step.index[0]), self.neuron(step.layer, step.index[-1])
        if isinstance(here.spec, Convolution):
            tap = ",".join(map(str, step.index[2:]))
            return alone or f"tap {tap} on channel {step.index[1]}", f"channel {step.index[0]}"
        return alone or "weight", ",".join(map(str, step.index))

    def _rule(self, left: str, mathml: str) -> Markup:
        """A formula of the registry on its own line."""
        return tag("div", left, formula(mathml), class_="equation", tabindex="0", role="group")


def typeset(rule: str) -> Markup:
    """A rule in words with the index of each sum below the line."""
    first, *others = rule.split("Σ_")
    parts = [other.partition(" ") for other in others]
    return text([first, *(part for over, gap, rest in parts for part in ("Σ", tag("sub", over), gap + rest))])


def _count(neurons: int) -> str:
    """How many neurons, in words."""
    return "1 neuron" if neurons == 1 else f"{neurons} neurons"
