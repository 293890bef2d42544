"""The native machine, the readable one and the guide's recipe follow one plan, keep the same states, obey one loop."""

import copy
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import Case

from glassnet.engine import Machine, Plan, Population, Training, drive
from glassnet.engine.machines.reference import ReferenceTraining
from glassnet.errors import ConfigurationError

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(50, 3)), RNG.normal(size=(50, 2))
GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPE = re.search(r"<!-- recipe: backend -->\n```python\n(.*?)```", GUIDE, re.DOTALL)[1]
RECIPE_NAMES = {}
exec(compile(RECIPE, "recipe of a backend", "exec"), RECIPE_NAMES)
MemberByMember = RECIPE_NAMES["MemberByMember"]
KINDS = [Training, ReferenceTraining, MemberByMember]


def double(plan):
    """A plan in double precision."""
    changed = copy.copy(plan)
    object.__setattr__(changed, "dtype", "float64")
    return changed


def assert_close(one, other):
    assert one.stop_reason == other.stop_reason
    for name in ("n_epochs", "n_steps", "best_epoch"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in ("weights", "biases", "loss_curve", "validation_curve", "best_loss", "learning_rate"):
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 10_000), first=st.integers(0, 12))
def test_all_machines_train_the_same_and_take_over_from_each_other(number, first):
    case = Case(number)
    plan = double(case.plan)
    plain = plan.heads == 1 and all(record.plain for record in plan.parametrizations) and not any(plan.mixes)
    case.own.pop("dropout", None) if plan.layers is not None else None
    own = {name: value for name, value in case.own.items() if name != "learning_rate" or np.max(value) < 1}
    population = Population(seed=number, members=min(case.members, 3), **{n: v[:3] for n, v in own.items()})
    given_to = (plan, population, case.X, case.y, case.sample_weight, case.held)
    if not plain:
        with pytest.raises(ConfigurationError, match="reference machine does not support"):
            ReferenceTraining(*given_to)
        return
    native, reference, recipe = (kind(*given_to) for kind in KINDS)
    for machine in (native, reference, recipe):
        machine.advance_steps(first)
    for machine in (reference, recipe):
        assert_close(native.result, machine.result)
        assert native.progress.steps == machine.progress.steps
    crossed, back, taken = (kind(*given_to) for kind in KINDS)
    crossed.restore(reference.save())
    back.restore(native.save())
    taken.restore(native.save())
    for machine in (native, reference, recipe, crossed, back, taken):
        drive(machine)
    for machine in (reference, recipe, crossed, back, taken):
        assert_close(native.result, machine.result)
    assert_close(native.best_result, reference.best_result)


def machine_of(kind, **settings) -> Machine:
    plan = Plan([3, 4, 2], ["tanh", "identity"], "squared_error", batch_size=10, dtype="float64", **settings)
    return kind(plan, Population(seed=1, members=2), X, Y)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loop_ends_for_each_reason(kind):
    machine = machine_of(kind, epochs=60, monitor="none")
    seen = []
    assert drive(machine, lambda: seen.append(machine.progress.steps), steps=7, steps_at_once=3) == "steps"
    assert seen == [6, 12, 14]  # of both members together
    assert drive(machine, lambda: False, steps_at_once=2) == "stopped"
    assert drive(machine, steps_at_once=2, until=time.perf_counter() - 1) == "time_budget"

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(machine, interrupted, steps_at_once=2)
    assert drive(machine, interrupted, steps_at_once=2, keep_interrupted=True) == "interrupted"
    assert drive(machine) == "finished"
    whole = machine_of(kind, epochs=60, monitor="none")
    drive(whole)
    assert whole.result.weights[0].tobytes() == machine.result.weights[0].tobytes()


@pytest.mark.parametrize("monitor", ["none", "training_loss", "validation_loss"])
@pytest.mark.parametrize("loss", ["cox", "cox(efron=0)"])
def test_machines_agree_on_a_loss_that_looks_at_the_whole_batch(loss, monitor):
    """Times to an event reach the native machine as ranks, and the readable one as they are."""
    times = np.column_stack([RNG.integers(1, 20, 50), RNG.integers(0, 2, 50), RNG.integers(0, 3, 50)]).astype(float)
    plan = Plan([3, 4, 1], ["tanh", "identity"], loss, batch_size=25, epochs=5, dtype="float64", monitor=monitor)
    machines = [kind(plan, Population(members=2), X, times, None, (X[:20], times[:20], None)) for kind in KINDS]
    for machine in machines:
        drive(machine)
        assert_close(machine.result, machines[0].result)


@pytest.mark.parametrize("kind", KINDS)
def test_the_clock_waits_for_an_epoch_where_that_is_asked(kind):
    machine = machine_of(kind, epochs=10**6, monitor="none")
    assert drive(machine, until=0.0, whole_epoch=True) == "time_budget"
    assert machine.progress.epochs >= 1


class Saved:
    def __init__(self):
        self.calls = []

    def after_slice(self, machine, *, now=False):
        self.calls.append((machine.progress.steps, now))


@pytest.mark.parametrize("kind", KINDS)
def test_states_are_saved_after_slices_at_the_end_and_at_an_interrupt_but_not_where_the_watcher_stops(kind):
    saved, machine = Saved(), machine_of(kind, epochs=2, monitor="none")
    looks = iter([None, False])
    assert drive(machine, lambda: next(looks), steps_at_once=2, saving=saved) == "stopped"
    assert saved.calls == [(4, False)]

    def interrupted():
        raise KeyboardInterrupt

    drive(machine, interrupted, steps_at_once=2, saving=saved, keep_interrupted=True)
    assert saved.calls[1:] == [(12, True)]
    assert drive(machine, steps_at_once=2, saving=saved) == "finished"
    assert saved.calls[-1] == (20, True)


def test_a_state_of_another_plan_is_refused_by_the_readable_machine():
    machine = machine_of(ReferenceTraining, epochs=2, monitor="none")
    with pytest.raises(ConfigurationError, match="belongs to another plan or population"):
        machine.restore(machine_of(Training, epochs=2, monitor="none", optimizer="gradient_descent").save())
