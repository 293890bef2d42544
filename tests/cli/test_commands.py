"""Every command from end to end on real tables."""

import csv
import io
import re
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from glassnet.cli import main
from glassnet.tables.reading.writing.dialect import safe_cell

RIVALS = ["random forest", "SVM"]


def write_table(path, names, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def cells_of(path):
    """The header and the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def read_csv(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with three real tables."""
    folder = tmp_path_factory.mktemp("tables")
    for name, data, target in (
        ("patients", load_breast_cancer(), "diagnosis"), ("flowers", load_iris(), "species"),
        ("diabetes", load_diabetes(scaled=False), "progression"),
    ):  # fmt: skip
        labels = data.target_names[data.target] if hasattr(data, "target_names") else data.target
        rows = np.column_stack([data.data.astype(object), labels])
        write_table(folder / f"{name}.csv", [*data.feature_names, target], rows)
    return folder


@pytest.fixture(scope="module")
def patients(folder):
    return folder / "patients.csv"


@pytest.fixture(scope="module")
def model(folder, patients):
    """A model of the patients with the default settings."""
    path = folder / "patients.glassnet"
    assert main(["train", str(patients), "--target", "diagnosis", "--model", str(path), "--quiet"]) == 0
    return path


def test_train_says_what_it_read_how_good_it_is_and_what_comes_next(glassnet, patients, tmp_path):
    model = tmp_path / "model.glassnet"
    outcome = glassnet("train", patients, "--target", "diagnosis", "--model", model)
    assert outcome.code == 0, outcome.err
    for words in ["569 rows", "benign", "malignant", *RIVALS, "logistic regression", str(model)]:
        assert words in outcome.out, words
    assert re.search(r"\(\d+(\.\d+)? [KM]B\)", outcome.out)
    assert len(re.findall(r"0\.\d+ \[0\.\d+, [01]\.\d+\]", outcome.out)) >= 7  # intervals of the network and its rivals
    commands = re.findall(r"^ *glassnet (predict|trace) (.*)$", outcome.out, re.MULTILINE)
    assert {name for name, _ in commands} == {"predict", "trace"}
    for name, words in commands:
        assert glassnet(name, *shlex.split(words)).code == 0, words


def test_train_quietly_prints_the_path_only(glassnet, patients, tmp_path):
    model = tmp_path / "model.glassnet"
    outcome = glassnet("train", patients, "--target", "diagnosis", "--model", model, "--epochs", 3, "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{model}\n", "")


def test_the_same_seed_gives_the_same_file_for_any_threads(glassnet, patients, tmp_path):
    files = []
    for name, *options in (("a", "--threads", 1), ("b", "--threads", 3), ("d",), ("c", "--seed", 1)):
        model = tmp_path / f"{name}.glassnet"
        assert (
            glassnet("train", patients, "-t", "diagnosis", "--model", model, "--epochs", 20, "--quiet", *options).code
            == 0
        )
        files.append(model.read_bytes())
    assert files[0] == files[1] == files[2]
    assert files[0] != files[3]


def test_predict_writes_classes_with_probabilities(glassnet, patients, model, tmp_path):
    outcome = glassnet("predict", model, patients)
    assert outcome.code == 0, outcome.err
    rows = read_csv(outcome.out)
    assert [row["row"] for row in rows] == [str(k) for k in range(1, 570)]
    chances = np.array([[float(row["probability of benign"]), float(row["probability of malignant"])] for row in rows])
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-5)
    assert [row["prediction"] for row in rows] == [("benign", "malignant")[k] for k in chances.argmax(axis=1)]
    truth = [row[-1] for row in cells_of(patients)[1]]
    assert np.mean([row["prediction"] == right for row, right in zip(rows, truth, strict=True)]) > 0.95
    out = tmp_path / "predictions.csv"
    written = glassnet("predict", model, patients, "--out", out)
    assert "569 predictions" in written.out
    assert out.read_text(encoding="utf-8") == outcome.out


