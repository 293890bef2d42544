"""The laboratory of the studio: the numbers of the command, told as they come, stopped, taken away."""

import csv
import io
import threading

import numpy as np
import pytest
from typer.testing import CliRunner

from glassnet.cli.application import app
from glassnet.errors import ConfigurationError
from glassnet.evaluate.lab import KNOBS, MODELS, laboratory
from glassnet.images import Knobs, phantoms
from glassnet.studio.scores.laboratory import Laboratory

QUICK = {
    "knobs": ["noise", "damage"], "models": ["SVM on features", "SVM on pixels"], "values": [0, 1],
    "train": 40, "test": 60, "straight": False, "seed": 3,
}  # fmt: skip


def measured(live, client, **settings):
    """The state after a measurement."""
    client.write("/api/laboratory", {**QUICK, **settings})
    live.studio.laboratory._job.wait(120)
    return client.read("/api/laboratory")


def numbers(state):
    return [
        (curves["knob"], one["value"], one["model"], one["correct"], one["total"])
        for curves in state["curves"] for one in curves["results"]
    ]  # fmt: skip


def test_it_measures_what_the_command_measures(live, client):
    state = measured(live, client)
    assert (state["status"], state["done"], state["total"]) == ("ready", 8, 8)
    results = laboratory(QUICK["knobs"], values=[0.0, 1.0], models=QUICK["models"], train=40, test=60, seed=3)
    assert numbers(state) == [(r.knob, r.value, r.model, r.correct, r.total) for r in results]
    shown = [one for curves in state["curves"] for one in curves["results"]]
    assert [(one["accuracy"], one["low"], one["high"]) for one in shown] == [(r.accuracy, *r.interval) for r in results]
    rows = list(csv.DictReader(io.StringIO(client.get("/api/laboratory/table").text)))
    assert [(row["knob"], float(row["value"]), row["model"], int(row["correct"])) for row in rows] == [
        (r.knob, r.value, r.model, r.correct) for r in results
    ]
    assert [(float(row["accuracy"]), float(row["low"]), float(row["high"])) for row in rows] == [
        (r.accuracy, *r.interval) for r in results
    ]


def test_the_page_is_that_of_the_command(live, client, tmp_path):
    state = measured(live, client, models=[model.name for model in MODELS], knobs=["position"])
    page = client.get("/api/laboratory/page")
    assert page.headers["content-disposition"] == 'attachment; filename="laboratory.html"'
    command = ["lab", "--knob", "position", "--values", "0,1", "--train", "40", "--test", "60", "--seed", "3"]
    done = CliRunner().invoke(app, [*command, "--html", str(tmp_path / "lab.html")])
    assert done.exit_code == 0, done.output
    assert page.text == (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert state["about"] in page.text
    assert state["curves"][0]["finding"] in page.text


def test_it_stops_and_keeps_what_is_finished(live, client, monkeypatch):
    def stopped(knobs, *, progress, **settings):
        """The laboratory, stopped by someone as soon as the second knob has begun."""

        def tell(results, total):
            if len({result.knob for result in results}) == 2:
                client.write("/api/laboratory/cancel")
            progress(results, total)

        return laboratory(knobs, progress=tell, **settings)

    monkeypatch.setattr("glassnet.studio.scores.laboratory.laboratory", stopped)
    state = measured(live, client, values=[0, 0.5, 1])
    assert (state["status"], state["done"], state["total"]) == ("canceled", 7, 12)
    assert [bool(curves["finding"]) for curves in state["curves"]] == [True, False]
    rows = list(csv.DictReader(io.StringIO(client.get("/api/laboratory/table").text)))
    assert {row["knob"] for row in rows} == {"noise"}
    assert "The knob damage" not in client.get("/api/laboratory/page").text
    monkeypatch.undo()
    assert measured(live, client)["status"] == "ready", "it can be started again"


def test_one_measurement_at_a_time(live, client, monkeypatch):
    go = threading.Event()

    def held(*knobs, **settings):
        assert go.wait(60)
        return laboratory(*knobs, **settings)

    monkeypatch.setattr("glassnet.studio.scores.laboratory.laboratory", held)
    client.write("/api/laboratory", QUICK)
    again = client.write("/api/laboratory", {**QUICK, "knobs": ["position"]})
    assert (again["status"], again["asked"]["knobs"]) == ("running", ["noise", "damage"])
    go.set()
    live.studio.laboratory._job.wait(120)
    state = client.read("/api/laboratory")
    assert (state["status"], [curves["knob"] for curves in state["curves"]]) == ("ready", ["noise", "damage"])


def test_a_failure_is_said(live, client, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("glassnet.studio.scores.laboratory.laboratory", full)
    state = measured(live, client)
    assert (state["status"], state["message"]) == ("failed", "Not enough memory. Use fewer phantoms.")


def test_the_examples_are_the_first_test_phantoms(client):
    found = client.write("/api/laboratory/examples", {**QUICK, "knobs": list(KNOBS)})["examples"]
    assert [(one["knob"], one["value"]) for one in found] == [(knob, value) for knob in KNOBS for value in (0, 1)]
    noisy = next(one for one in found if (one["knob"], one["value"]) == ("noise", 1))
    drawn = phantoms(4, knobs=Knobs(noise=1.0), seed=3, first=40)
    pictures = [noisy["benign"][0], noisy["malignant"][0], noisy["benign"][1], noisy["malignant"][1]]
    for picture, image in zip(pictures, drawn.images, strict=True):
        assert np.array_equal(np.reshape(picture["values"], (picture["rows"], picture["columns"])), image)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"knobs": []}, "No knob is chosen"), ({"models": []}, "No model is chosen"),
        ({"values": []}, "1 to 11 values"),
        ({"knobs": ["noize"]}, "Unknown knob 'noize'"), ({"models": ["x"]}, "Unknown model 'x'"),
        ({"values": [0, 1.5]}, "1.5 of a knob is not from 0 to 1"), ({"train": 19}, "give 20 to 5000"),
        ({"test": 10**9}, "give 20 to 5000"), ({"seed": -1}, "The seed -1"),
        ({"values": [k / 20 for k in range(21)]}, "not 21"), ({"train": "many"}, "train"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused_and_nothing_begins(client, settings, words):
    before = client.read("/api/laboratory")
    for path in ("/api/laboratory", "/api/laboratory/examples"):
        answer = client.post(path, json={**QUICK, **settings})
        assert (answer.status_code, words in answer.json()["message"]) == (400, True), answer.text
    assert client.read("/api/laboratory") == before


def test_nothing_is_taken_away_before_a_knob_is_finished():
    fresh = Laboratory()
    assert (fresh.state.status, fresh.state.knobs) == ("none", list(KNOBS))
    for take in (fresh.page, fresh.table):
        with pytest.raises(ConfigurationError, match="No knob has been measured"):
            take()
