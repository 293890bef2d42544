"""Baseline hazards of strata in the three exports: from a risk and a stratum to a curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.files.exports.c_text import double_literal, string_literal

if TYPE_CHECKING:
    from glassnet.files.exports.onnx_graph import OnnxGraph

_NONE = -1e300  # for the logarithm of 0, which C has no literal for


@dataclass(frozen=True)
class StratumHazards:
    """The baselines of strata at all event times.

    Attributes
    ----------
    column : str
        The column of strata.
    strata : tuple of str
    times : array, shape (m,)
        The event times of all strata and causes.
    log_hazard : array, shape (strata, m)
        For one event, the logarithm of the baseline hazard from each time on; `_NONE` before the first event.
    rises : array, shape (strata, causes, m)
        The rise of the baseline hazard of each cause at each time.
    """

    column: str
    strata: tuple[str, ...]
    times: np.ndarray
    log_hazard: np.ndarray
    rises: np.ndarray

    @classmethod
    def of(cls, column: str, strata: Sequence[str], arrays: Mapping[str, np.ndarray]) -> StratumHazards:
        """From the strata and the arrays of a model file."""
        ends = np.cumsum(arrays["baseline_steps"])[:-1].astype(int).tolist()
        times, logs = (np.split(arrays[name], ends) for name in ("baseline_time", "baseline_log_hazard"))
        grid = np.unique(np.concatenate(times))
        each = np.stack([
            np.concatenate([[-np.inf], log])[np.searchsorted(time, grid, "right")]
            for time, log in zip(times, logs, strict=True)
        ]).reshape(len(strata), -1, len(grid))  # fmt: skip
        rises = np.diff(np.exp(each), axis=2, prepend=0.0)
        return cls(column, tuple(strata), grid, np.maximum(each[:, 0], _NONE), rises)

    @property
    def causes(self) -> int:
        """The number of causes."""
        return int(self.rises.shape[1])

    # Python

    @property
    def python_constants(self) -> dict[str, np.ndarray]:
        """Arrays by their names in the module."""
        return {"TIMES": self.times, **({"RISES": self.rises} if self.causes > 1 else {"LOG_HAZARD": self.log_hazard})}

    def python_functions(self) -> str:
        """The functions for curves."""
        strata = ", ".join(f"{name!r}: {k}" for k, name in enumerate(self.strata))
        known = f'''

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
        if self.causes == 1:
            return (
                known
                + '''

def survival(rows, times):
    """The event-free probability at each time, one row per row."""
    hazard = np.hstack([np.full((len(LOG_HAZARD), 1), -np.inf), LOG_HAZARD])[:, np.searchsorted(TIMES, times, "right")]
    return np.exp(-np.exp(np.asarray(predict(rows)["prediction"]).reshape(-1, 1) + hazard[stratum(rows)]))
'''
            )
        return (
            known
            + '''

def incidence(rows, times):
    """The share that has had each cause by each time, of shape (rows, times, causes)."""
    hazards = np.exp(np.asarray(predict(rows)["prediction"]))[:, :, None] * RISES[stratum(rows)]
    summed = hazards.sum(axis=1, keepdims=True)
    taken = np.exp(summed - np.cumsum(summed, axis=2)) * -np.expm1(-summed)
    shares = np.cumsum(taken * hazards / np.where(summed > 0, summed, 1.0), axis=2)
    reached = np.concatenate([np.zeros(shares.shape[:2] + (1,)), shares], axis=2)
    return reached[:, :, np.searchsorted(TIMES, times, "right")].transpose(0, 2, 1)
'''
        )

    # C

    def c_functions(self, name: str, wrapped: Callable[[Any, str], str]) -> list[str]:
        """The number of a stratum; and from risks and a stratum to the probability of the event by a time."""
        strata, causes, count = self.rises.shape
        names = wrapped(map(string_literal, self.strata), "    ")
        times = wrapped(map(double_literal, self.times), "    ")
        found = (
            "/* The number of a stratum from its cell as text; -1 if training did not have it. */\n"
            f"static inline int {name}_stratum(const char *cell) {{\n"
            f"  static const char *const strata[{strata}] = {{\n{names}}};\n"
            f"  for (int k = 0; cell && k < {strata}; ++k)\n    if (strcmp(cell, strata[k]) == 0) return k;\n"
            "  return -1;\n}\n"
        )
        if causes == 1:
            hazard = wrapped(map(double_literal, self.log_hazard.ravel()), "    ")
            return [found, (
                "/* The event-free probability at a time, from the prediction and the stratum; NAN for none. */\n"
                f"static inline double {name}_alive(double risk, int stratum, double time) {{\n"
                f"  static const double times[{count}] = {{\n{times}}};\n"
                f"  static const double log_hazard[{strata * count}] = {{\n{hazard}}};\n"
                f"  int low = 0, high = {count}; /* how many times are not later */\n"
                f"  if (stratum < 0 || stratum >= {strata}) return NAN;\n"
                "  while (low < high) {\n    const int middle = (low + high) / 2;\n"
                "    if (times[middle] <= time) low = middle + 1; else high = middle;\n  }\n"
                f"  return low == 0 ? 1.0 : exp(-exp(risk + log_hazard[stratum * {count} + low - 1]));\n}}\n"
            )]  # fmt: skip
        rises = wrapped(map(double_literal, self.rises.ravel()), "    ")
        return [found, (
            "/* The share that has had each cause by a time, from the prediction and the stratum; NAN for none. */\n"
            f"static inline void {name}_incidence(const double *risks, int stratum, double time, double *shares) {{\n"
            f"  static const double times[{count}] = {{\n{times}}};\n"
            f"  static const double rises[{strata * causes * count}] = {{\n{rises}}};\n"
            "  double passed = 0.0;\n"
            f"  const int known = stratum >= 0 && stratum < {strata};\n"
            f"  for (int k = 0; k < {causes}; ++k) shares[k] = known ? 0.0 : NAN;\n"
            f"  for (int j = 0; known && j < {count} && times[j] <= time; ++j) {{\n"
            f"    double hazards[{causes}], summed = 0.0;\n"
            f"    for (int k = 0; k < {causes}; ++k)\n"
            f"      summed += hazards[k] = exp(risks[k]) * rises[(stratum * {causes} + k) * {count} + j];\n"
            "    if (summed <= 0.0) continue;\n"
            f"    for (int k = 0; k < {causes}; ++k)\n"
            "      shares[k] += exp(-passed) * -expm1(-summed) * hazards[k] / summed;\n"
            "    passed += summed;\n  }\n}\n"
        )]  # fmt: skip

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

    @property
    def onnx_log_hazard(self) -> np.ndarray:
        """The logarithm of the hazard before and from each time on, (strata + 1, m + 1); NaN for an unknown stratum."""
        before = np.full((len(self.strata), 1), -np.inf)
        rows = np.hstack([before, np.where(self.log_hazard == _NONE, -np.inf, self.log_hazard)])
        return np.vstack([rows, np.full((1, rows.shape[1]), np.nan)])

    @property
    def onnx_rises(self) -> np.ndarray:
        """The rises, (strata + 1, causes, m); NaN for an unknown stratum."""
        return np.concatenate([self.rises, np.full((1, *self.rises.shape[1:]), np.nan)])
