"""A Python script that repeats a run bit for bit, edits by hand included, and checks that it did."""

from __future__ import annotations

import json
import pprint
from typing import NamedTuple

import numpy as np

import glassnet
from glassnet.engine.machines.layout import Layout
from glassnet.files import fingerprint
from glassnet.layers import Convolution, Dense
from glassnet.studio.contract.run import Change, WeightEdit
from glassnet.studio.contract.settings import Settings
from glassnet.studio.data.preparation.preparation import Preparation
from glassnet.studio.run.parameter import locate
from glassnet.studio.run.run import Run

MOST_INLINE = 2_000
"""Numbers up to which the rows stand in the script; larger tables are read from their file."""


def script(run: Run, table_name: str, side: int | None = None) -> str:
    """The script of a run as it is now; the network sees images of at most `side` rows or columns."""
    with run.still() as machine:
        step, edits, changes = machine.step, list(run.edits), machine.changes
        start = machine.start
        weights, biases = machine.parameters()
    preparation = run.preparation
    dtype = np.dtype(machine.dtype)
    expected = fingerprint(*[array.astype(dtype) for array in (*weights, *biases)])
    stretches = _cuts(start, step, edits, changes)
    training = _engine_training(start, stretches) if preparation.compiled else _reference(start, stretches)
    inline = preparation.X[preparation.train].size <= MOST_INLINE
    data = _inline(preparation) if inline else _from_file(preparation, table_name, side)
    imports = _imports(preparation, inline=inline)
    named = ", ".join(preparation.schema.feature_names[:8]).replace("\\", "/").replace('"', "'")
    head = [
        f'"""A run of the glassnet studio, repeated: {step} steps, written by glassnet {glassnet.__version__}.',
        "",
        _plain(f"Inputs: {named}{', ...' if len(preparation.schema.feature_names) > 8 else ''}"),
        _plain(f"Target: {', '.join(preparation.target_names[:8])}"),
        '"""',
        "",
    ]
    tail = [
        "",
        f"same = fingerprint(*weights, *biases) == {expected!r}",
        'print("the same bits as in the studio" if same else "NOT the bits of the studio")',
        "for k, (w, b) in enumerate(zip(weights, biases), start=1):",
        '    print(f"W{k} =", w.tolist() if w.size <= 100 else w.shape)',
        '    print(f"b{k} =", b.tolist() if b.size <= 100 else b.shape)',
    ]
    return "\n".join([*head, *imports, "", *data, "", *training, *tail, ""])


def _imports(preparation: Preparation, *, inline: bool) -> list[str]:
    """The names that the script imports, and from where, in their order."""
    layers = sorted({type(layer).__name__ for layer in preparation.layers})
    names = [] if preparation.compiled and not preparation.settings.image else layers
    lines = ["import numpy as np", ""]
    if names or not preparation.compiled:
        lines.append(f"from glassnet import {', '.join([*names, *([] if preparation.compiled else ['Network'])])}")
    if preparation.compiled:
        lines.append("from glassnet.engine import Plan, Population, Training")
    lines.append("from glassnet.files import fingerprint")
    if not inline:
        reader = "read_table" if preparation.image_shape is None else "read_image_archive, with_image_size"
        lines += ["from glassnet.formulas import losses", f"from glassnet.tables import Schema, {reader}"]
    return lines


def _plain(text: str) -> str:
    """One line that cannot end the docstring."""
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in text)[:110]


def _inline(preparation: Preparation) -> list[str]:
    """The training rows as numbers that read back exactly."""
    X, y = preparation.X[preparation.train].tolist(), preparation.y[preparation.train].tolist()
    lines = [f"X = np.array({pprint.pformat(X, width=110, compact=True)})",
             f"y = np.array({pprint.pformat(y, width=110, compact=True)})"]  # fmt: skip
    if preparation.class_weights:
        codes = preparation.truth[preparation.train].tolist()
        lines.append(f"codes = np.array({pprint.pformat(codes, width=110, compact=True)})")
        lines.append(_row_weights(preparation, "codes"))
    return lines


