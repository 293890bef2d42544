"""``glassnet show``: what a model file holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from glassnet.cli.options.options import ModelPath
from glassnet.cli.schema import print_schema
from glassnet.cli.terminal import terminal

if TYPE_CHECKING:
    from glassnet.files import ModelFile
    from glassnet.images import Measuring

EXAMPLES = """
Examples:

glassnet show patients.glassnet
"""


def show(model: ModelPath) -> None:
    """Show what a model file holds: layers, recipe, scores, columns, and fingerprint.

    The file is checked in full, and nothing in it is run.
    """
    from glassnet.files import read_model

    stored = read_model(model)
    console = terminal.output()
    console.print(terminal.title(str(model), f"{stored.task}, {terminal.size(model)}, glassnet {stored.version}"))
    console.print(terminal.facts(_network(stored)))
    if stored.recipe:
        console.print()
        console.print(terminal.title("recipe"))
        console.print(terminal.facts(_recipe(stored)))
    if stored.scores:
        from glassnet.cli.summary.stored_scores import print_scores
        from glassnet.cli.summary.threshold_effect import print_stored

        console.print()
        print_scores(console, stored.scores)
        if isinstance(found := stored.scores.get("called"), Mapping):
            console.print()
            print_stored(console, found)
    schema = stored.table_schema
    if schema is not None:
        console.print()
        if schema.measuring is not None:
            console.print(terminal.title("images"))
            console.print(terminal.facts(_measuring(schema.measuring)))
            console.print()
        console.print(terminal.title("columns"))
        print_schema(console, schema, schema.notes)


def _shapes(layer: Any) -> str:
    """The shapes that enter and leave a layer that looks at images."""
    before, after = (" x ".join(map(str, shape)) for shape in (layer.shape_in, layer.shape_out))
    beside = f", {layer.n_carried} inputs carried past" if layer.n_carried else ""
    return f"{before} to {after}{beside}"


def _network(stored: ModelFile) -> Iterator[tuple[str, str]]:
    """The network in words."""
    from glassnet.files.exports.decision import Decision

    shared = [layer.kind == "shared" for layer in stored.layers]
    if stored.members > 1:
        body = ", the layers between first and last shared" if any(shared) else ""
        yield "members", f"{stored.members} networks that predict together{body}"
    for number, layer in enumerate(stored.layers, start=1):
        name = getattr(layer.activation, "spec", layer.activation)
        if layer.spec is not None:
            yield f"layer {number}", f"{layer.spec!r}: {_shapes(layer.spec)}"
            continue
        yield f"layer {number}", f"{layer.n_in} inputs, {layer.n_out} neuron{'s' if layer.n_out != 1 else ''}, {name}"
    for part in stored.further:
        layers = "-".join(map(str, [part.layers[0].n_in, *(layer.n_out for layer in part.layers)]))
        several = "networks" if part.members > 1 else "network"
        yield "beside", f"{part.members} {several} {layers}, {part.fitted.get('reason', 'of another setting')}"
    yield "loss", getattr(stored.loss, "spec", str(stored.loss))
    each = zip(shared, stored.weights, stored.biases, strict=True)
    count = sum((w.size + b.size) // (stored.members if once else 1) for once, w, b in each)
    yield "parameters", f"{count} weights and biases in {stored.weights[0].dtype}"
    if stored.classes:
        yield "classes", ", ".join(map(str, stored.classes))
    if (decision := Decision.of(stored.fitted, len(stored.classes))) is not None:
        yield "threshold", f"{decision.rule(stored.classes)}; {decision.reason()}"
    yield "seed", f"{stored.seed} (training again gives {_SAME[stored.determinism]})"
    if stored.fingerprint:
        yield "training data", f"sha256 {stored.fingerprint}"


def _measuring(how: Measuring) -> Iterator[tuple[str, str]]:
    """How the training images were measured, and those of every prediction are."""
    inside = "inside masks" if how.masked else "as a whole"
    yield "measured", f"{len(how.features or ())} hand-crafted features of {how.dimensions} images, {inside}"
    yield "gray levels", str(how.discretization)
    yield "slices", how.slices
    if how.mask_value is not None:
        yield "value in masks", str(how.mask_value)
    if how.window:
        yield "window", "gray values of DICOM files are cut to it"


def _reason(stored: ModelFile) -> str:
    """Why the networks are as they are; of several settings why they were averaged."""
    return str(stored.fitted.get("reason_of_all", stored.fitted.get("reason", "of an unknown reason")))


def _recipe(stored: ModelFile) -> Iterator[tuple[str, str]]:
    """The recipe that was chosen and why, and the settings that the user gave."""
    if "recipe" in stored.fitted:
        yield "chosen", f"{stored.fitted['recipe']}, because {_reason(stored)}"
    asked = {name: value for name, value in stored.recipe.items() if value not in ("auto", None)}
    yield from _flat(asked)


_SAME = {"bitwise": "the same bits", "statistical": "about the same"}


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as one list of names and values."""
    for key, value in content.items():
        name = f"{above} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(map(_written, value))
        else:
            yield name, _written(value)


def _written(value: Any) -> str:
    """A setting or a score for a reader."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
