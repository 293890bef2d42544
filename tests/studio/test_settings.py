"""Every setting changed in the middle of a run: it goes on from where it stands, or the old run is kept as it is."""

import msgspec
import pytest

from glassnet.studio.contract.settings import Settings
from glassnet.studio.data.preparation.stretch import CONTINUED

GIVEN = {"hidden": [{"neurons": 3, "activation": "tanh"}], "learning_rate": 0.02, "epochs": 20, "batch_size": 60}
OTHERS = {
    "hidden": [{"neurons": 4, "activation": "tanh"}], "loss": "hinge", "optimizer": "gradient_descent",
    "schedule": "cosine", "initializer": "small_normal", "reduction": "sum", "output_activation": "tanh",
    "engine": "compiled", "batch_size": 30, "folds": 5, "start": None,
}  # fmt: skip


def another(settings, name):
    """Another value of a setting; None where there is none that this run could have."""
    value = settings[name]
    if name in OTHERS:
        return OTHERS[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value + 0.01 if isinstance(value, float) else None


@pytest.fixture(scope="module")
def proposal(live):
    with live.client() as client:
        return client.write("/api/data/circle/columns", {"target": "class"})["proposal"]


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_no_change_of_a_setting_discards_what_was_learned(client, proposal, name):
    settings = {**proposal, **GIVEN}
    state = client.write("/api/runs", {"data": "circle", "settings": settings})
    run = state["id"]
    before = client.control(run, do="move", unit="epoch", count=3)
    weights = client.read(f"/api/runs/{run}/frame")["layers"]
    other = another(before["settings"], name)
    if other is None or other == before["settings"][name]:
        pytest.skip("this run has no other value of it")
    wanted = {"data": "circle", "columns": before["columns"], "settings": {**before["settings"], name: other}}
    answer = client.post(f"/api/runs/{run}/settings", json=wanted)
    kept = client.read(f"/api/runs/{run}")
    assert client.read(f"/api/runs/{run}/frame")["layers"] == weights
    assert kept["position"]["step"] == before["position"]["step"]
    if answer.status_code != 200:  # refused in words; nothing has changed
        assert answer.json()["message"]
        assert kept["settings"] == before["settings"]
    elif name in (*CONTINUED, "batch_size"):
        assert answer.json()["id"] == run
        assert kept["settings"][name] == other
    else:
        assert answer.json()["id"] != run
        assert answer.json()["position"]["step"] == 0
        assert kept["settings"] == before["settings"]
        assert run in {one["id"] for one in client.read("/api/runs")["runs"]}
        client.control(run, do="move", unit="epoch", count=1)  # and it can go on
    assert msgspec.convert(kept["settings"], Settings)
