"""The computation of an export, in plain numbers: from the cells of a row through the layers to the answer.

The three exports (ONNX, C, NumPy) write down the same `Blueprint`, and nothing of it is said twice: inputs come from
the schema's own `encode`, activations and links from their formula records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.files.exports.baseline_hazards import BaselineHazards
from glassnet.files.exports.decision import Decision
from glassnet.files.exports.interval_hazards import IntervalHazards
from glassnet.files.input_columns import Column, column_inputs, column_of, sample_cells
from glassnet.files.layer import Layer
from glassnet.files.model import ModelFile
from glassnet.formulas import Activation, activations, losses, mixed
from glassnet.formulas.loss import Link, links
from glassnet.formulas.randomness import Purpose, uniform
from glassnet.layers.windows import Windowed
from glassnet.tables import NULL_STRINGS, Schema
from glassnet.tables.columns.stratum import STRATUM
from glassnet.tables.outcome import Outcome, outcomes

PROBABLE = ("logistic", "softmax")
"""Links whose predictions are probabilities."""
_FEWEST_SAMPLES, _MOST_SAMPLES = 8, 24


@dataclass(frozen=True)
class LayerPlan:
    """Weights (members, n_in, n_out) and biases (members, n_out) in float64, and the activation.

    Of a layer that all members share there is one: (1, n_in, n_out) and (1, n_out). Where neurons take shares of their
    activation, it has the parameter ``mix``, whose values are the `mixes` (members, n_out). A layer that looks at
    images has its `record`, and arrays of its own shapes behind the members.
    """

    weights: np.ndarray
    biases: np.ndarray
    activation: Activation
    mixes: np.ndarray | None = None
    record: Windowed | None = None

    def member(self, m: int) -> LayerPlan:
        """The layer of one member alone."""
        arrays = (self.weights, self.biases, self.mixes)
        own = [None if each is None else each[m : m + 1] if len(each) > 1 else each for each in arrays]
        assert own[0] is not None
        assert own[1] is not None
        return replace(self, weights=own[0], biases=own[1], mixes=own[2])

    @property
    def sizes(self) -> tuple[int, int]:
        """How many numbers enter and leave."""
        if self.record is None:
            return self.weights.shape[1], self.weights.shape[2]
        return self.record.n_in, self.record.n_out

    @property
    def values(self) -> dict[str, float]:
        """The parameters of the activation that all neurons have alike."""
        return {name: value for name, value in self.activation.values.items() if self.mixes is None or name != "mix"}

    def apply(self, a: np.ndarray, member: int) -> np.ndarray:
        """The activations of the layer of one member, from its inputs (n, n_in)."""
        place = member if len(self.weights) > 1 else 0
        mix = {} if self.mixes is None else {"mix": self.mixes[place]}
        if self.record is not None:
            z = self.record.forward(a, self.weights[place], self.biases[place])
            own = None if self.mixes is None else self.mixes[place]
            return np.asarray(self.record.acting(own).apply(z))
        return np.asarray(self.activation.value(z=a @ self.weights[place] + self.biases[place], **self.values, **mix))


@dataclass(frozen=True)
class Blueprint:
    """All that an export needs.

    Parameters
    ----------
    task : {"regression", "classification", "multilabel"}
    target : str
        Name of what is predicted, or empty.
    columns : tuple of NumberColumn, LevelColumn and ImageColumn
        Empty when the model takes a plain matrix.
    input_names : tuple of str
        One per input of the network.
    stacks : tuple of tuple of LayerPlan
        The layers of the networks; one entry for all networks that have the same.
    link : Link
        From the raw prediction of each member to its prediction; members are averaged after it.
    normalize : bool
        Whether the probabilities of a row are divided by their sum.
    center, scale : float
        Of a regression: prediction = link(raw) * scale + center.
    limits : (float, float) or None
        Between which predictions of a regression stay, where they do.
    classes : tuple
        Labels in order.
    version : str
    nulls : tuple of str
        Texts that mean a missing cell.
    decision : Decision or None
        Of two classes, the threshold by which they are told apart; None: the most probable class.
    baseline : BaselineHazards or None
        Of a time to an event whose networks have one output for each cause.
    intervals : IntervalHazards or None
        Of a time to an event whose networks have an output for each interval of time.
    """

    task: str
    target: str
    columns: tuple[Column, ...]
    input_names: tuple[str, ...]
    stacks: tuple[tuple[LayerPlan, ...], ...]
    link: Link
    normalize: bool
    center: float | tuple[float, ...]
    scale: float | tuple[float, ...]
    limits: tuple[float, float] | None
    classes: tuple[Any, ...]
    version: str
    nulls: tuple[str, ...] = NULL_STRINGS
    decision: Decision | None = None
    baseline: BaselineHazards | None = None
    intervals: IntervalHazards | None = None

    @property
    def known_times(self) -> np.ndarray | None:
        """Of a time to an event, the times at which something is known of the curve."""
        if self.baseline is not None:
            return self.baseline.times
        return None if self.intervals is None else self.intervals.ends

    @property
    def members(self) -> int:
        """How many networks predict together."""
        return sum(self.counts)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many networks each stack of layers holds."""
        return tuple(len(layers[0].weights) for layers in self.stacks)

    @property
    def layers(self) -> tuple[LayerPlan, ...]:
        """The layers of all stacks, one after the other."""
        return tuple(layer for layers in self.stacks for layer in layers)

    @property
    def n_outputs(self) -> int:
        """Outputs of each network."""
        return self.stacks[0][-1].sizes[1]

    @property
    def answer_rule(self) -> str:
        """The rule for the class given the probabilities, in words."""
        return "the most probable class" if self.decision is None else f"the class: {self.decision.rule(self.classes)}"

    @property
    def probable(self) -> bool:
        """Whether the answer has probabilities."""
        return not self.numbers and self.link.name in PROBABLE

    @property
    def outcome(self) -> Outcome:
        """The kind of what is predicted."""
        return outcomes[self.task]

    @property
    def numbers(self) -> bool:
        """Whether the answer is a number, not a label."""
        return not self.outcome.labeled

    @property
    def pair(self) -> bool:
        """Whether one output stands for two classes."""
        return self.n_outputs == 1 and not self.numbers and not self.outcome.several

    @classmethod
    def of(cls, model: ModelFile) -> Blueprint:
        """The blueprint of a model file."""
        loss, outcome = losses.resolve(model.loss), outcomes[model.task]
        if not outcome.exported:
            raise ModelFileError(f"Models of {outcome.noun} ({model.task}) cannot be exported yet.")
        schema = model.table_schema
        nulls = NULL_STRINGS if schema is None else schema.null_strings
        columns = () if schema is None else tuple(column_of(column, nulls) for column in schema.inputs)
        stacks = tuple(_stack(part) for part in (model, *model.further))
        names = _matrix_names(model) if schema is None else schema.feature_names
        center: float | tuple[float, ...]
        scale: float | tuple[float, ...]
        center, scale = (0.0, 1.0) if schema is None else schema.outcome.unit
        baseline = None
        if "risk_scale" in model.arrays:
            layers = () if schema is None else ((c.name, c.levels) for c in schema.columns if c.role == STRATUM)
            baseline = BaselineHazards.of(model.arrays, *next(iter(layers), ()))
        if len(model.arrays.get("risk_scale", ())) > 2:
            slopes, middles = model.arrays["risk_scale"].reshape(-1, 2).astype(np.float64).T
            scale, center = tuple(slopes.tolist()), tuple((-slopes * middles).tolist())
        elif "risk_scale" in model.arrays:  # risks around that of the mean patient, and the hazard of that patient
            slope, middle = map(float, model.arrays["risk_scale"])
            scale, center = slope, -slope * middle
        intervals = None
        if "hazard_weights" in model.arrays:
            assert schema is not None
            ends = getattr(schema.outcome, "time_intervals").ends  # noqa: B009 (only times to an event have them)
            intervals = IntervalHazards.of(ends, model.arrays, loss.link)
        n_out = model.layers[-1].n_out
        return cls(
            model.task, _target(schema, outcome), columns, tuple(names), stacks, links[loss.link],
            normalize=outcome.labeled and not outcome.several and n_out > 1 and loss.link == "logistic",
            center=center, scale=scale, limits=_limits(model, schema),
            classes=tuple(model.classes), version=model.version, nulls=nulls,
            decision=Decision.of(model.fitted, len(model.classes) if n_out == 1 else 0), baseline=baseline,
            intervals=intervals,
        )  # fmt: skip

    def encode(self, rows: Any) -> np.ndarray:
        """Inputs of the network (n, n_inputs) in float64, from a dict of columns (NaN or None: missing) or a matrix."""
        if not self.columns:
            return np.asarray(rows, dtype=np.float64)
        return np.hstack([column_inputs(column, rows[column.name]) for column in self.columns])

    def answer(self, rows: Any) -> dict[str, np.ndarray]:
        """The answers that every export must give for these rows, in float64.

        ``prediction`` for regression, and ``hazards`` where intervals of time have them;
        ``label`` and ``probabilities`` (or ``decision``, where there are none) else.
        """
        predictions = []
        inputs = self.encode(rows)
        for layers, count in zip(self.stacks, self.counts, strict=True):
            for member in range(count):
                a = inputs
                for layer in layers:
                    a = layer.apply(a, member)
                predictions.append((a, self.link.apply(a)))
        if self.numbers:
            mean = np.asarray(sum(prediction for _, prediction in predictions) / self.members)
            if self.intervals is not None:
                return self.intervals.answer(mean)
            amounts = mean * np.asarray(self.scale) + np.asarray(self.center)
            return {"prediction": amounts if self.limits is None else np.clip(amounts, *self.limits)}
        if not self.probable:
            decision = np.asarray(sum(raw for raw, _ in predictions) / self.members)
            return {"decision": decision, "label": self._labels(decision, 0.0)}
        chance = np.asarray(sum(prediction for _, prediction in predictions) / self.members)
        labels = self._labels(chance, 0.5)
        if self.pair:
            chance = np.hstack([1 - chance, chance])
            if self.decision is not None:
                labels = self.decision.codes(chance)
        elif self.normalize:
            chance = chance / chance.sum(axis=1, keepdims=True)
        return {"probabilities": chance, "label": labels}

    def _labels(self, score: np.ndarray, threshold: float) -> np.ndarray:
        """Codes of the labels (n,), or 0/1 (n, labels) for several labels per row."""
        if self.outcome.several:
            return (score > threshold).astype(np.int64)
        return (score[:, 0] > threshold).astype(np.int64) if score.shape[1] == 1 else score.argmax(axis=1)

    def sample_rows(self) -> Any:
        """A few made-up rows that visit ranges, levels, missing and unknown cells: for self-tests in exports."""
        if not self.columns:
            return (
                4 * uniform(0, Purpose.SPLIT, _FEWEST_SAMPLES * len(self.input_names)).reshape(_FEWEST_SAMPLES, -1) - 2
            )
        choices = [sample_cells(column) for column in self.columns]
        n = min(max(_FEWEST_SAMPLES, *map(len, choices)), _MOST_SAMPLES)
        return {
            column.name: [cells[(row + place) % len(cells)] for row in range(n)]
            for place, (column, cells) in enumerate(zip(self.columns, choices, strict=True))
        }


