"""The page that needs no server gives the server's answers, digit by digit: the same requests to both."""

import json
import math

import msgspec
import pytest

from glassnet.errors import ConfigurationError
from glassnet.formulas import REDUCTIONS, activations, initializers, losses, optimizers, schedules
from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.settings import Settings
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.lesson import lesson_data
from glassnet.studio.lesson.concepts import LIMITS
from glassnet.studio.lesson.page import document
from page_code import PageCode

PROGRAM = """
const answers = new page.Answers(given.document);
let run = "";
const said = given.calls.map(([method, path, query, body]) => {
  try {
    const answer = answers.answer(method, path.replace("{run}", run), query, body);
    if (answer?.layer_sizes && answer?.id) run = answer.id;
    return answer;
  } catch (error) {
    if (error.constructor.name !== "Refused") throw error;
    return { refused: error.message };
  }
});
process.stdout.write(JSON.stringify(said));
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Ask the page's own answers: a list of calls in, a list of answers out."""
    code = PageCode("lesson/answers.ts", PROGRAM, tmp_path_factory.mktemp("answers"))
    return lambda data, calls: code({"document": document("test", data, None, (), 0), "calls": calls})


def served(client, calls):
    """The same calls, answered by the studio's server."""
    run, said = "", []
    for method, path, query, body in calls:
        path = path.replace("{run}", run)
        answer = client.get(path, params=query) if method == "GET" else client.post(path, json=body)
        found = answer.json()
        if answer.status_code != 200:
            said.append({"refused": found["message"]})
            continue
        if "layer_sizes" in found and "id" in found:
            run = found["id"]
            found.pop("name")  # numbered where the studio has other runs of that name
        said.append(found)
    return said


NOT_COMPARED = {"id", "created", "changed", "revision", "sequence", "run", "hidden"}
"""What names the run."""
ROUNDED = {"values", "predicted", "neurons"}
"""Numbers of pictures, of which six digits are sent."""


ANSWERS = {"answers", "answer", "base", "contribution"}
"""Of a row, which the server answers with a model file in float32."""


def compare(own, theirs, where, close=1e-8):
    """Every text equal, every number equal to many more digits than are shown; the page may say less, not more."""
    if isinstance(theirs, dict):
        assert isinstance(own, dict), where
        for key, value in theirs.items():
            if key in NOT_COMPARED:
                continue
            assert key in own, f"{where}/{key}"
            if key == "check" and value is not None:
                compare_check(own[key], value, where)
            else:
                size = 2e-5 if key in ROUNDED else 1e-6 if key in ANSWERS else close
                compare(own[key], value, f"{where}/{key}", size)
    elif isinstance(theirs, list):
        assert len(own) == len(theirs), f"{where}: {own} {theirs}"
        for k, (one, other) in enumerate(zip(own, theirs, strict=True)):
            compare(one, other, f"{where}[{k}]", close)
    elif isinstance(theirs, float) or (isinstance(theirs, int) and not isinstance(theirs, bool)):
        assert isinstance(own, int | float), f"{where}: {own} {theirs}"
        small = 1e-12 if close < 1e-7 else 1e-7
        assert math.isclose(own, theirs, rel_tol=close, abs_tol=small), f"{where}: {own} {theirs}"
    else:
        assert own == theirs, f"{where}: {own!r} {theirs!r}"


def compare_check(own, theirs, where):
    """A finite difference is the same to its own rounding, so its error is not the same number."""
    assert own["verdict"] == theirs["verdict"], where
    assert math.isclose(own["width"], theirs["width"], rel_tol=1e-9), where
    size = max(abs(theirs["numeric"]), abs(theirs["analytic"]), 1e-6)
    assert abs(own["numeric"] - theirs["numeric"]) <= 1e-6 * size, where
    first, second = (text["sentence"].partition(" with h")[2].partition("; relative") for text in (own, theirs))
    assert first[0] == second[0], where


