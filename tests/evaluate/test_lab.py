"""The laboratory measures: the same seed gives the same numbers, and noise that hides everything leaves chance."""

import numpy as np
import pytest
from scipy.stats import binomtest

from glassnet.errors import ConfigurationError
from glassnet.evaluate.lab import KNOBS, MODELS, LabResult, damaged, laboratory
from glassnet.images import Knobs, phantoms
from glassnet.report.lab_page import lab_page

QUICK = {"train": 60, "test": 80}


@pytest.fixture(scope="module")
def results():
    return laboratory(["position", "noise"], values=[0.0, 1.0], seed=5, **QUICK)


def test_every_model_at_every_place_of_every_knob(results):
    assert [(r.knob, r.value, r.model) for r in results] == [
        (knob, value, model.name) for knob in ("position", "noise") for value in (0.0, 1.0) for model in MODELS
    ]
    assert all(r.total == 80 for r in results)


def test_what_the_knobs_do_is_measured(results):
    accuracy = {(r.knob, r.value, r.model): r.accuracy for r in results}
    assert accuracy["position", 0.0, "SVM on features"] > 0.85
    assert accuracy["position", 1.0, "SVM on features"] > 0.85
    assert accuracy["position", 1.0, "SVM on pixels"] < 0.75
    assert all(0.3 < accuracy["noise", 1.0, model.name] < 0.72 for model in MODELS)


def test_the_same_seed_gives_the_same_numbers(results):
    again = laboratory(["noise"], values=[1.0], seed=5, **QUICK)
    assert again == [r for r in results if (r.knob, r.value) == ("noise", 1.0)]


def test_trained_straight_the_knob_turns_for_the_test_only(results):
    straight = laboratory(["position"], values=[0.0, 1.0], seed=5, straight=True, **QUICK)
    turned = [r for r in results if r.knob == "position"]
    assert straight[: len(MODELS)] == turned[: len(MODELS)]
    assert straight[len(MODELS) :] != turned[len(MODELS) :]


def test_damage_is_of_the_test_only_and_in_a_square():
    made = phantoms(40, seed=3)
    black = (damaged(made, 0.5, 3).images == 0).reshape(40, -1).sum(axis=1)
    assert (black >= 49).all()
    assert np.array_equal(damaged(made, 0.0, 3).images, made.images)
    whole, half = (laboratory(["damage"], values=[value], seed=5, **QUICK) for value in (0.0, 1.0))
    still = laboratory(["noise"], values=[Knobs().noise], seed=5, **QUICK)
    assert [r.correct for r in whole] == [r.correct for r in still]
    assert sum(r.correct for r in half) < sum(r.correct for r in whole)


def test_intervals_hold_what_they_say():
    low, high = LabResult("noise", 0, "x", 70, 100).interval
    assert low < 0.7 < high
    assert binomtest(70, 100, low).pvalue < 0.06
    assert binomtest(70, 100, high).pvalue < 0.06


def test_the_page(results):
    page = lab_page(results, train=60, test=80, straight=False, base=Knobs(), seed=5)
    assert "The knob position" in page
    assert "The knob noise" in page
    for r in results:
        assert f"{r.accuracy:.3f} [{r.interval[0]:.3f}, {r.interval[1]:.3f}]" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"knobs": ["noize"]}, "Did you mean 'noise'"), ({"train": 3}, "train=3"), ({"test": 3}, "test=3"),
        ({"values": [2.0]}, "not a number from 0 to 1"),
    ],
)  # fmt: skip
def test_bad_settings(settings, words):
    with pytest.raises(ConfigurationError, match=words):
        laboratory(**{**QUICK, **settings})
    assert KNOBS == ("position", "orientation", "appearance", "noise", "damage")
