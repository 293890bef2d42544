"""Activations and losses in a model file: built-in ones by name, any other with its formulas spelled out.

On reading, formulas pass through the closed formula language, so a file can say any elementwise formula and do nothing
else; nothing in a file is looked up, imported or evaluated.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from glassnet.errors import ConfigurationError, FormulaError, ModelFileError
from glassnet.files import canonical_json
from glassnet.formulas import Activation, Expression, Loss, Parameter, activations, links, losses
from glassnet.formulas import activation as activation_records
from glassnet.formulas import loss as loss_records
from glassnet.formulas.language.syntax import FUNCTIONS
from glassnet.formulas.registry import Registry
from glassnet.plain import finite

_RESERVED = frozenset({"z", "a", "f", "y", "pi", *FUNCTIONS, *keyword.kwlist})
_TASKS: tuple[str, ...] = get_args(loss_records.Task)
_FUNCTIONALS: tuple[str, ...] = get_args(loss_records.Functional)
_PARAMETER: dict[str, type | tuple[type, ...]] = {
    "name": str, "default": (int, float), "meaning": str, "low": (int, float, type(None)),
    "high": (int, float, type(None)), "open_low": bool, "open_high": bool,
}  # fmt: skip
_ACTIVATION: dict[str, type | tuple[type, ...]] = {
    "name": str, "summary": str, "value": str, "derivative": str, "low": (int, float, type(None)),
    "high": (int, float, type(None)), "kinks": list, "gain": (int, float), "parameters": list, "reference": str,
}  # fmt: skip
_LOSS: dict[str, type | tuple[type, ...]] = {
    "name": str, "summary": str, "value": str, "gradient": str, "link": str, "task": str,
    "low": (int, float, type(None)), "high": (int, float, type(None)), "open_target": bool, "functional": str,
    "kinks": (str, type(None)), "parameters": list, "reference": str,
}  # fmt: skip


def store_activation(spec: str | Activation) -> Any:
    """The spec of a built-in activation, or all formulas of another."""
    record = activations.resolve(spec)
    if record.name in activation_records.BUILT_IN and _same_but_values(record, activations[record.name]):
        return record.spec
    return {
        "name": record.name, "summary": record.summary, "value": record.value.source,
        "derivative": record.derivative.source, "low": finite(record.range[0]), "high": finite(record.range[1]),
        "kinks": [float(kink) for kink in record.kinks], "gain": float(record.gain),
        "parameters": _store_parameters(record.parameters), "reference": record.reference,
    }  # fmt: skip


def store_loss(spec: str | Loss) -> Any:
    """The spec of a built-in loss, or all formulas of another; a loss that couples outputs has no formula to store."""
    record = losses.resolve(spec)
    if record.name in loss_records.BUILT_IN and _same_but_values(record, losses[record.name]):
        return record.spec
    if record.value is None or record.gradient is None:
        raise ModelFileError(
            f"The loss {record.name!r} is written in Python, not as a formula, so it cannot be stored in a model file. "
            f"Give it formulas, or use a built-in loss."
        )
    return {
        "name": record.name, "summary": record.summary, "value": record.value.source,
        "gradient": record.gradient.source, "link": record.link, "task": record.task,
        "low": finite(record.target_domain[0]), "high": finite(record.target_domain[1]),
        "open_target": record.open_target, "functional": record.functional,
        "kinks": None if record.kinks is None else record.kinks.source,
        "parameters": _store_parameters(record.parameters), "reference": record.reference,
    }  # fmt: skip


def load_activation(plain: Any, what: str) -> str | Activation:
    """The spec or the record, checked."""
    if isinstance(plain, str):
        return _load_spec(plain, activations, activation_records.BUILT_IN, what)
    canonical_json.fields(plain, _ACTIVATION, what)
    if not all(type(kink) in (int, float) for kink in plain["kinks"]):
        raise ModelFileError(f"{what}: a kink must be a number. The file is damaged.")
    try:
        record = Activation(
            _name(plain["name"], activation_records.BUILT_IN, what), plain["summary"], Expression(plain["value"]),
            Expression(plain["derivative"]), range=_interval(plain), kinks=tuple(map(float, plain["kinks"])),
            gain=float(plain["gain"]), parameters=_load_parameters(plain["parameters"], what),
            reference=plain["reference"],
        )  # fmt: skip
        _try(lambda: record.slope(np.ones(2)), what)
    except (FormulaError, ConfigurationError) as error:
        raise ModelFileError(f"{what}: {_short(error)}") from None
    return record


def load_loss(plain: Any, what: str) -> str | Loss:
    """The spec or the record, checked."""
    if isinstance(plain, str):
        return _load_spec(plain, losses, loss_records.BUILT_IN, what)
    canonical_json.fields(plain, _LOSS, what)
    for key, allowed in (("link", tuple(links)), ("task", _TASKS), ("functional", _FUNCTIONALS)):
        if plain[key] not in allowed:
            raise ModelFileError(f"{what}: unknown {key} {plain[key][:40]!r}; it must be one of {', '.join(allowed)}.")
    try:
        record = Loss(
            _name(plain["name"], loss_records.BUILT_IN, what), plain["summary"], Expression(plain["value"]),
            Expression(plain["gradient"]), link=plain["link"], task=plain["task"], target_domain=_interval(plain),
            open_target=plain["open_target"], functional=plain["functional"],
            kinks=None if plain["kinks"] is None else Expression(plain["kinks"]),
            parameters=_load_parameters(plain["parameters"], what), reference=plain["reference"],
        )  # fmt: skip
        _try(lambda: (record.row_losses(np.ones((2, 1)), np.ones((2, 1))), record.raw_gradient(0.5, 1.0)), what)
    except (FormulaError, ConfigurationError) as error:
        raise ModelFileError(f"{what}: {_short(error)}") from None
    return record


def _short(error: Exception) -> str:
    """The message of an error, without most of a long formula."""
    message = str(error)
    return message if len(message) <= 300 else f"{message[:140]} ... {message[-140:]}"


def _try(compute: Callable[[], Any], what: str) -> None:
    """Evaluate formulas once, so that one too deep for the machine fails here and not in the middle of a prediction."""
    try:
        with np.errstate(all="ignore"):
            compute()
    except (RecursionError, ArithmeticError, TypeError, ValueError) as error:
        raise ModelFileError(f"{what}: its formulas cannot be evaluated ({error}). The file is damaged.") from None


def _same_but_values(record: Any, built_in: Any) -> bool:
    """Whether a record is the built-in one up to the values of its parameters."""
    return (
        bool(record == built_in.with_parameters(**record.values))
        if set(record.values) == set(built_in.values)
        else False
    )


def _load_spec(plain: str, registry: Registry[Any], built_in: frozenset[str], what: str) -> str:
    """A spec of a built-in record, in its canonical form."""
    try:
        if len(plain) > 500:
            raise ConfigurationError(f"A spec of {len(plain)} characters is too long")
        record = registry.resolve(plain)
    except (ConfigurationError, OverflowError) as error:
        raise ModelFileError(f"{what}: {_short(error)}") from None
    if record.name not in built_in or record.spec != plain:
        raise ModelFileError(f"{what}: {plain[:40]!r} is not the canonical name of a built-in {registry.concept}.")
    return plain


def _name(name: str, built_in: frozenset[str], what: str) -> str:
    """The name of a spelled-out record, which must not pose as a built-in one."""
    if not (name.isidentifier() and name.islower() and len(name) <= 100):
        raise ModelFileError(f"{what}: the name {name[:40]!r} must be lower-case words joined by '_'.")
    if name in built_in:
        raise ModelFileError(f"{what}: the name {name!r} is that of a built-in formula. Choose another.")
    return name


def _interval(plain: dict[str, Any]) -> tuple[float, float]:
    """A pair of bounds, null meaning infinite."""
    low, high = plain["low"], plain["high"]
    return (-math.inf if low is None else float(low), math.inf if high is None else float(high))


def _store_parameters(parameters: tuple[Parameter, ...]) -> list[dict[str, Any]]:
    """The parameters with their present values and domains."""
    return [
        {"name": p.name, "default": float(p.default), "meaning": p.meaning, "low": finite(p.low),
         "high": finite(p.high), "open_low": p.open_low, "open_high": p.open_high}
        for p in parameters
    ]  # fmt: skip


def _load_parameters(plain: list[Any], what: str) -> tuple[Parameter, ...]:
    """The parameters, each value inside its domain."""
    parameters = []
    for entry in plain:
        canonical_json.fields(entry, _PARAMETER, f"{what}, parameter")
        low, high = _interval(entry)
        parameter = Parameter(
            _name(entry["name"], _RESERVED, what), float(entry["default"]), entry["meaning"], low, high,
            entry["open_low"], entry["open_high"],
        )  # fmt: skip
        parameter.check(parameter.default, what)
        parameters.append(parameter)
    if len({parameter.name for parameter in parameters}) < len(parameters):
        raise ModelFileError(f"{what}: a parameter is named twice. The file is damaged.")
    return tuple(parameters)
