"""The search of L-BFGS, beside SciPy's L-BFGS-B on the same objective."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.optimize import minimize

from glassnet.engine import Plan, Population, TrainingObjective
from glassnet.errors import ConfigurationError, ShapeError

CASES = {
    "tanh": ([4, 6, 1], ["tanh", "identity"], "squared_error"),
    "relu": ([4, 9, 1], ["relu", "identity"], "squared_error"),
    "two layers": ([4, 7, 5, 1], ["gelu", "tanh", "identity"], "huber"),
    "classes": ([4, 6, 3], ["logistic", "identity"], "softmax_cross_entropy"),
    "yes or no": ([4, 6, 1], ["tanh", "identity"], "logistic"),
    "kinks": ([4, 3, 1], ["relu", "identity"], "absolute_error"),
}


def problem(name, seed=0, rows=60, l2=0.001, scale=1.0):
    sizes, activations, loss = CASES[name]
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, 4))
    score = X @ random.standard_normal((4, sizes[-1])) + np.sin(2 * X[:, :1])
    y = np.eye(3)[score.argmax(axis=1)] if sizes[-1] == 3 else (score > 0) * 1.0 if loss == "logistic" else score
    plan = Plan(sizes, activations, loss, l2=l2)
    objective = TrainingObjective(plan, X, y)
    (start,) = [
        objective.pack([w[0].astype(float) for w, _ in layers], [b[0].astype(float) for _, b in layers])
        for layers in [Population(seed=seed).start(plan)]
    ]
    return objective, scale * start


def scipy_path(objective, start, **options):
    """Points, values and the result of SciPy's search."""
    points = []
    found = minimize(
        objective, start, method="L-BFGS-B", jac=True, callback=lambda x: points.append(x.copy()),
        options={"maxiter": 60, "maxfun": 10**6, "gtol": 1e-5} | options,
    )  # fmt: skip
    return points, found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scale", [1.0, 0.01, 5.0])
def test_the_path_is_that_of_scipy(case, seed, scale):
    """Rounding grows along the path, so points are compared at its beginning and values at its end."""
    objective, start = problem(case, seed, scale=scale)
    points, found = scipy_path(objective, start)
    search = objective.search(start, iterations=60, evaluations=10**6, slope=1e-5)
    for expected in points[:8]:
        search.advance(1)
        np.testing.assert_allclose(search.point, expected, rtol=1e-6, atol=1e-6)
    search.advance(10**6)
    assert search.end != "running"
    if case not in ("kinks", "relu"):  # where the slope jumps, the searches part and end in different valleys
        assert search.value == pytest.approx(found.fun, rel=0.2, abs=0.02)
    value, gradient = objective(search.point)
    assert value == search.value
    np.testing.assert_array_equal(gradient, search.gradient)
    if search.end == "flat":
        assert np.abs(gradient).max() <= 1e-5


@pytest.mark.parametrize("seed", range(20))
def test_a_linear_model_is_solved_as_by_least_squares(seed):
    random = np.random.default_rng(seed)
    X, y = random.standard_normal((40, 5)) * np.geomspace(1, 30, 5), random.standard_normal((40, 2))
    objective = TrainingObjective(Plan([5, 2], ["identity"], "squared_error"), X, y)
    search = objective.search(np.zeros(12), iterations=1000, evaluations=10**4, slope=1e-9, decrease=0.0)
    assert search.advance(1000)
    expected = np.linalg.lstsq(np.c_[X, np.ones(40)], y)[0]
    (weights,), (biases,) = objective.unpack(search.point)
    np.testing.assert_allclose(np.vstack([weights, biases]), expected, atol=1e-7)


