"""A trace as one stand-alone page: the step told as a story, wide layers folded, no number dropped in silence.

Every equation is one that `equations` makes for all renderers; the page only lays it out. For layers with few
connections the whole sum is written; for wide ones the largest contributions come first and the rest is folded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassnet.errors import ConfigurationError
from glassnet.layers import Convolution, sizes_text
from glassnet.network.trace.views.explain import check_sentence
from glassnet.network.trace.views.page_parts import FEW_CONNECTIONS, Writer, typeset
from glassnet.network.trace.views.pictures import image_figure, patches_figure
from glassnet.network.trace.views.sections import headline, listed_inputs
from glassnet.pages import (
    Markup,
    NetworkDrawing,
    Part,
    Unit,
    callout,
    figure,
    folded,
    page,
    paragraph,
    table,
    tag,
    text,
)
from glassnet.pages.live import framed
from glassnet.pages.number import distinct_numbers

if TYPE_CHECKING:
    from glassnet.network.trace.records import InputStep
    from glassnet.network.trace.trace import Trace

_OPENED_PARAMETERS = 6
_MOST_DRAWN = 40


def trace_page(trace: Trace, *, digits: int = 5, rows: int = 6) -> str:
    """The whole page.

    Parameters
    ----------
    trace : Trace
    digits : int
        Significant digits; every shown number is the true one, rounded.
    rows : int
        How many rows of the batch are written out; the others are counted.

    Returns
    -------
    str
        An HTML document that loads nothing and runs no script.

    Raises
    ------
    ConfigurationError
        When `digits` or `rows` is below 1.

    Examples
    --------
    >>> from glassnet import Dense, Network
    >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
    >>> page = trace_page(network.trace([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1))
    >>> "−17.347" in page, "<script" in page
    (True, False)
    """
    for name, value in (("digits", digits), ("rows", rows)):
        if value < 1:
            raise ConfigurationError(f"trace page: {name}={value} is not at least 1. Write {name}={max(1, -value)}.")
    writer = Writer(trace, digits, min(rows, trace.n_rows))
    parts = [
        Part("The step at a glance", _glance(writer), mark="1"),
        Part("Inputs", _inputs(writer), opening="What the table says, and what the network sees.", mark="2"),
        Part(
            "Forward",
            writer.forward(),
            mark="3",
            opening="Each neuron multiplies what arrives by its weights, adds its bias, and passes the sum z "
            "through its activation.",
        ),
        Part("Loss", writer.loss(), opening="One number that says how wrong the prediction is.", mark="4"),
        Part(
            "Backward",
            writer.backward(),
            mark="5",
            opening="How the loss changes with each sum z, from the last layer to the first: the error signal δ.",
        ),
        Part(
            "Every weight: gradient, check, update",
            writer.parameters(),
            mark="6",
            opening="The chain rule gives each slope; a finite difference of the loss checks it; the optimizer "
            "takes the step.",
        ),
        Part("The chain rule, written out", _chain_rules(writer), mark="7"),
    ]
    return page(
        "One training step, every number",
        parts,
        lead=headline(trace) + (f". {trace.note}" if trace.note else ""),
        kicker="glassnet trace",
        footer=f"Computed in float64, shown with {digits} significant digits.",
    )


def trace_fragment(trace: Trace) -> str:
    """The page in its own frame for notebooks, so that its style cannot leak into the notebook."""
    return framed(trace_page(trace), "One training step, every number", height="42rem")


def _glance(writer: Writer) -> list[Markup]:
    """Prediction, truth, loss before and after, and the drawing with the numbers of the first row."""
    trace = writer.trace
    truths = trace.loss.y if trace.loss.coupled is not None else None
    head = ["row", *(f"{kind} {name}" for name in trace.target_names for kind in ("predicted", "true")), "loss"]
    if truths is not None:
        head = ["row", *(f"predicted {name}" for name in trace.target_names), *trace.target_columns, "loss"]
    rows = [
        [
            trace.row_names[r],
            *(
                (
                    writer.number(v)
                    for k in range(len(trace.target_names))
                    for v in (trace.loss.prediction[r, k], trace.y[r, k])
                )
                if truths is None
                else map(writer.number, (*trace.loss.prediction[r], *truths[r]))
            ),
            writer.number(trace.loss.row_losses[r]),
        ]
        for r in range(writer.rows)
    ]
    change = "falls" if trace.new_loss < trace.loss.total else "rises" if trace.new_loss > trace.loss.total else "stays"
    blocks = [table(head, rows, caption="What the network predicts before the step."), *writer.left_out()]
    blocks.append(
        callout(
            "note",
            f"The loss {change}: {' → '.join(distinct_numbers(trace.loss.total, trace.new_loss, writer.digits))}",
            f"One step of {trace.update.optimizer.spec} with learning rate "
            f"{writer.number(trace.update.learning_rate)} "
            f"changes {len(trace.parameter_names)} weights and biases.{_loss_parts(writer)}",
        )
    )
    if trace.engine is not None:
        blocks.append(callout("note", f"Trained in {trace.engine.dtype}", trace.engine.sentence))
    if max(trace.layer_sizes) <= _MOST_DRAWN:
        blocks.append(_drawing(writer))
    return blocks


def _loss_parts(writer: Writer) -> str:
    """The loss before the step as a sum of data and penalties; empty without penalties."""
    loss = writer.trace.loss
    terms = "".join(f" + {writer.number(term.value)} of the penalty {term.name}" for term in loss.penalties)
    return f" Before the step it is {writer.number(loss.data)} of the data{terms}." if terms else ""


def _drawing(writer: Writer) -> Markup:
    """The network with the first row in it."""
    trace = writer.trace
    layers = [[Unit(name, float(v)) for name, v in zip(trace.feature_names, trace.X[0], strict=True)]]
    layers += [
        [Unit(writer.neuron(here.layer, j), float(a), here.bias_of(j)) for j, a in enumerate(here.a[0])]
        for here in trace.forward
    ]
    matrices = [here.spec.matrix(here.weights, here.arriving[0]).tolist() for here in trace.forward]
    drawing = NetworkDrawing(layers, matrices, digits=3)
    sizes = sizes_text([here.spec for here in trace.forward])
    summary = f"A {sizes} network; the numbers are those of {trace.row_names[0]}."
    link = "" if trace.loss.loss.link == "identity" else " The last pill is the raw prediction, before the link."
    return figure(
        drawing,
        summary,
        title=f"{trace.row_names[0]} inside the network.",
        caption="Boxes are inputs, pills are neurons with what they answer. Point at a link or neuron for its number; "
        f"all weights are in the table below.{link}",
    )


def _inputs(writer: Writer) -> list[Markup]:
    """Raw value, transformation and value of each input."""
    trace = writer.trace
    plain = all(step.raw == step.formula for row in trace.inputs[: writer.rows] for step in row)
    if len(trace.forward[0].spec.shape_in) == 3:
        first = trace.forward[0].spec
        title = "The images." if trace.augmented is None else "The versions that the network saw."
        picture: Markup = image_figure(trace, trace.X[: writer.rows], title, "The image of")
        if trace.augmented is not None:
            before = image_figure(trace, trace.augmented.X[: writer.rows], "The images as they are.", "The image of")
            picture = text([before, picture])
        beside = [
            [trace.row_names[r], *map(writer.number, trace.X[r, first.n_in - first.n_carried :])]
            for r in range(writer.rows)
        ]
        names = trace.feature_names[first.n_in - first.n_carried :]
        numbers: list[Markup] = []
        if names and plain:
            numbers = [table(["row", *names], beside, caption="Beside the images.")]
        elif names:
            steps = [row[first.n_in - first.n_carried :] for row in trace.inputs[: writer.rows]]
            numbers = [_input_table(writer, own, trace.row_names[r]) for r, own in enumerate(steps)]
        return [picture, *numbers, *writer.left_out()]
    if plain and len(trace.feature_names) <= FEW_CONNECTIONS:
        rows = [[trace.row_names[r], *map(writer.number, trace.X[r])] for r in range(writer.rows)]
        return [table(["row", *trace.feature_names], rows, caption="The inputs, as they are."), *writer.left_out()]
    blocks: list[Markup] = []
    for r in range(writer.rows):
        listed = _input_table(writer, trace.inputs[r], trace.row_names[r])
        blocks.append(listed if r == 0 else folded(trace.row_names[r], listed))
    return [*blocks, *writer.left_out()]


def _input_table(writer: Writer, given: Sequence[InputStep], name: str) -> Markup:
    """The inputs of one row."""
    rows = [
        [label, step.raw, step.formula if step.formula != step.raw else "as it is", writer.number(step.value)]
        for label, step in listed_inputs(given)
    ]
    return table(["input", "in the table", "how", "the network sees"], rows, caption=name)


def _patches(writer: Writer, name: str) -> list[Markup]:
    """Of a weight of a kernel: the patches that move it."""
    step = writer.trace.parameter(name)
    convolved = isinstance(writer.trace.forward[step.layer - 1].spec, Convolution)
    return [patches_figure(writer.trace, step)] if convolved and step.kind == "weights" else []


def _parameters_to_open(writer: Writer) -> list[str]:
    """The parameters that are written out: the steepest weight of each convolution, and the steepest of all."""
    names, trace = writer.by_gradient(data=True), writer.trace
    convolutions = [here.layer for here in trace.forward if isinstance(here.spec, Convolution)]
    first = (next((name for name in names if name.startswith(f"W{layer}[")), None) for layer in convolutions)
    chosen = [name for name in first if name is not None]
    return [*chosen, *(name for name in names if name not in chosen)][:_OPENED_PARAMETERS]


def _chain_rules(writer: Writer) -> list[Markup]:
    """The chain rule of single parameters, the steepest first."""
    blocks: list[Markup] = []
    for position, name in enumerate(_parameters_to_open(writer)):
        explanation = writer.trace.explain(name, digits=writer.digits)
        content = [
            paragraph([typeset(explanation.symbolic), explanation.notes.get("chain rule", "")]),
            *_patches(writer, name),
            writer.steps(explanation.lines),
            paragraph(["Check: ", check_sentence(explanation.check, writer.digits)]),
        ]
        title = f"{explanation.title}{explanation.note}"
        blocks += [tag("h3", title), *content] if position == 0 else [folded(title, content)]
    rest = len(writer.trace.parameter_names) - len(writer.trace.parameter_names[:_OPENED_PARAMETERS])
    if rest:
        blocks.append(paragraph(f'{rest} more can be opened with trace.explain("W1[0,0]") and so on.'))
    return blocks