def test_predict_needs_no_target_and_ignores_the_order_of_columns(glassnet, patients, model, tmp_path):
    header, rows = cells_of(patients)
    turned = [row[:-1][::-1] for row in (header, *rows)]
    outcome = glassnet("predict", model, write_table(tmp_path / "turned.csv", turned[0], turned[1:]))
    assert outcome.code == 0, outcome.err
    assert outcome.out == glassnet("predict", model, patients).out


def test_predict_says_what_training_did_not_know(glassnet, patients, model, tmp_path):
    header, (first, *_) = cells_of(patients)
    first[0] = "1000"
    outcome = glassnet("predict", model, write_table(tmp_path / "far.csv", [*header, "ward"], [[*first, "west"]]))
    assert outcome.code == 0
    assert "mean radius" in outcome.err
    assert "outside" in outcome.err
    assert "ward" in outcome.err
    assert len(read_csv(outcome.out)) == 1


def test_trace_as_text_opens_the_row(glassnet, patients, model):
    outcome = glassnet("trace", model, patients, "--row", 3)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Row 3 is line 4 of ")
    assert "19.69" in outcome.out  # the mean radius of the third patient, as it stands in the table
    assert "mean radius" in outcome.out


def test_trace_as_a_page_is_complete_and_loads_nothing(glassnet, patients, model, tmp_path):
    page = tmp_path / "trace.html"
    outcome = glassnet("trace", model, patients, "--row", 3, "--html", page)
    assert outcome.code == 0, outcome.err
    assert str(page) in outcome.out
    text = page.read_text(encoding="utf-8")
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert "mean radius" in text
    assert not re.search(r"(?:src|href)=[\"']https?:|@import|url\(http", text)


def test_trace_explains_one_parameter(glassnet, patients, model):
    outcome = glassnet("trace", model, patients, "--row", 3, "--parameter", "W1[0,2]", "--digits", 6)
    assert outcome.code == 0, outcome.err
    assert "W1[0,2]" in outcome.out


def test_trace_leaves_the_model_as_it_is(glassnet, patients, model):
    before = model.read_bytes()
    assert glassnet("trace", model, patients, "--row", 1).code == 0
    assert model.read_bytes() == before


def test_show_tells_what_the_file_holds(glassnet, model):
    outcome = glassnet("show", model)
    assert outcome.code == 0, outcome.err
    for words in ["classification", "diagnosis", "malignant", "mean radius", "seed"]:
        assert words in outcome.out, words
    lines = [line.split() for line in outcome.out.splitlines()]
    network = next(words for words in lines if words[:1] == ["network"] and "on" not in words)
    baseline = next(words for words in lines if words[:1] == ["baseline"])
    assert float(network[1]) > float(baseline[1])


def test_schema_command(glassnet, patients):
    outcome = glassnet("schema", patients, "--target", "diagnosis")
    assert outcome.code == 0
    assert "worst fractal dimension" in outcome.out
    assert "classification" in outcome.out


def test_several_classes(glassnet, folder, tmp_path):
    model = tmp_path / "flowers.glassnet"
    outcome = glassnet("train", folder / "flowers.csv", "--target", "species", "--model", model)
    assert outcome.code == 0, outcome.err
    rows = read_csv(glassnet("predict", model, folder / "flowers.csv").out)
    assert set(rows[0]) == {
        "row",
        "prediction",
        *(f"probability of {name}" for name in ("setosa", "versicolor", "virginica")),
    }
    assert {row["prediction"] for row in rows} == {"setosa", "versicolor", "virginica"}


def test_numbers_are_regression(glassnet, folder, tmp_path):
    model = tmp_path / "diabetes.glassnet"
    outcome = glassnet("train", folder / "diabetes.csv", "--target", "progression", "--model", model)
    assert outcome.code == 0, outcome.err
    assert "regression" in outcome.out
    assert "linear regression" in outcome.out
    rows = read_csv(glassnet("predict", model, folder / "diabetes.csv").out)
    assert set(rows[0]) == {"row", "prediction"}
    truth = load_diabetes().target
    error = np.array([float(row["prediction"]) for row in rows]) - truth
    assert np.mean(error**2) < 0.7 * truth.var()


