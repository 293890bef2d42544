"""Work that is done once: a training encodes its table once, and opening a row runs each network once."""

from collections import Counter

import numpy as np
import polars
import pytest

import glassnet
from glassnet.cli import main
from glassnet.engine import Predictor
from glassnet.network import Network
from glassnet.tables import Schema

RNG = np.random.default_rng(3)
AGE, SEX = RNG.normal(60, 10, 90), RNG.choice(["f", "m"], 90)
TABLE = {
    "age": AGE.round(1).tolist(),
    "sex": SEX.tolist(),
    "state": np.where(AGE + 10 * (SEX == "m") > 63, "ill", "well").tolist(),
}


@pytest.fixture
def calls(monkeypatch):
    """How often each of these was called."""
    calls = Counter()

    def watch(owner, name, label):
        original = getattr(owner, name)

        def watched(self, *args, **named):
            calls[label] += args[0].n_rows if owner is Schema else 1
            return original(self, *args, **named)

        monkeypatch.setattr(owner, name, watched)

    watch(Schema, "encode", "rows encoded")
    watch(Predictor, "__init__", "predictors")
    watch(Predictor, "__call__", "predictions")
    watch(Network, "__init__", "networks")
    return calls


def test_a_training_encodes_the_table_once(calls):
    model = glassnet.GlassClassifier(random_state=0, recipe="lecture", n_networks=3, epochs=2).fit(
        polars.DataFrame(TABLE), target="state"
    )
    assert len(model.networks_) == 3
    assert calls["rows encoded"] == len(AGE)


def test_the_command_encodes_training_and_test_rows_once(calls, tmp_path, capsys):
    table = tmp_path / "patients.csv"
    rows = zip(*TABLE.values(), strict=True)
    table.write_text("\n".join([",".join(TABLE), *(",".join(map(str, row)) for row in rows)]))
    code = main(["train", str(table), "--target", "state", "--epochs", "2", "--model", str(tmp_path / "m.glassnet")])
    assert code == 0, capsys.readouterr().err
    assert calls["rows encoded"] == len(AGE)


def test_opening_a_row_of_a_committee_runs_each_network_once(calls):
    model = glassnet.GlassClassifier(random_state=0, recipe="lecture", n_networks=3, epochs=2).fit(
        polars.DataFrame(TABLE), target="state"
    )
    count = len(model.networks_)
    calls.clear()
    trace = model.trace(polars.DataFrame(TABLE), row=0)
    assert trace.n_rows == 1
    assert (calls["rows encoded"], calls["predictors"], calls["predictions"]) == (1, count, count)
    assert calls["networks"] <= 2  # the one that is opened, and its copy that takes the step
