"""Whatever trains or has been trained is pickled and copied in any state, and no bit knows of it."""

import copy
import pickle

import numpy as np
import pytest
from random_plans import digest

from glassnet import MLPClassifier, Network, train_population
from glassnet.engine import (
    Plan,
    Population,
    Predictor,
    Training,
    TrainingData,
    TrainingObjective,
    drive,
    merge_states,
    split,
    train_shard,
)  # fmt: skip
from glassnet.engine.machines.reference import ReferenceTraining
from glassnet.formulas import Expression, Optimizer, Parameter, activations, losses, mixed
from glassnet.layers import Convolution, Dense, MaxPooling

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(30, 16)), RNG.normal(size=(30, 2))
HELD = RNG.normal(size=(9, 16)), RNG.normal(size=(9, 2)), None
WAYS = {"pickle": lambda each: pickle.loads(pickle.dumps(each)), "deepcopy": copy.deepcopy, "copy": copy.copy}
EPOCHS = 6


def plan_of(*, layers=None, monitor="validation_loss", dtype="float32", **settings):
    """A plan with the given layers, or two dense ones, and an optimizer with a memory."""
    common = {
        "learning_rate": 0.01, "epochs": EPOCHS, "batch_size": 8, "monitor": monitor, "restore_best": monitor != "none",
        "dtype": dtype, **settings,
    }  # fmt: skip
    if layers:
        return Plan.of(layers, "squared_error", **common)
    return Plan([16, 5, 2], ["tanh", "identity"], "squared_error", **common)


IMAGE = {"layers": [Convolution(3, 2, "relu"), MaxPooling(2), Dense(2)], "input_shape": (4, 4, 1)}
PLANS = {
    "dense": lambda dtype: plan_of(dtype=dtype, dropout=0.2, clip_norm=1.0),
    "scales": lambda dtype: plan_of(dtype=dtype, parametrization="scaled_ntk(scale_rate=6)"),
    "schedules": lambda dtype: plan_of(dtype=dtype, optimizer="adamw(weight_decay=0.1)", schedule="flat_cos"),
    "heads": lambda dtype: plan_of(dtype=dtype, heads=2),
    "mixes": lambda dtype: plan_of(layers=[Dense(5, "tanh", mixed=True), Dense(2)], input_shape=16, dtype=dtype),
    "image": lambda dtype: plan_of(**IMAGE, dtype=dtype),
    "augmented image": lambda dtype: plan_of(**IMAGE, dtype=dtype, augmentation="flip"),
    "best unknown": lambda dtype: plan_of(dtype=dtype, monitor="none", optimizer="gradient_descent"),
    "diverging": lambda dtype: plan_of(dtype=dtype, optimizer="gradient_descent", learning_rate=1e30),
    "plateau": lambda dtype: plan_of(dtype=dtype, patience=2, tolerance=10.0),
}  # fmt: skip
POPULATIONS = {"one": {"members": 1}, "lanes": {"members": 17}, "rows of their own": {
    "members": [3, 900, 41], "rows": [list(range(m, 28 - m)) for m in range(3)], "learning_rate": [0.01, 0.02, 0.01],
}}  # fmt: skip


def resumed(training):
    """An earlier training on other rows comes first."""
    earlier = Training(training.plan, training.population, X[::-1], Y[::-1], validation=HELD)
    earlier.advance_steps(11)
    training.start_after(earlier.optimizer_memory, 11, 2)


