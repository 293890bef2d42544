"""Tables from anywhere: capped, kept under names of ours, and never more than text."""

import json

import pytest

from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.endpoint import ENDPOINTS
from glassnet.studio.contract.settings import Settings
from glassnet.studio.data import header
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.data.table_text import safe_cell
from glassnet.studio.data.understanding import understand
from glassnet.studio.storage import shelf
from glassnet.tables import Table

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "\u202egnp.exe",
    "a\u0000b",
    "</script><img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${7*7}",
    "'; DROP TABLE runs; --",
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "y" * 500,
    "\u200b",
    "😀",
]


def csv_of(names, rows):
    cell = lambda text: '"' + str(text).replace('"', '""') + '"'  # noqa: E731
    return "\n".join(",".join(map(cell, line)) for line in [names, *rows]) + "\n"


def test_a_table_with_hostile_names_and_cells_arrives_as_text(client):
    names = [name for name in HOSTILE if name.strip("\u200b") and "\0" not in name]
    rows = [[f"{i}.{k}" for i in range(len(names))] + [names[k % 3]] for k in range(30)]
    answer = client.upload(csv_of([*names, "target"], rows), name="<b>../../x</b>\n.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert "/" not in found["summary"]["name"]
    columns = [column["name"] for column in found["understanding"]["columns"]]
    assert columns == [*names, "target"]
    data = found["summary"]["id"]
    state = client.write("/api/runs", {"data": data})
    assert state["feature_names"] == names
    run = state["id"]
    client.control(run, do="move", unit="epoch", count=2)
    for path in ("trace", "neurons", "evaluation", "frame", "points"):
        client.read(f"/api/runs/{run}/{path}")
    client.read(f"/api/runs/{run}/frame", x=names[0], y=names[1])
    lesson = client.get(f"/api/runs/{run}/export/step")
    assert lesson.headers["content-disposition"].startswith("attachment; ")
    assert "<script>" not in lesson.text
    assert "onerror=alert" not in lesson.text.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    script = client.get(f"/api/runs/{run}/export/script").text
    compile(script, "script", "exec")
    saved = client.get(f"/api/data/{data}/csv")
    assert saved.headers["content-disposition"].startswith("attachment; ")
    for line in saved.text.splitlines():
        for cell in line.split(","):
            assert not cell.strip('"').startswith(("=", "@"))


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@x", "\tx", "\rx", "-1+1", "=", "+", "-"])
def test_formulas_are_escaped(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-1", "+1.5", "-1e-3", "x=1", "", "-,5", "1,5", "−3"])
def test_numbers_and_plain_texts_stay(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"\x00\x01\x02" * 100, ""),
        (b"\xff\xfe\x00a", ""),
        (b"a,b\n1,2,3\n", "line 2"),
        (b"a,a\n1,2\n", "a"),
        (b"PAR1" + b"x" * 50, "Parquet"),
        (b"r\xf4le,b\n1,p\xe8re\n", "UTF-8"),
        (b'a,b\n"never closed,2\n', ""),
        (("x" * (shelf.MOST_CHARACTERS + 1)).encode() + b",b\n1,2\n", "characters"),
        (b"a,b\n" + b"z" * 11_000 + b",1\nq,2\n", "characters"),
        (
            ",".join(f"c{i}" for i in range(header.MOST_COLUMNS + 1)).encode()
            + b"\n"
            + b",".join([b"1"] * (header.MOST_COLUMNS + 1))
            + b"\n",
            "columns",
        ),
    ],
)
def test_bad_tables_are_refused_with_a_reason_and_leave_nothing(client, live, content, says):
    before = sorted(path.name for path in live.studio.store.tables.iterdir())
    count = len(client.read("/api/data")["data_sets"])
    answer = client.upload(content, name="patients.csv")
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["code"].startswith("GN-")
    assert says in problem["message"]
    assert str(live.folder) not in problem["message"]
    assert sorted(path.name for path in live.studio.store.tables.iterdir()) == before
    assert len(client.read("/api/data")["data_sets"]) == count