def settings(**changed):
    """A small network, computed in NumPy on the server too."""
    plain = {"hidden": [], "loss": "squared_error", "learning_rate": 0.05, "epochs": 50, "engine": "reference"}
    return msgspec.to_builtins(msgspec.convert(plain | changed, Settings))


def moment(*names, row=1):
    """All that the page asks for about a moment of a run."""
    return [
        ["GET", "/api/runs/{run}", {}, None],
        ["GET", "/api/runs/{run}/frame", {"row": row, "resolution": 8}, None],
        ["GET", "/api/runs/{run}/trace", {"row": row}, None],
        *(["GET", "/api/runs/{run}/explain", {"name": name, "digits": 5, "terms": 8}, None] for name in names),
        ["GET", "/api/runs/{run}/operations", {"most": 60, "digits": 4, "terms": 3}, None],
        ["GET", "/api/runs/{run}/neuron", {"layer": 1, "index": 0, "row": row, "resolution": 6}, None],
    ]


def both(client, ask, data, calls):
    """Compare what the page and the server answer; returns the answers of the server."""
    names = [BUILT_IN[name] for name in data]
    tables = [lesson_data(one.listed, one.table, one.choice) for one in names]
    theirs, own = served(client, calls), ask(tables, calls)
    for (method, path, query, _), mine, other in zip(calls, own, theirs, strict=True):
        if "refused" in other:
            assert "refused" in mine, (path, mine)
        else:
            compare(mine, other, f"{method} {path} {query}")
    return theirs


def new(data, columns=None, **changed):
    """The call that begins a run."""
    return ["POST", "/api/runs", {}, {"data": data, "columns": columns, "settings": settings(**changed)}]


def control(do, **command):
    """The call that moves it."""
    return ["POST", "/api/runs/{run}/control", {}, {"do": do, **command}]


TWO_LAYERS = ("W1[0,1]", "W2[1,0]", "b1[0]", "b2[0]", "dL/dW1[0,0]", "z1[0,1]", "a1[0,0]", "δ1[0,1]", "L", "x[0,0]")
ONE_INPUT = msgspec.to_builtins(ColumnChoice("survival", "regression", {"temperature": "left_out"}))


def test_the_first_chapter_of_the_lecture(client, ask):
    calls = [
        ["POST", "/api/data/lecture/columns", {}, ONE_INPUT],
        ["POST", "/api/runs", {}, {"data": "lecture", "columns": ONE_INPUT}],
        *moment("W1[0,0]", "b1[0]", "L", "x[1,0]", "f[0,0]", "p[0,0]", "ℓ[2]", "δ1[0,0]", "dL/dx[0,0]", "dL/da1[1,0]"),
        control("move", unit="batch", count=3), *moment("W1[0,0]", "dL/db1[0]"),
        control("move", unit="operation", count=5), control("move", unit="row", count=1), *moment("W1[0,0]"),
        control("move", unit="operation", count=-3), control("move", unit="batch", count=-2), *moment("W1[0,0]"),
        ["GET", "/api/runs/{run}/surface", {"first": "W1[0,0]", "second": "b1[0]", "resolution": 9}, None],
        ["GET", "/api/runs/{run}/points", {}, None],
        control("set", parameter="W1[0,0]", value=-1.25), control("move", unit="epoch", count=20), *moment("W1[0,0]"),
        ["POST", "/api/runs/{run}/row", {}, {"row": 0}], ["GET", "/api/runs/{run}/form", {"row": 2}, None],
        control("seek", step=7, operation=4), *moment("W1[0,0]"), control("reset"), *moment("W1[0,0]"),
    ]  # fmt: skip
    answers = both(client, ask, ["lecture"], calls)
    assert not [answer for answer in answers if "refused" in answer]


@pytest.mark.parametrize("name", [*activations, "leaky_relu(slope=0.2)", "elu(alpha=0.7)"])
def test_each_activation(client, ask, name):
    hidden = [{"neurons": 2, "activation": name}]
    steps = [control("move", unit="batch", count=4), *moment(*TWO_LAYERS)]
    calls = [new("five_patients", hidden=hidden, initializer="fan_in", seed=3), *moment(*TWO_LAYERS), *steps]
    assert "refused" not in both(client, ask, ["five_patients"], calls)[-3]


