"""What a person says of columns beyond their kinds: which texts mean a missing cell, which rows stay together."""

import numpy as np
import pytest
from tests.studio.test_uploads import csv_of


def visits():
    """Forty patients with three visits each; a tenth of the sizes is "n.d.", and -9 stands for no age."""
    draw = np.random.default_rng(1)
    rows = []
    for patient in range(40):
        for visit in range(3):
            size = "n.d." if (patient + visit) % 10 == 0 else f"{draw.normal() + patient % 2:.3f}"
            age = "-9" if patient % 8 == 0 else str(40 + patient % 30)
            rows.append([f"P{patient:02d}", size, age, "ill" if patient % 2 else "well"])
    return csv_of(["patient", "size", "age", "outcome"], rows)


@pytest.fixture
def data(client):
    return client.upload(visits()).json()["summary"]["id"]


def column(understanding, name):
    return next(found for found in understanding["columns"] if found["name"] == name)


def test_further_texts_mean_a_missing_cell_in_the_picture_the_training_and_the_model(client, data, tmp_path):
    plain = client.write(f"/api/data/{data}/columns", {"target": "outcome"})
    assert column(plain, "size")["kind"] != "number"
    assert column(plain, "age")["minimum"] == -9
    choice = {"target": "outcome", "null_strings": ["n.d.", "-9"]}
    found = client.write(f"/api/data/{data}/columns", choice)
    assert (column(found, "size")["kind"], column(found, "size")["missing"]) == ("number", 12)
    assert (column(found, "age")["missing"], column(found, "age")["minimum"]) == (15, 40)
    assert {"size missing", "age missing"} <= set(found["feature_names"])
    assert found["choice"]["null_strings"] == ["n.d.", "-9"]
    run = client.write("/api/runs", {"data": data, "columns": choice, "settings": found["proposal"]})
    client.control(run["id"], do="move", unit="epoch", count=3)
    trace = client.read(f"/api/runs/{run['id']}/trace", row=0)
    assert trace["trace"]["X"][0][run["feature_names"].index("size missing")] > 0
    path = tmp_path / "visits.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run['id']}/export/model").content)
    import glassnet

    model = glassnet.load(path)
    said = [model.predict_proba({"patient": ["P00"], "size": [size], "age": ["50"]})[0, 1] for size in ("n.d.", "NA")]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("texts", "said"),
    [([""], "1 to 200 characters"), (["y" * 201], "1 to 200 characters"), (["a"] * 51, "at most 50")],
)
def test_texts_that_cannot_mean_a_missing_cell_are_refused(client, data, texts, said):
    answer = client.post(f"/api/data/{data}/columns", json={"target": "outcome", "null_strings": texts})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_rows_of_one_patient_stay_in_one_part_and_the_patient_is_no_input(client, data, live):
    choice = {"target": "outcome", "groups": "patient", "null_strings": ["n.d."]}
    found = client.write(f"/api/data/{data}/columns", choice)
    assert column(found, "patient")["role"] == "left_out"
    assert "belong together" in column(found, "patient")["reason"]
    settings = {**found["proposal"], "test_share": 0.25, "validation_share": 0.25}
    run = client.write("/api/runs", {"data": data, "columns": choice, "settings": settings})
    assert not any(name.startswith("patient") for name in run["feature_names"])
    preparation = live.studio.runs.get(run["id"]).run.preparation
    parts = [
        set(preparation.together.of_row[rows]) for rows in (preparation.train, preparation.validation, preparation.test)
    ]
    assert [len(part) for part in parts] == [20, 10, 10]
    assert len(set.union(*parts)) == 40
    plain = client.write("/api/runs", {"data": data, "columns": {**choice, "groups": None}, "settings": settings})
    intervals = []
    for one in (run["id"], plain["id"]):
        judged = client.read(f"/api/runs/{one}/evaluation")["parts"]
        intervals.append([score["low"] for part in judged if part["part"] == "test" for score in part["scores"]])
    assert intervals[0] != intervals[1]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"target": "outcome", "groups": "doctor"}, "no column 'doctor'"),
        ({"target": "outcome", "groups": "outcome"}, "is the target"),
        ({"target": "outcome", "groups": "size", "null_strings": ["n.d."]}, "are missing"),
    ],
)
def test_groups_that_cannot_be_are_said_and_nothing_is_proposed(client, data, choice, said):
    found = client.write(f"/api/data/{data}/columns", choice)
    assert said in found["problem"]
    assert found["proposal"] is None