@pytest.mark.parametrize(("limit", "end", "status"), [
    ({"maxiter": 3}, "iterations", 1), ({"maxfun": 4}, "evaluations", 1), ({"gtol": 0.05}, "flat", 0),
    ({"ftol": 0.01}, "no decrease", 0), ({"gtol": 1e9}, "flat", 0),
])  # fmt: skip
def test_it_ends_where_scipy_ends(limit, end, status):
    objective, start = problem("tanh")
    _, found = scipy_path(objective, start, **limit)
    assert found.status == status
    search = objective.search(
        start, iterations=limit.get("maxiter", 10**6), evaluations=limit.get("maxfun", 10**6),
        slope=limit.get("gtol", 1e-5), decrease=limit.get("ftol", 2.220446049250313e-09),
    )  # fmt: skip
    assert search.advance(10**6)
    assert (search.end, search.iterations) == (end, found.nit)
    np.testing.assert_allclose(search.point, found.x, rtol=1e-6, atol=1e-7)


def test_slices_do_not_change_a_bit():
    objective, start = problem("two layers")
    whole, sliced = (objective.search(start, iterations=60, evaluations=1000, slope=1e-9) for _ in range(2))
    assert whole.advance(1000)
    while not sliced.advance(7):
        pass
    np.testing.assert_array_equal(whole.point, sliced.point)
    assert whole.advance(5)
    assert whole.iterations == sliced.iterations == 60


def test_numbers_that_are_not_finite_end_it_or_shorten_the_step():
    X = np.array([[1e300], [-1e300], [1.0]])
    objective = TrainingObjective(Plan([1, 1], ["identity"], "squared_error"), X, np.ones((3, 1)))
    search = objective.search(np.array([0.5, 0.0]), iterations=10, evaluations=100, slope=1e-9)
    assert search.advance(10)
    assert (search.end, search.iterations) == ("diverged", 0)
    np.testing.assert_array_equal(search.point, [0.5, 0.0])
    # exp(1000) overflows at the end of the first step, which has length 1; the search takes a shorter one
    objective = TrainingObjective(Plan([1, 1], ["identity"], "poisson"), [[1000.0]], [[2.0]])
    search = objective.search(np.zeros(2), iterations=1, evaluations=100, slope=1e-9)
    assert search.advance(1)
    assert search.end == "iterations"
    assert not np.isfinite(objective(np.array([1.0, 0.001]))[0])
    search = objective.search(np.zeros(2), iterations=200, evaluations=1000, slope=1e-9)
    assert search.advance(200)
    assert 1000 * search.point[0] + search.point[1] == pytest.approx(np.log(2.0), abs=1e-6)


def test_points_of_another_size_are_refused():
    objective, start = problem("tanh")
    for bad in (start[:-1], np.zeros(0), np.append(start, 0.0)):
        with pytest.raises(ValueError, match="as many entries"):
            objective(bad)
        with pytest.raises(ValueError, match="as many entries"):
            objective.search(bad, iterations=1, evaluations=1, slope=0.0)
    with pytest.raises(ShapeError, match="The weights make layers of sizes"):
        objective.pack([np.zeros((4, 6))], [np.zeros(6)])
    with pytest.raises(ConfigurationError, match="heads=2"):
        TrainingObjective(
            Plan([4, 6, 1], ["tanh", "identity"], "squared_error", heads=2), np.zeros((3, 4)), np.zeros(3)
        )


def test_a_search_keeps_its_objective_and_rows_alive():
    search = problem("tanh")[0].search(problem("tanh")[1], iterations=5, evaluations=50, slope=1e-9)
    assert search.advance(5)
    assert search.iterations == 5


def test_threads_may_share_an_objective_and_a_search():
    objective, start = problem("two layers")
    search = objective.search(start, iterations=400, evaluations=10**4, slope=0.0, decrease=0.0)
    expected, values = objective(start), []

    def look(_):
        search.advance(40)
        values.append(objective(start))
        return search.point, search.value

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(look, range(40)))
    assert all(np.isfinite(point).all() for point, _ in seen)
    for value, gradient in values:
        assert value == expected[0]
        np.testing.assert_array_equal(gradient, expected[1])
    alone = objective.search(start, iterations=400, evaluations=10**4, slope=0.0, decrease=0.0)
    alone.advance(400)
    np.testing.assert_array_equal(search.point, alone.point)