def test_settings_reach_the_model(glassnet, patients, tmp_path):
    model = tmp_path / "model.glassnet"
    outcome = glassnet(
        "train", patients, "--target", "diagnosis", "--model", model, "--epochs", 4, "--quiet",
        "--hidden", "7,5", "--activation", "leaky_relu(slope=0.2)", "--l2", 0.01, "--seed", 42,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    shown = glassnet("show", model).out
    for words in ["7", "5", "leaky_relu(slope=0.2)", "0.01", "42"]:
        assert words in shown


def mixed_rows(n=80):
    draw = np.random.default_rng(3)
    for k in range(n):
        size, ward = draw.normal(5, 2), ["北", "süd", "غرب"][k % 3]
        yield [f"{size:.2f}" if k % 9 else "", ward, "🙂" if size + draw.normal(0, 0.1) > 5 else "=1+1"]


def test_names_and_cells_of_any_script_and_nothing_a_spreadsheet_runs(glassnet, tmp_path):
    table = write_table(tmp_path / "größen 表.csv", ["Größe <b>", "\u200fקומה", "نتيجة"], mixed_rows())
    model = tmp_path / "模型.glassnet"
    outcome = glassnet("train", table, "--target", "نتيجة", "--model", model)
    assert outcome.code == 0, outcome.err
    rows = read_csv(glassnet("predict", model, table).out)
    assert {row["prediction"] for row in rows} == {"🙂", "'=1+1"}
    page = tmp_path / "seite.html"
    assert glassnet("trace", model, table, "--row", 1, "--html", page).code == 0
    assert "Größe <b>" not in page.read_text(encoding="utf-8")
    assert "Größe &lt;b&gt;" in page.read_text(encoding="utf-8")


def test_cells_that_spreadsheets_run():
    assert [safe_cell(cell) for cell in ("=A1", "+x", "@x", "-x", "\tx")] == ["'=A1", "'+x", "'@x", "'-x", "'\tx"]
    assert [safe_cell(cell) for cell in ("-1.5", "+2", -1.5, "a=b", "")] == ["-1.5", "+2", -1.5, "a=b", ""]


@pytest.mark.slow
def test_ten_thousand_columns(glassnet, tmp_path):
    draw = np.random.default_rng(0)
    X = draw.normal(size=(40, 10_000)).round(3)
    names = [f"gene {k}" for k in range(10_000)]
    rows = [[*row, "high" if row[0] > 0 else "low"] for row in X.tolist()]
    table = write_table(tmp_path / "genes.csv", [*names, "level"], rows)
    model = tmp_path / "genes.glassnet"
    outcome = glassnet("train", table, "--target", "level", "--model", model, "--epochs", 3, "--hidden", 4)
    assert outcome.code == 0, outcome.err
    assert len(outcome.out.splitlines()) < 60
    assert len(read_csv(glassnet("predict", model, table).out)) == 40
    assert "gene 9999" in glassnet("trace", model, table, "--parameter", "W1[9999,0]").out


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise there")
def test_interrupting_keeps_the_best_so_far(patients, tmp_path):
    model, checkpoint = tmp_path / "model.glassnet", tmp_path / "under way.checkpoint"
    words = ["train", str(patients), "--target", "diagnosis", "--model", str(model), "--epochs", "100000000",
             "--patience", "100000000", "--hidden", "64,64", "--checkpoint", str(checkpoint), "--checkpoint-every", "1",
             ]  # fmt: skip
    running = subprocess.Popen(
        [sys.executable, "-m", "glassnet", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    started = ""
    while "Ctrl-C" not in started:
        line = running.stderr.readline()
        assert line, "the training never began"
        started += line
    while not checkpoint.exists():  # epochs that are worth keeping
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=100)
    assert running.returncode == 130, err
    assert f"The best network so far is in {model}" in err
    assert "Traceback" not in err
    assert main(["show", str(model)]) == 0


def test_training_on_a_terminal_shows_live_progress(patients, tmp_path):
    pty = pytest.importorskip("pty")
    import os

    parent, child = pty.openpty()
    words = [
        "train",
        str(patients),
        "--target",
        "diagnosis",
        "--model",
        str(tmp_path / "m.glassnet"),
        "--epochs",
        "400",
    ]
    running = subprocess.Popen(
        [sys.executable, "-m", "glassnet", *words],
        stdout=subprocess.DEVNULL,
        stderr=child,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(parent)
    assert running.wait(timeout=100) == 0
    text = shown.decode("utf-8", "replace")
    assert re.search(r"epoch \d+/400", text)
    assert "validation" in text


def test_several_networks_from_training_to_intervals_and_trace(glassnet, tmp_path):
    from sklearn.datasets import load_diabetes

    table, model = tmp_path / "course.csv", tmp_path / "course.glassnet"
    load_diabetes(as_frame=True).frame.to_csv(table, index=False)
    outcome = glassnet("train", table, "--target", "target", "--networks", 6, "--model", model)
    assert outcome.code == 0, outcome.err
    assert "6 networks 10-64-64-1" in outcome.out
    assert "each trained on a bootstrap sample of the rows" in outcome.out
    assert "validation" not in outcome.out  # every row trained some network
    rows = read_csv(glassnet("predict", model, table, "--interval", 0.9).out)
    ends = np.array([[float(row[f"{end} end of 0.9"]) for end in ("lower", "upper")] for row in rows])
    said = np.array([float(row["prediction"]) for row in rows])
    assert (ends[:, 0] < said).mean() > 0.99
    assert (said < ends[:, 1]).mean() > 0.99
    opened = glassnet("trace", model, table, "--row", 3, "--network", 2)
    place = f"This is network 2 of 6; the mean of all of them predicts {said[2]:.6g}."
    assert place in " ".join(opened.out.split())
    page = tmp_path / "trace.html"
    assert place in glassnet("trace", model, table, "--row", 3, "--network", 2, "--html", page).out
    assert place in page.read_text(encoding="utf-8")
    one = glassnet("trace", model, table, "--row", 3, "--network", 2, "--parameter", "b2[0]")
    assert place in " ".join(one.err.split())
    assert "dL/db2[0]" in one.out
    refused = glassnet("trace", model, table, "--network", 7)
    assert refused.code == 2
    assert "networks 1 to 6" in refused.err


def test_networks_with_a_shared_body_from_training_to_trace(glassnet, tmp_path):
    from sklearn.datasets import load_diabetes

    table, model = tmp_path / "course.csv", tmp_path / "course.glassnet"
    load_diabetes(as_frame=True).frame.to_csv(table, index=False)
    outcome = glassnet(
        "train", table, "--target", "target", "--recipe", "tabm-mini", "--networks", 3, "--epochs", 4, "--model", model
    )
    assert outcome.code == 0, outcome.err
    assert "3 networks 10-128-128-1" in outcome.out
    assert "with shared layers, trained together on the same rows" in outcome.out
    assert "4 epochs in" in outcome.out
    assert glassnet("predict", model, table, "--interval", 0.9).code == 0
    told = " ".join(glassnet("show", model).out.split())
    assert "3 networks whose predictions are averaged, the layers between first and last shared" in told
    assert f"{3 * (10 * 128 + 128) + 128 * 128 + 128 + 3 * (128 + 1)} weights and biases" in told
    opened = glassnet("trace", model, table, "--row", 3, "--network", 2)
    assert opened.code == 0
    assert "This is network 2 of 3; the mean of all of them predicts" in " ".join(opened.out.split())
    assert "Here it takes a separate step" in " ".join(opened.out.split())
    together = glassnet("trace", model, table, "--row", 3, "--together")
    assert together.code == 0, together.err
    assert "3 networks 10-128-128-1 with a shared body" in together.out
    explained = glassnet("trace", model, table, "--row", 3, "--together", "--parameter", "s1[2,0]")
    assert "s1[2,0]: the scale of age, of head 2" in explained.out
    refused = glassnet("trace", model, table, "--together", "--html", tmp_path / "page.html")
    assert refused.code == 2
    assert "writes text only" in refused.err


def test_intervals_are_for_amounts(glassnet, patients, model):
    outcome = glassnet("predict", model, patients, "--interval", 0.9)
    assert outcome.code == 2
    assert "--interval is for amounts" in outcome.err