def needs(client, data, **choice):
    found = client.write(f"/api/data/{data}/columns", choice)
    return {c["name"]: [way["text"] for way in c["suggestions"]] for c in found["columns"] if c["suggestions"]}


def settled(client, data, choice, name, text):
    """The choice after one way out was taken, as the page takes it."""
    found = client.write(f"/api/data/{data}/columns", choice)
    column = next(c for c in found["columns"] if c["name"] == name)
    way = next(way for way in column["suggestions"] if way["text"] == text)
    nulls = [*choice.get("null_strings", []), *way["null_strings"]]
    kinds = {**choice.get("kinds", {}), **({name: way["kind"]} if way["kind"] else {})}
    return {**choice, "null_strings": nulls, "kinds": kinds, "groups": way["groups"] or choice.get("groups")}


@pytest.mark.parametrize("odd", [{7: "n.d."}, {7: "n.d.", 9: "lost"}, dict.fromkeys(range(0, 60, 4), "n.d.")])
def test_every_way_out_of_a_column_of_numbers_with_odd_cells_settles_it(client, odd):
    rows = [f"{odd.get(k, k % 9 + 0.5)},{k % 5},{'ill' if k % 2 else 'well'}" for k in range(60)]
    data = client.upload("\n".join([f"size {len(odd)},age,outcome", *rows])).json()["summary"]["id"]
    name = f"size {len(odd)}"
    choice = {"target": "outcome"}
    (ways,) = needs(client, data, **choice).values()
    assert any("missing" in way for way in ways)
    assert any("categories" in way for way in ways)
    assert "Leave it out" in ways
    for way in ways:
        after = settled(client, data, choice, name, way)
        assert needs(client, data, **after) == {}
        found = client.write(f"/api/data/{data}/columns", after)
        assert found["problem"] == ""
        column = next(c for c in found["columns"] if c["name"] == name)
        assert column["kind"] == "number" if "missing" in way else True
        assert column["role"] == ("left_out" if way == "Leave it out" else "input")
        client.write("/api/runs", {"data": data, "columns": after})


def test_a_copy_of_the_target_or_of_another_column_is_said(client):
    rows = [f"{k},{k},{k % 7},{'ill' if k % 2 else 'well'},{'ill' if k % 2 else 'well'}" for k in range(1, 60)]
    data = client.upload("\n".join(["dose,same dose,age,outcome,result", *rows])).json()["summary"]["id"]
    found = client.write(f"/api/data/{data}/columns", {"target": "outcome"})
    told = {c["name"]: c["reason"] for c in found["columns"] if c["suggestions"]}
    assert "target 'outcome'" in told["result"]
    assert "age" not in told
    kept = settled(client, data, {"target": "outcome"}, "result", "Keep it")
    assert "result" not in needs(client, data, **kept)
    out = settled(client, data, kept, "result", "Leave it out") if "result" in needs(client, data, **kept) else kept
    assert client.write(f"/api/data/{data}/columns", out)["problem"] == ""


