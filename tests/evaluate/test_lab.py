"""The laboratory measures: the same seed gives the same numbers, and noise that hides everything leaves chance."""

import numpy as np
import pytest
from scipy.stats import binomtest

from glassnet.errors import ConfigurationError
from glassnet.evaluate.lab import KNOBS, MODELS, LabResult, damaged, laboratory
from glassnet.images import Knobs, phantoms
from glassnet.report.lab_page import finding, lab_page

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


def test_a_model_does_not_depend_on_the_others(results):
    chosen = ["SVM on pixels", "forest on features"]
    alone = laboratory(["noise"], values=[0.0, 1.0], models=chosen, seed=5, **QUICK)
    assert alone == [r for r in results if r.knob == "noise" and r.model in chosen]
    with pytest.raises(ConfigurationError, match="Did you mean 'SVM on pixels'"):
        laboratory(models=["SVM on pixel"], **QUICK)


def test_progress_tells_every_result():
    told = []
    found = laboratory(
        ["damage"], values=[0.0, 1.0], models=["SVM on pixels", "SVM on features"], seed=5,
        progress=lambda results, total: told.append((len(results), total, results[-1])), **QUICK,
    )  # fmt: skip
    assert told == [(k, 4, result) for k, result in enumerate(found, 1)]


def _turn(*ends, total=100):
    """Results of models of which each has so many correct at the first value and at the last."""
    return [
        LabResult("noise", value, model.name, correct, total)
        for model, pair in zip(MODELS, ends, strict=False) for value, correct in zip((0.0, 1.0), pair, strict=False)
    ]  # fmt: skip


def test_the_finding_says_what_was_measured():
    clear = finding(_turn((99, 98), (99, 50)), "noise")
    assert "SVM on features lost most: 0.990 to 0.500" in clear
    assert "forest on features is the most accurate: 0.980" in clear
    assert "overlaps" not in clear
    close = finding(_turn((90, 91), (88, 90)), "noise")
    assert "no model lost accuracy" in close
    assert "overlaps with that of one other model" in close
    assert "most" not in finding(_turn((90, 60)), "noise")
    assert finding(_turn((90,)), "noise").startswith("At noise 0, forest on features has 0.900")
