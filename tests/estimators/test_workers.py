"""Populations that train on workers: the same bits for any backend, any number of workers, and when one is killed."""

import hashlib
import os
import pickle
import signal

import joblib
import numpy as np
import polars
import pytest

from glassnet import GlassClassifier, GlassSurvival, bootstrap_rows, train_population, tune
from glassnet.errors import DataError
from glassnet.estimators.networks import workers as work
from glassnet.estimators.networks.workers import worker_count
from glassnet.evaluate import compare, internal_validation

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
Y = np.where(X[:, 0] + X[:, 1] ** 2 + RNG.normal(scale=0.5, size=300) > 0.7, "ill", "well")
TABLE = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": Y}


def bits(model):
    """The sha256 of all weights and of what rows left out say."""
    total = hashlib.sha256()
    for part in model.parts_ or (model,):
        for array in (*part.weights_, *part.biases_):
            total.update(np.ascontiguousarray(array).tobytes())
    for history in model.histories_:
        total.update(history.validation_loss.tobytes())
    return total.hexdigest()


def fitted(**settings):
    return GlassClassifier(random_state=3, epochs=12, **settings).fit(TABLE, target="y")


@pytest.fixture(scope="module")
def here():
    return bits(fitted())


@pytest.fixture
def short_rounds(monkeypatch):
    monkeypatch.setattr(work, "FIRST_ROUND", 0.002)
    monkeypatch.setattr(work, "LONGEST_ROUND", 0.004)


def test_nothing_goes_out_unless_joblib_is_told():
    assert worker_count() == 1
    with joblib.parallel_config("threading", n_jobs=4):  # the engine has threads of its own
        assert worker_count() == 1
    with joblib.parallel_config("loky", n_jobs=3):
        assert worker_count() == 3


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_the_bits_are_the_same_on_processes(here, short_rounds, n_jobs):
    rounds = []
    train_for = work.SpreadTraining._round_of
    work.SpreadTraining._round_of = lambda self, *how: rounds.append(how) or train_for(self, *how)
    try:
        with joblib.parallel_config("loky", n_jobs=n_jobs):
            assert bits(fitted()) == here
    finally:
        work.SpreadTraining._round_of = train_for
    assert len(rounds) > 1


@pytest.mark.parametrize("loss", ["cox", "hazard"])
def test_times_to_an_event_have_the_same_bits_on_processes(short_rounds, loss):
    study = {"a": X[:, 0], "b": X[:, 1], "months": np.exp(X[:, 2]), "died": (np.arange(300) % 3 > 0).astype(int)}

    def trained():
        return bits(GlassSurvival(random_state=3, epochs=6, loss=loss).fit(study, time="months", event="died"))

    with joblib.parallel_config("loky", n_jobs=2):
        away = trained()
    assert away == trained()


def test_a_search_ends_with_the_same_bits_on_processes(short_rounds):
    def searched():
        return bits(tune(TABLE, target="y", rounds=1, trials=4, random_state=1, progress=False))

    with joblib.parallel_config("loky", n_jobs=3):
        away = searched()
    assert away == searched()