def _row_weights(preparation: Preparation, codes: str) -> str:
    """How much each row counts, from the codes of its class."""
    names = ", ".join(map(_plain, preparation.classes[:8]))
    return f"row_weights = np.array({preparation.class_weights!r})[{codes}]  # {names}"


def _from_file(preparation: Preparation, table_name: str, side: int | None) -> list[str]:
    """The training rows from the table's file, encoded by the run's own schema."""
    schema = json.dumps(preparation.schema.to_dict())
    expected = fingerprint(preparation.X[preparation.train], preparation.y[preparation.train])
    rows = preparation.present[preparation.train].tolist()
    given = f"sys.argv[1] if len(sys.argv) > 1 else {table_name!r}"
    read = [
        "# The table as the studio saves it: python this_script.py TABLE.csv",
        f"table = read_table({given})",
    ]
    if preparation.image_shape is not None:
        read = [
            "# The images as the studio saves them (under the script): python this_script.py IMAGES.npz",
            f"table = with_image_size(read_image_archive({given}), {side!r})",
        ]
    return [
        "import json",
        "import sys",
        "",
        *read,
        f"schema = Schema.from_dict(json.loads({schema!r}))",
        f"rows = np.array({pprint.pformat(rows, width=110, compact=True)})",
        "table = table.take(rows)",
        "X, truth = schema.encode(table).matrix, schema.encode_target(table)",
        f"y = schema.outcome.encode(truth, losses.resolve({preparation.settings.loss!r}))",
        f"assert fingerprint(X, y) == {expected!r}, 'This is not the table that the studio trained on.'",
        *([_row_weights(preparation, "truth")] if preparation.class_weights else []),
    ]


class _Stretch(NamedTuple):
    """Some steps under the same settings, then weights that are set by hand; `begins` where settings change."""

    settings: Settings
    first: int
    n_steps: int
    edits: list[WeightEdit]
    begins: bool


def _cuts(start: Preparation, step: int, edits: list[WeightEdit], changes: list[Change]) -> list[_Stretch]:
    """The run so far, cut where settings or weights were changed by hand; steps are numbered as their course does."""
    places = {edit.step for edit in edits} | {change.step for change in changes}
    stops = sorted({step, *(place for place in places if place <= step)})
    stretches, first, held = list[_Stretch](), 0, start
    for stop in stops:
        begins = held.first_step == first and first > 0
        own = [edit for edit in edits if edit.step == stop]
        stretches.append(_Stretch(held.settings, first + held.offset, stop - first, own, begins))
        first = stop
        for change in changes:
            if change.step == stop:
                held = held.continued(change.settings, stop)
    return stretches


def _reference(preparation: Preparation, stretches: list[_Stretch]) -> list[str]:
    """Training by the readable network."""
    s, weights = preparation.settings, ", sample_weight=row_weights" if preparation.class_weights else ""
    lines = [f"layers = [{', '.join(_layers(preparation))}]", *_network(preparation, s), *_fit_settings(s)]
    for one in stretches:
        if one.begins and one.n_steps:
            lines += ["before = network", *_network(preparation, one.settings), *_fit_settings(one.settings)]
            lines.append("network.weights, network.biases = before.weights, before.biases")
            lines.append("network.optimizer_state = before.optimizer_state")
        if one.n_steps:
            lines.append(f"network.fit(X, y{weights}, first_step={one.first}, steps={one.n_steps}, **settings)")
        for edit in one.edits:
            place = locate(edit.parameter, preparation.layers)
            lines.append(f"network.{place.kind}[{place.layer}][{', '.join(map(str, place.index))}] = {edit.value!r}")
    return [*lines, "weights, biases = network.weights, network.biases"]


def _layers(preparation: Preparation) -> list[str]:
    """The layers as they are written in Python."""
    s, layers = preparation.settings, []
    for k, layer in enumerate(preparation.layers):
        if isinstance(layer, Convolution):
            kernel = f"{layer.channels}, {layer.windows.size[0]}, {layer.activation.spec!r}"
            how = f"stride={layer.stride[0]}, padding={layer.padding!r}, initializer={s.initializer!r}"
            layers.append(f"Convolution({kernel}, {how})")
        elif isinstance(layer, Dense):
            start = "" if s.start is None else f", weights={s.start[k].weights!r}, biases={s.start[k].biases!r}"
            sizes = f"{layer.n_in}, {layer.n_out}, {layer.activation.spec!r}"
            layers.append(f"Dense({sizes}, initializer={s.initializer!r}{start})")
        else:
            layers.append(repr(layer))
    return layers


