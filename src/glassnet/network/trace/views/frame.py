"""A trace as a data frame: one row per weight, bias and mix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import MissingDependency
from glassnet.layers import Dense
from glassnet.network.trace.records import LETTERS

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_ALONE = {"biases": "bias", "mixes": "mix"}


def trace_frame(trace: Trace) -> Any:
    """A pandas data frame; a parameter that was not checked has no value in `check` and `relative_error`."""
    try:
        import pandas
    except ImportError:
        raise MissingDependency("Trace.frame() needs pandas: pip install pandas") from None

    columns: dict[str, list[Any]] = {name: [] for name in ("layer", "from", "neuron")}
    numbers: dict[str, list[Any]] = {n: [] for n in ("old", "data_gradient", "penalty_gradient", "gradient", "new")}
    for forward, backward in zip(trace.forward, trace.backward, strict=True):
        dense = isinstance(forward.spec, Dense)
        n_in = trace.layer_sizes[forward.layer - 1]
        sources = trace.feature_names if forward.layer == 1 else tuple(map(str, range(n_in)))
        for kind in LETTERS:
            trained = forward.trained(kind)
            if not trained.any():
                continue
            places = np.argwhere(trained)
            columns["layer"] += [forward.layer] * len(places)
            if kind != "weights":
                columns["from"] += [_ALONE[kind]] * len(places)
            else:
                columns["from"] += [
                    sources[p[0]] if dense else ",".join(map(str, p[1:] if len(p) > 1 else p)) for p in places
                ]
            columns["neuron"] += places[:, -1 if dense else 0].tolist()
            data = getattr(backward, f"d_{kind}")[trained]
            penalty = backward.penalty_d_weights[trained] if kind == "weights" else np.zeros(len(places))
            old, new = (getattr(of, kind) for of in (forward, trace.update))
            values = (old[trained], data, penalty, data + penalty, new[forward.layer - 1][trained])
            for name, column in zip(numbers, values, strict=True):
                numbers[name] += column.tolist()
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
