"""Exports, each run outside glassnet and held against the float64 network and against predict, messy rows included."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.util
import re
import shutil
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor, MLPClassifier, MLPRegressor
from glassnet.errors import ConfigurationError, MissingDependency, SchemaError
from glassnet.files import ModelFile, export_c, export_onnx
from glassnet.files.blueprint import Blueprint
from glassnet.files.exports import onnx_graph
from glassnet.files.exports.identifiers import c_identifier
from glassnet.files.input_columns import LevelColumn
from glassnet.formulas import Activation, Expression, Loss, Parameter, activations, links, losses
from glassnet.tables import NULL_STRINGS, Schema, Table
from glassnet.tables.notation.number_text import YES_NO

spec = importlib.util.spec_from_file_location("export_runs", Path(__file__).with_name("export_runs.py"))
runs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runs)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RELATIVE = 1e-6  # what is promised; what is measured is about 1e-14

rng = np.random.default_rng(7)
N = 120
PATIENTS = {
    "age": [None if i % 17 == 0 else float(age) for i, age in enumerate(rng.integers(20, 90, N))],
    "größe (cm)": (rng.normal(170, 9, N)).tolist(),
    "sex": [["f", "m", None][i % 5 % 3] for i in range(N)],
    "smoker": [["yes", "no"][i * 7 % 3 % 2] for i in range(N)],
    "ward": [["A", "B", "C \"x\"", "D??/"][i % 7 % 4] for i in range(N)],
    "double": [["a", "b", f"rare {i}"][i % 3 if i % 11 == 0 else i % 2] for i in range(N)],
    "grade": [["1", "2", "2.5", "4"][i % 5 % 4] if i % 9 else None for i in range(N)],
    "flag": [i % 3 % 2 for i in range(N)],
    "day": [None if i % 20 == 3 else f"20{10 + i % 14}-0{1 + i % 9}-1{i % 10}" for i in range(N)],
}  # fmt: skip
MESSY = {
    "age": [None, 0.0, 150.0, 45.5, 63.0, -3.25], "größe (cm)": [None, 170.0, 171.5, 10.0, 250.0, 169.9],
    "sex": ["m", None, "x", "f", "NA", ""], "smoker": ["yes", "NO", "Yes", None, "perhaps", "no"],
    "ward": ["A", "Z", None, "C \"x\"", "D??/", "?"], "double": ["a", "rare 2", "never", "b", None, "null"],
    "grade": ["1", "2.5", "7", None, "4", "2"], "flag": [0, 1, None, 1, 7, 0],
    "day": ["2015-03-14", None, "1969-12-31", "2031-01-01", "2020-02-29T12:00:00", "2024-12-31"],
}  # fmt: skip
KINDS = {"grade": "category", "day": "date:season"}


def fitted(kind, y, **settings):
    """A table estimator after a few epochs."""
    table = Table.from_columns({**PATIENTS, "y": y})
    task = "classification" if kind is GlassClassifier else "regression"
    schema = Schema.infer(table, target="y", task=task, kinds=KINDS)
    chosen = {"hidden_layer_sizes": (6, 5), "epochs": 6, "random_state": 1, **settings}
    return kind(**chosen).fit(table, schema=schema)


SIGNAL = np.array([50.0 if age is None else age for age in PATIENTS["age"]]) / 20 + np.array(PATIENTS["flag"])
THREE = np.digitize(SIGNAL, [2.5, 3.5])


def number_or_text(rows, nulls=NULL_STRINGS):
    """The rows as glassnet takes them: texts that are numbers stay texts."""
    return Table.from_columns(rows, null_strings=nulls)


def reference(model, rows):
    """The same float32 network in float64, straight from the schema and the readable network; not from the exports."""
    schema = model.table_schema
    X = (
        np.asarray(rows, dtype=float)
        if schema is None
        else schema.encode(number_or_text(rows, schema.null_strings)).matrix
    )
    link = losses.resolve(model.loss).link
    raw = np.array([model.network(k).forward(X).a[-1] for k in range(model.members)])
    mean = np.array([links[link].apply(one) for one in raw]).mean(axis=0)
    if model.task == "regression":
        if schema is not None and link == "identity":
            mean = mean * schema.target_column.scale + schema.target_column.center
        if model.fitted.get("clamped"):
            mean = np.clip(mean, schema.target_column.minimum, schema.target_column.maximum)
        return mean
    if link not in ("logistic", "softmax"):
        return raw.mean(axis=0)
    if model.task == "classification":
        mean = np.hstack([1 - mean, mean]) if mean.shape[1] == 1 else mean / mean.sum(axis=1, keepdims=True)
    return mean


def close(ours, theirs, tolerance=RELATIVE):
    """The largest relative difference is within the tolerance."""
    ours, theirs = np.asarray(ours, dtype=float).reshape(np.shape(theirs)), np.asarray(theirs)
    assert np.isfinite(theirs).all()
    assert np.max(np.abs(ours - theirs) / np.abs(theirs)) < tolerance


def check(model, rows, tmp_path, labels=None, *flags):
    """All three exports on the rows."""
    expected = reference(model, rows)
    onnx_out = runs.run_onnx(model, rows, tmp_path)
    numpy_out = runs.run_python(model, rows, tmp_path)
    name = next(name for name in ("prediction", "probabilities", "decision") if name in onnx_out)
    assert set(numpy_out) == set(onnx_out)
    close(onnx_out[name], expected)
    close(numpy_out[name], expected)
    c_out, c_labels = runs.run_c(model, rows, tmp_path, expected.shape[1], *flags)
    close(c_out, expected)
    if labels is not None:
        assert onnx_out["label"].tolist() == numpy_out["label"].tolist() == np.asarray(labels).tolist()
        if model.task == "classification":
            assert c_labels == [str(label) for label in labels]
    return onnx_out


# ------------------------------------------------------------------ table estimators


@pytest.mark.parametrize(("labels", "settings"), [
    (np.array(["low", "mid", "high"])[THREE], {}),
    (THREE, {"activation": ["gelu", "mish"]}),
    (np.array(["no", "yes"])[(SIGNAL > 3).astype(int)], {"activation": "selu"}),
    (SIGNAL > 3, {"scaling": "robust"}),
    (THREE, {"scaling": "quantile"}),
    (SIGNAL > 3, {"scaling": "piecewise_linear"}),
    (np.array(["ill", "well"])[(SIGNAL > 4).astype(int)], {"threshold": 0.3}),
    (np.array(["ill", "well"])[(SIGNAL > 4).astype(int)], {"threshold": "sensitivity=0.9", "event": "ill"}),
], ids=["texts", "numbers", "yes-no", "robust", "quantile", "bins", "threshold", "of the first class"])  # fmt: skip
def test_classifiers_of_tables(tmp_path, labels, settings):
    estimator = fitted(GlassClassifier, labels.tolist(), **settings)
    rows = number_or_text(MESSY)
    out = check(estimator._model_file(), MESSY, tmp_path, estimator.predict(rows), *runs.SANITIZERS)
    close(out["probabilities"], estimator.predict_proba(rows), 1e-4)
    assert out["label"].dtype.kind == np.asarray(estimator.classes_).dtype.kind or out["label"].dtype == object


def test_own_null_strings_are_missing_in_every_export(tmp_path):
    """Texts where an export takes texts, numbers where it takes numbers; a day -999 after 1970 stays a day."""
    nulls = ["", "unknown", "-999"]
    columns = {
        name: [("unknown" if name in ("sex", "day") else -999) if cell is None else cell for cell in PATIENTS[name]]
        for name in ("age", "sex", "grade", "ward", "day")
    }  # fmt: skip
    columns["grade"] = [str(cell) for cell in columns["grade"]]
    table = Table.from_columns({**columns, "y": SIGNAL.tolist()}, null_strings=nulls)
    schema = Schema.infer(table, target="y", kinds=KINDS)
    assert [column.missing > 0 for column in schema.inputs] == [True, True, True, False, True]
    estimator = GlassRegressor(recipe="lecture", hidden_layer_sizes=(6,), epochs=4).fit(table, schema=schema)
    rows = {
        "age": [-999.0, 40.0, None, 63.0], "sex": ["unknown", "f", None, "NA"], "grade": ["-999", "2.5", None, "1"],
        "ward": ["unknown", "-999", "A", ""], "day": ["2015-03-14", None, "2020-02-29", "2024-12-31"],
    }  # fmt: skip
    out = check(estimator._model_file(), rows, tmp_path, None, *runs.SANITIZERS)
    close(out["prediction"], estimator.predict(Table.from_columns(rows, null_strings=nulls)), 1e-4)


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile", "piecewise_linear"])
def test_regressors_of_tables(tmp_path, scaling):
    estimator = fitted(GlassRegressor, (1e4 + 100 * SIGNAL).tolist(), scaling=scaling)
    out = check(estimator._model_file(), MESSY, tmp_path, None, *runs.SANITIZERS)
    assert out["prediction"].shape == (6,)
    close(out["prediction"], estimator.predict(number_or_text(MESSY)), 1e-4)


@pytest.mark.parametrize(("scaling", "fewest", "most"), [("quantile", 500, 1000), ("piecewise_linear", 40, 49)])
def test_a_curve_with_many_knots(tmp_path, scaling, fewest, most):
    """Cells on knots, between them, beyond both ends and missing, in a column with a heavy tail."""
    income = (1e3 * np.random.default_rng(2).standard_t(1, 3000)).tolist()
    income[::50] = [None] * 60
    table = {"income": income, "same": [4.0] * 2999 + [5.0], "y": [10.0 + (k % 7) for k in range(3000)]}
    schema = Schema.infer(Table.from_columns(table), target="y", task="regression", kinds={"same": "number"})
    estimator = GlassRegressor(recipe="lecture", hidden_layer_sizes=(6,), epochs=2, scaling=scaling)
    model = estimator.fit(table, schema=schema)._model_file()
    assert [fewest < len(column.knots) <= most for column in model.table_schema.inputs] == [True, False]
    rows = {"income": [*income[:20], -1e9, 1e9, 0.0, 12.5], "same": [4.0, 4.5, 5.0, 3.0] * 6}
    out = check(model, rows, tmp_path, None, *runs.SANITIZERS)
    close(out["prediction"], estimator.predict(rows), 1e-4)


def test_training_rows_too(tmp_path):
    estimator = fitted(GlassRegressor, SIGNAL.tolist())
    rows = {name: list(cells) for name, cells in PATIENTS.items()}
    close(runs.run_onnx(estimator._model_file(), rows, tmp_path)["prediction"], estimator.predict(PATIENTS), 1e-4)
    close(runs.run_python(estimator._model_file(), rows, tmp_path)["prediction"], estimator.predict(PATIENTS), 1e-4)


def test_the_methods_of_estimators(tmp_path):
    estimator = fitted(GlassRegressor, SIGNAL.tolist())
    assert estimator.export_onnx(tmp_path / "a.onnx").read_bytes() == (
        export_onnx(estimator._model_file(), tmp_path / "b.onnx").read_bytes()
    )  # the same model, the same bytes
    assert estimator.export_c(tmp_path / "a.h", name="x").read_text() == (
        export_c(estimator._model_file(), tmp_path / "x.h").read_text()
    )
    assert estimator.export_python(tmp_path / "a.py").exists()
    with pytest.raises(ValueError, match="not fitted"):
        GlassRegressor(recipe="lecture").export_python(tmp_path / "b.py")


def test_exports_of_a_file_are_those_of_the_estimator(tmp_path):
    estimator = fitted(GlassClassifier, THREE.tolist())
    again = glassnet.load(estimator.save(tmp_path / "m"))
    for method in ("export_onnx", "export_c", "export_python"):
        one = getattr(estimator, method)(tmp_path / "x.y").read_bytes()
        assert getattr(again, method)(tmp_path / "x.y").read_bytes() == one


@pytest.mark.parametrize("n_networks", [1, 3])
@pytest.mark.parametrize("kind", [GlassClassifier, GlassRegressor])
def test_embeddings_and_mixes(tmp_path, kind, n_networks):
    """Layers that see column by column, neurons with mixes of their own, predictions between the known targets."""
    y = THREE if kind is GlassClassifier else np.where(SIGNAL > 3, 7.0, 5.0) + 0.01 * SIGNAL
    estimator = fitted(kind, y.tolist(), recipe="realmlp", n_networks=n_networks, activation="auto", epochs=12)
    mixes = [part for part in estimator.mixes_ if part is not None]
    assert len(mixes) >= 3
    assert any(((part != 1) & (part != 0)).any() for part in mixes)
    rows = number_or_text(MESSY)
    out = check(
        estimator._model_file(), MESSY, tmp_path, estimator.predict(rows) if kind is GlassClassifier else None,
        *runs.SANITIZERS,
    )  # fmt: skip
    again = glassnet.load(estimator.save(tmp_path / "m.glassnet"))
    if kind is GlassClassifier:
        close(out["probabilities"], estimator.predict_proba(rows), 1e-4)
        np.testing.assert_array_equal(again.predict_proba(rows), estimator.predict_proba(rows))
    else:
        close(out["prediction"], estimator.predict(rows), 1e-4)
        np.testing.assert_array_equal(again.predict(rows), estimator.predict(rows))
        far = estimator.predict(Table.from_columns({**MESSY, "größe (cm)": [1e9] * 6, "age": [-1e9] * 6}))
        assert ((far >= y.min()) & (far <= y.max())).all()
    assert again.save(tmp_path / "again.glassnet").read_bytes() == (tmp_path / "m.glassnet").read_bytes()
    X = estimator._matrix_of(rows)
    for m, network in enumerate(estimator.networks_):
        np.testing.assert_allclose(network.forward(X).a[-1], estimator._raw_of_each(X)[m], rtol=1e-3, atol=1e-4)


# ------------------------------------------------------------------ populations


def member_weights(members, sizes, dtype="float32"):
    weights = [rng.normal(size=(members, a, b)).astype(dtype) for a, b in pairwise(sizes)]
    return weights, [rng.normal(size=(members, b)).astype(dtype) for b in sizes[1:]]


@pytest.mark.parametrize(("task", "loss", "n_out", "classes"), [
    ("regression", "squared_error", 1, ()), ("regression", "squared_error", 2, ()),
    ("classification", "logistic", 1, ("no", "yes")), ("classification", "softmax_cross_entropy", 3, (1, 2, 3)),
    ("classification", "logistic", 3, ("a", "b", "c")), ("multilabel", "logistic", 3, (0, 1, 2)),
    ("classification", "hinge", 1, ("no", "yes")), ("regression", "poisson", 1, ()), ("regression", "gamma", 2, ()),
])  # fmt: skip
@pytest.mark.parametrize(("members", "kind"), [(1, "dense"), (3, "dense"), (3, "shared"), (1, "shared")])
def test_populations_and_links(tmp_path, task, loss, n_out, classes, members, kind):
    weights, biases = member_weights(members, (4, 5, 3, n_out), "float64" if n_out == 2 else "float32")
    if kind == "shared":  # the layer in the middle is the same in all members
        weights[1], biases[1] = weights[1][:1], biases[1][:1]
    layers = [(4, 5, "tanh"), (5, 3, "softplus", kind), (3, n_out, "identity")]
    model = ModelFile(task, layers, loss, weights, biases, classes=classes)
    X = rng.normal(size=(9, 4))
    check(model, X, tmp_path)


def test_networks_with_a_shared_body(tmp_path):
    model = fitted(GlassClassifier, THREE, recipe="tabm-mini", n_networks=3)
    check(model._model_file(), MESSY, tmp_path, model.predict(number_or_text(MESSY)))
    text = model.export_python(tmp_path / "one.py").read_text()
    assert "reshape(3, 6, 5)" not in text  # the body is written once
    assert "reshape(3, 5, 3)" in text


def test_every_link_was_tried():
    """A new link must be added to the cases above."""
    assert set(links) == {"identity", "logistic", "exp", "sign", "softmax"}


# ------------------------------------------------------------------ formulas


def own() -> Activation:
    """A formula with everything that the language has."""
    return Activation(
        "own_everything", "all operations",
        Expression("where(z <= 0.25, expm1(z) - power(abs(z) + 1, p) / 3, log1p(abs(z)) * sin(z) + cos(z)**3)"
                   " + min(max(z, -2), 2)**2 * erf(z) - tanh(-z) / sqrt(1 + z**2) + log(2 + exp(-abs(z)))"),
        Expression("1"), parameters=(Parameter("p", 1.5, "a power", 0.0),),
    )  # fmt: skip


SPECS = [
    *activations, "leaky_relu(slope=0.3)", "elu(alpha=0.25)", own(),
    Activation("own_deep", "brackets", Expression("z - (0.5 - (z - 0.25)) - (z / (3 / (z**2 + 1)))"), Expression("1")),
]  # fmt: skip
EXTREME = np.array([0, 1e-12, -1e-9, 0.3, -0.3, 1, -1, 2.5, -2.5, 7, -7, 40, -40], dtype=float)[:, None]


def one_neuron(activation) -> ModelFile:
    """The activation itself, shifted so that no answer is zero."""
    return ModelFile("regression", [(1, 1, activation), (1, 1, "identity")], "squared_error",
                     [np.ones((1, 1)), np.ones((1, 1))], [np.zeros(1), np.full(1, 0.7301)])  # fmt: skip


@pytest.mark.parametrize("activation", SPECS, ids=lambda spec: spec if isinstance(spec, str) else spec.name)
def test_every_activation_in_onnx_and_numpy(tmp_path, activation):
    model = one_neuron(activation)
    expected = reference(model, EXTREME)
    close(runs.run_onnx(model, EXTREME, tmp_path)["prediction"], expected[:, 0], 1e-12)
    close(runs.run_python(model, EXTREME, tmp_path)["prediction"], expected[:, 0], 1e-12)


def test_every_activation_in_c(tmp_path):
    """One program for all of them; every header tests itself too."""
    calls, expected = [], []
    for k, activation in enumerate(SPECS):
        export_c(one_neuron(activation), tmp_path / f"a{k}.h")
        calls.append(
            f"if (a{k}_self_test()) return {k + 1};\n  for (int r = 0; r < {len(EXTREME)}; ++r) {{\n"
            f'    a{k}_predict(x[r], &y);\n    printf("%.17g\\n", y);\n  }}\n'
        )
        expected.append(reference(one_neuron(activation), EXTREME)[:, 0])
    rows = ", ".join(f"{{{float(value)!r}}}" for value in EXTREME[:, 0])
    includes = "".join(f'#include "a{k}.h"\n' for k in range(len(SPECS)))
    source = (f"#include <stdio.h>\n{includes}static const double x[{len(EXTREME)}][1] = {{{rows}}};\n"
              f"int main(void) {{ double y;\n{''.join(calls)} return 0; }}\n")  # fmt: skip
    printed = runs.compile_and_run(source, tmp_path, *runs.SANITIZERS)
    close([float(line) for line in printed.split()], np.concatenate(expected), 1e-12)


@pytest.mark.parametrize("activation", ["gelu", "mish", "elu"])
def test_single_precision_is_close(tmp_path, activation):
    weights, biases = member_weights(1, (4, 8, 2))
    model = ModelFile("regression", [(4, 8, activation), (8, 2, "identity")], "squared_error", weights, biases)
    X = rng.normal(size=(20, 4)).astype("float32")
    out = runs.run_onnx(model, X, tmp_path, "float32")["prediction"]
    assert out.dtype == np.float32
    expected = reference(model, X)
    assert np.max(np.abs(out - expected)) < 1e-5 * np.max(np.abs(expected))


def test_erf_to_sixteen_digits(tmp_path):
    from scipy.special import erf

    bell = Activation("own_erf", "erf", Expression("erf(z)"), Expression("1"))
    X = np.concatenate([np.linspace(-7, 7, 2001), np.logspace(-14, 0, 301)])[:, None]
    model = dataclasses.replace(one_neuron(bell), biases=[np.zeros(1), np.zeros(1)])
    out = runs.run_onnx(model, X, tmp_path)["prediction"]
    nonzero = X[:, 0] != 0
    close(out[nonzero], erf(X[nonzero, 0]), 1e-15)


# ------------------------------------------------------------------ drop-in estimators

X = rng.normal(size=(80, 3))
THIRDS = np.digitize(X[:, 0], [-0.5, 0.5])
TARGETS = {
    "two": (MLPClassifier, (X[:, 0] > 0).astype(int), {}),
    "texts": (MLPClassifier, np.array(["a", "b", "c"])[THIRDS], {}),
    "bools": (MLPClassifier, X[:, 1] > 0, {}), "multilabel": (MLPClassifier, (X > 0).astype(int), {}),
    "hinge": (MLPClassifier, THIRDS, {"loss": "hinge"}),
    "one against the rest": (MLPClassifier, THIRDS, {"loss": "logistic"}),
    "floats": (MLPClassifier, THIRDS.astype(float), {"dtype": "float32"}),
    "numbers": (MLPRegressor, X @ [1.0, 2.0, 3.0], {}), "several": (MLPRegressor, X[:, :2] * 3, {"solver": "lbfgs"}),
    "counts": (MLPRegressor, np.abs(X[:, 0]).round(), {"loss": "poisson", "dtype": "float32"}),
}  # fmt: skip


@pytest.mark.parametrize("case", TARGETS)
def test_drop_in_estimators(tmp_path, case):
    kind, y, settings = TARGETS[case]
    estimator = kind(hidden_layer_sizes=(6, 4), max_iter=15, random_state=0, **settings).fit(X, y)
    rows = X[:11]
    labels = None if kind is MLPRegressor else estimator.predict(rows)
    out = check(estimator._model_file(), rows, tmp_path, labels)
    if kind is MLPRegressor:
        assert out["prediction"].shape == estimator.predict(rows).shape
        close(out["prediction"], estimator.predict(rows), 1e-4)
    elif case == "hinge":
        close(out["decision"], estimator.decision_function(rows), 1e-4)
    else:
        close(out["probabilities"], estimator.predict_proba(rows), 1e-4)
        assert out["label"].dtype.kind == {"U": "O"}.get(labels.dtype.kind, labels.dtype.kind)


def test_names_of_inputs_are_written_down(tmp_path):
    import pandas

    frame = pandas.DataFrame(X, columns=["age", "dose", 'we"ird\n*/ ??/'])
    estimator = MLPRegressor(max_iter=2, hidden_layer_sizes=2, random_state=0).fit(frame, X[:, 0])
    for path in (estimator.export_c(tmp_path / "m.h"), estimator.export_python(tmp_path / "m.py")):
        assert "age, dose" in path.read_text()
    check(estimator._model_file(), X[:3], tmp_path)


# ------------------------------------------------------------------ the files themselves


def test_an_onnx_file_stands_alone_and_explains_itself(tmp_path):
    estimator = fitted(GlassClassifier, np.array(["low", "mid", "high"])[THREE].tolist())
    file = onnx.load(estimator.export_onnx(tmp_path / "m.onnx"))
    onnx.checker.check_model(file, full_check=True)
    assert {(opset.domain, opset.version) for opset in file.opset_import} == {("", 17), ("ai.onnx.ml", 3)}
    assert all(not tensor.external_data for tensor in file.graph.initializer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.onnx"]
    assert [value.name for value in file.graph.input] == list(PATIENTS)
    assert [value.name for value in file.graph.output] == ["label", "probabilities"]
    by_name = {value.name: value for value in file.graph.input}
    assert by_name["smoker"].doc_string == "yes/no: no, yes"
    assert by_name["sex"].type.tensor_type.elem_type == onnx.TensorProto.STRING
    assert by_name["grade"].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE
    assert "classification of y" in file.doc_string


def test_outputs_never_share_a_name_with_an_input(tmp_path):
    numbers = [0.5, 1.5, 0.25, 2.0] * 6
    frame = {"label": [1.0, 2.0, 3.0, 4.0] * 6, "probabilities": numbers, "label_out": numbers, "y": ["a", "b"] * 12}
    estimator = GlassClassifier(epochs=2, recipe="lecture").fit(frame, target="y")
    out = runs.run_onnx(estimator._model_file(), frame, tmp_path)
    assert set(out) == {"label_out_out", "probabilities_out"}


def test_without_onnx_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingDependency, match=re.escape("pip install 'glassnet[onnx]'")):
        onnx_graph.onnx_package()


def test_settings_are_checked(tmp_path):
    model = one_neuron("relu")
    with pytest.raises(ConfigurationError, match="Unknown precision 'half'"):
        export_onnx(model, tmp_path / "m", precision="half")
    for name in ("", "1x", "int", "a-b", "système"):
        with pytest.raises(ConfigurationError, match="C identifier"):
            export_c(model, tmp_path / "m.h", name=name)


def test_columns_with_hostile_names_in_c_and_python(tmp_path):
    names = ['a"; int x = 1; //', "*/ #error", "int", "Int", "ä", "1st", "'''", '"""', "\\", "x\ty", "  z", "%s%n"]
    frame = {name: (rng.normal(size=30) + k).tolist() for k, name in enumerate(names)}
    frame['cat"egory*/'] = ['q"\\n??/', "it's", "*/", "\u2028"] * 7 + ["it's", "*/"]
    estimator = GlassRegressor(epochs=2, hidden_layer_sizes=(3,), recipe="lecture").fit(
        {**frame, "y": frame["ä"]}, target="y"
    )
    model = estimator._model_file()
    path = export_c(model, tmp_path / "m.h")
    path.read_bytes().decode("ascii")
    runs.compile_and_run('#include "m.h"\nint main(void) { return m_self_test(); }\n', tmp_path, *runs.SANITIZERS)
    rows = {name: cells[:7] for name, cells in frame.items()}
    close(runs.run_python(model, rows, tmp_path)["prediction"], estimator.predict(rows), 1e-4)
    close(runs.run_onnx(model, rows, tmp_path)["prediction"], estimator.predict(rows), 1e-4)


