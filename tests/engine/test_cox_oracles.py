"""A `cox` network without hidden layers is Cox regression: coefficients that lifelines and scikit-survival find.

Both packages are optional (group ``oracle-survival``); without them the published figures of the leukemia trial in
``tests/contracts/test_partial_likelihood.py`` stand alone.
"""

import numpy as np
import pytest

from glassnet.engine import Plan
from glassnet.engine.objective import TrainingObjective

ROSSI = {
    "fin": -0.379422, "age": -0.057438, "race": 0.313900, "wexp": -0.149796, "mar": -0.433704, "paro": -0.084871,
    "prio": 0.091497,
}  # fmt: skip
GBSG2 = {
    "horTh=yes": -0.346278, "age": -0.009459, "menostat=Post": 0.258445, "tsize": 0.007796, "tgrade=II": 0.636112,
    "tgrade=III": 0.779654, "pnodes": 0.048789, "progrec": -0.002217, "estrec": 0.000197,
}  # fmt: skip


def coefficients(X, y, loss="cox"):
    """Coefficients in the units of the columns, and the log likelihood."""
    center, spread = X.mean(axis=0), X.std(axis=0)
    plan = Plan([X.shape[1], 1], ["identity"], loss, reduction="sum", dtype="float64")
    objective = TrainingObjective(plan, (X - center) / spread, y)
    search = objective.search(np.zeros(X.shape[1] + 1), iterations=500, evaluations=1000, slope=1e-9, decrease=0.0)
    while not search.advance(50):
        pass
    return search.point[:-1] / spread, -search.value


@pytest.mark.filterwarnings("ignore")
def test_rossi():
    data = pytest.importorskip("lifelines.datasets").load_rossi()
    found, likelihood = coefficients(data[list(ROSSI)].to_numpy(float), data[["week", "arrest"]].to_numpy(float))
    np.testing.assert_allclose(found, list(ROSSI.values()), atol=1e-5)
    assert likelihood == pytest.approx(-658.747659, abs=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_german_breast_cancer():
    data = pytest.importorskip("lifelines.datasets").load_gbsg2()
    X = np.column_stack([
        data[name.partition("=")[0]].to_numpy(float) if "=" not in name
        else (data[name.partition("=")[0]] == name.partition("=")[2]).to_numpy(float)
        for name in GBSG2
    ])  # fmt: skip
    found, _ = coefficients(X, data[["time", "cens"]].to_numpy(float))
    np.testing.assert_allclose(found, list(GBSG2.values()), atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_ties_after_breslow():
    linear = pytest.importorskip("sksurv.linear_model")
    data = pytest.importorskip("lifelines.datasets").load_rossi()
    X, y = data[list(ROSSI)].to_numpy(float), data[["week", "arrest"]].to_numpy(float)
    truth = np.array([(bool(e), t) for t, e in y], dtype=[("event", bool), ("time", float)])
    peer = linear.CoxPHSurvivalAnalysis(ties="breslow", tol=1e-12).fit(X, truth)
    np.testing.assert_allclose(coefficients(X, y, "cox(efron=0)")[0], peer.coef_, atol=1e-5)
