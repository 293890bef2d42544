"""The clinical measures against scikit-learn, brute force and tables worked by hand; what holds for each of them."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from glassnet.errors import ConfigurationError, DataError
from glassnet.evaluate import MEASURES, Cases, calibration_curve, choose_threshold, decision_curve, measures_for
from glassnet.evaluate.metrics.measure import NEEDS
from glassnet.evaluate.metrics.recalibration import CURVE_PENALTY, KNOT_SHARES, FlexibleCurve, logistic_fits
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.survival import Baseline, Proportional, Times


def drawn_cases(n=150, seed=0, threshold=0.3, levels=None):
    """Probabilities that are too extreme, and what happened."""
    random = np.random.default_rng(seed)
    odds = random.normal(-0.5, 1.2, n)
    happened = random.random(n) < 1 / (1 + np.exp(-odds))
    said = 1 / (1 + np.exp(-1.6 * odds - 0.3))
    said = said if levels is None else np.round(said * levels) / levels * 0.98 + 0.01
    return Cases.of(happened, said, threshold=threshold)


def drawn_amounts(n=80, seed=0):
    random = np.random.default_rng(seed)
    said = random.normal(50, 9, n)
    return Cases.amounts(0.7 * said + 12 + random.normal(0, 5, n), said)


def drawn_times(n=120, seed=0, levels=None, horizon=0.7):
    """Risks that are too extreme, and times of which some are censored."""
    random = np.random.default_rng(seed)
    risk = random.normal(size=n)
    event, lost = random.exponential(np.exp(-risk)), random.exponential(2.0, n)
    risk, time = 1.5 * risk, np.minimum(event, lost)
    if levels is not None:
        risk, time = np.round(risk * levels) / levels, np.ceil(time * levels) / levels
    times = Times.of(time, event <= lost)
    return TimeCases.by(times, Proportional(risk, Baseline.of(times, risk)), horizon)


def cases_for(measure, **settings):
    made = {"amount": drawn_amounts, "time": drawn_times}
    return made.get(measure.needs, drawn_cases)(**settings)


def value_of(name, cases, weights=None):
    weights = np.ones(len(cases)) if weights is None else weights
    return float(MEASURES[name].value(cases, weights[None])[0])


def repeated(cases, counts):
    rows = np.repeat(np.arange(len(cases)), counts)
    if isinstance(cases, TimeCases):
        return cases.take(rows)
    if cases.truth.dtype == bool:
        return Cases.of(cases.truth[rows], cases.prediction[rows], threshold=cases.threshold)
    return Cases.amounts(cases.truth[rows], cases.prediction[rows])


@pytest.mark.parametrize("name", MEASURES)
def test_each_record_says_what_it_is(name):
    measure = MEASURES[name]
    assert measure.name == name
    assert len(re.findall(r"[.](?:\s|$)", measure.summary)) == 2, measure.summary
    assert measure.needs in NEEDS
    assert measure.formula
    assert measure.low < measure.high
    assert measure.ideal is None or measure.low <= measure.ideal <= measure.high
    value = value_of(name, cases_for(measure))
    assert measure.low <= value <= measure.high


def test_every_need_has_measures():
    assert {measure.needs for measure in MEASURES.values()} == set(NEEDS)
    assert sum(len(measures_for(need)) for need in NEEDS) == len(MEASURES) > 20


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("levels", [None, 12])
def test_a_weight_is_a_repetition(name, levels):
    measure = MEASURES[name]
    cases = cases_for(measure) if measure.needs == "amount" or levels is None else cases_for(measure, levels=levels)
    counts = np.random.default_rng(1).integers(0, 4, len(cases))
    whole = repeated(cases, counts)
    if name in ("ICI", "E50", "E90"):  # the curve's knots are those of the rows as they stand
        ours = Cases.of(cases.truth, cases.prediction)
        assert value_of(name, ours, counts.astype(float)) == pytest.approx(value_of(name, whole), abs=0.02)
        return
    assert value_of(name, cases, counts.astype(float)) == pytest.approx(value_of(name, whole), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", MEASURES)
def test_it_does_not_matter_what_weights_sum_to(name):
    cases = cases_for(MEASURES[name])
    weights = np.random.default_rng(1).random(len(cases)) + 0.1
    if name == "Spiegelhalter z":  # counts rows
        assert value_of(name, cases, 4 * weights) == pytest.approx(2 * value_of(name, cases, weights))
        return
    assert value_of(name, cases, weights / 900) == pytest.approx(value_of(name, cases, weights), rel=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_many_draws_are_each_draw_alone(name):
    cases = cases_for(MEASURES[name])
    weights = np.random.default_rng(2).integers(0, 3, (5, len(cases))).astype(float)
    together = MEASURES[name].value(cases, weights)
    assert together.shape == (5,)
    for draw, value in zip(weights, together, strict=True):
        assert value == pytest.approx(value_of(name, cases, draw), rel=1e-8, abs=1e-10)


def specificity_of(truth, called, sample_weight):
    return reference.recall_score(~truth, ~called, sample_weight=sample_weight)


SCIKIT_LEARN = {
    "sensitivity": reference.recall_score,
    "specificity": specificity_of,
    "positive predictive value": reference.precision_score,
    "negative predictive value": lambda y, c, **more: reference.precision_score(~y, ~c, **more),
    "accuracy": reference.accuracy_score,
    "balanced accuracy": reference.balanced_accuracy_score,
    "F1": reference.f1_score,
    "MCC": reference.matthews_corrcoef,
    "AUC": reference.roc_auc_score,
    "average precision": reference.average_precision_score,
    "log loss": reference.log_loss,
    "Brier score": reference.brier_score_loss,
    "R2": reference.r2_score,
    "MAE": reference.mean_absolute_error,
    "RMSE": reference.root_mean_squared_error,
}  # fmt: skip


@pytest.mark.parametrize("name", SCIKIT_LEARN)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("levels", [None, 8])
def test_scikit_learn_agrees(name, weighted, levels):
    measure = MEASURES[name]
    cases = drawn_amounts() if measure.needs == "amount" else drawn_cases(levels=levels)
    weights = np.random.default_rng(3).random(len(cases)) + 0.1 if weighted else np.ones(len(cases))
    said = cases.is_called if measure.needs == "decision" else cases.prediction
    expected = SCIKIT_LEARN[name](cases.truth, said, sample_weight=weights)
    assert value_of(name, cases, weights) == pytest.approx(expected, rel=1e-9)


def test_a_table_worked_by_hand():
    # 100 people, 13 with the outcome: 8 of them called, and 2 of the 87 others
    truth = np.r_[np.ones(13), np.zeros(87)]
    said = np.r_[np.full(8, 0.9), np.full(5, 0.1), np.full(2, 0.9), np.full(85, 0.1)]
    cases = Cases.of(truth, said, threshold=0.2)
    expected = {
        "sensitivity": 8 / 13, "specificity": 85 / 87, "positive predictive value": 0.8,
        "negative predictive value": 85 / 90, "accuracy": 0.93, "F1": 16 / 23,
        "net benefit": 0.08 - 0.02 * 0.25, "MCC": (8 * 85 - 2 * 5) / np.sqrt(10 * 13 * 87 * 90),
        "Brier score": (8 * 0.01 + 5 * 0.81 + 2 * 0.81 + 85 * 0.01) / 100, "E/O ratio": (9 + 9) / 13,
    }  # fmt: skip
    for name, value in expected.items():
        assert value_of(name, cases) == pytest.approx(value, rel=1e-12), name
    assert value_of("scaled Brier score", cases) == pytest.approx(1 - expected["Brier score"] / (0.13 * 0.87))


def test_spiegelhalter_by_hand():
    cases = Cases.of([1, 0, 0], [0.8, 0.4, 0.1])
    top = (1 - 0.8) * (1 - 1.6) + (0 - 0.4) * (1 - 0.8) + (0 - 0.1) * (1 - 0.2)
    below = (1 - 1.6) ** 2 * 0.16 + (1 - 0.8) ** 2 * 0.24 + (1 - 0.2) ** 2 * 0.09
    assert value_of("Spiegelhalter z", cases) == pytest.approx(top / np.sqrt(below), rel=1e-12)


def test_calibration_is_a_logistic_regression():
    cases = drawn_cases(400)
    weights = np.random.default_rng(4).random(len(cases)) + 0.2
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(cases.odds[:, None], cases.truth, weights)
    assert value_of("calibration slope", cases, weights) == pytest.approx(fit.coef_[0, 0], rel=1e-5)
    said = 1 / (1 + np.exp(-cases.odds - value_of("calibration intercept", cases, weights)))
    assert weights @ (said - cases.truth) == pytest.approx(0, abs=1e-8)  # what makes the likelihood largest


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_what_is_spread_or_shifted_shows(factor):
    cases = drawn_cases(300)
    spread = Cases(cases.truth, 1 / (1 + np.exp(-cases.odds * factor)), log_odds=cases.odds * factor)
    slope = value_of("calibration slope", cases)
    assert value_of("calibration slope", spread) == pytest.approx(slope / factor, rel=1e-7)
    shifted = Cases(cases.truth, 1 / (1 + np.exp(-cases.odds - 1)), log_odds=cases.odds + 1)
    assert value_of("calibration intercept", shifted) == pytest.approx(value_of("calibration intercept", cases) - 1)


def test_a_fitted_logistic_regression_is_calibrated_on_its_own_rows():
    cases = drawn_cases(300)
    columns = np.stack([np.ones(len(cases)), cases.odds], axis=1)
    beta = logistic_fits(columns, cases.truth, np.ones((1, len(cases))))[0]
    fitted = Cases.of(cases.truth, 1 / (1 + np.exp(-columns @ beta)))
    assert value_of("calibration intercept", fitted) == pytest.approx(0, abs=1e-8)
    assert value_of("calibration slope", fitted) == pytest.approx(1, rel=1e-7)
    assert value_of("E/O ratio", fitted) == pytest.approx(1, rel=1e-9)


def curve_by_another_way(cases):
    """The penalized spline by a general minimizer, with the cubes written out."""
    knots, x = np.quantile(cases.odds, KNOT_SHARES), cases.odds
    bends = []
    for j in range(2):
        cubes = [np.maximum(x - t, 0) ** 3 for t in (knots[j], knots[2], knots[3])]
        gap = knots[3] - knots[2]
        bends.append(cubes[0] - cubes[1] * (knots[3] - knots[j]) / gap + cubes[2] * (knots[2] - knots[j]) / gap)
    columns = np.stack([x, *bends], axis=1)
    columns = np.c_[np.ones(len(x)), (columns - columns.mean(0)) / columns.std(0)]

    def loss(beta):
        odds = columns @ beta + x
        return np.logaddexp(0, np.where(cases.truth, -odds, odds)).sum() + CURVE_PENALTY * (beta[1:] ** 2).sum() / 2

    best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7}).x
    return 1 / (1 + np.exp(-columns @ best - x))


@pytest.mark.filterwarnings("ignore:Desired error")
def test_the_flexible_curve_by_another_way():
    cases = drawn_cases(250)
    away = np.abs(curve_by_another_way(cases) - cases.prediction)
    assert value_of("ICI", cases) == pytest.approx(away.mean(), rel=1e-4)
    assert value_of("E50", cases) == pytest.approx(np.median(away), abs=2e-3)
    assert value_of("E90", cases) == pytest.approx(np.quantile(away, 0.9, method="inverted_cdf"), rel=1e-3)
    ones = np.ones(len(cases))
    drawn = calibration_curve(cases, ones, [np.random.default_rng(5).integers(0, 3, (40, len(cases))).astype(float)])
    at = np.interp(np.median(cases.prediction), drawn.said, drawn.happens)
    by_hand = np.interp(np.median(cases.prediction), *np.sort([cases.prediction, curve_by_another_way(cases)]))
    assert at == pytest.approx(by_hand, abs=5e-3)
    assert (drawn.low <= drawn.high).all()
    assert drawn.with_outcome.sum() == cases.truth.sum()
    assert drawn.without.sum() == (~cases.truth).sum()


def test_the_decision_curve_by_counting():
    cases = drawn_cases(200, levels=10)
    weights = np.random.default_rng(6).random(200)
    curve = decision_curve(cases, weights, [np.ones((3, 200))])
    for t, benefit, of_all in zip(curve.thresholds, curve.model, curve.treat_all, strict=True):
        called = cases.prediction >= t
        odds = t / (1 - t)
        counted = weights[called & cases.truth].sum() - odds * weights[called & ~cases.truth].sum()
        everybody = weights[cases.truth].sum() - odds * weights[~cases.truth].sum()
        assert benefit == pytest.approx(counted / weights.sum(), abs=1e-12)
        assert of_all == pytest.approx(everybody / weights.sum(), abs=1e-12)
        assert benefit == pytest.approx(value_of("net benefit", cases.at(t), weights), abs=1e-12)


def test_the_published_net_benefit_of_a_family_history():
    # the worked example of dcurves: 750 people, 105 cancers, of whom 24 have a family history, as 91 of the others
    truth = np.r_[np.ones(105), np.zeros(645)]
    said = np.r_[np.ones(24), np.zeros(81), np.ones(91), np.zeros(554)]
    at = np.array([0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    curve = decision_curve(Cases.of(truth, said), np.ones(750), [np.ones((2, 750))], thresholds=at)
    published = [0.025614, 0.018519, 0.010588, 0.001667, -0.008444, -0.02]
    assert curve.model.round(6).tolist() == published
    assert curve.treat_all.round(6).tolist() == [0.094737, 0.044444, -0.011765, -0.075, -0.146667, -0.228571]


def test_what_is_not_defined_is_not_a_number():
    sick, well = (Cases.of([happened] * 4, [0.2, 0.3, 0.6, 0.7], threshold=0.5) for happened in (1, 0))
    for name in ("AUC", "scaled Brier score", "calibration intercept", "calibration slope", "ICI", "MCC"):
        assert np.isnan(value_of(name, sick)), name
        assert np.isnan(value_of(name, well)), name
    assert np.isnan(value_of("specificity", sick))
    assert np.isnan(value_of("sensitivity", well))
    assert np.isnan(value_of("average precision", well))
    assert np.isnan(value_of("E/O ratio", well))
    apart = Cases.of([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    assert np.isnan(value_of("calibration slope", apart)), "separated classes have no finite slope"
    assert value_of("ICI", apart) < 0.5
    assert np.isnan(value_of("calibration slope", Cases.of([0, 1], [0.4, 0.4])))
    assert np.isnan(value_of("slope of y on f", Cases.amounts([1, 2, 3], [5, 5, 5])))
    nobody = Cases.of([0, 1], [0.1, 0.2], threshold=0.9)
    assert np.isnan(value_of("positive predictive value", nobody))
    assert value_of("net benefit", nobody) == 0


def test_probabilities_of_0_and_1_are_taken():
    cases = Cases.of([0, 1, 1, 0], [0.0, 1.0, 0.0, 0.3], threshold=0.5)
    for name, measure in MEASURES.items():
        if measure.needs not in ("amount", "time"):
            value = value_of(name, cases)
            assert np.isfinite(value) or name == "calibration slope", name


def brute_threshold(truth, said, worth):
    """Every cut between two probabilities, and calling nobody or everybody."""
    levels = np.unique(said)[::-1]
    cuts = [(levels[0] + 1) / 2, *((levels[:-1] + levels[1:]) / 2), levels[-1]]
    best = None
    for cut in cuts:
        called = said >= cut
        value = worth(called[truth].mean(), (~called[~truth]).mean(), truth.mean())
        if value is not None and (best is None or value > best[0] + 1e-12):
            best = (value, cut)
    return best[1]


AIMED = {
    "youden": lambda se, sp, _: se + sp,
    "cost(missed_case=4)": lambda se, sp, share: -(4 * share * (1 - se) + (1 - share) * (1 - sp)),
    "sensitivity(at_least=0.9)": lambda se, sp, _: sp if se >= 0.9 else None,
    "specificity(at_least=0.8)": lambda se, sp, _: se if sp >= 0.8 else None,
}


@pytest.mark.parametrize("aim", AIMED)
@pytest.mark.parametrize("levels", [None, 9])
def test_thresholds_by_trying_all(aim, levels):
    cases = drawn_cases(120, seed=7, levels=levels)
    chosen = choose_threshold(cases.truth, cases.prediction, aim, draws=50)
    assert chosen.threshold == pytest.approx(brute_threshold(cases.truth, cases.prediction, AIMED[aim]), abs=1e-12)
    called = cases.prediction >= chosen.threshold
    assert chosen.sensitivity == pytest.approx(called[cases.truth].mean())
    assert chosen.specificity == pytest.approx((~called[~cases.truth]).mean())
    assert chosen.low <= chosen.threshold <= chosen.high


def test_a_threshold_by_weights_is_one_by_repetition():
    cases = drawn_cases(90, seed=8)
    counts = np.random.default_rng(9).integers(0, 3, 90)
    whole = repeated(cases, counts)
    one = choose_threshold(cases.truth, cases.prediction, "cost(missed_case=3)", weights=counts, draws=20)
    other = choose_threshold(whole.truth, whole.prediction, "cost(missed_case=3)", draws=20)
    rows = cases.prediction >= one.threshold
    assert (rows[counts > 0] == (cases.prediction >= other.threshold)[counts > 0]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Cases.of([0, 2], [0.1, 0.2]), "0 or 1"),
        (lambda: Cases.of([0, 1], [0.1, 1.2]), "between 0 and 1"),
        (lambda: Cases.of([0, 1], [0.1, np.nan]), "between 0 and 1"),
        (lambda: Cases.of([0, 1], [0.1]), "shape"),
        (lambda: Cases.of([], []), "shape"),
        (lambda: Cases.amounts([1.0, np.inf], [1.0, 1.0]), "finite"),
        (lambda: choose_threshold([1, 1], [0.1, 0.2]), "only one class"),
        (lambda: choose_threshold([0, 1], [0.1, 0.2], weights=[1, -1]), "negative"),
        (lambda: choose_threshold([0, 1], [0.1, 0.2], weights=[1]), "one weight per row"),
    ],
)
def test_bad_rows_are_refused(call, said):
    with pytest.raises(DataError, match=said):
        call()


@pytest.mark.parametrize("threshold", [0.0, 1.0, 1.5, -1.0, float("nan")])
def test_bad_thresholds_are_refused(threshold):
    with pytest.raises(ConfigurationError, match="above 0 and below 1"):
        Cases.of([0, 1], [0.1, 0.2], threshold=threshold)


def test_an_unknown_aim_is_refused():
    with pytest.raises(ConfigurationError, match="youden"):
        choose_threshold([0, 1], [0.1, 0.2], "yuden")
    with pytest.raises(ConfigurationError, match="threshold is needed"):
        value_of("sensitivity", Cases.of([0, 1], [0.1, 0.2]))


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0, 700.0])
def test_separated_rows_have_no_slope_and_warn_of_nothing(scale):
    """A slope could be ever larger, so none is best; nothing overflows on the way, whatever the probabilities."""
    drawn = np.random.default_rng(4)
    odds = drawn.normal(size=60) * scale
    ones, weights = np.ones((60, 1)), np.vstack([np.ones(60), drawn.integers(0, 3, 60)]).astype(float)
    columns = np.column_stack([ones, odds])
    for truth in (odds > 0, odds < 0, odds > np.quantile(odds, 0.9)):
        assert np.isnan(logistic_fits(columns, truth, weights)).all()
    mixed = drawn.random(60) < 0.5
    assert (np.abs(logistic_fits(columns, mixed, weights)[:, 1]) < 5 / scale).all()
    for truth in (mixed, odds > 0):
        shifts = logistic_fits(ones, truth, weights, offset=odds)
        assert (np.isnan(shifts) | (np.abs(shifts) <= np.abs(odds).max() + 3)).all()
        assert np.isfinite(FlexibleCurve(odds, truth).fits(weights)).all() or scale == 700.0
    assert np.isnan(logistic_fits(np.ones((60, 2)), mixed, weights)).all()  # all of one value: no slope either


def test_every_aim_has_words():
    from glassnet.evaluate import AIMS
    from glassnet.files.exports.decision import aim_in_words

    for aim in AIMS.values():
        words = aim_in_words(aim.spec)
        assert words != aim.spec
        assert all(f"{value:g}" in words for value in aim.values.values())


def test_a_draw_without_weight_has_no_flexible_curve():
    odds, truth = np.linspace(-2, 2, 12), np.arange(12) % 3 == 0
    weights = np.stack([np.ones(12), np.zeros(12)])  # of times to an event: all drawn rows were lost before the horizon
    found = FlexibleCurve(odds, truth).fits(weights)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