def test_a_file_with_several_readings_says_them_and_is_read_as_it_is_chosen(client):
    rows = "\n".join(["имя;диагноз", *(f"Пётр{k};{'здоров' if k % 2 else 'болен'}" for k in range(20))])
    problem = client.upload(rows.encode("koi8-r"), name="ward.csv").json()
    assert "--" not in problem["message"]
    assert "Python" not in problem["message"]
    way = next(one for one in problem["ways"] if "диагноз" in one["text"])
    found = client.post(
        "/api/data", params={"name": "ward.csv", way["parameter"]: way["value"]}, content=rows.encode("koi8-r"),
        headers={"content-type": "text/csv"},
    ).json()  # fmt: skip
    assert [column["name"] for column in found["understanding"]["columns"]] == ["имя", "диагноз"]
    assert client.read(f"/api/data/{found['summary']['id']}/rows")["rows"][1] == ["Пётр1", "здоров"]
    refused = client.post(
        "/api/data", params={"name": "x.csv", "encoding": "rot13"}, content=b"a,b\n1,2\n",
        headers={"content-type": "text/csv"},
    )  # fmt: skip
    assert refused.status_code == 400
    assert refused.json()["ways"] == []


@pytest.mark.parametrize(
    ("begin", "kind"), [(b"\x89PNG\r\n", "PNG"), (b"\xff\xd8\xff\xe0", "JPEG"), (b"GIF89a", "GIF")]
)
def test_an_image_in_place_of_a_table_is_called_one(client, begin, kind):
    assert f"is a {kind} image" in client.upload(begin + b"0" * 99, name="scan.csv").json()["message"]


def test_files_lie_in_a_private_folder_under_names_of_ours(client, live):
    answer = client.upload("a,b\n1,2\n3,4\n", name="../../evil.csv").json()
    paths = [path for path in live.studio.store.tables.iterdir() if path.stem == answer["summary"]["id"]]
    assert len(paths) == 1
    assert paths[0].name == f"{answer['summary']['id']}.csv"
    assert live.studio.store.tables.stat().st_mode & 0o077 == 0
    assert "evil" in answer["summary"]["name"]