def _target(schema: Schema | None, outcome: Outcome) -> str:
    """The name of the predicted column, or of the answer."""
    if schema is None:
        return ""
    return str(schema.target) if outcome.labeled else schema.outcome.answered


def _limits(model: ModelFile, schema: Schema | None) -> tuple[float, float] | None:
    """The smallest and the largest target, where predictions stay between them."""
    if schema is None or outcomes[model.task].labeled or model.fitted.get("clamped") is not True:
        return None
    return float(schema.target_column.minimum), float(schema.target_column.maximum)


def _stack(model: ModelFile) -> tuple[LayerPlan, ...]:
    """The layers of a part of the model in plain numbers."""
    return tuple(
        LayerPlan(
            _once(layer, w),
            _once(layer, b),
            activations.resolve(layer.activation)
            if mixes is None
            else mixed(activations.resolve(layer.activation), np.ones(1)).of(0),
            None if mixes is None else mixes.astype(np.float64),
            layer.spec if isinstance(layer.spec, Windowed) else None,
        )
        for layer, w, b, mixes in zip(model.layers, model.weights, model.biases, model.mixes, strict=True)
    )


def _once(layer: Layer, array: np.ndarray) -> np.ndarray:
    """An array of all members in float64; of a shared layer that of one."""
    return array[: 1 if layer.kind == "shared" else None].astype(np.float64)


def _matrix_names(model: ModelFile) -> Sequence[str]:
    """Names for the inputs of a model that takes a matrix."""
    names = model.fitted.get("feature_names") or ()
    n_in = model.layers[0].n_in
    return tuple(map(str, names)) if len(names) == n_in else tuple(f"x{k + 1}" for k in range(n_in))