def dying_once(flag):
    """`train_for`, of which one call in the middle ends its process, as a machine that runs out of memory does."""
    whole = work.train_for

    def train(shard, state, *rest):
        if pickle.loads(state)[0].step and not os.path.exists(flag):
            open(flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(shard, state, *rest)

    return train


def test_a_killed_process_changes_no_bit(here, short_rounds, monkeypatch, tmp_path):
    monkeypatch.setattr(work, "train_for", dying_once(str(tmp_path / "killed")))
    with joblib.parallel_config("loky", n_jobs=2):
        assert bits(fitted()) == here
    assert (tmp_path / "killed").exists()


def test_a_worker_that_always_dies_is_an_error(short_rounds, monkeypatch):
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(work, "train_for", die)
    monkeypatch.setattr(work, "MOST_LOSSES", 2)
    with joblib.parallel_config("loky", n_jobs=2), pytest.raises(Exception, match=r"terminated|memory"):
        fitted()


def test_progress_arrives_and_an_interrupt_keeps_what_was_done(short_rounds):
    seen = []

    def watch(now):
        seen.append(now)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with joblib.parallel_config("loky", n_jobs=2):
        model = GlassClassifier(random_state=3, epochs=4000).fit(TABLE, target="y", progress=watch)
    assert len(seen) == 3
    assert {history.stop_reason for history in model.histories_} == {"interrupted"}
    assert model.score(TABLE) > 0.6


def test_a_population_of_bootstraps_and_a_sweep_train_on_processes(short_rounds):
    settings = {
        "hidden_layer_sizes": [6],
        "rows": bootstrap_rows(300, 5),
        "learning_rate": [0.01, 0.02, 0.03, 0.04, 0.05],
    }
    y = X[:, 0] * X[:, 1]
    apart = train_population(X, y, epochs=20, **settings)
    with joblib.parallel_config("loky", n_jobs=3):
        together = train_population(X, y, epochs=20, **settings)
    for one, other in zip(apart.weights, together.weights, strict=True):
        assert (one == other).all()


def test_refits_of_a_validation_go_out_one_by_one():
    model = fitted(n_networks=2)
    apart = internal_validation(model, TABLE, refits=4, seed=1)
    with joblib.parallel_config("loky", n_jobs=2):
        together = internal_validation(model, TABLE, refits=4, seed=1)
    assert (apart.n_refits, apart.n_failed) == (4, 0)
    assert repr(apart.outcomes) == repr(together.outcomes)


def refit_or_die(flag, number):
    """A number, or once the end of the process."""
    if number == 2 and not os.path.exists(flag):
        open(flag, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_calls_are_made_again_when_a_worker_is_lost(tmp_path):
    flag = str(tmp_path / "killed")
    with joblib.parallel_config("loky", n_jobs=2):
        assert list(work.each_of(refit_or_die, [(flag, number) for number in range(6)])) == list(range(6))
    assert os.path.exists(flag)


def test_a_backend_that_gives_all_results_at_the_end_will_do(tmp_path, monkeypatch):
    from joblib._parallel_backends import LokyBackend

    monkeypatch.setattr(LokyBackend, "supports_return_generator", False)  # as Ray's
    with joblib.parallel_config("loky", n_jobs=2):
        assert list(work.each_of(pow, [(2, 3), (3, 2)])) == [8, 9]


SHARDINGS = {
    "each alone, the last first": lambda n: [[k] for k in range(n)][::-1],
    "every other one": lambda n: [[*range(0, n, 2)], [*range(1, n, 2)]],
    "one and the rest": lambda n: [[n - 1], [*range(n - 1)][::-1]],
    "all together": lambda n: [[*range(n)]],
}


@pytest.mark.parametrize("groups", SHARDINGS.values(), ids=SHARDINGS)
def test_any_sharding_gives_the_same_bits(here, short_rounds, monkeypatch, groups):
    whole = work.split
    monkeypatch.setattr(work, "split", lambda plan, members, _: whole(plan, members, groups(len(members.ids))))
    with joblib.parallel_config("loky", n_jobs=2):
        assert bits(fitted()) == here


def test_a_table_that_is_read_in_blocks_trains_here(short_rounds, tmp_path):
    polars.DataFrame(TABLE).write_parquet(tmp_path / "t.parquet")
    settings = {"target": "y", "memory_limit": 300 * 70}
    here = GlassClassifier(random_state=3, epochs=3).fit(tmp_path / "t.parquet", **settings)
    with joblib.parallel_config("loky", n_jobs=2):
        assert bits(GlassClassifier(random_state=3, epochs=3).fit(tmp_path / "t.parquet", **settings)) == bits(here)


def test_rivals_train_on_workers(short_rounds):
    model = fitted(n_networks=2)
    names = []
    apart = compare(model, TABLE, TABLE, draws=20)
    with joblib.parallel_config("loky", n_jobs=2):
        together = compare(model, TABLE, TABLE, draws=20, progress=names.append)
    assert names == [row.model for row in apart.models[1:]]
    for name, answer in apart.answers.items():
        for one, other in zip(vars(answer).values(), vars(together.answers[name]).values(), strict=True):
            assert np.array_equal(one, other), name
    assert together.verdict == apart.verdict


def test_an_error_of_a_worker_is_the_error_of_the_call():
    def refuse(number):
        if number == 2:  # one only: of two errors, whichever worker is quicker has its own raised
            raise DataError(f"no {number}")
        return number

    with joblib.parallel_config("loky", n_jobs=2), pytest.raises(DataError, match="no 2"):
        list(work.each_of(refuse, [(1,), (2,), (3,)]))


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_dask_gives_the_same_bits_also_when_a_worker_is_killed(here, killed, monkeypatch, tmp_path):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(work, "FIRST_ROUND", 0.002)
    monkeypatch.setattr(work, "LONGEST_ROUND", 0.004)
    if killed:
        monkeypatch.setattr(work, "train_for", dying_once(str(tmp_path / "killed")))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        assert worker_count() == 2
        assert bits(fitted()) == here
    assert (tmp_path / "killed").exists() == killed