HOSTILE = [
    "class", "Class", "CLASS", "class_", "new", "int", "_Bool", "bool", "true", "NULL", "NAN", "and", "template",
    "this", "errno", "unix", "linux", "near", "isnan", "fabs", "memcpy", "cell", "missing", "x", "row", "to", "k", "i",
    "m", "m_row", "m_predict", "", " ", "_", "__", "1", "1st", "2nd", "a b", "a-b", "a_b", "a.b", "A B", "ä", "Ä", "a",
    "größe", "年齢", "年", "\U0001f600", "x_2", "x_3", "e\u0301", "é", "café", "CAFE", "ﬁ", "/Add_3", "/constant_0",
    "/label", "'", '"', "\\", "*/", "//", "??/", "%d", "\t", "\u2028", "\u202e", "a" * 300,
]  # fmt: skip


@pytest.mark.parametrize("compiler", ["gcc -std=c99", "gcc -std=gnu17", "g++ -std=c++11", "g++ -std=gnu++20"])
def test_columns_of_any_name_in_c_and_cpp(tmp_path, compiler):
    """As numbers and as texts: the header compiles without a warning, and its own test passes."""
    estimator = hostile_names()
    path = export_c(estimator._model_file(), tmp_path / "m.h", name="m")
    path.read_bytes().decode("ascii")
    command, standard = compiler.split()
    if shutil.which(command) is None:
        pytest.skip(f"there is no {command} here")
    (tmp_path / "main.cpp").write_text(
        '#include "m.h"\nint main(void) { m_row row; (void)row; return m_self_test(); }\n'
    )
    language = ["-x", "c" if command == "gcc" else "c++"]
    flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-O0"]
    built = subprocess.run([command, standard, *flags, *language, "main.cpp", "-o", "main", "-lm"], cwd=tmp_path,
                           capture_output=True, text=True)  # fmt: skip
    assert built.returncode == 0, built.stderr[:2000]
    assert subprocess.run([tmp_path / "main"]).returncode == 0


