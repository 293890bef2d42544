"""``--workers``: the same model from any number of processes and from Dask, and errors that say what to write."""

import numpy as np
import pytest

import glassnet as package

LINES = ["dose,ward,ill", *(f"{k % 10},{'ab'[k % 2]},{'yes' if k % 7 > 3 else 'no'}" for k in range(80))]
WORDS = ("--target", "ill", "--epochs", 3, "--hidden", 4, "--networks", 4)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "t.csv").write_text("\n".join([*LINES, ""]))
    return tmp_path / "t.csv"


def same(one, other):
    models = [package.load(path) for path in (one, other)]
    return all((a == b).all() for a, b in zip(*(model.weights_ for model in models), strict=True))


def without_seconds(text):
    return [line for line in text.splitlines() if " in 0." not in line and " s (" not in line and "Wrote" not in line]


def test_training_on_processes_writes_the_same_model(glassnet, table, tmp_path):
    here = glassnet("train", table, *WORDS, "--model", tmp_path / "here.glassnet")
    away = glassnet("train", table, *WORDS, "--model", tmp_path / "away.glassnet", "--workers", 2)
    assert (here.code, away.code) == (0, 0), away.err
    assert same(tmp_path / "here.glassnet", tmp_path / "away.glassnet")
    assert without_seconds(here.out)[:-4] == without_seconds(away.out)[:-4], "scores and rivals are the same"


@pytest.mark.slow
def test_tune_and_report_run_on_processes(glassnet, table, tmp_path):
    words = ("--target", "ill", "--rounds", 1, "--trials", 3, "-q")
    for name, workers in (("here", ()), ("away", ("--workers", 2))):
        outcome = glassnet("tune", table, *words, "--model", tmp_path / f"{name}.glassnet", *workers)
        assert outcome.code == 0, outcome.err
    here, away = (package.load(tmp_path / f"{name}.glassnet").predict_proba(str(table)) for name in ("here", "away"))
    assert (here == away).all()
    report = ("report", tmp_path / "here.glassnet", table, "--refits", 4, "--draws", 20)
    assert glassnet(*report).out == glassnet(*report, "--workers", 2).out


@pytest.mark.parametrize("text", ["0", "-1", "many", "dask", "dask:", "tcp://127.0.0.1:1", "4.5", "99999"])
def test_what_is_no_number_of_workers_is_refused(glassnet, table, text):
    outcome = glassnet("train", table, *WORDS, "--workers", text)
    assert outcome.code == 2
    assert "Write --workers 4" in " ".join(outcome.err.split())


def test_a_scheduler_that_does_not_answer_is_an_error(glassnet, table, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("glassnet.cli.options.workers._SECONDS_TO_ANSWER", 1)
    outcome = glassnet("train", table, *WORDS, "--workers", "dask:tcp://127.0.0.1:1")
    assert outcome.code == 2
    assert "No Dask scheduler responds at tcp://127.0.0.1:1" in " ".join(outcome.err.split())
    assert not table.with_suffix(".glassnet").exists()


@pytest.mark.slow
def test_a_dask_scheduler_trains_the_same_model(process, table, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True
    ) as cluster:
        address = f"dask:{cluster.scheduler_address}"
        away = process("train", table, *WORDS, "--model", tmp_path / "away.glassnet", "--workers", address)
    assert away.code == 0, away.err
    assert process("train", table, *WORDS, "--model", tmp_path / "here.glassnet").code == 0
    assert same(tmp_path / "here.glassnet", tmp_path / "away.glassnet")
    assert np.isfinite(package.load(tmp_path / "away.glassnet").weights_[0]).all()
