"""Hazards in intervals of time in the three exports: from the networks' mean prediction to a risk and a curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from glassnet.files.exports.onnx_graph import OnnxGraph

_TINY = 1e-300


@dataclass(frozen=True)
class IntervalHazards:
    """The constants behind a network that has an output for each cause and interval.

    Attributes
    ----------
    starts, ends : array, shape (k,)
        Of the intervals.
    weights : array, shape (k,)
        Of the hazards in the risk.
    centers, levels : array, shape (causes,)
        What the risk is less, and what the hazards are multiplied by.
    logistic : bool
        Whether the prediction is the chance of the event in an interval; else it is its hazard.
    """

    starts: np.ndarray
    ends: np.ndarray
    weights: np.ndarray
    centers: np.ndarray
    levels: np.ndarray
    logistic: bool

    @classmethod
    def of(cls, ends: np.ndarray, arrays: Mapping[str, np.ndarray], link: str) -> IntervalHazards:
        """From the ends of the intervals, and the arrays and the link of a model file."""
        weights, centers, levels = (arrays[f"hazard_{name}"].astype(float) for name in ("weights", "centers", "levels"))
        return cls(np.concatenate([[0.0], ends[:-1]]), ends, weights, centers, levels, link == "logistic")

    @property
    def causes(self) -> int:
        """How many causes there are."""
        return len(self.levels)

    def answer(self, mean: np.ndarray) -> dict[str, np.ndarray]:
        """The risk, (n,) or (n, causes), and the hazards (n, causes * k), from mean predictions (n, causes * k)."""
        each = -np.log1p(-mean) if self.logistic else mean
        hazards = each.reshape(len(mean), self.causes, -1) * self.levels[:, None]
        risk = np.log(np.maximum(hazards @ self.weights, _TINY)) - self.centers
        return {"prediction": risk if self.causes > 1 else risk[:, 0], "hazards": hazards.reshape(mean.shape)}

    # Python

    @property
    def python_constants(self) -> dict[str, np.ndarray]:
        """Arrays by their names in the module."""
        return {
            "STARTS": self.starts, "ENDS": self.ends, "AT_RISK": self.weights, "CENTERS": self.centers,
            "LEVELS": self.levels,
        }  # fmt: skip

    def python_answer(self) -> list[str]:
        """The lines from ``prediction`` to what `predict` returns."""
        each = "-np.log1p(-prediction)" if self.logistic else "prediction"
        return [
            f"    hazards = ({each}).reshape(len(prediction), {self.causes}, -1) * LEVELS.reshape(-1, 1)",
            f"    risk = np.log(np.maximum(hazards @ AT_RISK.ravel(), {_TINY})) - CENTERS",
            f'    return {{"prediction": risk{"" if self.causes > 1 else "[:, 0]"}, "hazards": hazards}}', "",
        ]  # fmt: skip

    def python_functions(self) -> str:
        """The functions for curves."""
        passed = "np.clip((np.asarray(times, dtype=float)[:, None] - STARTS) / (ENDS - STARTS), 0, 1)"
        alive = f'''

def survival(rows, times):
    """The share without {"any" if self.causes > 1 else "the"} event at each time, one row per row."""
    passed = {passed}
    return np.exp(-(predict(rows)["hazards"].sum(axis=1) @ passed.T))
'''
        if self.causes == 1:
            return alive
        return (
            alive
            + f'''

def incidence(rows, times):
    """The share that has had each cause by each time, of shape (rows, times, causes)."""
    hazards = predict(rows)["hazards"]
    summed = hazards.sum(axis=1)
    passed = {passed}
    taken = np.exp(summed - np.cumsum(summed, axis=1))[:, None] * -np.expm1(-summed[:, None] * passed)
    return np.einsum("ntk,nck->ntc", taken, hazards / np.where(summed > 0, summed, 1.0)[:, None])
'''
        )

    # C

    def c_answer(self, double: Callable[[Any], str]) -> list[str]:
        """The statements that make hazards of the mean predictions in ``answers``."""
        k, n = len(self.ends), self.causes * len(self.ends)
        each = "-log1p(-answers[k])" if self.logistic else "answers[k]"
        levels = ", ".join(map(double, self.levels))
        return [
            f"  static const double levels[{self.causes}] = {{{levels}}};\n",
            f"  for (int k = 0; k < {n}; ++k) answers[k] = {each} * levels[k / {k}];\n",
        ]

    def c_functions(self, name: str, double: Callable[[Any], str], wrapped: Callable[[Any, str], str]) -> list[str]:
        """From hazards to the risk, the share without the event, and of several causes to the share with each."""
        k, causes = len(self.ends), self.causes
        starts, ends, weights = (
            f"  static const double {called}[{k}] = {{\n{wrapped(map(double, array), '    ')}}};\n"
            for called, array in (("starts", self.starts), ("ends", self.ends), ("weights", self.weights))
        )
        centers = f"  static const double centers[{causes}] = {{{', '.join(map(double, self.centers))}}};\n"
        passed = "fmin(fmax((time - starts[k]) / (ends[k] - starts[k]), 0.0), 1.0)"
        functions = [
            f"/* The risk of {'a cause, from 0 on' if causes > 1 else 'the event'}, from the answers. */\n"
            f"static inline double {name}_risk(const double *hazards{', int cause' if causes > 1 else ''}) {{\n"
            f"{weights}{centers}"
            f"{'' if causes > 1 else '  const int cause = 0;' + chr(10)}"
            f"  double mean = 0.0;\n"
            f"  for (int k = 0; k < {k}; ++k) mean += weights[k] * hazards[cause * {k} + k];\n"
            f"  return log(fmax(mean, {_TINY})) - centers[cause];\n}}\n",
            f"/* The share without {'any' if causes > 1 else 'the'} event at a time, from the answers. */\n"
            f"static inline double {name}_alive(const double *hazards, double time) {{\n{starts}{ends}"
            "  double sum = 0.0;\n"
            f"  for (int k = 0; k < {k}; ++k) {{\n    const double passed = {passed};\n"
            f"    for (int c = 0; c < {causes}; ++c) sum += hazards[c * {k} + k] * passed;\n  }}\n"
            "  return exp(-sum);\n}\n",
        ]
        if causes > 1:
            functions.append(
                "/* The share that has had each cause by a time, from the answers. */\n"
                f"static inline void {name}_incidence(const double *hazards, double time, double *shares) {{\n"
                f"{starts}{ends}  double before = 0.0;\n"
                f"  for (int c = 0; c < {causes}; ++c) shares[c] = 0.0;\n"
                f"  for (int k = 0; k < {k} && starts[k] < time; ++k) {{\n    double summed = 0.0;\n"
                f"    for (int c = 0; c < {causes}; ++c) summed += hazards[c * {k} + k];\n"
                f"    if (summed <= 0.0) continue;\n    const double passed = {passed};\n"
                f"    for (int c = 0; c < {causes}; ++c)\n"
                f"      shares[c] += exp(-before) * -expm1(-summed * passed) * hazards[c * {k} + k] / summed;\n"
                "    before += summed;\n  }\n}\n"
            )
        return functions

    # ONNX

    def onnx_hazards(self, graph: OnnxGraph, mean: str) -> str:
        """The value of the hazards, (rows, causes, k), from the mean predictions."""
        if self.logistic:
            mean = graph.add("Neg", graph.add("Log", graph.add("Sub", graph.constant(1.0), mean)))
        shape = graph.constant(np.array([-1, self.causes, len(self.ends)]), np.int64)
        return graph.add("Mul", graph.add("Reshape", mean, shape), graph.constant(self.levels[:, None]))

    def onnx_risk(self, graph: OnnxGraph, hazards: str) -> str:
        """The value of the risk, (rows,) or (rows, causes)."""
        last = graph.constant(np.array([2]), np.int64)
        mean = graph.add("ReduceSum", graph.add("Mul", hazards, graph.constant(self.weights)), last, keepdims=0)
        tiny = graph.constant(np.finfo(graph.precision).tiny)
        risk = graph.add("Sub", graph.add("Log", graph.add("Max", mean, tiny)), graph.constant(self.centers))
        return risk if self.causes > 1 else graph.add("Squeeze", risk, graph.constant(np.array([1]), np.int64))

    def onnx_curves(self, graph: OnnxGraph, hazards: str, times: str) -> str:
        """The value of the share without the event, (rows, times), or with each cause, (rows, times, causes)."""
        one, zero = graph.constant(1.0), graph.constant(0.0)
        gone = graph.add("Sub", graph.add("Unsqueeze", times, graph.constant(np.array([1]), np.int64)),
                         graph.constant(self.starts))  # fmt: skip
        passed = graph.add("Div", gone, graph.constant(self.ends - self.starts))
        passed = graph.add("Min", graph.add("Max", passed, zero), one)
        cause = graph.constant(np.array([1]), np.int64)
        if self.causes == 1:
            sums = graph.add(
                "MatMul", graph.add("Squeeze", hazards, cause), graph.add("Transpose", passed, perm=[1, 0])
            )
            return graph.add("Exp", graph.add("Neg", sums))
        summed = graph.add("ReduceSum", hazards, cause, keepdims=1)
        total = graph.add("CumSum", summed, graph.constant(np.array(2), np.int64))
        before = graph.add("Exp", graph.add("Sub", summed, total))
        left = graph.add("Exp", graph.add("Neg", graph.add("Mul", summed, passed)))
        taken = graph.add("Mul", before, graph.add("Sub", one, left))
        tiny = graph.constant(np.finfo(graph.precision).tiny)
        shares = graph.add("Div", hazards, graph.add("Max", summed, tiny))
        return graph.add("MatMul", taken, graph.add("Transpose", shares, perm=[0, 2, 1]))