OFFERED = [name for name, loss in losses.items() if loss.task in ("regression", "binary", "multiclass")]


LOSSES = [(name, "mean") for name in (*OFFERED, "quantile(level=0.8)", "huber(delta=0.3)")]
LOSSES += [(name, how) for name in ("absolute_error", "softmax_cross_entropy", "logistic") for how in REDUCTIONS[:2]]
LOSSES += [("squared_error", "half-mean"), ("softmax_cross_entropy", "half-mean")]


@pytest.mark.parametrize(("name", "reduction"), LOSSES)
def test_each_loss_and_reduction(client, ask, name, reduction):
    data = {"gamma": "lecture"}.get(name, "five_patients") if losses.resolve(name).task == "regression" else "xor"
    hidden = [{"neurons": 3, "activation": "tanh"}]
    shape = {"hidden": hidden, "loss": name, "reduction": reduction, "batch_size": 4, "learning_rate": 0.01, "seed": 2}
    outputs = ("p[0,1]", "p[0,0]") if name == "softmax_cross_entropy" else ("p[0,0]",)
    names = (*TWO_LAYERS, "ℓ[1]", *outputs)
    calls = [new(data, **shape), *moment(*names), control("move", unit="batch", count=5), *moment(*names)]
    answers = both(client, ask, [data], calls)
    assert "refused" not in answers[0]  # targets of 0, which gamma refuses, are not among the three patients
    assert "refused" not in answers[-3]


@pytest.mark.parametrize("name", [*optimizers, "momentum(momentum=0.5)"])
def test_each_optimizer_with_both_penalties(client, ask, name):
    hidden = [{"neurons": 2, "activation": "tanh"}]
    calls = [
        new("five_patients", hidden=hidden, optimizer=name, l1=0.01, l2=0.03, learning_rate=0.02, batch_size=2),
        *moment(*TWO_LAYERS), control("move", unit="batch", count=7), *moment(*TWO_LAYERS),
        control("move", unit="epoch", count=2), *moment(*TWO_LAYERS), control("move", unit="epoch", count=-1),
        *moment(*TWO_LAYERS),
    ]  # fmt: skip
    both(client, ask, ["five_patients"], calls)


@pytest.mark.parametrize("name", [*initializers, "constant(value=0.3)"])
def test_each_start(client, ask, name):
    hidden = [{"neurons": 5, "activation": "relu"}, {"neurons": 3, "activation": "gelu"}]
    calls = [new("gauss", hidden=hidden, loss="logistic", initializer=name, seed=2**40 + 17, test_share=0.2)]
    both(client, ask, ["gauss"], [*calls, ["GET", "/api/runs/{run}/frame", {"row": 3, "resolution": 6}, None]])


@pytest.mark.parametrize("name", [*schedules])
def test_each_schedule(client, ask, name):
    calls = [new("five_patients", schedule=name, epochs=9, batch_size=2), control("move", unit="batch", count=11)]
    both(client, ask, ["five_patients"], [*calls, *moment("W1[0,0]")])