def hostile_names():
    """A network of columns with every hostile name, numbers and texts."""
    draw = np.random.default_rng(3)
    frame = {name: draw.normal(size=40).tolist() for name in HOSTILE[::2]}
    frame |= {name: draw.choice(["no", "yes", "perhaps"], 40).tolist() for name in HOSTILE[1::2]}
    table = {name: frame[name] for name in HOSTILE}
    model = GlassClassifier(epochs=1, hidden_layer_sizes=(2,), recipe="lecture")
    return model.fit(table, np.where(np.array(frame["class"]) > 0, "class", '"\\'))


def test_columns_of_any_name_in_every_export(tmp_path):
    estimator = hostile_names()
    draw = np.random.default_rng(4)
    rows = {
        name: draw.normal(size=5).tolist() if place % 2 == 0 else draw.choice(["no", "yes", "NO"], 5).tolist()
        for place, name in enumerate(HOSTILE)
    }  # fmt: skip
    out = check(estimator._model_file(), rows, tmp_path)
    close(out["probabilities"], estimator.predict_proba(rows), 1e-4)


@pytest.mark.parametrize("name", ["class", "template", "int", "x y", "", "1", "bool", "unix"])
def test_a_prefix_that_is_no_identifier_is_refused_and_a_file_may_be_called_anything(tmp_path, name):
    model = one_neuron("relu")
    with pytest.raises(ConfigurationError, match="C identifier"):
        export_c(model, tmp_path / "m.h", name=name)
    path = export_c(model, tmp_path / f"{name or 'é'}.h")
    prefix = c_identifier(path.stem)
    runs.compile_and_run(f'#include "{path.name}"\nint main(void) {{ return {prefix}_self_test(); }}\n', tmp_path)


