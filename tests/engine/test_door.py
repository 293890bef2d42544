"""Public calls with wrong numbers, lengths and states: an error that says so, and never foreign memory."""

import copy
import pickle
import threading
from contextlib import suppress

import numpy as np
import pytest
from native_door import Fuzzer

from glassnet import GlassRegressor, MLPClassifier, train_population
from glassnet.engine import Plan, Population, Predictor, Training, _native
from glassnet.engine.checks import memory
from glassnet.engine.machines.turns import Turns
from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.formulas import Connections, activations, mixed

PLAN = Plan([3, 5, 2], ["tanh", "identity"], "squared_error", batch_size=4, epochs=3)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(10, 3)), RNG.normal(size=(10, 2))


def test_nearly_right_calls_of_the_native_module():
    fuzzer = Fuzzer(1)
    fuzzer.run(300)
    assert min(fuzzer.counts.values()) > 100


def saved(plan=PLAN, rows=10, steps=4, members=1):
    training = Training(plan, Population(members=members), X[:rows], Y[:rows])
    training.advance_steps(steps)
    return training.save()


@pytest.mark.parametrize(("place", "value"), [
    (0, -1), (0, 4), (1, -5), (1, 3), (1, 12), (2, -1), (2, 9), (3, -1), (3, 99), (4, -2), (4, 8), (5, -1), (5, 1),
    (5, 100_000), (6, 9), (7, 2), (7, -2), (8, -1), (9, -1), (0, 2**62), (2, 2**62),
])  # fmt: skip
def test_counters_that_no_training_has(place, value):
    training = Training(PLAN, Population(), X, Y)
    before = pickle.dumps(training.save())
    [(arrays, counters, *rest)] = saved()
    counters = counters.copy()
    counters[place] = value
    with pytest.raises(
        ConfigurationError, match=r"The state of member 0 belongs to another plan or table, or is damaged"
    ):
        training.restore([(arrays, counters, *rest)])
    assert pickle.dumps(training.save()) == before


def other_plan(sizes=(3, 5, 2), **more):
    return Plan(sizes, ["tanh", "identity"], "squared_error", **{"batch_size": 4, "epochs": 3, **more})


@pytest.mark.parametrize("other", [
    lambda: saved(rows=9), lambda: saved(steps=0, rows=7), lambda: saved(other_plan(batch_size=10), steps=1),
    lambda: saved(other_plan(epochs=9), steps=20), lambda: saved(other_plan((3, 6, 2))),
    lambda: saved(other_plan(optimizer="sgd")), lambda: [("nonsense",) * 5], lambda: [()],
])  # fmt: skip
def test_states_of_other_trainings(other):
    with pytest.raises(ConfigurationError, match="another plan or table"):
        Training(PLAN, Population(), X, Y).restore(other())


def test_one_bad_state_changes_no_member():
    training = Training(PLAN, Population(members=2), X, Y)
    before = pickle.dumps(training.save())
    first, (arrays, counters, *rest) = saved(members=2)
    with pytest.raises(ConfigurationError, match="The state of member 1"):
        training.restore([first, (arrays, counters - 1, *rest)])
    assert pickle.dumps(training.save()) == before


def test_rows_are_the_engine_s_own():
    rows = [np.arange(10, dtype=np.int32)]
    changed, kept = (Training(PLAN, Population(rows=rows), X, Y) for _ in range(2))
    wanted = kept.run().weights[0].tobytes()
    rows[0][:] = 10**9
    assert changed.run().weights[0].tobytes() == wanted


def test_members_given_the_same_rows_share_a_copy():
    rows = np.arange(5)
    lists = Population(members=3, rows=[rows, rows, rows[:4]]).row_lists(10)
    assert lists[0] is lists[1]
    assert [len(each) for each in lists] == [5, 5, 4]


@pytest.mark.parametrize(("chosen", "connections"), [
    ([mixed(activations["tanh"], np.ones(4)), "identity"], ()),
    ([mixed(activations["tanh"], np.ones((5, 1))), "identity"], ()),
    (["tanh"], ()), (["tanh"] * 3, ()), (["tanh", "identity"], [Connections([(2, 2, 5, 0)]), None]),
    (["tanh", "identity"], [Connections([(3, 3, 5, 0)]), None]), (["tanh", "identity"], [None]),
])  # fmt: skip
def test_predictors_of_parts_that_do_not_fit(chosen, connections):
    weights, biases = [np.ones((3, 5)), np.ones((5, 1))], [np.ones(5), np.ones(1)]
    with pytest.raises(ShapeError):
        Predictor(weights, biases, chosen, connections=connections)


