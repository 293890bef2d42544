"""Baseline hazards in the three exports, of strata too: from a risk to a curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.files.exports.c_text import double_literal, string_literal

if TYPE_CHECKING:
    from glassnet.files.exports.onnx_graph import OnnxGraph

LOG_OF_ZERO = -1e300  # stands for -inf, which C has no literal for


@dataclass(frozen=True)
class BaselineHazards:
    """The baselines at all event times: one, or one for each stratum.

    Attributes
    ----------
    times : array, shape (m,)
        The event times of all strata and causes.
    log_hazard : array, shape (baselines, m)
        For one event, the logarithm of the baseline hazard from each time on; `LOG_OF_ZERO` before the first event.
    rises : array, shape (baselines, causes, m)
        The rise of the baseline hazard of each cause at each time.
    column : str
        The column of strata; "" if there are none.
    strata : tuple of str
    """

    times: np.ndarray
    log_hazard: np.ndarray
    rises: np.ndarray
    column: str = ""
    strata: tuple[str, ...] = ()

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], column: str = "", strata: Sequence[str] = ()) -> BaselineHazards:
        """From the arrays of a model file, and its strata if there are any."""
        steps = arrays.get("baseline_steps")
        ends = [] if steps is None else np.cumsum(steps)[:-1].astype(int).tolist()
        times, logs = (np.split(arrays[name], ends) for name in ("baseline_time", "baseline_log_hazard"))
        grid = np.unique(np.concatenate(times))
        each = np.stack([
            np.concatenate([[-np.inf], log])[np.searchsorted(time, grid, "right")]
            for time, log in zip(times, logs, strict=True)
        ]).reshape(max(len(strata), 1), -1, len(grid))  # fmt: skip
        rises = np.diff(np.exp(each), axis=2, prepend=0.0)
        return cls(grid, np.maximum(each[:, 0], LOG_OF_ZERO), rises, column, tuple(strata))

    @property
    def causes(self) -> int:
        """The number of causes."""
        return int(self.rises.shape[1])

    def _own(self, each: np.ndarray) -> np.ndarray:
        """The values of each stratum, or those of the only baseline."""
        return each if self.strata else each[0]

    # Python

    @property
    def python_constants(self) -> dict[str, np.ndarray]:
        """Arrays by their names in the module."""
        name, each = ("RISES", self.rises) if self.causes > 1 else ("LOG_HAZARD", self.log_hazard)
        return {"TIMES": self.times, name: self._own(each)}

    def python_functions(self) -> str:
        """The functions for curves."""
        own = "[stratum(rows)]" if self.strata else ""
        known = self._python_strata() if self.strata else ""
        if self.causes == 1:
            return f'''{known}

def survival(rows, times):
    """The event-free probability at each time, one row per row."""
    hazard = np.insert(LOG_HAZARD, 0, -np.inf, axis=-1)[..., np.searchsorted(TIMES, times, "right")]
    return np.exp(-np.exp(np.asarray(predict(rows)["prediction"]).reshape(-1, 1) + hazard{own}))
'''
        return f'''{known}

def incidence(rows, times):
    """The share that has had each cause by each time, of shape (rows, times, causes)."""
    hazards = np.exp(np.asarray(predict(rows)["prediction"]))[:, :, None] * RISES{own}
    summed = hazards.sum(axis=1, keepdims=True)
    taken = np.exp(summed - np.cumsum(summed, axis=2)) * -np.expm1(-summed)
    shares = np.cumsum(taken * hazards / np.where(summed > 0, summed, 1.0), axis=2)
    reached = np.concatenate([np.zeros(shares.shape[:2] + (1,)), shares], axis=2)
    return reached[:, :, np.searchsorted(TIMES, times, "right")].transpose(0, 2, 1)
'''

    def _python_strata(self) -> str:
        """The function for the strata of rows."""
        strata = ", ".join(f"{name!r}: {k}" for k, name in enumerate(self.strata))
        return f'''

def stratum(rows):
    """The number of each row's stratum; each has a curve of its own."""
    def number(cell):
        try:
            return float(cell)
        except (TypeError, ValueError):
            return None
    known = {{{strata}}}
    known |= {{number(name): k for name, k in known.items() if number(name) is not None}}
    cells = [text(cell) for cell in rows[{self.column!r}]]
    cells = [cell if cell in known else number(cell) for cell in cells]
    if any(cell not in known for cell in cells):
        raise ValueError("row %d is of no known stratum" % [cell in known for cell in cells].index(False))
    return np.array([known[cell] for cell in cells], dtype=int)
