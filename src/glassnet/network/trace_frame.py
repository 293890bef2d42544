"""A trace as a data frame: one row per weight and bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.errors import MissingDependency

if TYPE_CHECKING:
    from glassnet.network.trace import Trace


def trace_frame(trace: Trace) -> Any:
    """A pandas data frame; a parameter that was not checked has no value in `check` and `relative_error`."""
    try:
        import pandas  # type: ignore[import-untyped]
    except ImportError:
        raise MissingDependency("Trace.frame() needs pandas: pip install pandas") from None

    rows = []
    for name in trace.parameter_names:
        step, check = trace.parameter(name), trace.checks.get(name)
        rows.append({
            "parameter": name,
            "layer": step.layer,
            "from": trace.feature_names[step.index[0]] if step.kind == "weights" and step.layer == 1 else
            (str(step.index[0]) if step.kind == "weights" else "bias"),
            "neuron": step.index[-1],
            "old": step.old,
            "data_gradient": step.data_gradient,
            "penalty_gradient": step.penalty_gradient,
            "gradient": step.gradient,
            "check": check.numeric if check else float("nan"),
            "relative_error": check.relative_error if check else float("nan"),
            "new": step.new,
        })  # fmt: skip
    return pandas.DataFrame(rows).set_index("parameter")