STATES = {
    "fresh": lambda training: None,
    "inside an epoch": lambda training: training.advance_steps(6),
    "between epochs": lambda training: training.advance_steps(8),
    "stopped": lambda training: drive(training, lambda: False, steps_at_once=5),
    "finished": lambda training: training.run(raise_when_all_diverged=False),
    "resumed": resumed,
    "resumed, inside an epoch": lambda training: (resumed(training), training.advance_steps(6)),
    "resumed, finished": lambda training: (resumed(training), training.run(raise_when_all_diverged=False)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("members", POPULATIONS)
@pytest.mark.parametrize("kind", PLANS)
def test_a_training_is_copied_in_each_state(kind, members, dtype):
    for state, come_there in STATES.items():
        training = Training(
            PLANS[kind](dtype), Population(seed=5, **POPULATIONS[members]), X, Y, validation=HELD, threads=2
        )
        come_there(training)
        stand = digest(training), training.progress.steps
        copies = {way: duplicate(training) for way, duplicate in WAYS.items()}
        twice = WAYS["pickle"](copies["deepcopy"])
        training.run(raise_when_all_diverged=False)
        wanted = digest(training)
        for way, again in {**copies, "twice": twice}.items():
            assert (digest(again), again.progress.steps) == stand, (state, way)
            again.run(raise_when_all_diverged=False)
            assert digest(again) == wanted, (state, way)
        assert wanted != stand[0] or state.endswith("finished") or kind == "diverging", state


def test_the_readable_machine_is_copied_and_takes_over_what_resumed():
    plan = PLANS["dense"]("float64")
    for state, come_there in STATES.items():
        native = Training(plan, Population(members=2), X, Y, validation=HELD)
        come_there(native)
        readable = ReferenceTraining(plan, Population(members=2), X, Y, validation=HELD)
        readable.restore(native.save())
        back = Training(plan, Population(members=2), X, Y, validation=HELD)
        back.restore(readable.save())
        assert digest(back)[0] == digest(native)[0] or state != "fresh"
        machines = [readable, *(duplicate(readable) for way, duplicate in WAYS.items() if way != "copy"), back]
        for machine in (native, *machines):
            drive(machine)
        for machine in machines:
            assert machine.result.stop_reason == native.result.stop_reason, state
            np.testing.assert_array_equal(machine.result.n_steps, native.result.n_steps, err_msg=state)
            for one, other in zip(machine.result.weights, native.result.weights, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-9, err_msg=state)
        assert [one.tobytes() for one in machines[0].result.weights] == [
            one.tobytes() for one in machines[1].result.weights
        ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", PLANS)
def test_plans_populations_data_shards_and_states_are_copied_after_use(kind, dtype):
    plan, population = PLANS[kind](dtype), Population(seed=5, **POPULATIONS["rows of their own"])
    data = TrainingData(X, Y, None, HELD)
    shards = split(plan, population, 2)
    halves = [train_shard(shard, data, steps=6) for shard in shards]
    whole = Training(plan, population, X, Y, validation=HELD)
    whole.run(raise_when_all_diverged=False)  # what a plan keeps of its machine is there now
    for duplicate in WAYS.values():
        again = duplicate((plan, population, data, shards, halves))
        assert all(not copied.kept for copied in (again[0], again[3][0].plan)) or again[0] is plan
        own_plan, own_population, own_data, own_shards, own_halves = again
        done = [train_shard(shard, own_data, state) for shard, state in zip(own_shards, own_halves, strict=True)]
        training = Training(own_plan, own_population, own_data.X, own_data.y, validation=own_data.validation)
        training.restore(merge_states(own_shards, done))
        assert digest(training) == digest(whole)


def test_plans_with_records_of_ones_own_are_copied():
    """Formulas that are registered nowhere travel with the plan."""
    optimizer = Optimizer(
        "half_step", "a gradient step of half the size",
        updates={"v": Expression("beta * v + g"), "w": Expression("w - learning_rate * v / 2")}, state=("v",),
        parameters=(Parameter("beta", 0.5, "memory", 0.0, 1.0),),
    )  # fmt: skip
    plan = Plan([16, 5, 2], [activations["tanh"], "identity"], losses["huber"], optimizer=optimizer, epochs=4)
    wanted = Training(plan, Population(), X, Y)
    wanted.advance_steps(2)
    copies = [duplicate(wanted) for duplicate in WAYS.values()]
    wanted.run()
    for again in copies:
        again.run()
        assert digest(again) == digest(wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [kind for kind in PLANS if kind != "heads"])
def test_predictors_and_objectives_are_copied_after_use(kind, dtype):
    plan = PLANS[kind](dtype)
    result = Training(plan, Population(), X, Y, validation=HELD).run(raise_when_all_diverged=False)
    weights, biases = [w[0] for w in result.weights], [b[0] for b in result.biases]
    mixes = zip(plan.activations, result.mixes, strict=True)
    activation = [mixed(record, mix[0]) if mix.size else record for record, mix in mixes]
    predictor = Predictor(weights, biases, activation, layers=plan.layers if kind.endswith("image") else ())
    wanted = predictor(X)
    for duplicate in WAYS.values():
        assert duplicate(predictor)(X).tobytes() == wanted.tobytes()
    if kind == "mixes":
        return  # searched by no L-BFGS
    objective = TrainingObjective(plan, X, Y)
    point = objective.pack(weights, biases) / 1e30 if kind == "diverging" else objective.pack(weights, biases)
    value, gradient = objective(point)
    for duplicate in WAYS.values():
        again = duplicate(objective)(point)
        assert (again[0], again[1].tobytes()) == (value, gradient.tobytes())


@pytest.mark.parametrize("state", ["fresh", "used", "best kept"])
def test_trained_populations_are_copied(state):
    population = train_population(
        X, Y, members=3, hidden_layer_sizes=[4], epochs=4, restore_best=state == "best kept", monitor="training_loss"
    )
    if state == "used":
        population.predict(X)
    for duplicate in WAYS.values():
        again = duplicate(population)
        assert again.predict(X).tobytes() == population.predict(X).tobytes()
        assert [w.tobytes() for w in again.weights] == [w.tobytes() for w in population.weights]


def test_networks_are_copied_between_two_steps():
    network = Network([Dense(16, 5, "tanh"), Dense(5, 2)], dropout=0.2, seed=3)
    for _ in range(3):
        network.step(X, Y, optimizer="adam", learning_rate=0.01)
    copies = [WAYS["pickle"](network), WAYS["deepcopy"](network), network.copy()]
    for each in (network, *copies):
        each.step(X, Y, optimizer="adam", learning_rate=0.01)
    for again in copies:
        assert [w.tobytes() for w in again.weights] == [w.tobytes() for w in network.weights]


@pytest.mark.parametrize("settings", [{}, {"solver": "sgd", "nesterovs_momentum": True}, {"n_networks": 3}])
def test_estimators_are_copied_between_two_calls_of_partial_fit(settings):
    labels = np.arange(len(X)) % 3
    model = MLPClassifier((5,), random_state=4, batch_size=7, **settings)
    for _ in range(2):
        model.partial_fit(X, labels, classes=[0, 1, 2])
        copies = [duplicate(model) for duplicate in WAYS.values()]
        model.partial_fit(X, labels)
        for again in copies:
            assert again.partial_fit(X, labels).predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_times_to_an_event_are_ranked_once(dtype):
    """Ranks of ranks turn the order of all times round: copies, shards and workers must start from the times."""
    draw = np.random.default_rng(3)
    times = np.column_stack([draw.exponential(size=30), draw.integers(0, 2, 30)])
    common = {"learning_rate": 0.01, "epochs": EPOCHS, "batch_size": 8, "restore_best": True, "dtype": dtype}
    plan = Plan([16, 5, 1], ["tanh", "identity"], "cox", monitor="validation_loss", **common)
    training = Training(plan, Population(members=3), X, times, validation=(X[:9], times[:9], None))
    training.advance_steps(6)
    copies = [duplicate(training) for duplicate in WAYS.values()]
    copies.append(WAYS["pickle"](copies[0]))
    wanted = digest_of_run(training)
    assert [digest_of_run(again) for again in copies] == [wanted] * 4
    shards = split(plan, training.population, 2)
    apart = Training(plan, training.population, X, times, validation=(X[:9], times[:9], None))
    apart.restore(merge_states(shards, [train_shard(shard, training.data) for shard in shards]))
    assert digest(apart) == wanted

    objective = TrainingObjective(Plan([16, 1], ["identity"], "cox", dtype="float64"), X, times)
    point = draw.normal(size=17)
    value, gradient = objective(point)
    for duplicate in WAYS.values():
        again = duplicate(objective)(point)
        assert again[0] == value
        np.testing.assert_array_equal(again[1], gradient)


def digest_of_run(training):
    training.run()
    return digest(training)
