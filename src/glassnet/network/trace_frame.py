"""A trace as a data frame: one row per weight and bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import MissingDependency

if TYPE_CHECKING:
    from glassnet.network.trace import Trace


def trace_frame(trace: Trace) -> Any:
    """A pandas data frame; a parameter that was not checked has no value in `check` and `relative_error`."""
    try:
        import pandas  # type: ignore[import-untyped]
    except ImportError:
        raise MissingDependency("Trace.frame() needs pandas: pip install pandas") from None

    columns: dict[str, list[Any]] = {name: [] for name in ("layer", "from", "neuron")}
    numbers: dict[str, list[Any]] = {n: [] for n in ("old", "data_gradient", "penalty_gradient", "gradient", "new")}
    for forward, backward in zip(trace.forward, trace.backward, strict=True):
        n_in, n_out = forward.weights.shape
        sources = trace.feature_names if forward.layer == 1 else tuple(map(str, range(n_in)))
        columns["layer"] += [forward.layer] * (n_in + 1) * n_out
        columns["from"] += [source for source in (*sources, "bias") for _ in range(n_out)]
        columns["neuron"] += list(range(n_out)) * (n_in + 1)
        data = np.vstack([backward.d_weights, backward.d_biases])
        penalty = np.vstack([backward.penalty_d_weights, np.zeros(n_out)])
        new = np.vstack([trace.update.weights[forward.layer - 1], trace.update.biases[forward.layer - 1]])
        old = np.vstack([forward.weights, forward.biases])
        for name, values in zip(numbers, (old, data, penalty, data + penalty, new), strict=True):
            numbers[name] += values.ravel().tolist()
    checks = [trace.checks.get(name) for name in trace.parameter_names]
    new_values = numbers.pop("new")
    return pandas.DataFrame(
        {
            **columns, **numbers,
            "check": [check.numeric if check else np.nan for check in checks],
            "relative_error": [check.relative_error if check else np.nan for check in checks],
            "new": new_values,
        },
        index=pandas.Index(trace.parameter_names, name="parameter"),
    )  # fmt: skip
