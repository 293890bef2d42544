"""What bad input gets: one or two lines that say what, where and how to repair; exit code 2; nothing overwritten."""

import json
import random

import pytest

HEADER = "age,dose,sex,outcome"


def patients(n=60, seed=1):
    """Lines of a table in which the outcome follows the dose."""
    draw = random.Random(seed)
    rows = [(draw.randint(20, 80), round(draw.uniform(0, 10), 2), draw.choice("fm")) for _ in range(n)]
    return [HEADER, *(f"{age},{dose},{sex},{'well' if dose > 5 else 'ill'}" for age, dose, sex in rows)]


@pytest.fixture
def table(tmp_path):
    """Write lines as a table and return its path."""

    def write(lines, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("\n".join([*lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model file of the patients."""
    from glassnet.cli import main

    folder = tmp_path_factory.mktemp("trained")
    path = folder / "patients.csv"
    path.write_text("\n".join([*patients(), ""]))
    model = folder / "patients.glassnet"
    assert main(["train", str(path), "--target", "outcome", "--model", str(model), "--epochs", "5", "--quiet"]) == 0
    return model


def refused(outcome, *words):
    """Check the form of a refusal and that it says all of the words."""
    assert outcome.code == 2, outcome
    assert "Traceback" not in outcome.err
    assert 1 <= len(outcome.err.strip().splitlines()) <= 2, outcome.err
    assert outcome.err.startswith("glassnet: ")
    for word in words:
        assert word in outcome.err, f"{word!r} is not in {outcome.err!r}"


def with_row(row):
    """The patients, with their last row replaced."""
    return [*patients()[:-1], row]


TABLES = {
    "empty file": ([], ["table.csv", "empty"]),
    "header only": ([HEADER], ["table.csv", "no rows"]),
    "target with one value": ([HEADER, *(f"{k},{k % 7},f,well" for k in range(30))], ["outcome", "well"]),
    "text among numbers": (with_row("50,much,f,well"), ["dose", "line 61", "much"]),
    "infinite cell": (with_row("50,inf,f,well"), ["dose", "line 61", "inf"]),
    "overflowing cell": (with_row("50,1e400,f,well"), ["dose", "line 61", "1e400"]),
    "duplicate header": (["age,dose,age,outcome", *patients()[1:]], ["age", "Rename"]),
    "ragged row": (with_row("50,3.5,f,well,extra"), ["line 61", "5", "4"]),
    "short row": (with_row("50,3.5"), ["line 61", "2", "4"]),
    "one row": (patients()[:2], ["outcome", "only the value"]),
    "only a constant column": (["age,outcome", *(f"50,{'well' if k % 2 else 'ill'}" for k in range(30))], ["age"]),
    "no input column": (["outcome", *("well" if k % 2 else "ill" for k in range(30))], ["no column to learn from"]),
}


@pytest.mark.parametrize("case", TABLES)
def test_train_refuses_the_table(glassnet, table, tmp_path, case):
    lines, words = TABLES[case]
    model = tmp_path / "model.glassnet"
    model.write_bytes(b"precious")
    refused(
        glassnet(
            "train",
            table(lines) if lines else table([], "table.csv"),
            "--target",
            "outcome",
            "--model",
            model,
            "--force",
        ),
        *words,
    )
    assert model.read_bytes() == b"precious"


def test_train_refuses_a_missing_file(glassnet, tmp_path):
    refused(glassnet("train", tmp_path / "nowhere.csv", "--target", "outcome"), "nowhere.csv", "no file")


def test_train_refuses_a_folder(glassnet, tmp_path):
    refused(glassnet("train", tmp_path, "--target", "outcome"), str(tmp_path))


def test_train_refuses_an_unknown_target(glassnet, table):
    refused(glassnet("train", table(patients()), "--target", "outcom"), "outcom", "Did you mean 'outcome'?")


def test_train_refuses_latin_1(glassnet, table):
    lines = [patients()[0], *(line.replace(",f,", ",père,") for line in patients()[1:])]
    refused(
        glassnet("train", table(lines, encoding="latin-1"), "--target", "outcome"), "table.csv", "UTF-8", "encoding"
    )


def test_train_reads_latin_1_when_told(glassnet, table, tmp_path):
    lines = [patients()[0], *(line.replace(",f,", ",größer,") for line in patients()[1:])]
    outcome = glassnet(
        "train", table(lines, encoding="latin-1"), "--target", "outcome", "--encoding", "latin-1",
        "--epochs", 3, "--model", tmp_path / "model.glassnet",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--hidden", "32,x", ["32,x"]),
        ("--hidden", "0", ["0"]),
        ("--activation", "rleu", ["rleu", "relu"]),
        ("--optimizer", "adamm", ["adamm", "adam"]),
        ("--learning-rate", "-1", ["-1"]),
        ("--learning-rate", "nan", ["nan"]),
        ("--l2", "-0.1", ["-0.1"]),
        ("--epochs", "0", ["0"]),
        ("--test-share", "1.5", ["1.5"]),
        ("--seed", "-1", ["-1"]),
        ("--task", "clustering", ["clustering"]),
    ],
)
def test_train_refuses_the_setting(glassnet, table, tmp_path, option, value, words):
    outcome = glassnet(
        "train", table(patients()), "--target", "outcome", "--model", tmp_path / "m.glassnet", option, value
    )
    assert outcome.code == 2, outcome
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err
    assert not (tmp_path / "m.glassnet").exists()


def test_predict_refuses_text_where_numbers_are_needed(glassnet, trained, table, tmp_path):
    out = tmp_path / "predictions.csv"
    out.write_text("precious")
    outcome = glassnet("predict", trained, table(with_row("50,much,f,well")), "--out", out, "--force")
    refused(outcome, "dose", "line 61", "much")
    assert out.read_text() == "precious"


def test_predict_refuses_infinity(glassnet, trained, table):
    refused(glassnet("predict", trained, table(with_row("50,-inf,f,well"))), "dose", "line 61", "-inf")


def test_predict_refuses_a_missing_column(glassnet, trained, table):
    lines = [",".join(line.split(",")[1:]) for line in patients()]
    refused(glassnet("predict", trained, table(lines)), "age")


@pytest.mark.parametrize("row", ["0", "-1", "61"])
def test_trace_refuses_a_row_that_is_not_there(glassnet, trained, table, row):
    refused(glassnet("trace", trained, table(patients()), "--row", row), row, "60")


def test_trace_refuses_an_unknown_parameter(glassnet, trained, table):
    refused(glassnet("trace", trained, table(patients()), "--row", "1", "--parameter", "W9[0,0]"), "W9[0,0]")


def damaged(data):
    """Names and bytes of model files that must be refused."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    yield "empty", b""
    yield "text", b"this is not a model\n" * 20
    yield "pickle", b"\x80\x04\x95" + data[3:200]
    yield "truncated", data[: len(data) // 2]
    yield "longer", data + b"\x00"
    flipped = bytearray(data)
    flipped[-3] ^= 0x40
    yield "flipped bit", bytes(flipped)
    yield "huge header", (2**62).to_bytes(8, "little") + data[8:]
    text = json.dumps(header | {"__metadata__": {"glassnet": '{"__import__":"os"}'}}).encode()
    yield "foreign metadata", len(text).to_bytes(8, "little") + text + data[8 + length :]


CASES = ["empty", "text", "pickle", "truncated", "longer", "flipped bit", "huge header", "foreign metadata"]


@pytest.mark.parametrize("command", ["predict", "trace", "show"])
@pytest.mark.parametrize("case", CASES)
def test_a_damaged_model_is_refused(glassnet, trained, table, tmp_path, command, case):
    data = dict(damaged(trained.read_bytes()))[case]
    model = tmp_path / "damaged.glassnet"
    model.write_bytes(data)
    arguments = {"predict": [table(patients())], "trace": [table(patients()), "--row", "1"], "show": []}[command]
    refused(glassnet(command, model, *arguments), "damaged.glassnet")


def test_a_missing_model_is_refused(glassnet, tmp_path):
    refused(glassnet("show", tmp_path / "nowhere.glassnet"), "nowhere.glassnet")


def test_a_table_given_as_model_is_refused(glassnet, table):
    refused(glassnet("show", table(patients())), "table.csv")


FULL_DISK = """
import os
def full(descriptor):
    raise OSError(28, "No space left on device")
os.fsync = full
"""
SMALL_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))"


@pytest.mark.parametrize("before", [FULL_DISK, SMALL_FILES], ids=["no space", "file size limit"])
@pytest.mark.parametrize("command", ["train", "predict", "trace"])
def test_a_full_disk_leaves_the_old_file(process, trained, table, tmp_path, command, before):
    out = tmp_path / "old"
    out.write_bytes(b"precious")
    arguments = {
        "train": [table(patients()), "--target", "outcome", "--epochs", 2, "--model", out],
        "predict": [trained, table(patients()), "--out", out],
        "trace": [trained, table(patients()), "--row", "1", "--html", out],
    }[command]
    outcome = process(command, *arguments, "--force", before=before)
    assert outcome.code == 2, outcome
    assert "overwrite" not in outcome.err
    assert "Traceback" not in outcome.err
    complaint = [line for line in outcome.err.splitlines() if line.startswith("glassnet: ")]
    assert len(complaint) == 1
    assert str(out) in complaint[0]
    assert out.read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "table.csv"]


@pytest.mark.parametrize("command", ["train", "predict", "trace"])
def test_a_folder_that_is_not_there_is_refused_before_the_work(glassnet, trained, table, tmp_path, command):
    out = tmp_path / "nowhere" / "out"
    arguments = {
        "train": [table(patients()), "--target", "outcome", "--model", out],
        "predict": [trained, table(patients()), "--out", out],
        "trace": [trained, table(patients()), "--row", "1", "--html", out],
    }[command]
    refused(glassnet(command, *arguments), str(tmp_path / "nowhere"))