def test_a_classifier_with_test_and_validation_rows(client, ask):
    hidden = [{"neurons": 6, "activation": "tanh"}, {"neurons": 4, "activation": "tanh"}]
    shape = {
        "hidden": hidden, "loss": "logistic", "optimizer": "adam", "batch_size": 32, "test_share": 0.2, "seed": 11,
        "validation_share": 0.15, "learning_rate": 0.03,
    }  # fmt: skip
    ask_row = ["POST", "/api/runs/{run}/row", {}, {"row": 4, "changes": {"x1": 0.5}, "output": "positive"}]
    calls = [
        ["GET", "/api/data/circle/rows", {"offset": 3, "limit": 4}, None],
        new("circle", **shape), *moment("W2[1,0]", row=4), control("move", unit="epoch", count=6), *moment(row=4),
        ["GET", "/api/runs/{run}/points", {"x": "x2"}, None], ["GET", "/api/runs/{run}/form", {"row": 4}, None],
        ["POST", "/api/runs/{run}/row", {}, {"row": 4}],
        ["GET", "/api/runs/{run}/neuron", {"layer": 2, "index": 3, "resolution": 6}, None],
        ["GET", "/api/runs/{run}/frame", {"x": "x1", "row": 9, "resolution": 6}, None],
        ["GET", "/api/runs/{run}/surface", {"resolution": 8}, None],
    ]  # fmt: skip
    answers = both(client, ask, ["circle"], calls)
    assert not [answer for answer in answers if "refused" in answer]
    both(client, ask, ["circle"], [new("circle", **shape), control("move", unit="epoch", count=2), ask_row])


def test_settings_change_on_the_way_and_back_again(client, ask):
    hidden = [{"neurons": 2, "activation": "relu"}]
    first = {"hidden": hidden, "seed": 4, "learning_rate": 0.02, "epochs": 30}

    def change(**changed):
        body = {"data": "five_patients", "columns": None, "settings": settings(**(first | changed))}
        return ["POST", "/api/runs/{run}/settings", {}, body]

    calls = [
        new("five_patients", **first), control("move", unit="batch", count=5), change(learning_rate=0.05, l1=0.1),
        control("move", unit="batch", count=4), *moment(*TWO_LAYERS), change(batch_size=2, learning_rate=0.05, l1=0.1),
        control("move", unit="epoch", count=2), *moment(*TWO_LAYERS), control("seek", step=6), *moment(*TWO_LAYERS),
        control("move", unit="epoch", count=-2), *moment(*TWO_LAYERS), control("seek", step=14), *moment(*TWO_LAYERS),
        change(epochs=2), change(seed=9), *moment("W1[0,0]"),
    ]  # fmt: skip
    both(client, ask, ["five_patients"], calls)


def test_a_run_that_diverges_says_the_same(client, ask):
    shape = {"reduction": "sum", "learning_rate": 0.1, "scale_inputs": False, "epochs": 3000}
    calls = [new("lecture", ONE_INPUT, **shape), control("move", unit="batch", count=2500), *moment()]
    state = both(client, ask, ["lecture"], calls)[1]
    assert state["status"] == "diverged"
    assert "Choose a learning rate below" in state["message"]