def _images(preparation: Preparation) -> str:
    """The shape of the images, where layers look at them."""
    if not preparation.settings.image:
        return ""
    first = preparation.layers[0]
    return f"    input_shape={first.shape_in!r}, other_inputs={first.n_carried},"


def _network(preparation: Preparation, s: Settings) -> list[str]:
    """The network under settings."""
    return [
        "network = Network(",
        f"    layers, loss={s.loss!r}, reduction={s.reduction!r}, l1={s.l1!r}, l2={s.l2!r}, seed={s.seed!r},",
        *filter(None, [_images(preparation)]),
        ")",
    ]


def _fit_settings(s: Settings) -> list[str]:
    """How it learns under settings."""
    return [
        f"settings = dict(learning_rate={s.learning_rate!r}, optimizer={s.optimizer!r}, schedule={s.schedule!r},",
        f"                epochs={s.epochs!r}, batch_size={s.batch_size!r}, shuffle={s.shuffle!r})",
    ]


def _engine_training(preparation: Preparation, stretches: list[_Stretch]) -> list[str]:
    """Training by the engine; a weight set by hand is put into the state that the engine continues from."""
    s, weights = preparation.settings, ", row_weights" if preparation.class_weights else ""
    start = ""
    if s.start is not None:
        pairs = ", ".join(f"(np.array({one.weights!r}), np.array({one.biases!r}))" for one in s.start)
        start = f", initial=[{pairs}]"
    lines = [*_plan(preparation, s), f"training = Training(plan, Population(seed={s.seed!r}{start}), X, y{weights})"]
    for one in stretches:
        if one.begins and one.n_steps:
            lines += [
                "flat, counters, _, *curves = training.save()[0]  # weights and memory stay, rates and ends are new",
                *_plan(preparation, one.settings),
                f"training = Training(plan, Population(seed={s.seed!r}{start}), X, y{weights})",
                "_, own, numbers, *_ = training.save()[0]",
                "training.restore([(flat, np.concatenate([counters[:3], own[3:]]), numbers, *curves)])",
            ]
        if one.n_steps:
            lines.append(f"training.advance_steps({one.n_steps})")
        for edit in one.edits:
            lines += _edit_weight(preparation, edit)
    lines += [
        "result = training.result",
        "weights, biases = [w[0] for w in result.weights], [b[0] for b in result.biases]",
    ]
    return lines


def _plan(preparation: Preparation, s: Settings) -> list[str]:
    """The plan under settings."""
    if s.image:
        layers = f"[{', '.join(_layers(preparation))}]"
        head = ["plan = Plan.of(", f"    {layers}, {s.loss!r}, reduction={s.reduction!r},", _images(preparation)]
    else:
        sizes = f"{preparation.layer_sizes!r}, {preparation.activations!r}"
        head = ["plan = Plan(", f"    {sizes}, {s.loss!r}, reduction={s.reduction!r},"]
    initializer = "" if s.image else f"initializer={s.initializer!r}, "
    return [
        *head,
        f"    optimizer={s.optimizer!r}, learning_rate={s.learning_rate!r}, schedule={s.schedule!r}, l1={s.l1!r},",
        f"    l2={s.l2!r}, {initializer}batch_size={s.batch_size!r}, epochs={s.epochs!r},",
        f"    shuffle={s.shuffle!r}, monitor='none',",
        ")",
    ]


def _edit_weight(preparation: Preparation, edit: WeightEdit) -> list[str]:
    """One weight set by hand in the engine."""
    place = locate(edit.parameter, preparation.layers)
    index = Layout.of(preparation.plan()).place(place.kind, place.layer, place.index)
    return [
        "state = list(training.save()[0])",
        f"state[0] = np.array(state[0]); state[0][0, {index}] = {edit.value!r}  # {edit.parameter}",
        "training.restore([tuple(state)])",
    ]