def test_columns_that_give_the_target_away_can_be_left_out_by_one_click(client):
    """One alone, or two together; the copy of a column in another unit is said, too."""
    rng = np.random.default_rng(3)
    age, ill, code = rng.integers(20, 90, 300), rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    days, crp = ill * rng.integers(1, 30, 300), rng.normal(10, 3, 300).round(2)

    def told(**columns):
        cells = {"age": age, "crp": crp, **columns, "ill": np.where(ill, "yes", "no")}
        text = "\n".join(",".join(map(str, row)) for row in [tuple(cells), *zip(*cells.values(), strict=True)])
        data = client.upload(text).json()["summary"]["id"]
        found = client.write(f"/api/data/{data}/columns", {"target": "ill"})
        return data, {c["name"]: c["reason"] for c in found["columns"] if c["suggestions"]}

    data, said = told(days=days)
    assert said == {
        "days": "The column 'days' alone tells 'ill' (accuracy 1.000 on rows set aside). If it is known only after the "
        "outcome, leave it out: scores with it say nothing about new cases."
    }
    assert "days" not in needs(client, data, **settled(client, data, {"target": "ill"}, "days", "Keep it"))
    out = settled(client, data, {"target": "ill"}, "days", "Leave it out")
    assert not needs(client, data, **out)
    data, said = told(one=code, other=code ^ ill)
    assert set(said) == {"one", "other"}
    assert "'one' and 'other' together tell 'ill'" in said["one"].replace("'other' and 'one'", "'one' and 'other'")
    assert not needs(client, data, **settled(client, data, {"target": "ill"}, "other", "Leave it out"))
    data, said = told(mg=10 * crp)
    assert said == {"mg": "It is a copy of 'crp': the same values, in another unit or under other names."}
    assert told()[1] == {}


@pytest.mark.parametrize(("name", "code"), [("chart", "C{}".format), ("chart", int), ("patient_id", int)])
def test_rows_of_one_patient_are_kept_together_by_one_click(client, name, code):
    rows = [
        f"{code(500 + 7 * patient)},{40 + patient % 30},{visit + patient / 9:.3f},{'ill' if patient % 3 else 'well'}"
        for patient in range(40) for visit in range(3)
    ]  # fmt: skip
    data = client.upload("\n".join([f"{name},age,size {code(1)},outcome", *rows])).json()["summary"]["id"]
    choice = {"target": "outcome"}
    keep, other = needs(client, data, **choice)[name]
    found = column(client.write(f"/api/data/{data}/columns", choice), name)
    assert "rows" in found["reason"]
    assert "--groups" not in found["reason"]
    after = settled(client, data, choice, name, keep)
    assert after["groups"] == name
    grouped = client.write(f"/api/data/{data}/columns", after)
    assert not grouped["problem"]
    assert column(grouped, name)["role"] == "left_out"
    assert name not in needs(client, data, **after)
    assert name not in needs(client, data, **settled(client, data, choice, name, other))
    client.write("/api/runs", {"data": data, "columns": after})


def test_an_id_of_a_thing_can_be_left_out_by_one_click(client):
    rows = [f"{k * 7 % 12 + 1},{k / 3:.2f},{'ill' if k % 5 < 2 else 'well'}" for k in range(240)]
    data = client.upload("\n".join(["site_id,size,outcome", *rows])).json()["summary"]["id"]
    choice = {"target": "outcome"}
    assert needs(client, data, **choice)["site_id"] == ["Read it as categories", "Leave it out"]
    for way, role in (("Read it as categories", "input"), ("Leave it out", "left_out")):
        after = settled(client, data, choice, "site_id", way)
        assert needs(client, data, **after) == {}
        assert column(client.write(f"/api/data/{data}/columns", after), "site_id")["role"] == role


