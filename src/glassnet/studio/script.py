"""A Python script that repeats a run bit for bit, edits by hand included, and checks that it did."""

from __future__ import annotations

import json
import pprint

import numpy as np

import glassnet
from glassnet.files import fingerprint
from glassnet.studio.contract.run import WeightEdit
from glassnet.studio.parameter import locate
from glassnet.studio.preparation import Prepared
from glassnet.studio.run import Run

MOST_INLINE = 2_000
"""Numbers up to which the rows stand in the script; larger tables are read from their file."""


def script(run: Run, table_name: str) -> str:
    """The script of a run as it is now."""
    with run.still() as machine:
        step, edits = machine.step, list(run.edits)
        weights, biases = machine.parameters()
    prepared = run.prepared
    dtype = np.dtype(machine.dtype)
    expected = fingerprint(*[array.astype(dtype) for array in (*weights, *biases)])
    training = _compiled(prepared, step, edits) if prepared.compiled else _reference(prepared, step, edits)
    inline = prepared.X[prepared.train].size <= MOST_INLINE
    data = _inline(prepared) if inline else _from_file(prepared, table_name)
    imports = ["import numpy as np", ""]
    if prepared.compiled:
        imports.append("from glassnet.engine import Plan, Population, Training")
    else:
        imports.append("from glassnet import Dense, Network")
    imports.append("from glassnet.files import fingerprint")
    imports += [] if inline else ["from glassnet.tables import Schema, read_table"]
    named = ", ".join(prepared.schema.feature_names[:8]).replace("\\", "/").replace('"', "'")
    head = [
        f'"""A run of the glassnet studio, repeated: {step} steps, written by glassnet {glassnet.__version__}.',
        "",
        _plain(f"Inputs: {named}{', ...' if len(prepared.schema.feature_names) > 8 else ''}"),
        _plain(f"Target: {', '.join(prepared.target_names[:8])}"),
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


def _plain(text: str) -> str:
    """One line that cannot end the docstring."""
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in text)[:110]


def _inline(prepared: Prepared) -> list[str]:
    """The training rows as numbers that read back exactly."""
    X, y = prepared.X[prepared.train].tolist(), prepared.y[prepared.train].tolist()
    return [f"X = np.array({pprint.pformat(X, width=110, compact=True)})",
            f"y = np.array({pprint.pformat(y, width=110, compact=True)})"]  # fmt: skip


def _from_file(prepared: Prepared, table_name: str) -> list[str]:
    """The training rows from the table's file, encoded by the run's own schema."""
    schema = json.dumps(prepared.schema.to_dict())
    expected = fingerprint(prepared.X[prepared.train], prepared.y[prepared.train])
    rows = prepared.present[prepared.train].tolist()
    target = {
        "regression": "((truth - schema.target_column.centre) / schema.target_column.scale).reshape(-1, 1)",
        "multiclass": "np.eye(len(schema.classes))[truth]", "binary": "truth.reshape(-1, 1).astype(float)",
    }[prepared.loss.task]  # fmt: skip
    if prepared.loss.link == "sign":
        target = "2.0 * truth.reshape(-1, 1).astype(float) - 1.0"
    return [
        "import json",
        "import sys",
        "",
        "# The table as the studio saves it: python this_script.py TABLE.csv",
        f"table = read_table(sys.argv[1] if len(sys.argv) > 1 else {table_name!r})",
        f"schema = Schema.from_dict(json.loads({schema!r}))",
        f"rows = np.array({pprint.pformat(rows, width=110, compact=True)})",
        "table = table.take(rows)",
        "X, truth = schema.encode(table).matrix, schema.encode_target(table)",
        f"y = {target}",
        f"assert fingerprint(X, y) == {expected!r}, 'This is not the table that the studio trained on.'",
    ]


def _cuts(step: int, edits: list[WeightEdit]) -> list[tuple[int, int, list[WeightEdit]]]:
    """Stretches of steps as (first, how many), each followed by the weights that are then set by hand."""
    stops = sorted({step, *(edit.step for edit in edits if edit.step <= step)})
    stretches, first = [], 0
    for stop in stops:
        stretches.append((first, stop - first, [edit for edit in edits if edit.step == stop]))
        first = stop
    return stretches


def _reference(prepared: Prepared, step: int, edits: list[WeightEdit]) -> list[str]:
    """Training by the readable network."""
    s, sizes = prepared.settings, prepared.layer_sizes
    layers = []
    for k, (n_in, n_out, activation) in enumerate(zip(sizes, sizes[1:], prepared.activations, strict=False)):
        start = "" if s.start is None else f", weights={s.start[k].weights!r}, biases={s.start[k].biases!r}"
        layers.append(f"Dense({n_in}, {n_out}, {activation!r}, initializer={s.initializer!r}{start})")
    lines = [
        "network = Network(",
        f"    [{', '.join(layers)}],",
        f"    loss={s.loss!r}, reduction={s.reduction!r}, l1={s.l1!r}, l2={s.l2!r}, seed={s.seed!r},",
        ")",
        f"settings = dict(learning_rate={s.learning_rate!r}, optimizer={s.optimizer!r}, schedule={s.schedule!r},",
        f"                epochs={s.epochs!r}, batch_size={s.batch_size!r}, shuffle={s.shuffle!r})",
    ]
    for first, count, changes in _cuts(step, edits):
        if count:
            lines.append(f"network.fit(X, y, first_step={first}, steps={count}, **settings)")
        for edit in changes:
            place = locate(edit.parameter, sizes)
            lines.append(f"network.{place.kind}[{place.layer}][{', '.join(map(str, place.index))}] = {edit.value!r}")
    return [*lines, "weights, biases = network.weights, network.biases"]


def _compiled(prepared: Prepared, step: int, edits: list[WeightEdit]) -> list[str]:
    """Training by the engine; a weight set by hand is put into the state that the engine goes on from."""
    s = prepared.settings
    start = ""
    if s.start is not None:
        pairs = ", ".join(f"(np.array({one.weights!r}), np.array({one.biases!r}))" for one in s.start)
        start = f", initial=[{pairs}]"
    lines = [
        "plan = Plan(",
        f"    {prepared.layer_sizes!r}, {prepared.activations!r}, {s.loss!r}, reduction={s.reduction!r},",
        f"    optimizer={s.optimizer!r}, learning_rate={s.learning_rate!r}, schedule={s.schedule!r}, l1={s.l1!r},",
        f"    l2={s.l2!r}, initializer={s.initializer!r}, batch_size={s.batch_size!r}, epochs={s.epochs!r},",
        f"    shuffle={s.shuffle!r}, monitor='none',",
        ")",
        f"training = Training(plan, Population(seed={s.seed!r}{start}), X, y)",
    ]
    for _, count, changes in _cuts(step, edits):
        if count:
            lines.append(f"training.advance_steps({count})")
        for edit in changes:
            lines += _edited(prepared, edit)
    lines += [
        "result = training.result",
        "weights, biases = [w[0] for w in result.weights], [b[0] for b in result.biases]",
    ]
    return lines


def _edited(prepared: Prepared, edit: WeightEdit) -> list[str]:
    """One weight set by hand in the engine."""
    from glassnet.studio.machine import CompiledMachine

    place = locate(edit.parameter, prepared.layer_sizes)
    index = CompiledMachine(prepared).place(place.kind, place.layer, place.index)
    return [
        "state = list(training.save()[0])",
        f"state[0] = np.array(state[0]); state[0][0, {index}] = {edit.value!r}  # {edit.parameter}",
        "training.restore([tuple(state)])",
    ]