@pytest.mark.parametrize(
    "hostile",
    [
        "../studio.sqlite",
        "..%2fstudio.sqlite",
        "%2e%2e%2fstudio.sqlite",
        "/etc/passwd",
        "lecture/../../x",
        "lecture.csv",
        "x%00",
        "'; DROP TABLE runs; --",
        "%ff",
        "a" * 5000,
    ],
)
def test_ids_are_never_paths(client, hostile):
    for e in ENDPOINTS:
        if "{" not in e.path:
            continue
        path = e.path.replace("{data}", hostile).replace("{run}", hostile)
        if e.method == "GET":
            answer = client.get(path, params={"name": "L"} if e.name == "explain" else None)
        else:
            body = {"pause": {"do": "pause"}, "control": {"do": "pause"}, "change": {"data": "lecture"}}.get(e.name, {})
            answer = client.post(path, json=body)
        assert answer.status_code in (400, 404), (e.path, answer.status_code, answer.text[:100])
        assert "root:" not in answer.text
        assert "SQLite" not in answer.text
    assert client.read("/api/data")["data_sets"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../store.py",
        "/assets/../../gate.py",
        "/..%2f..%2fetc/passwd",
        "/assets/%2e%2e/%2e%2e/gate.py",
        "//etc/passwd",
        "/studio.sqlite",
        "/api",
        "/api/",
    ],
)
def test_no_file_outside_the_page_is_served(client, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert "import" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"data": 1}',
        b'{"data": "lecture", "extra": 1}',
        b'{"data": "lecture"' + b" " * 1000,
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"data": "lecture", "settings": {"seed": 1e400}}).encode(),
        b'{"data": "lecture", "settings": {"learning_rate": NaN}}',
    ],
)
def test_malformed_messages_are_refused(client, body):
    answer = client.post("/api/runs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("GN-")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hidden": [{"neurons": 0}]}, "neurons"),
        ({"hidden": [{"neurons": 10**9}]}, "neurons"),
        ({"hidden": [{"neurons": 2048}] * 12}, "at most"),
        ({"hidden": [{"neurons": 1}] * 13}, "at most 12"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"loss": "exec"}, "loss"),
        ({"loss": "logistic"}, "classification"),
        ({"optimizer": "__import__('os')"}, "optimizer"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**60}, "seed"),
        ({"test_share": 1.5}, "test"),
        ({"test_share": 0.9}, ""),
        ({"l1": -1}, "l1"),
        ({"reduction": "max"}, "reduction"),
        ({"start": [{"weights": [[1, 2]], "biases": [0]}]}, "shape"),
        ({"start": []}, "start"),
        ({"initializer": "x"}, "initializer"),
        ({"loss": "quantile(level=2)"}, "level"),
        ({"hidden": [{"neurons": 2, "activation": "eval(1)"}]}, "activation"),
    ],
)
def test_settings_that_cannot_work_say_why(client, settings, says):
    answer = client.post("/api/runs", json={"data": "lecture", "settings": settings})
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("frame", {"x": "nothing"}),
        ("frame", {"resolution": "10000"}),
        ("frame", {"resolution": "x"}),
        ("frame", {"row": "99"}),
        ("explain", {}),
        ("explain", {"name": "W9[0,0]"}),
        ("explain", {"name": "__class__"}),
        ("explain", {"name": "L", "digits": "0"}),
        ("neuron", {"layer": "7"}),
        ("surface", {"first": "x"}),
        ("trace", {"row": "-1"}),
        ("frame", {"unknown": "1"}),
        ("operation", {"index": "999"}),
        ("trace", {"rows": "1e3"}),
    ],
)
def test_queries_that_ask_for_nothing_say_why(client, path, query):
    run = client.write("/api/runs", {"data": "lecture"})["id"]
    answer = client.get(f"/api/runs/{run}/{path}", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"].startswith("GN-")


def test_edits_make_a_new_table(client):
    answer = client.write(
        "/api/data/lecture/edit",
        {"cells": [{"row": 0, "column": "survival", "text": "4.5"}], "removed": [1], "added": [["2.8", "22", "0"]]},
    )
    rows = client.read(f"/api/data/{answer['summary']['id']}/rows")
    assert rows["rows"] == [["0.5", "37.6", "4.5"], ["2.9", "36.2", "1"], ["2.8", "22", "0"]]
    assert client.read("/api/data/lecture/rows")["rows"][0] == ["0.5", "37.6", "3.2"]
    for bad in (
        {"cells": [{"row": 9, "column": "survival", "text": "1"}]},
        {"cells": [{"row": 0, "column": "no", "text": "1"}]},
        {"added": [["1"]]},
        {"removed": [7]},
        {"removed": [0, 1, 2]},
    ):
        assert client.post("/api/data/lecture/edit", json=bad).status_code == 400
    assert client.post("/api/data/digits/edit", json={"removed": [0]}).status_code == 400


def test_a_file_in_another_encoding_is_asked_about_in_words_that_each_reads(client):
    rows = "".join(f"{k},{'мужской' if k % 2 else 'женский'},{k % 3}\n" for k in range(20))
    content = f"возраст,пол,target\n{rows}".encode("cp1251")
    refused = client.upload(content, name="patients.csv")
    problem = refused.json()
    assert refused.status_code == 400
    assert problem["message"].startswith("patients.csv, line 1: the byte 0xE2 is not UTF-8.")
    first = problem["ways"][0]
    assert (first["parameter"], first["value"]) == ("encoding", "cp1251")
    assert "(Cyrillic)" in first["text"]
    assert "мужской" in first["text"] or "возраст" in first["text"]
    taken = client.upload(content, name="patients.csv", encoding="cp1251").json()
    assert [column["name"] for column in taken["understanding"]["columns"]][:2] == ["возраст", "пол"]
    again = client.upload(content, name="patients.csv", encoding="cp1251").json()
    assert again["summary"]["id"] == taken["summary"]["id"]
    wrong = client.upload(content, name="patients.csv", encoding="no-such")
    assert wrong.status_code == 400


def test_copies_are_said_on_the_data_page():
    """Each row stands in the table three times, as in a well-known one of heart patients."""
    rows = [[f"{k * 37 % 60 + 20}", f"{k * 7.5}", k % 2] for k in range(40)] * 3
    table = Table.from_columns({name: [row[j] for row in rows] for j, name in enumerate(("age", "dose", "ill"))})
    notes = understand("x", table, ColumnChoice(target="ill")).notes
    copied = (
        "120 of 120 rows are copies: only 40 are different in their inputs, and copies stay on one side of every split."
    )
    assert copied in notes
    for settings in (
        Settings(loss="logistic", test_share=0.2, validation_share=0.2),
        Settings(loss="logistic", test_share=0.2, folds=3),
    ):
        preparation = prepare(table, ColumnChoice(target="ill"), settings)
        assert copied in preparation.notes
        divided = (preparation.train, preparation.validation, preparation.test)
        parts = [{tuple(row) for row in preparation.X[part]} for part in divided]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 40
    apart = Table.from_columns({name: [row[j] for row in rows[:40]] for j, name in enumerate(("age", "dose", "ill"))})
    assert not any("copies" in note for note in understand("x", apart, ColumnChoice(target="ill")).notes)