PAIRS = {
    "no/yes": ("no", "yes"), "No/Yes": ("No", "Yes"), "words": ("false", "true"), "letters": ("F", "T"),
    "German": ("nein", "ja"), "numbers": ("0", "1"), "truth": (False, True), "whole": (0, 1), "floats": (0.0, 1.0),
}  # fmt: skip
SPELLED = sorted({
    spelled for word in chain(*YES_NO) for spelled in (word, word.upper(), word.capitalize(), word.swapcase(), word[0] +
                                                       word[1:].upper())
} | {"0.0", "1.0", "1.00", "2", "", "NA", "maybe", "-1"})  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_every_spelling_of_yes_and_no_that_the_schema_takes(tmp_path, pair):
    no, yes = PAIRS[pair]
    cells = [[no, yes][k % 3 % 2] for k in range(60)]
    target = [float(cell in (yes,)) * 3 + k % 5 for k, cell in enumerate(cells)]
    more = {"a": np.sin(np.arange(60.0)).tolist()}
    model = GlassRegressor(epochs=3, hidden_layer_sizes=(4,), recipe="lecture").fit({"flag": cells, **more}, target)
    assert model.schema_.inputs[0].kind == "yes_no"
    taken = [cell for cell in SPELLED if answers(model, cell)]
    rows = {"flag": [None if cell == "" else cell for cell in taken], "a": [0.25] * len(taken)}
    expected = model.predict(rows)
    stored = model._model_file()
    close(runs.run_python(stored, rows, tmp_path)["prediction"], expected, 1e-4)
    numbers = isinstance(Blueprint.of(stored).columns[0], LevelColumn) and Blueprint.of(stored).columns[0].numbers
    if not numbers:  # these exports take numbers where training saw numbers
        close(runs.run_onnx(stored, rows, tmp_path)["prediction"], expected, 1e-4)
        close(runs.run_c(stored, rows, tmp_path, 1, *runs.SANITIZERS)[0], expected[:, None], 1e-4)
    # what is no text: as data frames have it
    other = [True, False, np.True_, np.False_, 1, 0, 1.0, 0.0, np.int8(1), np.float32(0), None, np.nan, pd.NA, 7, -2.5]
    for cell in other:
        row = {"flag": [cell], "a": [0.25]}
        said = runs.run_python(stored, {"flag": pd.Series([cell], dtype=object), "a": [0.25]}, tmp_path)["prediction"]
        close(said, model.predict(row), 1e-4)