WRONG = {
    "a rate of zero": {"learning_rate": 0.0}, "a rate below zero": {"learning_rate": -1.0},
    "no epochs": {"epochs": 0}, "no neurons": {"hidden": [{"neurons": 0, "activation": "relu"}]},
    "an activation that is not there": {"hidden": [{"neurons": 2, "activation": "rely"}]},
    "a parameter out of its domain": {"hidden": [{"neurons": 2, "activation": "elu(alpha=-1)"}]},
    "a loss for classes": {"loss": "logistic"}, "a loss that is not there": {"loss": "cubic"},
    "a negative penalty": {"l1": -0.1}, "all rows for the test": {"test_share": 0.9},
    "a batch without rows": {"batch_size": 0}, "another reduction": {"reduction": "product"},
    "a start of another shape": {"start": [{"weights": [[1.0], [2.0]], "biases": [0.0]}]},
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_the_server_refuses_the_page_refuses(client, ask, what):
    answers = both(client, ask, ["lecture"], [new("lecture", **WRONG[what])])
    assert "refused" in answers[0], answers


def test_controls_that_make_no_sense_are_refused(client, ask):
    calls = [
        new("lecture"), control("move", unit="batch", count=0), control("set", parameter="W9[0,0]", value=1.0),
        control("play", unit="batch", per_second=1e9), ["GET", "/api/runs/{run}/explain", {"name": "q[0]"}, None],
        ["GET", "/api/runs/{run}/explain", {"name": "W1[7,0]"}, None],
        ["GET", "/api/runs/{run}/explain", {"name": "x[99,0]"}, None],
        ["GET", "/api/runs/{run}/trace", {"row": 77}, None], ["GET", "/api/runs/{run}/frame", {"x": "nobody"}, None],
        ["GET", "/api/runs/{run}/neuron", {"layer": 5, "index": 0}, None],
        ["POST", "/api/runs/{run}/row", {}, {"row": 0, "changes": {"nobody": 1.0}}],
    ]  # fmt: skip
    answers = both(client, ask, ["lecture"], calls)
    assert ["refused" in answer for answer in answers] == [False] + [True] * 10


def own_table(client, text, name):
    """A table of a user, as the server and as the page hold it."""
    summary = client.upload(text, name).json()["summary"]
    return summary["id"]


CLINICAL = "age,sex,stage,marker,outcome\n" + "".join(
    f"{40 + 7 * k % 41},{'fm'[k * k % 2]},{['I', 'II', 'III'][k * 5 % 3]},{'' if k % 7 == 3 else k * 13 % 17 / 4},"
    f"{['well', 'ill', 'ill', 'well', 'dead'][k * 11 % 5]}\n"
    for k in range(60)
)


def test_an_own_table_with_levels_and_missing_cells(live, client, ask):
    name = own_table(client, CLINICAL, "clinic.csv")
    shelf = live.studio.shelf
    data = lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))
    hidden = [{"neurons": 4, "activation": "relu"}]
    shape = {"hidden": hidden, "loss": "softmax_cross_entropy", "test_share": 0.2, "validation_share": 0.1, "seed": 5}
    calls = [
        new(name, **shape), *moment("W1[0,1]", "x[0,3]", "x[1,6]", "p[0,2]", "ℓ[0]", row=3),
        control("move", unit="epoch", count=3), *moment(row=10),
        ["GET", "/api/runs/{run}/form", {"row": 3}, None], ["POST", "/api/runs/{run}/row", {}, {"row": 3}],
        ["POST", "/api/runs/{run}/row", {}, {"row": 10, "changes": {"age": 99, "stage": "II", "marker": None}}],
        ["GET", "/api/runs/{run}/frame", {"x": "age", "y": "marker", "row": 3, "resolution": 6}, None],
    ]  # fmt: skip
    theirs, own = served(client, calls), ask([data], calls)
    assert not [answer for answer in theirs if "refused" in answer], theirs
    for (method, path, query, _), mine, other in zip(calls, own, theirs, strict=True):
        compare(mine, other, f"{method} {path} {query}")


def test_columns_that_are_left_out_do_not_go_along(live, client):
    name = own_table(client, CLINICAL.replace("marker", "secret"), "private.csv")
    shelf = live.studio.shelf
    choice = msgspec.structs.replace(shelf.choice(name), kinds={"secret": "left_out"})
    held = json.dumps(msgspec.to_builtins(lesson_data(shelf.summary(name), shelf.table(name), choice)))
    assert "secret" not in held
    assert "age" in held


REFUSED = {
    "dates": ("day,y\n" + "".join(f"2024-01-{k:02d},{k % 5}\n" for k in range(1, 29)), "dates|date"),
    "many rows": ("x,y\n" + "".join(f"{k % 97},{k % 5}\n" for k in range(1200)), "1,200 rows"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_tables_that_a_page_cannot_hold_are_refused(live, client, what):
    text, words = REFUSED[what]
    name = own_table(client, text, f"{what}.csv")
    shelf = live.studio.shelf
    with pytest.raises(Exception, match=words):
        lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))


def test_the_scaling_of_a_model_file_is_refused():
    one = BUILT_IN["xor"]
    with pytest.raises(ConfigurationError, match="model file"):
        lesson_data(one.listed, one.table, msgspec.structs.replace(one.choice, fitted={}))


