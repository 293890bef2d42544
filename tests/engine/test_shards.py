"""Populations are taken apart, pickled, trained elsewhere and put together, and no bit knows of it."""

import copy
import multiprocessing
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import Case, digest

from glassnet.engine import (
    MemberState,
    Plan,
    Population,
    Training,
    TrainingData,
    merge_results,
    merge_states,
    split,
    train_shard,
)
from glassnet.engine.machines.layout import Layout
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.layers import Convolution, Dense, MeanPooling

RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2))


def whole_of(case):
    """Plan, population and data of a random case."""
    population = Population(seed=case.number, members=case.members, **case.own)
    return case.plan, population, TrainingData(case.X, case.y, case.sample_weight, case.held)


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 10_000), way=st.integers(0, 10_000))
def test_any_sharding_gives_the_same_bits(number, way):
    plan, population, data = whole_of(Case(number))
    count, rng = len(population.ids), np.random.default_rng(way)
    together = Training(plan, population, data.X, data.y, data.sample_weight, data.validation, threads=2)
    together.run(raise_when_all_diverged=False)
    ends = np.sort(rng.integers(0, count + 1, rng.integers(0, 4)))
    groups = [group.tolist() for group in np.split(rng.permutation(count), ends) if len(group)]
    shards = split(plan, population, groups if rng.random() < 0.7 else int(rng.integers(1, count + 3)))
    some, all_steps = pickle.loads(pickle.dumps(shards)), int(rng.integers(0, 30))
    half_way = [train_shard(shard, data, steps=all_steps) for shard in some]
    # the state of all is taken apart anew, otherwise
    others = split(plan, population, int(rng.integers(1, count + 1)))
    halves = merge_states(shards, half_way)
    done = [train_shard(shard, data, [halves[place] for place in shard.places], threads=3) for shard in others]
    again = Training(plan, population, data.X, data.y, data.sample_weight, data.validation)
    again.restore(merge_states(others, done))
    assert digest(again) == digest(together)
    results = [shard.begin(data, state).result for shard, state in zip(others, done, strict=True)]
    for name, wanted in vars(together.result).items():
        found = getattr(merge_results(others, results), name)
        if isinstance(wanted, np.ndarray):
            np.testing.assert_array_equal(found, wanted, err_msg=name)
        elif name == "divergence":
            assert list(map(str, found)) == list(map(str, wanted))
        else:
            assert len(found) == len(wanted), name
            for one, other in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(one, other, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 10_000), steps=st.integers(0, 40))
def test_a_training_is_pickled_and_copied_as_it_stands(number, steps):
    plan, population, data = whole_of(Case(number))
    training = Training(plan, population, data.X, data.y, data.sample_weight, data.validation)
    training.advance_steps(steps)
    copies = [copy.deepcopy(training), copy.copy(training), pickle.loads(pickle.dumps(training))]
    training.run(raise_when_all_diverged=False)
    wanted = digest(training)
    for again in copies:
        again.run(raise_when_all_diverged=False)
        assert digest(again) == wanted


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 10_000))
def test_the_layout_says_where_weights_lie_in_a_state(number):
    plan, population, data = whole_of(Case(number))
    training = Training(plan, population, data.X, data.y, data.sample_weight, data.validation)
    if plan.heads > 1:
        with pytest.raises(ConfigurationError, match="Set heads=1"):
            Layout.of(plan)
        return
    training.advance_steps(3)
    layout, result, state = Layout.of(plan), training.result, training.save()
    assert state[0].arrays.shape[1] == layout.size
    for member, flat in enumerate(each.arrays[0] for each in state):
        for k, (weights, biases) in enumerate(layout.layers(flat)):
            np.testing.assert_array_equal(biases, result.biases[k][member])
            if plan.parametrizations[k].plain and plan.layer_connections[k] is None:
                np.testing.assert_array_equal(weights, result.weights[k][member])
            for kind, array in (("weights", weights), ("biases", biases)):
                if array.size:
                    last = tuple(size - 1 for size in array.shape)
                    assert flat[layout.place(kind, k, last)] == array[last] or np.isnan(array[last])


