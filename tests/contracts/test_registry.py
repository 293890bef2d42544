"""The registries: finding records, refusing unknown names and values, and adding new ones."""

import dataclasses
import math
import pickle

import pytest

from glassnet.errors import ConfigurationError, FormulaError
from glassnet.formulas import (
    Activation,
    Expression,
    Parameter,
    activations,
    initializers,
    losses,
    optimizers,
    penalties,
    schedules,
)

REGISTRIES = {r.concept: r for r in (activations, losses, penalties, optimizers, schedules, initializers)}


@pytest.mark.parametrize("concept", list(REGISTRIES))
def test_every_record_is_found_and_round_trips_through_its_spec(concept):
    registry, counted = REGISTRIES[concept], 0
    for name, record in registry.items():
        assert record.name == name
        assert registry[name] is record
        assert registry.resolve(name) is record
        assert registry.resolve(record) is record
        assert registry.resolve(record.spec) == record
        assert dataclasses.is_dataclass(record)
        assert record.summary
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.name = "other"
        for alias in registry.aliases_of(name):
            assert registry[alias] is record
            assert alias in registry
        counted += 1
    assert counted == len(registry) == len(list(registry)) > 2


@pytest.mark.parametrize("concept", list(REGISTRIES))
def test_unknown_name_says_the_nearest(concept):
    registry = REGISTRIES[concept]
    for name in registry:
        wrong = name[:-1] + "x"
        if wrong in registry:
            continue
        hint = "Did you mean '" if len(name) > 2 else "Known: '"
        with pytest.raises(ConfigurationError, match=rf"Unknown {concept} '{wrong}'\. {hint}"):
            registry.resolve(wrong)
    with pytest.raises(ConfigurationError, match="Known: "):
        registry["qqqqqqqqqq"]


@pytest.mark.parametrize("concept", list(REGISTRIES))
@pytest.mark.parametrize(
    "spec", ["", "(", "a(b", "relu()()", "x.y(z=1)", "__import__('os')", "f(z=g())", None, 3, ["a"]]
)
def test_malformed_spec(concept, spec):
    with pytest.raises(ConfigurationError):
        REGISTRIES[concept].resolve(spec)


def test_every_parameter_keeps_its_domain():
    checked = 0
    for registry in REGISTRIES.values():
        for record in registry.values():
            for parameter in record.parameters:
                for value, inside in (
                    (parameter.low, not parameter.open_low), (parameter.high, not parameter.open_high),
                    (parameter.low - 1, False), (parameter.high + 1, False), (math.nan, False),
                    (parameter.default, True),
                ):  # fmt: skip
                    inside = inside and math.isfinite(value)
                    if inside:
                        assert record.with_parameters(**{parameter.name: value}).values[parameter.name] == value
                    else:
                        with pytest.raises(ConfigurationError, match="lies outside"):
                            record.with_parameters(**{parameter.name: value})
                    checked += 1
                for value in ("0.5", None, True, [0.5]):
                    with pytest.raises(ConfigurationError, match="is not a number"):
                        record.with_parameters(**{parameter.name: value})
                with pytest.raises(ConfigurationError, match="has no parameter"):
                    record.with_parameters(nothing_like_that=1.0)
    assert checked >= 6 * 15


def test_domain_is_written_as_an_interval():
    assert Parameter("p", 0.5, "m", 0.0, 1.0, open_low=True).domain == "(0, 1]"
    assert Parameter("p", 0.5, "m").domain == "(-inf, inf)"
    assert Parameter("p", 0.5, "m", low=0.0, open_high=True, high=1.0).domain == "[0, 1)"


def test_register_and_unregister():
    record = Activation("toy_cube", "a cube", Expression("z**3"), Expression("3 * z**2"))
    try:
        activations.register(record, aliases=("toy_third",))
        assert activations["toy_third"] is record
        for name in ("toy_cube", "toy_third", "relu", "sigmoid"):
            with pytest.raises(ConfigurationError, match="already registered"):
                activations.register(dataclasses.replace(record, name=name))
    finally:
        activations.unregister("toy_cube")
    assert "toy_cube" not in activations
    assert "toy_third" not in activations


@pytest.mark.parametrize("name", ["Relu", "my relu", "1a", "", "a-b"])
def test_malformed_name(name):
    with pytest.raises(ConfigurationError, match="lower-case words"):
        activations.register(Activation(name, "s", Expression("z"), Expression("1")))


def test_a_formula_with_a_foreign_name_is_refused():
    with pytest.raises(FormulaError, match=r"uses the name 'x'.*Known: 'z'"):
        Activation("toy", "s", Expression("x + z"), Expression("1"))


@pytest.mark.parametrize("record", [activations["gelu"], losses["cox"]], ids=lambda record: record.name)
def test_pickles_that_name_modules_where_they_were_still_load(record):
    """Protocol 0 writes the names of modules as text, so that an old pickle can be made from a new one."""
    written = pickle.dumps(record, protocol=0)
    old = written.replace(b"cglassnet.formulas.language.", b"cglassnet.formulas.")
    old = old.replace(b"cglassnet.formulas.coupled.partial_likelihood\n", b"cglassnet.formulas.partial_likelihood\n")
    old = old.replace(b"cglassnet.formulas.expression\n", b"cglassnet.formulas.language\n")
    old = old.replace(b"cglassnet.formulas.coupled.batch_loss\n", b"cglassnet.formulas.coupled\n")
    assert old != written
    assert pickle.loads(old) == record