def test_larger_networks_than_a_page_computes_are_refused(ask):
    tables = [lesson_data(BUILT_IN["lecture"].listed, BUILT_IN["lecture"].table, BUILT_IN["lecture"].choice)]
    many = [{"neurons": LIMITS["neurons"] + 1, "activation": "relu"}]
    deep = [{"neurons": 1, "activation": "relu"}] * (LIMITS["layers"] + 1)
    wide = [{"neurons": LIMITS["neurons"], "activation": "relu"}] * 2
    calls = [["POST", "/api/runs", {}, {"data": "lecture", "settings": settings(hidden=h)}] for h in (many, deep, wide)]
    said = [answer["refused"] for answer in ask(tables, calls)]
    assert all("at most" in text or "are possible" in text for text in said), said


def test_small_numbers_and_large_ones_are_written_alike(live, client, ask):
    text = "x,y\n1e-7,1000000\n3000000000,-3.25\n12345.678,0.001\n-0.5,7.5\n2.5,1e-9\n0,2\n"
    name = own_table(client, text, "spread.csv")
    shelf = live.studio.shelf
    data = lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))
    shape = {"learning_rate": 1e-12, "scale_target": True, "optimizer": "adam", "l2": 1e-30}
    calls = [new(name, **shape), *moment("W1[0,0]", "b1[0]", "L", "x[0,0]", "x[1,0]", "z1[1,0]", row=1)]
    theirs, own = served(client, calls), ask([data], calls)
    assert not [answer for answer in theirs if "refused" in answer], theirs
    for (method, path, query, _), mine, other in zip(calls, own, theirs, strict=True):
        compare(mine, other, f"{method} {path} {query}")


WIDE = ",".join([*(f"m{k}" for k in range(17)), "outcome"]) + "\n" + "".join(
    ",".join([*(str((r * (k + 3) + k * k) % 23 / 4) for k in range(17)), ["well", "ill", "dead"][(r * r + r // 3) % 3]])
    + "\n"
    for r in range(40)
)  # fmt: skip


@pytest.mark.parametrize("classes", ["two", "three"])
def test_many_columns_are_explained_by_the_same_drawn_orders(live, client, ask, classes):
    """17 columns are too many for every set of them; the standard errors are those of the server, too."""
    text = WIDE if classes == "three" else WIDE.replace("dead", "ill")
    name = own_table(client, text, f"wide {classes}.csv")
    shelf = live.studio.shelf
    data = lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))
    loss = "softmax_cross_entropy" if classes == "three" else "logistic"
    shape = {"hidden": [{"neurons": 3, "activation": "tanh"}], "loss": loss, "seed": 5, "test_share": 0.2}
    calls = [
        new(name, **shape), control("move", unit="epoch", count=4), ["POST", "/api/runs/{run}/row", {}, {"row": 7}],
        ["POST", "/api/runs/{run}/row", {}, {"row": 7, "changes": {"m3": 2.5}, "output": "well"}],
    ]  # fmt: skip
    theirs, own = served(client, calls), ask([data], calls)
    for mine, other in zip(own[2:], theirs[2:], strict=True):
        assert other["method"].startswith("sampling ")
        assert all(part["error"] > 0 for part in other["columns"])
        compare(mine, other, "row")
        assert sum(part["contribution"] for part in mine["columns"]) == pytest.approx(mine["answer"] - mine["base"])


COPIED = {
    "copies": ["a,b,y", *(f"{k * k % 97},{k % 13},{'no' if k % 3 else 'yes'}" for k in [*range(40), *range(0, 40, 2)])],
    "few coarse columns": ["a,b,y", *(f"{k % 3},{k * k % 4},{'no' if k % 5 else 'yes'}" for k in range(80))],
    "one copy": ["a,b,y", *(f"{k * k % 97 + k / 64},{k},{'no' if k % 3 else 'yes'}" for k in [*range(40), 7])],
    "copies of numbers": ["a,b,y", *(f"{k * k % 97},{k % 13},{k * 7 % 31}" for k in [*range(50), *range(20, 35)])],
}


@pytest.mark.parametrize("kind", COPIED)
def test_copies_of_rows_stay_in_one_part_as_on_the_server(live, client, ask, kind):
    name = own_table(client, "\n".join(COPIED[kind]) + "\n", f"{kind}.csv")
    shelf = live.studio.shelf
    data = lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))
    shape = {"seed": 3, "test_share": 0.25, "validation_share": 0.2}
    shape["loss"] = "squared_error" if "numbers" in kind else "logistic"
    calls = [new(name, **shape), ["GET", "/api/runs/{run}/points", {}, None], control("move", unit="epoch", count=1)]
    theirs, own = served(client, calls), ask([data], calls)
    assert own[0]["notes"] == theirs[0]["notes"]
    assert own[0]["parts"] == theirs[0]["parts"]
    assert own[1]["points"]
    assert [p["part"] for p in own[1]["points"]] == [p["part"] for p in theirs[1]["points"]]
    assert any("are copies" in note for note in theirs[0]["notes"]) == kind.startswith("copies")


