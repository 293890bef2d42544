"""A trace as strict JSON types: the wire format of every page that shows one.

Arrays become nested lists, records become objects, and the three floats that JSON lacks become the texts
``"Infinity"``, ``"-Infinity"`` and ``"NaN"``. Keys keep their order, so equal traces give equal bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

FORMAT = 1
"""Version of the wire format."""


def canonical(value: Any) -> Any:
    """A value made of dict, list, str, int, finite float, bool and None only."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    if isinstance(value, np.ndarray):
        return canonical(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items()}
    return [canonical(item) for item in value]


def trace_json(trace: Trace, *, rows: int | None = 100) -> dict[str, Any]:
    """The trace as one JSON object; arrays over the rows hold the first `rows` rows and ``n_rows`` counts them all."""
    kept = slice(0, rows)
    loss, update = trace.loss, trace.update
    document: dict[str, Any] = {
        "format": FORMAT,
        "layer_sizes": trace.layer_sizes,
        "n_rows": trace.n_rows,
        "rows_shown": min(trace.n_rows, trace.n_rows if rows is None else rows),
        "feature_names": trace.feature_names,
        "target_names": trace.target_names,
        "row_names": trace.row_names[kept],
        "inputs": [
            [{"feature": s.feature, "raw": s.raw, "value": s.value, "formula": s.formula} for s in row]
            for row in trace.inputs[kept]
        ],
        "X": trace.X[kept],
        "y": trace.y[kept],
        "forward": [
            {
                "layer": f.layer, "activation": f.activation.spec, "formula": f.activation.value.source,
                "weights": f.weights, "biases": f.biases, "z": f.z[kept], "a": f.a[kept],
                "keep": None if f.keep is None else f.keep[kept], "mixes": f.mixes,
                "connections": None if f.connections is None else f.connections.to_plain(),
            }
            for f in trace.forward
        ],
        "loss": {
            "loss": loss.loss.spec, "reduction": loss.reduction, "factor": loss.factor,
            "raw_prediction": loss.raw_prediction[kept], "prediction": loss.prediction[kept],
            "targets": loss.y[kept], "label_smoothing": loss.label_smoothing,
            "row_losses": loss.row_losses[kept], "row_weights": loss.row_weights[kept],
            "data": loss.data, "total": loss.total, "after_update": trace.new_loss,
            "penalties": [{"name": p.name, "strength": p.strength, "value": p.value} for p in loss.penalties],
        },
        "backward": [
            {
                "layer": b.layer, "arriving": b.arriving[kept], "slope": b.slope[kept], "delta": b.delta[kept],
                "d_weights": b.d_weights, "d_biases": b.d_biases, "penalty_d_weights": b.penalty_d_weights,
                "d_mixes": b.d_mixes,
            }
            for b in trace.backward
        ],
        "checks": {
            name: {
                "analytic": c.analytic, "numeric": c.numeric, "width": c.width, "relative_error": c.relative_error,
                "verdict": c.verdict,
            }
            for name, c in trace.checks.items()
        },
        "update": {
            "optimizer": update.optimizer.spec, "step": update.step, "epoch": trace.epoch,
            "learning_rate": update.learning_rate, "scalars": update.scalars,
            "formulas": {name: formula.source for name, formula in update.optimizer.updates.items()},
            "state_before": update.state_before, "state_after": update.state_after,
            "weights": update.weights, "biases": update.biases, "mixes": update.mixes,
            "decay": update.decay, "clip_norm": update.clipping.clip_norm, "gradient_norm": update.clipping.norm,
            "clip_factor": update.clipping.factor,
            "made": [
                None if parts is None else {
                    "parametrization": parts.parametrization.spec, "factor": parts.factor, "free": parts.free,
                    "scales": parts.scales, "d_free": parts.d_free, "d_scales": parts.d_scales,
                    "new_free": parts.new_free, "new_scales": parts.new_scales,
                }
                for parts in update.parts
            ],
        },
        "engine": None if trace.engine is None else {
            "dtype": trace.engine.dtype,
            "differences": {d.quantity: {"largest": d.largest, "size": d.size} for d in trace.engine.differences},
        },
    }  # fmt: skip
    if not trace.is_flat:
        document["layers"] = [
            {
                "kind": f.spec.kind, "spec": repr(f.spec), "shape_in": f.spec.shape_in, "carried_in": f.spec.n_carried,
                "shape_out": f.spec.shape_out, "carried_out": f.spec.n_carried_out,
            }
            for f in trace.forward
        ]  # fmt: skip
        document["d_inputs"] = trace.d_inputs[kept]
    if trace.augmented is not None:
        document["seen"] = {
            "version": trace.augmented.version, "rows": trace.augmented.numbers[kept],
            "X_before": trace.augmented.X[kept],
            "changes": trace.augmented.words[kept],
        }  # fmt: skip
    result = canonical(document)
    assert isinstance(result, dict)
    return result
