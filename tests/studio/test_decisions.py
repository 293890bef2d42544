"""Rows behind a confusion matrix, and calls at thresholds: counted again from the predictions that are taken away."""

import csv
import io

import numpy as np
import pytest

from ward import SETTINGS, patients


@pytest.fixture(scope="module")
def judged(live):
    """A run, and of each of its test rows the truth and the probability of the second class."""
    with live.client() as client:
        data = client.upload(patients(200)).json()["summary"]["id"]
        run = client.write("/api/runs", {"data": data, "columns": {"target": "alive"}, "settings": SETTINGS})["id"]
        client.control(run, do="move", unit="epoch", count=12)
        rows = list(csv.DictReader(io.StringIO(client.get(f"/api/runs/{run}/export/predictions").text)))
    held = [k for k, row in enumerate(rows) if row["part"] == "test"]
    truth = np.array([rows[k]["alive"] == "yes" for k in held])
    return run, held, truth, np.array([float(rows[k]["share of yes"]) for k in held])


def test_cells_hold_the_rows_that_they_count(client, judged):
    run, held, truth, said = judged
    part = next(p for p in client.read(f"/api/runs/{run}/evaluation")["parts"] if p["part"] == "test")
    found = set()
    for true in (0, 1):
        for predicted in (0, 1):
            cell = client.read(f"/api/runs/{run}/cell", part="test", truth=true, predicted=predicted)
            assert cell["total"] == len(cell["rows"]) == part["confusion"][true][predicted]
            shares = [row["share"] for row in cell["rows"]]
            assert shares == sorted(shares, reverse=True)
            own = {k for k, t, p in zip(held, truth, said, strict=True) if (t, p > 0.5) == (true == 1, predicted == 1)}
            assert {row["row"] for row in cell["rows"]} == own
            found |= own
    assert found == set(held)


def test_calls_at_every_threshold(client, judged):
    run, held, truth, said = judged
    found = client.read(f"/api/runs/{run}/decisions", part="test")
    assert (found["n_rows"], found["n_positive"]) == (len(held), truth.sum())
    assert [call["threshold"] for call in found["calls"]] == pytest.approx(np.arange(1, 100) / 100)
    for call in found["calls"]:
        called = said >= call["threshold"]
        four = [(truth & called), (~truth & called), (~truth & ~called), (truth & ~called)]
        names = ("true_positive", "false_positive", "true_negative", "false_negative")
        assert [call[name] for name in names] == [cell.sum() for cell in four]
    points = found["calibration"]
    assert points[0]["predicted"] == pytest.approx(said.min(), abs=1e-6)
    assert all(0 <= point["low"] <= point["high"] <= 1 for point in points)


def test_without_probabilities_there_are_no_thresholds(client, judged):
    state = client.read(f"/api/runs/{judged[0]}")
    settings = {**state["settings"], "loss": "hinge"}
    run = client.write("/api/runs", {"data": state["data"]["id"], "columns": state["columns"], "settings": settings})
    found = client.read(f"/api/runs/{run['id']}/decisions", part="train")
    assert (found["calls"], found["calibration"]) == ([], [])
    answer = client.get(f"/api/runs/{judged[0]}/decisions", params={"part": "validation"})
    assert answer.status_code == 400
    assert "This run has train, test." in answer.json()["message"]
    answer = client.get(f"/api/runs/{judged[0]}/cell", params={"part": "test", "truth": 7})
    assert "numbered 0 to 1" in answer.json()["message"]