def test_notes_and_summaries_of_the_built_in_tables_are_those_of_the_server(client, ask):
    """The remarks on a run, and the words about its table."""
    noted = 0
    for data in ("lecture", "five_patients", "circle", "gauss", "spiral"):
        one = BUILT_IN[data]
        loss = "logistic" if one.choice.task == "classification" else "squared_error"
        begin = new(data, loss=loss, test_share=0.2, seed=11)
        calls = [begin, ["GET", "/api/runs", {}, None], ["GET", f"/api/data/{data}", {}, None]]
        theirs, listed, table = served(client, calls)
        own, mine, held = ask([lesson_data(one.listed, one.table, one.choice)], calls)
        assert own["notes"] == theirs["notes"]
        assert own["data"] == theirs["data"]
        assert mine["runs"][0]["about"] == next(run for run in listed["runs"] if run["id"] == theirs["id"])["about"]
        assert held["summary"] == table["summary"]
        assert held["understanding"]["notes"] == table["understanding"]["notes"]
        noted += len(theirs["notes"])
    assert noted >= 5  # such as columns that are left out, and cells outside of what training saw


ODD = "age,sex,ward,outcome\n" + "".join(
    f"{'' if k in (3, 11, 50) else 40 + 7 * k % 41 + (200 if k % 20 == 3 else 0)},{'fm'[k * k % 2]},"
    f"{['I', 'II', 'III', f'X{k}'][k % 4]},{'ill' if k * k % 7 < 3 else 'well'}\n"
    for k in range(60)
)


@pytest.mark.parametrize("seed", range(4))
def test_notes_on_an_own_table_are_those_of_the_server(live, client, ask, seed):
    """Rare levels, cells outside of training, and missing cells that training may not have had."""
    name = own_table(client, ODD, "odd.csv")
    shelf = live.studio.shelf
    data = lesson_data(shelf.summary(name), shelf.table(name), shelf.choice(name))
    calls = [new(name, loss="logistic", test_share=0.4, seed=seed)]
    (theirs,), (own,) = served(client, calls), ask([data], calls)
    assert own["notes"] == theirs["notes"]
    assert any("rare" in note for note in theirs["notes"])


@pytest.mark.parametrize(("changed", "said"), [
    ({"hidden": [{"neurons": 65, "activation": "relu"}]}, "at most 8 hidden layers with 64 neurons"),
    ({"engine": "compiled"}, "compiled engine"),
    ({"folds": 3, "test_share": 0.0}, "no folds"),
    ({"class_weight": "balanced"}, "count alike"),
])  # fmt: skip
def test_runs_that_a_page_cannot_continue_are_refused_when_it_is_made(client, changed, said):
    shape = {"hidden": [{"neurons": 2, "activation": "relu"}], "loss": "logistic"} | changed
    run = client.write("/api/runs", {"data": "xor", "settings": settings(**shape)})["id"]
    answer = client.get(f"/api/runs/{run}/export/lesson")
    assert answer.status_code == 400
    assert said in answer.json()["message"]