def answers(model, cell):
    """Whether the schema takes a cell at all, be it as one never seen."""
    try:
        model.predict({"flag": [cell], "a": [0.25]})
    except SchemaError:
        return False
    return True


def test_numbers_and_dates_as_data_frames_have_them(tmp_path):
    frame = pd.DataFrame({
        "grade": ["1", "2", "x", "1"] * 15, "level": [1, 2, 3, 2] * 15, "day": pd.date_range("2020-01-01", periods=60),
        "dose": pd.array([1, 2, None, 4] * 15, dtype="Int64"),
    })  # fmt: skip
    schema = Schema.infer(Table.from_frame(frame.assign(y=range(60))), "y", kinds={"level": "category"})
    model = GlassRegressor(epochs=3, hidden_layer_sizes=(4,), recipe="lecture").fit(
        frame, np.arange(60.0), schema=schema
    )
    rows = pd.DataFrame({
        "grade": [1, 2.0, " x ", True, None, np.int64(1), np.nan], "level": [1, "2", 3.0, "3.0", pd.NA, 9, "x"],
        "day": [pd.Timestamp("2020-01-05"), "2020-02-01", datetime.date(2020, 1, 9), None, pd.NaT,
                "2020-01-03T12:00:00+02:00", np.datetime64("2020-01-07T06:30")],
        "dose": pd.array([1, None, 3, 4, 5, 6, 7], dtype="Int64"),
    }, dtype=object)  # fmt: skip
    said = runs.run_python(model._model_file(), rows, tmp_path)["prediction"]
    close(said, model.predict(rows.to_dict("list")), 1e-4)


