"""Internal validation: each refit made again by hand, optimism and .632+ by their formulas, stability, interruption."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, r2_score, roc_auc_score

import glassnet
from glassnet.errors import ConfigurationError, DataError, TrainingDiverged
from glassnet.estimators.sampling.bootstrap import row_counts
from glassnet.evaluate import MEASURES, Cases, internal_validation, measures_of
from glassnet.evaluate.validation.instability import instability_of
from glassnet.evaluate.validation.optimism import corrected, plus_of, three_weightings, values_on, without_information
from glassnet.evaluate.validation.refits import Procedure

REFITS, SEED = 6, 3


def frame(task, n=90, seed=0):
    import pandas as pd

    rng = np.random.default_rng(seed)
    age, ward = rng.normal(60, 10, n), rng.choice(["a", "b", "c"], n)
    risk = (age - 60) / 10 + (ward == "b") + rng.normal(0, 1, n)
    target = {
        "class": np.where(risk > 0.4, "ill", "well"),
        "classes": np.digitize(risk, [-0.5, 0.8]).astype(str),
        "amount": risk.round(3),
    }[task]
    return pd.DataFrame({"age": age, "ward": ward, "patient": np.arange(n) // 2, "y": target})


def model_of(task, rows, **settings):
    maker = glassnet.GlassRegressor if task == "amount" else glassnet.GlassClassifier
    return maker(recipe="lecture", epochs=15, n_networks=3, resampling="folds", **settings).fit(
        rows.drop(columns="patient"), target="y"
    )


@pytest.fixture(scope="module")
def kept():
    """A model of each task, its rows, and its internal validation."""
    made = {}

    def of(task):
        if task not in made:
            rows = frame(task)
            model = model_of(task, rows)
            thresholds = [0.3] if task == "class" else []
            found = internal_validation(model, rows, refits=REFITS, seed=SEED, thresholds=thresholds)
            made[task] = rows, model, found
        return made[task]

    return of


def by_hand(task, rows, model, number, counts):
    """A refit of the whole procedure, made from the rows that it drew."""
    drawn = np.repeat(np.arange(len(rows)), counts.astype(int))
    again = type(model)(**model.get_params(deep=False)).set_params(random_state=model.recipe_.seed + number + 1)
    again.fit(rows.drop(columns="patient").iloc[drawn], target="y", groups=drawn, copies="apart")
    return again


@pytest.mark.parametrize(
    ("task", "metric", "oracle"),
    [
        ("class", "AUC", roc_auc_score),
        ("class", "Brier score", brier_score_loss),
        ("class", "log loss", log_loss),
        ("class", "average precision", average_precision_score),
        ("amount", "R2", r2_score),
    ],
)
def test_optimism_is_that_of_refits_made_by_hand(kept, task, metric, oracle):
    rows, model, found = kept(task)
    truth = (rows["y"] == "well").to_numpy() if task == "class" else rows["y"].to_numpy()

    def said(which):
        return which.predict_proba(rows)[:, 1] if task == "class" else which.predict(rows)

    optimism, left_out = [], []
    for number, counts in enumerate(np.concatenate(list(row_counts(len(rows), REFITS, SEED)))):
        answer = said(by_hand(task, rows, model, number, counts))
        optimism.append(oracle(truth, answer, sample_weight=counts) - oracle(truth, answer))
        left_out.append(oracle(truth[counts == 0], answer[counts == 0]))
    got = found.outcomes[0][metric]
    assert got.apparent == pytest.approx(oracle(truth, said(model)), abs=1e-6)
    assert got.optimism == pytest.approx(np.mean(optimism), abs=1e-6)
    assert got.value == pytest.approx(got.apparent - got.optimism)
    assert got.left_out == pytest.approx(np.mean(left_out), abs=1e-6)
    assert found.whole
    assert (found.n_refits, found.n_failed) == (REFITS, 0)


def test_plus_by_its_formula():
    # Efron and Tibshirani 1997: R = (out - in) / (g - in), w = .632 / (1 - .368 R)
    assert plus_of(0.1, 0.3, 0.5) == pytest.approx(0.1 + 0.632 / (1 - 0.368 * 0.5) * 0.2)
    assert plus_of(0.1, 0.7, 0.5) == pytest.approx(0.5)  # all overfit: no better than without information
    assert plus_of(0.3, 0.1, 0.5) == pytest.approx(0.368 * 0.3 + 0.632 * 0.1)
    assert plus_of(0.3, 0.4, 0.3) == pytest.approx(0.368 * 0.3 + 0.632 * 0.4)


@pytest.mark.parametrize("task", ["outcome", "amount"])
def test_without_information_every_truth_stands_beside_every_answer(task):
    rng = np.random.default_rng(1)
    n = 40
    weights = np.ones(n)
    if task == "amount":
        cases = Cases.amounts(rng.normal(size=n), rng.normal(size=n))
    else:
        cases = Cases.of(rng.integers(0, 2, n), rng.uniform(size=n), threshold=0.4)
    measures = measures_of(cases)
    every = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    if task == "amount":
        paired = Cases.amounts(cases.truth[every[0]], cases.prediction[every[1]])
    else:
        paired = Cases.of(cases.truth[every[0]], cases.prediction[every[1]], threshold=0.4)
    pairs = values_on(measures, paired, np.ones((1, n * n)))[:, 0]
    got = without_information(measures, cases, weights)
    for measure, one, other in zip(measures, got, pairs, strict=True):
        loose = measure.name in ("ICI", "E50", "E90", "Spiegelhalter z")  # quantiles and sums depend on how many rows
        assert one == pytest.approx(other, abs=0.02 if loose else 1e-7) or measure.name == "Spiegelhalter z", measure
    if task != "amount":
        assert dict(zip([m.name for m in measures], got, strict=True))["AUC"] == pytest.approx(0.5)


@pytest.mark.parametrize("task", ["class", "classes", "amount"])
def test_every_measure_and_row_has_its_place(kept, task):
    found = kept(task)[2]
    names = {"class": ["well"], "classes": ["0", "1", "2", "mean of the classes"], "amount": ["y"]}[task]
    assert [each.outcome for each in found.outcomes] == names
    for each in found.outcomes:
        for got in (*each.measured, *(m for own in each.at_thresholds.values() for m in own)):
            measure = MEASURES[got.metric]
            assert got.value is None or measure.low <= got.value <= measure.high
            assert got.low is None or got.low <= got.high
            assert (got.plus is None) or measure.larger_is_better is not None
    if task == "classes":
        parts, mean = found.outcomes[:3], found.outcomes[3]
        assert mean["AUC"].optimism == pytest.approx(np.mean([part["AUC"].optimism for part in parts]))
        assert mean["sensitivity"].apparent == pytest.approx(np.mean([p["sensitivity"].apparent for p in parts]))
    assert list(found.outcomes[0].at_thresholds) == ([0.3] if task == "class" else [])


@pytest.mark.parametrize("task", ["class", "classes", "amount"])
def test_stability_is_that_of_the_refits(kept, task):
    rows, model, found = kept(task)
    stability = found.outcomes[0].instability
    said = model.predict(rows) if task == "amount" else model.predict_proba(rows)[:, {"class": 1, "classes": 0}[task]]
    assert stability.prediction == pytest.approx(said)
    refits = np.stack([
        next(iter(refit.cases.values())).prediction for refit in Procedure(model, rows).refits(REFITS, SEED)
    ])  # fmt: skip
    assert np.array_equal(stability.refits, refits)
    assert stability.error == pytest.approx(np.mean(np.abs(refits - said), axis=0))
    assert stability.mean_error == pytest.approx(np.mean(stability.error))
    assert stability.low == pytest.approx(np.quantile(refits, 0.025, axis=0))
    if task == "class":
        assert stability.changed["threshold 30 %"] == pytest.approx(((refits >= 0.3) != (said >= 0.3)).mean(axis=0))
        benefit = [MEASURES["net benefit"].value(Cases.of(rows["y"] == "well", s, threshold=0.3), np.ones((1, 90)))[0]
                   for s in refits]  # fmt: skip
        assert stability.decision.refits[:, 29] == pytest.approx(benefit)
        assert stability.calibration.refits.shape == (REFITS, 41)
    if task == "classes":
        assert list(stability.changed) == ["most probable"]
    if task == "amount":
        assert stability.calibration is None
        assert not stability.changed


def test_groups_are_drawn_whole_and_kept_together(monkeypatch):
    rows = frame("class")
    model = glassnet.GlassClassifier(recipe="lecture", epochs=5, n_networks=3, resampling="folds").fit(
        rows, target="y", groups="patient"
    )
    trained = []
    fit = glassnet.GlassClassifier.fit

    def watched(self, table, **settings):
        trained.append((table.column("age").numbers()[0], settings["groups"]))
        return fit(self, table, **settings)

    monkeypatch.setattr(glassnet.GlassClassifier, "fit", watched)
    procedure = Procedure(model, rows, groups="patient")
    for refit in procedure.refits(3, 0):
        assert (refit.counts[::2] == refit.counts[1::2]).all()
        assert refit.counts.max() > 1
    for ages, groups in trained:
        for patient, own in rows.groupby("patient")["age"]:
            labels = {g for a, g in zip(ages, groups, strict=True) if a in set(own)}
            assert labels <= {patient}
    assert internal_validation(model, rows, groups="patient", refits=2).n_drawn == 45


def test_the_same_bits_from_a_file_and_on_other_threads(kept, tmp_path):
    rows, model, found = kept("class")
    model.save(tmp_path / "model.glassnet")
    loaded = glassnet.load(tmp_path / "model.glassnet").set_params(n_jobs=1)
    again = internal_validation(loaded, rows, refits=REFITS, seed=SEED, thresholds=[0.3])
    assert np.array_equal(again.outcomes[0].instability.refits, found.outcomes[0].instability.refits)
    assert again.outcomes[0].measured == found.outcomes[0].measured


def test_what_is_done_counts_when_it_is_canceled(kept, monkeypatch):
    rows, model, _ = kept("class")
    seen = []
    found = internal_validation(model, rows, refits=50, progress=lambda done, of: seen.append((done, of)) or done < 3)
    assert found.n_refits == 3
    assert found.n_asked == 50
    assert seen == [(1, 50), (2, 50), (3, 50)]
    monkeypatch.setattr(Procedure, "_refitted", _interrupted_at(4, Procedure._refitted))
    assert internal_validation(model, rows, refits=50).n_refits == 3
    monkeypatch.setattr(Procedure, "_refitted", _interrupted_at(1, Procedure._refitted))
    with pytest.raises(KeyboardInterrupt):
        internal_validation(model, rows, refits=50)


def _interrupted_at(number, refitted):
    """Ctrl-C in this refit."""
    count = iter(range(1, 100))

    def refit(self, counts, seed):
        if next(count) == number:
            raise KeyboardInterrupt
        return refitted(self, counts, seed)

    return refit


def test_refits_that_fail_are_left_out_and_counted(kept, monkeypatch):
    rows, model, _ = kept("class")
    fit, count = glassnet.GlassClassifier.fit, iter(range(100))

    def sometimes(self, *given, **settings):
        if next(count) % 3 == 0:
            raise TrainingDiverged("The training diverged.")
        return fit(self, *given, **settings)

    monkeypatch.setattr(glassnet.GlassClassifier, "fit", sometimes)
    found = internal_validation(model, rows, refits=7)
    assert (found.n_refits, found.n_failed) == (4, 3)
    monkeypatch.setattr(Procedure, "_refitted", lambda *_: None)
    with pytest.raises(DataError, match="7 of 7 refits could not be trained"):
        internal_validation(model, rows, refits=7)


def test_a_draw_without_the_outcome_still_counts():
    rows = frame("class", n=24)
    rows["y"] = np.where(np.arange(24) == 7, "ill", "well")
    found = internal_validation(model_of("class", rows), rows, refits=12)
    assert found.n_refits == 12
    assert found.outcomes[0]["AUC"].optimism is None  # on most draws it is not defined
    assert found.outcomes[0]["Brier score"].optimism is not None


def test_tables_and_models_that_cannot_be_validated(kept):
    rows, model, _ = kept("class")
    with pytest.raises(DataError, match="at least 3 rows"):
        internal_validation(model, rows[:2])
    with pytest.raises(ConfigurationError, match="does not know the columns"):
        internal_validation(glassnet.MLPClassifier(), rows)
    with pytest.raises(ConfigurationError, match="refits"):
        internal_validation(model, rows, refits=0)
    with pytest.raises(ConfigurationError, match="for two classes"):
        internal_validation(kept("amount")[1], kept("amount")[0], thresholds=[0.2])


def test_optimism_of_a_logistic_regression_by_hand():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(5)
    X = rng.normal(size=(120, 6))
    y = rng.uniform(size=120) < 1 / (1 + np.exp(-X[:, 0]))
    measures = tuple(MEASURES[name] for name in ("AUC", "calibration slope"))
    draws, refitted, hand = np.concatenate(list(row_counts(120, 30, 0))), [], []
    for counts in draws:
        model = LogisticRegression(C=np.inf).fit(X, y, sample_weight=counts)
        cases = Cases.of(y, model.predict_proba(X)[:, 1])
        refitted.append(values_on(measures, cases, three_weightings(counts, np.ones(120))))
        drawn = np.repeat(np.arange(120), counts.astype(int))
        hand.append(roc_auc_score(y[drawn], cases.prediction[drawn]) - roc_auc_score(y, cases.prediction))
    own = Cases.of(y, LogisticRegression(C=np.inf).fit(X, y).predict_proba(X)[:, 1])
    plain = values_on(measures, own, np.ones((1, 120)))[:, 0]
    auc, slope = corrected(measures, plain, np.stack(refitted), np.array([0.5, np.nan]), 0.95)
    assert auc.optimism == pytest.approx(np.mean(hand))
    assert auc.optimism > 0.01
    assert slope.apparent == pytest.approx(1, abs=1e-3)  # maximum likelihood
    assert 0.6 < slope.value < 0.95  # and what it shrinks to on new rows
    assert slope.plus is slope.low is slope.high is None
    assert auc.low < auc.value < auc.high


def test_calls_that_refits_change():
    own = Cases.of([0, 1, 1], [0.2, 0.5, 0.9])
    found = instability_of(own, np.array([[0.6, 0.4, 0.8], [0.1, 0.5, 0.2]]), None, np.array([1.0, 1, 2]), [0.5], 0.5)
    assert found.changed["threshold 50 %"].tolist() == [0.5, 0.5, 0.5]
    assert found.mean_error == pytest.approx((0.25 + 0.05 + 2 * 0.4) / 4)


def test_each_refit_decides_a_threshold_of_its_own():
    rows = frame("class")
    model = glassnet.GlassClassifier(
        recipe="lecture", epochs=15, n_networks=3, resampling="folds", threshold="youden", event="ill"
    ).fit(rows.drop(columns="patient"), target="y")
    own = model.decision_.threshold
    found = internal_validation(model, rows, refits=4)
    assert found.outcomes[0].outcome == "ill"
    assert list(found.outcomes[0].at_thresholds) == [own]
    truth, optimism, cuts = (rows["y"] == "ill").to_numpy(), [], set()
    for refit in Procedure(model, rows).refits(4, 0):
        called = refit.cases["ill"].prediction >= refit.threshold
        cuts.add(refit.threshold)
        drawn = np.average(called[truth], weights=refit.counts[truth])
        optimism.append(drawn - called[truth].mean())
    assert len(cuts) > 1
    sensitivity = found.outcomes[0].at_thresholds[own][0]
    assert sensitivity.metric == "sensitivity"
    assert sensitivity.optimism == pytest.approx(np.mean(optimism))