@pytest.mark.parametrize("heads", [1, 2])
def test_a_start_that_is_given_goes_with_its_members(heads):
    plan = Plan([3, 4, 2], ["tanh", "identity"], "squared_error", epochs=3, heads=heads)
    first = (RNG.normal(size=(5, 3, 4)), RNG.normal(size=4))
    last = (RNG.normal(size=(1, 4, 2)), RNG.normal(size=(5 * heads, 2)))
    population = Population(members=[3, 9, 1, 7, 2], initial=[first, last])
    wanted = Training(plan, population, X, Y).run()
    shards = split(plan, population, [[4, 0], [2], [3, 1]])
    found = merge_results(shards, [shard.begin(TrainingData(X, Y)).run() for shard in shards])
    for name in ("weights", "biases", "scales", "loss_curve"):
        for one, other in zip(getattr(found, name), getattr(wanted, name), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)


def test_kernels_that_are_given_go_with_their_members():
    plan = Plan.of(
        [Convolution(2, 2, "tanh"), MeanPooling(2, padding="same"), Dense(2)], "squared_error", input_shape=(4, 4, 1),
        epochs=2,
    )  # fmt: skip
    images = RNG.normal(size=(30, 16))
    kernels = (RNG.normal(size=(3, *plan.layers[0].arrays["weights"])), np.zeros(2))
    rest = Training(plan, Population(), images, Y[:30]).result
    initial = [kernels, *((w[0], b[0]) for w, b in zip(rest.weights[1:], rest.biases[1:], strict=True))]
    population = Population(members=3, initial=initial)
    wanted = Training(plan, population, images, Y[:30]).run()
    shards = split(plan, population, [[2], [1, 0]])
    found = merge_results(shards, [shard.begin(TrainingData(images, Y[:30])).run() for shard in shards])
    assert found.weights[0].tobytes() == wanted.weights[0].tobytes()
    assert wanted.weights[0][0].tobytes() != wanted.weights[0][1].tobytes()


def test_validation_weights_of_each_member_go_with_it():
    plan = Plan([3, 2], ["identity"], "squared_error", epochs=4, monitor="validation_loss", restore_best=True)
    weights = RNG.integers(0, 2, (4, 40)) + 0.5
    data, population = TrainingData(X, Y, validation=(X, Y, weights)), Population(members=4)
    wanted = Training(plan, population, X, Y, None, (X, Y, weights)).run()
    shards = split(plan, population, [[3, 1], [0, 2]])
    found = merge_results(shards, [shard.begin(data).run() for shard in shards])
    np.testing.assert_array_equal(found.validation_curve, wanted.validation_curve)
    assert not np.array_equal(wanted.validation_curve[0], wanted.validation_curve[1])


def test_other_processes_train_the_same_bits():
    plan = Plan([3, 8, 2], ["tanh", "identity"], "squared_error", epochs=20, batch_size=8, dropout=0.2)
    population, data = Population(seed=4, members=6, learning_rate=RNG.uniform(0.001, 0.01, 6)), TrainingData(X, Y)
    training = Training(plan, population, X, Y)
    training.run()
    shards = split(plan, population, 3)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        states = pool.starmap(train_shard, [(shard, data) for shard in shards])
    again = Training(plan, population, X, Y)
    again.restore(merge_states(shards, states))
    assert digest(again) == digest(training)


def test_shards_that_are_no_whole_are_refused():
    plan, population = Plan([3, 2], ["identity"], "squared_error"), Population(members=4)
    for wrong in ([[0, 1], [1, 2, 3]], [[0, 1, 2]], [[0, 1, 2, 4]], [[0, 1, 2, 3], []], []):
        with pytest.raises(ConfigurationError, match="must hold each place from 0 to 3 once"):
            split(plan, population, wrong)
    with pytest.raises(ConfigurationError, match="shards=0 must be a whole number of at least 1"):
        split(plan, population, 0)
    shards, data = split(plan, population, 2), TrainingData(X, Y)
    states = [train_shard(shard, data, steps=1) for shard in shards]
    assert isinstance(states[0][0], MemberState)
    assert states[0][0].step == 1
    with pytest.raises(ConfigurationError, match="Give all shards of a split"):
        merge_states(shards[:1] + shards[:1], states)
    with pytest.raises(ConfigurationError, match=r"have \[2, 2\] members, and there are \[2, 1\] entries"):
        merge_states(shards, [states[0], states[1][:1]])
    with pytest.raises(ConfigurationError, match="1 results for 2 shards"):
        merge_results(shards, [shards[0].begin(data).result])
    with pytest.raises(ShapeError, match="l2 has 3 entries; a population of 4"):
        split(plan, Population(members=4, l2=[0.1, 0.2, 0.3]), 2)