def test_to_keep_a_column_keeps_how_its_cells_are_written(client):
    """Sizes with a decimal comma, and 999 that may mean missing: to keep them is not to forget the comma."""
    draw = np.random.default_rng(2)
    rows = [
        [f"{draw.uniform(20, 40):.1f}".replace(".", ",") if k % 9 else "999", "ill" if k % 2 else "well"]
        for k in range(90)
    ]
    text = "\n".join([";".join(["bmi", "outcome"]), *(";".join(row) for row in rows)])
    data = client.upload(text).json()["summary"]["id"]
    before = client.write(f"/api/data/{data}/columns", {"target": "outcome"})
    asked = [found for found in before["columns"] if any("Keep it" in way["text"] for way in found["suggestions"])]
    assert [found["name"] for found in asked] == ["bmi"]
    keep = next(way for way in asked[0]["suggestions"] if "Keep it" in way["text"])
    after = client.write(f"/api/data/{data}/columns", {"target": "outcome", "kinds": {"bmi": keep["kind"]}})
    now = column(after, "bmi")
    assert (now["kind"], now["suggestions"]) == (column(before, "bmi")["kind"], [])
    for name in ("minimum", "maximum", "mean", "missing"):
        assert now[name] == column(before, "bmi")[name]


@pytest.mark.parametrize("written", ["{:,}", "{} kg", "<{}"])
def test_every_notation_is_kept(client, written):
    rows = [[written.format(1000 + 37 * k) if k % 9 else "-99", "ill" if k % 2 else "well"] for k in range(90)]
    data = client.upload(csv_of(["weight", "outcome"], rows)).json()["summary"]["id"]
    before = client.write(f"/api/data/{data}/columns", {"target": "outcome"})
    found = column(before, "weight")
    for way in found["suggestions"]:
        if way["text"].startswith("Keep it"):
            kinds = {"weight": way["kind"]}
            after = column(client.write(f"/api/data/{data}/columns", {"target": "outcome", "kinds": kinds}), "weight")
            assert (after["kind"], after["mean"]) == (found["kind"], found["mean"])


def test_rows_without_a_target_are_counted_and_predicted(client):
    rows = [[str(k % 17), str(3 * k % 11), "" if k % 6 == 0 else "ill" if k % 17 > 8 else "well"] for k in range(90)]
    data = client.upload(csv_of(["size", "age", "outcome"], rows)).json()["summary"]["id"]
    run = client.write("/api/runs", {"data": data, "columns": {"target": "outcome"}})
    parts = run["parts"]
    assert parts["without_target"] == 15
    assert sum(parts.values()) == 90
    client.control(run["id"], do="move", unit="epoch", count=2)
    lines = client.get(f"/api/runs/{run['id']}/export/predictions").text.splitlines()
    head, cells = lines[0].split(","), [line.split(",") for line in lines[1:]]
    assert len(cells) == 90
    part, prediction = head.index("part"), head.index("prediction")
    assert [k for k, row in enumerate(cells) if row[part] == "without target"] == list(range(0, 90, 6))
    assert {row[prediction] for row in cells} <= {"ill", "well"}
    with_target = [row for row in cells if row[part] != "without target"]
    assert len({tuple(row) for row in with_target}) > 1


def test_folds_divide_what_is_not_for_the_test(client):
    built = client.write("/api/runs", {"data": "breast_cancer"})
    settings, whole = built["settings"], built["parts"]
    seen = []
    for fold in range(5):
        run = client.write("/api/runs", {"data": "breast_cancer", "settings": {**settings, "folds": 5, "fold": fold}})
        lines = client.get(f"/api/runs/{run['id']}/export/predictions").text.splitlines()
        part = lines[0].split(",").index("part")
        names = [line.split(",")[part] for line in lines[1:]]
        assert names.count("test") == whole["test"]
        seen.append({k for k, name in enumerate(names) if name == "validation"})
        tests = {k for k, name in enumerate(names) if name == "test"}
    assert sum(map(len, seen)) == len(set().union(*seen)) == whole["train"] + whole["validation"]
    assert not tests & set().union(*seen)
    assert max(map(len, seen)) - min(map(len, seen)) <= 1
    for wrong in ({"folds": 1}, {"folds": 5, "fold": 5}, {"folds": 99}, {"folds": 5, "fold": -1}):
        answer = client.post("/api/runs", json={"data": "breast_cancer", "settings": {**settings, **wrong}})
        assert answer.status_code == 400
        assert "folds must be 2 to 20" in answer.json()["message"]