'''

    # C

    def c_functions(self, name: str, wrapped: Callable[[Any, str], str]) -> list[str]:
        """From risks, and a stratum if there are any, to the probability of the event by a time."""
        baselines, causes, count = self.rises.shape
        times = wrapped(map(double_literal, self.times), "    ")
        of, given, takes = (
            (" and the stratum; NAN for none", "stratum", " int stratum,") if self.strata else ("", "", "")
        )
        strata = self._c_strata(name, wrapped) if self.strata else []
        guard = f"  if ({given} < 0 || {given} >= {baselines}) return NAN;\n" if given else ""
        if causes == 1:
            hazard = wrapped(map(double_literal, self.log_hazard.ravel()), "    ")
            at = f"{given} * {count} + low - 1" if given else "low - 1"
            return [*strata, (
                f"/* The event-free probability at a time, from the prediction{of}. */\n"
                f"static inline double {name}_alive(double risk,{takes} double time) {{\n"
                f"  static const double times[{count}] = {{\n{times}}};\n"
                f"  static const double log_hazard[{baselines * count}] = {{\n{hazard}}};\n"
                f"  int low = 0, high = {count}; /* how many times are not later */\n{guard}"
                "  while (low < high) {\n    const int middle = (low + high) / 2;\n"
                "    if (times[middle] <= time) low = middle + 1; else high = middle;\n  }\n"
                f"  return low == 0 ? 1.0 : exp(-exp(risk + log_hazard[{at}]));\n}}\n"
            )]  # fmt: skip
        rises = wrapped(map(double_literal, self.rises.ravel()), "    ")
        at = f"({given} * {causes} + k) * {count} + j" if given else f"k * {count} + j"
        known = f"  const int known = {given} >= 0 && {given} < {baselines};\n" if given else ""
        start, only = ("known ? 0.0 : NAN", "known && ") if given else ("0.0", "")
        return [*strata, (
            f"/* The share that has had each cause by a time, from the prediction, which has a risk for each{of}. */\n"
            f"static inline void {name}_incidence(const double *risks,{takes} double time, double *shares) {{\n"
            f"  static const double times[{count}] = {{\n{times}}};\n"
            f"  static const double rises[{baselines * causes * count}] = {{\n{rises}}};\n"
            f"  double passed = 0.0;\n{known}"
            f"  for (int k = 0; k < {causes}; ++k) shares[k] = {start};\n"
            f"  for (int j = 0; {only}j < {count} && times[j] <= time; ++j) {{\n"
            f"    double hazards[{causes}], summed = 0.0;\n"
            f"    for (int k = 0; k < {causes}; ++k)\n"
            f"      summed += hazards[k] = exp(risks[k]) * rises[{at}];\n"
            "    if (summed <= 0.0) continue;\n"
            f"    for (int k = 0; k < {causes}; ++k)\n"
            "      shares[k] += exp(-passed) * -expm1(-summed) * hazards[k] / summed;\n"
            "    passed += summed;\n  }\n}\n"
        )]  # fmt: skip

    def _c_strata(self, name: str, wrapped: Callable[[Any, str], str]) -> list[str]:
        """The function for the number of a stratum."""
        names, count = wrapped(map(string_literal, self.strata), "    "), len(self.strata)
        return [
            "/* The number of a stratum from its cell as text; -1 if training did not have it. */\n"
            f"static inline int {name}_stratum(const char *cell) {{\n"
            f"  static const char *const strata[{count}] = {{\n{names}}};\n"
            f"  for (int k = 0; cell && k < {count}; ++k)\n    if (strcmp(cell, strata[k]) == 0) return k;\n"
            "  return -1;\n}\n"
        ]

    # ONNX

    def onnx_input(self, graph: OnnxGraph, name: str) -> Any:
        """The input that holds the stratum of each row, as text."""
        about = f"the stratum, as text: {', '.join(self.strata)}"[:2000]
        if name != self.column:
            about += f" (the column {self.column!r})"
        return graph.onnx.helper.make_tensor_value_info(name, graph.onnx.TensorProto.STRING, ["rows", 1], about)

    def onnx_stratum(self, graph: OnnxGraph, cells: str, domain: str) -> str:
        """The number of each row's stratum, (rows,); the number of strata for one that training did not have."""
        code = graph.add(
            "LabelEncoder", cells, domain=domain, keys_strings=list(self.strata),
            values_int64s=list(range(len(self.strata))), default_int64=len(self.strata),
        )  # fmt: skip
        return graph.add("Squeeze", code, graph.constant(np.array([1]), np.int64))

    def onnx_curves(self, graph: OnnxGraph, risk: str, times: str, stratum: str) -> str:
        """The event-free probability, (rows, n_times), or the share of each cause, (rows, n_times, causes)."""
        return (self._onnx_alive if self.causes == 1 else self._onnx_incidence)(graph, risk, times, stratum)

    def _onnx_alive(self, graph: OnnxGraph, risk: str, times: str, stratum: str) -> str:
        """``exp(-exp(risk + log H(t)))`` with the steps of H until then."""
        last = graph.constant(np.array([1]), np.int64)
        passed = graph.add("LessOrEqual", graph.constant(self.times[None]), graph.add("Unsqueeze", times, last))
        steps = graph.add(
            "ReduceSum", graph.add("Cast", passed, to=graph.onnx.TensorProto.INT64), last, keepdims=0
        )  # fmt: skip
        logs = np.where(self.log_hazard == LOG_OF_ZERO, -np.inf, self.log_hazard)
        logs = np.insert(logs, 0, -np.inf, axis=1)
        if self.strata:
            own = graph.add("Gather", graph.constant(_with_unknown(logs)), stratum, axis=0)
            hazard = graph.add("Gather", own, steps, axis=1)
        else:
            hazard = graph.add("Gather", graph.constant(logs[0]), steps, axis=0)
        size = graph.add("Exp", graph.add("Add", graph.add("Unsqueeze", risk, last), hazard))
        return graph.add("Exp", graph.add("Neg", size))

    def _onnx_incidence(self, graph: OnnxGraph, risks: str, times: str, stratum: str) -> str:
        """The share that has had each cause, as `glassnet.survival.Competing` computes it."""
        last, middle = (graph.constant(np.array([axis]), np.int64) for axis in (2, 1))
        if self.strata:
            rises = graph.add("Gather", graph.constant(_with_unknown(self.rises)), stratum, axis=0)
        else:
            rises = graph.constant(self.rises)
        hazards = graph.add("Mul", graph.add("Exp", graph.add("Unsqueeze", risks, last)), rises)
        summed = graph.add("ReduceSum", hazards, middle, keepdims=1)
        total = graph.add("CumSum", summed, graph.constant(np.array(2), np.int64))
        left = graph.add("Exp", graph.add("Sub", summed, total))
        one = graph.constant(1.0)
        taken = graph.add("Mul", left, graph.add("Sub", one, graph.add("Exp", graph.add("Neg", summed))))
        tiny = graph.constant(np.finfo(graph.precision).tiny)
        parts = graph.add("Mul", taken, graph.add("Div", hazards, graph.add("Max", summed, tiny)))
        passed = graph.add("LessOrEqual", graph.constant(self.times[:, None]), graph.add(
            "Unsqueeze", times, graph.constant(np.array([0]), np.int64)))  # fmt: skip
        shares = graph.add("MatMul", parts, graph.add("Cast", passed, to=graph.element))
        return graph.add("Transpose", shares, perm=[0, 2, 1])


def _with_unknown(each: np.ndarray) -> np.ndarray:
    """The values of each stratum, and NaN for one that training did not have."""
    return np.concatenate([each, np.full((1, *each.shape[1:]), np.nan)])