def test_threads_that_look_at_a_training_wait_for_its_steps():
    plan = Plan([3, 20, 2], ["tanh", "identity"], "squared_error", batch_size=2, epochs=300, monitor="none")
    population = Population(members=20)
    wanted = Training(plan, population, X, Y).run()
    training, failures = Training(plan, population, X, Y), []

    def look():
        try:
            while not training.advance(1e-4):
                steps = training.result.n_steps
                assert len(set(steps // 5)) == 1 or steps.min() < steps.max()
                training.save(), training.progress, training.optimizer_memory
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [w.tobytes() for w in training.result.weights] == [w.tobytes() for w in wanted.weights]


def test_a_native_trainer_at_work_is_left_alone():
    """Who comes past the Python side while a step is taken is refused, also when asking for the optimizer's memory."""
    plan = Plan([3, 300, 300, 2], ["tanh"] * 2 + ["identity"], "squared_error", epochs=10**6)
    training = Training(plan, Population(), X, Y)
    native, memory = training._trainer, training.optimizer_memory[0]
    refused = []

    def look():
        while not refused:
            for call in (lambda: _native.read_memory(native, 0), lambda: _native.take_memory(native, 0, memory, 0, 0)):
                try:
                    call()
                except RuntimeError as error:
                    refused.append(str(error))

    thread = threading.Thread(target=look)
    thread.start()
    while not refused:
        with suppress(RuntimeError):  # the other thread may be the one at work, for a moment
            training.advance(0.01)
    thread.join()
    assert set(refused) == {"the training is at work in another thread"}


@pytest.mark.parametrize(("steps", "epochs"), [(-1, 0), (0, -1), (2**60, 0), (0, 2**62)])
def test_memory_of_trainings_that_cannot_have_been(steps, epochs):
    training = Training(PLAN, Population(), X, Y)
    with pytest.raises(ConfigurationError, match="memory belongs to another"):
        training.start_after(None, steps, epochs)
    training.advance_steps(1)
    with pytest.raises(ConfigurationError, match="memory belongs to another"):
        training.start_after(None, 1, 0)


def test_who_waits_comes_next():
    """A thread that asks again and again does not keep the other from its turn."""
    turns, came = Turns(), threading.Event()

    def once():
        with turns:
            came.set()

    with turns:
        waiting = threading.Thread(target=once)
        waiting.start()
    for _ in range(1_000_000):
        with turns:
            if came.is_set():
                break
    waiting.join()
    assert came.is_set()


HUGE = 2**63


@pytest.mark.parametrize(("name", "call"), [
    ("epochs", lambda: Plan([3, 1], ["identity"], "huber", epochs=HUGE)),
    ("patience", lambda: Plan([3, 1], ["identity"], "huber", patience=HUGE)),
    ("batch_size", lambda: Plan([3, 1], ["identity"], "huber", batch_size=HUGE)),
    ("rows_before", lambda: Plan([3, 1], ["identity"], "huber", rows_before=HUGE)),
    ("layer_sizes", lambda: Plan([3, 2**31, 1], ["tanh", "identity"], "huber")),
    ("layer_sizes", lambda: Plan([3, 10**400, 1], ["tanh", "identity"], "huber")),
    ("heads", lambda: Plan([3, 4, 1], ["tanh", "identity"], "huber", heads=HUGE)),
    ("learning_rate", lambda: Plan([3, 1], ["identity"], "huber", learning_rate=10**400)),
    ("members", lambda: Population(members=HUGE)), ("members", lambda: Population(members=True)),
    ("seed", lambda: Population(seed=2**64)), ("threads", lambda: Training(PLAN, Population(), X, Y, threads=HUGE)),
    ("steps", lambda: Training(PLAN, Population(), X, Y).advance_steps(HUGE)),
    ("steps", lambda: Training(PLAN, Population(), X, Y).advance_steps(-1)),
    ("seconds", lambda: Training(PLAN, Population(), X, Y).advance(float("nan"))),
    ("hidden_layer_sizes", lambda: MLPClassifier((HUGE,)).fit(X, X[:, 0] > 0)),
    ("n_networks", lambda: MLPClassifier(n_networks=HUGE).fit(X, X[:, 0] > 0)),
    ("max_iter", lambda: MLPClassifier(max_iter=HUGE).fit(X, X[:, 0] > 0)),
    ("threads", lambda: MLPClassifier(n_jobs=HUGE).fit(X, X[:, 0] > 0)),
])  # fmt: skip
def test_numbers_beyond_what_the_engine_counts(name, call):
    with pytest.raises(ConfigurationError, match=name):
        call()


def test_numbers_just_within():
    plan = Plan(
        [3, 4, 2], ["tanh", "identity"], "squared_error", epochs=HUGE - 1, patience=HUGE - 1, batch_size=HUGE - 1,
        schedule="cosine", rows_before=HUGE - 1,
    )  # fmt: skip
    training = Training(plan, Population(seed=2**64 - 1, members=[2**32 - 1]), X, Y, threads=HUGE - 1)
    assert training.advance_steps(3) is False
    assert training.result.n_steps.tolist() == [3]
    assert Training(PLAN, Population(), X, Y).advance(1e300)


@pytest.mark.parametrize("call", [
    lambda: Training(Plan([3, 2**31 - 1, 2**31 - 1, 2], ["tanh"] * 2 + ["identity"], "huber"), Population(), X, Y),
    lambda: Training(Plan([3, 5, 2], ["tanh", "identity"], "huber", heads=2**31 - 1), Population(), X, Y),
    lambda: Population(members=2**32), lambda: train_population(X, Y, members=10**7),
    lambda: GlassRegressor(recipe="lecture", n_networks=10**7).fit(X, Y[:, 0]),
    lambda: MLPClassifier(n_networks=10**7).fit(X, X[:, 0] > 0),
    lambda: MLPClassifier((10**6, 10**6)).fit(X, X[:, 0] > 0),
])  # fmt: skip
def test_what_does_not_fit_is_refused_before_it_is_made(call, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2.0**30)
    made, arange = [], np.arange
    monkeypatch.setattr(np, "arange", lambda *given, **more: made.append(given) or arange(*given, **more))
    with pytest.raises(ConfigurationError, match=r"need.* GiB \(.* x .* bytes.*\), but 1\.00 GiB are available"):
        call()
    assert all(given[0] < 100 for given in made)  # nothing that grows with the members was made


@pytest.mark.parametrize("weights", [np.full(10, 1e-60), np.full(10, 1e38)])
def test_row_weights_that_the_precision_cannot_divide_by(weights):
    for given in ({"sample_weight": weights}, {}):
        population = Population(row_weights=None if given else weights[None])
        with pytest.raises(DataError, match=r"adds up to 1e.* in float32 the total must lie between"):
            Training(PLAN, population, X, Y, **given)
    double = Plan([3, 2], ["identity"], "squared_error", dtype="float64", epochs=2)
    assert np.isfinite(Training(double, Population(), X, Y, weights).run().loss_curve[0]).all()


def test_first_weights_that_are_lost_in_the_precision():
    for value, match in ((1e-60, "All initial.0. weights are 0 in float32"), (1e60, "is inf")):
        start = [(np.full((3, 2), value), np.zeros(2))]
        plan = Plan([3, 2], ["identity"], "squared_error")
        with pytest.raises(DataError, match=match):
            Training(plan, Population(initial=start), X, Y)


@pytest.mark.parametrize("rows", [3, 40])
def test_predictions_that_overflow_are_said(rows):
    many = np.tile(X, (4, 1))[:rows]
    predictor = Predictor(
        [np.full((3, 4), 1e308), np.array([[1e308], [-1e308]] * 2)], [np.zeros(4), np.zeros(1)], ["identity"] * 2
    )
    with pytest.warns(RuntimeWarning, match="the weights are so large that sums overflow in float64"):
        assert not np.isfinite(predictor(many)).all()
    missing = many.copy()
    missing[0, 0] = np.nan
    predictor.fast(missing)  # what goes in as not a number comes out as such, without a word


def test_used_plans_and_what_holds_them_are_copied():
    population = train_population(X, Y, members=3, hidden_layer_sizes=[4], epochs=2, dropout=[0.0, 0.1, 0.2])
    state = Training(population.plan, population.population, X, Y).save()
    for copied in (copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))):
        again, plan, kept = copied((population, population.plan, state))
        assert again.predict(X).tobytes() == population.predict(X).tobytes()
        training = Training(plan, again.population, X, Y)
        training.restore(kept)
        assert training.run().weights[0].tobytes() == population.weights[0].tobytes()


@pytest.mark.parametrize("sparse", [False, True])
def test_predictors_are_copied_as_they_were_packed(sparse):
    weights = [
        np.kron(np.eye(70), np.ones((1, 2))) if sparse else RNG.normal(size=(70, 140)),
        RNG.normal(size=(140, 2)),
    ]
    biases = [RNG.normal(size=140), RNG.normal(size=2)]
    predictor = Predictor(
        weights, biases, [mixed(activations["tanh"], RNG.uniform(size=140)), "identity"], softmax=True
    )
    inputs = RNG.normal(size=(30, 70))
    wanted = predictor.answer(inputs).tobytes()
    weights[1][:] = 0
    for again in (copy.deepcopy(predictor), pickle.loads(pickle.dumps(predictor))):
        assert again.answer(inputs).tobytes() == wanted
