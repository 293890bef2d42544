"""Messages for Python and the command line together, in the words of one door."""

import re

import pytest

from glassnet.errors import GlassnetError
from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.data.understanding import understand
from glassnet.tables import Table, read_table
from glassnet.tables.door import for_the_command, for_the_page

OPTION = re.compile(r"(?<![\w-])--[a-z]")
PYTHON = re.compile(r"\bin Python\b|\b(?:task|decimal|groups|header|names|encoding|sheet|epochs|threshold)=['\"\[\w]")


def texts_of(tmp_path):
    """Messages as readers meet them: of tables that ask for something."""
    rows = "".join(f"{k % 15},{1.5 * k},{'AB'[k % 2]}\n" for k in range(45))
    files = {
        "headless.csv": f"3,0.5,A\n{rows}".encode(), "twice.csv": f"a,a,b\n{rows}".encode(),
        "latin.csv": "rôle,b\npère,1\n".encode("latin-1"), "few.csv": f"patient_id,x,ward\n{rows}".encode(),
        "decimal.csv": ("a;b\n" + "".join(f"{k},5;{k}.25\n" for k in range(20))).encode(),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        try:
            table = read_table(tmp_path / name)
        except GlassnetError as error:
            yield str(error)
            continue
        yield from table.notes
        for target in (None, table.names[0], table.names[-1]):
            found = understand("x", table, ColumnChoice(target=target))
            yield from (text for text in (found.problem, found.task_reason, *found.notes) if text)
            yield from (column.reason for column in found.columns)


def test_no_door_says_the_words_of_another(tmp_path):
    messages = list(texts_of(tmp_path))
    assert sum(bool(OPTION.search(message)) for message in messages) >= 2
    for message in messages:
        assert not PYTHON.search(for_the_command(message)), message
        said = for_the_page(message)
        assert not OPTION.search(said), said
        assert not PYTHON.search(said), said


@pytest.mark.parametrize(("text", "command", "page"), [
    ("more may help: epochs=256, --epochs 256.", "more may help: --epochs 256.", "more may help: more epochs."),
    ("give decimal=',' if it is the comma.", "give --decimal , if it is the comma.", None),
    ("nothing to change, a=b in a cell", "nothing to change, a=b in a cell", "nothing to change, a=b in a cell"),
])  # fmt: skip
def test_words(text, command, page):
    assert for_the_command(text) == command
    if page is not None:
        assert for_the_page(text) == page


def test_proposals_have_buttons_on_the_page():
    n = 60
    table = Table.from_columns({
        "bmi": [999 if k % 10 == 0 else 20 + k % 17 for k in range(n)],
        "ward": ["Aa"[k % 2] + "xy"[k % 3 // 2] for k in range(n)],
        "seen": [f"0{1 + k % 9}/0{1 + k % 7}/2020" for k in range(n)], "y": ["yes", "no"] * (n // 2),
    })  # fmt: skip
    choice = ColumnChoice(target="y")
    found = {column.name: column for column in understand("x", table, choice).columns}
    ways = {name: [way.text for way in column.suggestions] for name, column in found.items()}
    assert ways["bmi"] == ["999 means missing", "Keep it as it is"]
    assert ways["ward"] == ["Make them one", "Keep it as it is", "Leave it out"]
    assert "The column 'ward' alone tells 'y'" in found["ward"].reason
    assert ways["seen"] == [
        "Read day, month, year (31/12/2019)", "Read month, day, year (12/31/2019)", "Leave it out"
    ]  # fmt: skip
    kinds = {name: column.suggestions[0].kind for name, column in found.items() if column.suggestions}
    settled = understand("x", table, ColumnChoice(target="y", kinds=kinds))
    after = {column.name: column for column in settled.columns}
    assert not any(column.suggestions for column in after.values())
    assert after["seen"].kind == "date"
    assert after["ward"].features == ["ward = Ax", "ward = Ay"] or len(after["ward"].features) == 2
    kept = {name: column.suggestions[-1].kind for name, column in found.items() if column.suggestions}
    assert not any(c.suggestions for c in understand("x", table, ColumnChoice(target="y", kinds=kept)).columns)


def test_a_network_trains_on_what_was_accepted():
    n = 90
    table = Table.from_columns({
        "bp": [f"{110 + k % 40}/{70 + k % 13}" for k in range(n)],
        "ward": [["A w", "a W", "b"][k % 3] for k in range(n)],
        "bmi": [999 if k % 10 == 0 else 20 + k % 17 for k in range(n)],
        "y": [["Yes", "no", "yes"][k % 3] for k in range(n)],
    })  # fmt: skip
    asked = understand("x", table, ColumnChoice(target="y"))
    kinds = {column.name: column.suggestions[0].kind for column in asked.columns if column.suggestions}
    assert set(kinds) == {"bp", "ward", "bmi", "y"}
    choice = ColumnChoice(target="y", kinds=kinds)
    found = understand("x", table, choice)
    assert not found.problem
    assert found.classes == ["Yes", "no"] or found.classes == ["no", "Yes"] or found.classes == ["no", "yes"]
    bmi = next(column for column in found.columns if column.name == "bmi")
    assert bmi.missing == 9
    preparation = prepare(table, choice, found.proposal)
    assert preparation.X.shape == (n, len(found.feature_names))
    assert {"bp (first)", "bp (second)"} <= set(found.feature_names)