def test_c_refuses_what_cannot_be_computed_with(tmp_path):
    estimator = GlassRegressor(epochs=2, recipe="lecture").fit(
        {"a": [1.0, 2.0, 3.0], "b": [2.0, 5.0, 7.0], "y": [1.0, 2.5, 3.0]}, target="y"
    )
    estimator.export_c(tmp_path / "m.h")
    source = """#include <stdio.h>
#include "m.h"
int main(void) {
  double y;
  const m_row rows[4] = {{1.0, 2.0}, {INFINITY, 2.0}, {1.0, -INFINITY}, {1.0, 1e300}};
  for (int r = 0; r < 4; ++r) printf("%d ", m_predict(&rows[r], &y));
  return 0;
}
"""
    assert runs.compile_and_run(source, tmp_path).split() == ["0", "1", "2", "2"]


def test_the_python_page_needs_numpy_only(tmp_path):
    estimator = fitted(GlassRegressor, SIGNAL.tolist(), activation="gelu")
    estimator.export_python(tmp_path / "page.py")
    code = (
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nsys.modules['glassnet'] = None\nimport page\n"
        f"print(page.predict(dict.fromkeys({list(PATIENTS)!r}, [None]))['prediction'].shape)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout == "(1,)\n", done.stderr
    infinite = {name: [1.0] for name in PATIENTS} | {"age": [np.inf], "day": [None]}
    with pytest.raises(ValueError, match="infinite"):
        runs.run_python(estimator._model_file(), infinite, tmp_path)


def test_own_losses_export(tmp_path):
    quartic = Loss("own_quartic", "steep", Expression("(f - y)**4"), Expression("4 * (f - y)**3"))
    estimator = MLPRegressor(quartic, hidden_layer_sizes=3, max_iter=3, random_state=0).fit(X, X[:, 0])
    check(estimator._model_file(), X[:4], tmp_path)
