"""``glassnet show``: print the contents of a model file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from glassnet.cli.commands.schema import print_schema
from glassnet.cli.options.options import ModelPath
from glassnet.cli.terminal import terminal

if TYPE_CHECKING:
    from glassnet.files import ModelFile
    from glassnet.images import Measuring

EXAMPLES = """
Examples:

glassnet show patients.glassnet
"""


def show(model: ModelPath) -> None:
    """Show the contents of a model file: layers, recipe, scores, columns, and fingerprint.

    The file is fully checked, and nothing in it is executed.
    """
    from glassnet.files import read_model

    model_file = read_model(model)
    console = terminal.output()
    console.print(
        terminal.title(str(model), f"{model_file.task}, {terminal.size(model)}, glassnet {model_file.version}")
    )
    console.print(terminal.facts(_network(model_file)))
    if model_file.recipe:
        console.print()
        console.print(terminal.title("recipe"))
        console.print(terminal.facts(_recipe(model_file)))
    if model_file.scores:
        from glassnet.cli.summary.stored_scores import print_scores
        from glassnet.cli.summary.threshold_effect import print_stored

        console.print()
        print_scores(console, model_file.scores)
        if isinstance(effect := model_file.scores.get("called"), Mapping):
            console.print()
            print_stored(console, effect)
    schema = model_file.table_schema
    if schema is not None:
        console.print()
        if schema.measuring is not None:
            console.print(terminal.title("images"))
            console.print(terminal.facts(_measuring(schema.measuring)))
            console.print()
        console.print(terminal.title("columns"))
        print_schema(console, schema, schema.notes)


def _shapes(layer: Any) -> str:
    """The input and output shapes of a layer on images."""
    before, after = (" x ".join(map(str, shape)) for shape in (layer.shape_in, layer.shape_out))
    beside = f", {layer.n_carried} inputs passed through" if layer.n_carried else ""
    return f"{before} to {after}{beside}"


def _network(model_file: ModelFile) -> Iterator[tuple[str, str]]:
    """The parts of the network as names and descriptions."""
    from glassnet.files.exports.decision import Decision

    shared = [layer.kind == "shared" for layer in model_file.layers]
    if model_file.members > 1:
        body = ", the layers between first and last shared" if any(shared) else ""
        yield "members", f"{model_file.members} networks whose predictions are averaged{body}"
    for number, layer in enumerate(model_file.layers, start=1):
        name = getattr(layer.activation, "spec", layer.activation)
        if layer.spec is not None:
            yield f"layer {number}", f"{layer.spec!r}: {_shapes(layer.spec)}"
            continue
        yield f"layer {number}", f"{layer.n_in} inputs, {layer.n_out} neuron{'s' if layer.n_out != 1 else ''}, {name}"
    for part in model_file.further:
        layers = "-".join(map(str, [part.layers[0].n_in, *(layer.n_out for layer in part.layers)]))
        several = "networks" if part.members > 1 else "network"
        yield "beside", f"{part.members} {several} {layers}, {part.fitted.get('reason', 'of another setting')}"
    yield "loss", getattr(model_file.loss, "spec", str(model_file.loss))
    each = zip(shared, model_file.weights, model_file.biases, strict=True)
    count = sum((w.size + b.size) // (model_file.members if once else 1) for once, w, b in each)
    yield "parameters", f"{count} weights and biases in {model_file.weights[0].dtype}"
    if model_file.classes:
        yield "classes", ", ".join(map(str, model_file.classes))
    if (decision := Decision.of(model_file.fitted, len(model_file.classes))) is not None:
        yield "threshold", f"{decision.rule(model_file.classes)}; {decision.reason()}"
    yield "seed", f"{model_file.seed} (training again gives {_SAME[model_file.determinism]})"
    if model_file.fingerprint:
        yield "training data", f"sha256 {model_file.fingerprint}"


def _measuring(how: Measuring) -> Iterator[tuple[str, str]]:
    """How images were measured for training and are measured for prediction."""
    inside = "inside masks" if how.masked else "as a whole"
    yield "measured", f"{len(how.features or ())} hand-crafted features of {how.dimensions} images, {inside}"
    yield "gray levels", str(how.discretization)
    yield "slices", how.slices
    if how.mask_value is not None:
        yield "value in masks", str(how.mask_value)
    if how.window:
        yield "window", "gray values of DICOM files are clipped to it"


def _reason(model_file: ModelFile) -> str:
    """The reason for the recipe; for several settings, the reason why they were averaged."""
    return str(model_file.fitted.get("reason_of_all", model_file.fitted.get("reason", "of an unknown reason")))


def _recipe(model_file: ModelFile) -> Iterator[tuple[str, str]]:
    """The recipe that was chosen and why, and the settings that the user gave."""
    if "recipe" in model_file.fitted:
        yield "chosen", f"{model_file.fitted['recipe']}, because {_reason(model_file)}"
    asked = {name: value for name, value in model_file.recipe.items() if value not in ("auto", None)}
    yield from _flat(asked)


_SAME = {"bitwise": "the same bits", "statistical": "similar results"}


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as one list of names and values."""
    for key, value in content.items():
        name = f"{above} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(map(_text_of, value))
        else:
            yield name, _text_of(value)


def _text_of(value: Any) -> str:
    """A setting or a score for a reader."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
