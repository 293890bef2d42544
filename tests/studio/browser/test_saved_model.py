"""A model file is dropped on the studio: its columns are seen, it predicts, and it trains on from its weights."""

import csv

import pytest

from glassnet import GlassClassifier

pytestmark = pytest.mark.slow


def rows_of(n, target=True):
    head = ["age", "ward", *(["ill"] if target else [])]
    cells = [
        [str(20 + 7 * k % 60), "north" if k % 3 else "south", "yes" if (7 * k) % 60 > 28 else "no"] for k in range(n)
    ]
    return [head, *(row[: len(head)] for row in cells)]


def text_of(rows):
    return "\n".join(",".join(row) for row in rows)


def upload(lab, text, name):
    return lab.page.evaluate(
        """async ([text, name]) => (await (await fetch("/api/data?name=" + name, {
          method: "POST", body: text, headers: { "content-type": "text/csv", "x-glassnet": "1" },
        })).json()).summary.id""",
        [text, name],
    )


def drop(lab, path):
    lab.page.goto(lab.server.origin + "/#/data")
    lab.settle()
    lab.page.get_by_label("CSV file or images").set_input_files(path)
    lab.page.get_by_role("region", name=path.name).wait_for()
    lab.settle()


def test_a_model_of_the_studio_goes_on_from_its_weights(lab, tmp_path):
    data = upload(lab, text_of(rows_of(80)), "wards.csv")
    first = lab.begin(data=data, columns={"target": "ill"})["id"]
    lab.api(f"/api/runs/{first}/control", {"do": "move", "unit": "epoch", "count": 20})
    page = lab.page
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Model file").click()
    path = tmp_path / "wards.glassnet"
    download.value.save_as(path)
    before = lab.api(f"/api/runs/{first}/frame")["layers"]

    drop(lab, path)
    card = page.get_by_role("region", name="wards.glassnet")
    assert "It predicts ill (no, yes)." in " ".join(card.inner_text().split())
    card.get_by_text("The 2 columns that it reads").click()
    assert card.get_by_text("ward", exact=True).is_visible()
    card.get_by_role("button", name="Train on with wards").click()
    page.locator(".laboratory").wait_for()
    lab.settle()
    run = lab.api("/api/session")["last_run"]
    assert run != first
    assert lab.figure("step") == "0"
    assert lab.api(f"/api/runs/{run}/frame")["layers"] == before
    lab.step(1)
    assert lab.api(f"/api/runs/{run}/frame")["layers"] != before
    step = lab.figure("step")
    assert step != "0"
    page.reload()
    lab.settle()
    assert lab.figure("step") == step, "the run is kept as any other"
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    assert page.get_by_text("Python script").count() == 0
    assert lab.problems == []


def test_a_model_of_the_library_predicts_rows_without_a_target(lab, tmp_path):
    head, *rows = rows_of(80)
    table = {name: [row[k] for row in rows] for k, name in enumerate(head)}
    model = GlassClassifier(epochs=5, n_networks=2).fit(table, target="ill")
    path = model.save(tmp_path / "committee.glassnet")
    upload(lab, text_of(rows_of(12, target=False)), "tomorrow.csv")
    drop(lab, path)
    card = lab.page.get_by_role("region", name="committee.glassnet")
    assert "a committee of 2 networks" in card.inner_text()
    assert card.get_by_role("button", name="Train on with tomorrow").count() == 0
    with lab.page.expect_download() as download:
        card.get_by_role("button", name="Predict the rows of tomorrow").click()
    download.value.save_as(tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    new = {"age": [row["age"] for row in answers], "ward": [row["ward"] for row in answers]}
    assert [row["prediction"] for row in answers] == model.predict(new).tolist()
    assert [float(row["share of yes"]) for row in answers] == pytest.approx(model.predict_proba(new)[:, 1], abs=1e-6)
    assert lab.problems == []


def test_a_file_that_is_no_model_is_refused_in_words(lab, tmp_path):
    path = tmp_path / "hello.glassnet"
    path.write_bytes(b"hello")
    drop(lab, path)
    alert = lab.page.get_by_role("alert").first.inner_text()
    assert alert.startswith("hello.glassnet has 5 bytes, too few for a model file.")


def test_a_table_without_the_columns_is_said_and_none_is_offered(lab, tmp_path):
    model = GlassClassifier(epochs=2, n_networks=1).fit(
        {"stage of moon": list(range(30)), "y": ["a", "b", "c"] * 10}, target="y"
    )
    drop(lab, model.save(tmp_path / "moon.glassnet"))
    card = lab.page.get_by_role("region", name="moon.glassnet")
    assert "No table here has all of its columns." in card.inner_text()
    assert card.get_by_role("button", name="Train on").count() == 0
