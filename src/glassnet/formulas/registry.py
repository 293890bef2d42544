"""One registry class for all concepts, and what the records of every concept share.

A concept (an activation, a loss, an optimizer...) is one frozen record in one `Registry`. Kernels, validation, menus,
help texts, documentation and tests read the registries; nothing else lists the concepts.
"""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from glassnet.errors import ConfigurationError, nearest


@dataclass(frozen=True)
class Parameter:
    """A number that shapes a formula: its default, its domain and its meaning.

    The domain is an interval; ``open_low`` and ``open_high`` exclude its ends.
    """

    name: str
    default: float
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    @property
    def domain(self) -> str:
        """The interval as text, for example ``(0, 1]``."""
        left = "(" if self.open_low or self.low == -math.inf else "["
        right = ")" if self.open_high or self.high == math.inf else "]"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    def check(self, value: object, owner: str) -> float:
        """Return the value as a float; `ConfigurationError` names the owner, the value and the domain."""
        if isinstance(value, bool) or (not isinstance(value, (int, float)) and not hasattr(value, "__float__")):
            raise ConfigurationError(f"{owner}: {self.name}={value!r} is not a number; it must lie in {self.domain}.")
        number = float(value)
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        if not (above and below and math.isfinite(number)):
            raise ConfigurationError(f"{owner}: {self.name}={number:g} lies outside {self.domain} ({self.meaning}).")
        return number


class Concept(Protocol):
    """The interface that a record needs to be kept in a registry."""

    @property
    def name(self) -> str:
        """Name in the registry."""

    @property
    def summary(self) -> str:
        """One line of meaning."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Numbers that shape its formulas."""


class WithParameters:
    """Mixin for records: their parameter values, and copies of the record with other values."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def values(self) -> dict[str, float]:
        """Parameter name -> current value."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    @property
    def spec(self) -> str:
        """The text that `Registry.resolve` turns back into this record, for example ``leaky_relu(slope=0.2)``."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.name}({values})" if values else self.name

    def with_parameters(self, **values: float) -> Self:
        """A copy of the record with other parameter values, each checked against its domain."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                hint = nearest(name, known) if known else "It has no parameters."
                raise ConfigurationError(f"{self.name} has no parameter {name!r}. {hint}")
        changed = tuple(
            dataclasses.replace(p, default=p.check(values[p.name], self.name)) if p.name in values else p
            for p in self.parameters
        )
        return dataclasses.replace(self, parameters=changed)  # type: ignore[type-var]


Record = TypeVar("Record", bound=Concept)


class Registry(Mapping[str, Record], Generic[Record]):
    """The records of one concept, by name, in the order in which they were written.

    Examples
    --------
    >>> from glassnet.formulas import activations
    >>> activations["relu"].summary
    'zero below zero, the identity above'
    >>> activations.resolve("leaky_relu(slope=0.2)").values
    {'slope': 0.2}
    """

    def __init__(self, concept: str) -> None:
        self.concept = concept
        self._records: dict[str, Record] = {}
        self._aliases: dict[str, str] = {}
        self.changes = 0  # how often a name changed its meaning: what was resolved before may then be stale

    def register(self, record: Record, *, aliases: tuple[str, ...] = ()) -> Record:
        """Add a record under its name; a taken or malformed name is a `ConfigurationError`."""
        for name in (record.name, *aliases):
            if not (name.isidentifier() and name.islower()):
                raise ConfigurationError(f"The {self.concept} name {name!r} must be lower-case words joined by '_'.")
            if name in self._records or name in self._aliases:
                raise ConfigurationError(f"The {self.concept} {name!r} is already registered. Choose another name.")
        self.changes += 1
        self._records[record.name] = record
        self._aliases.update(dict.fromkeys(aliases, record.name))
        return record

    def unregister(self, name: str) -> None:
        """Remove a record and its aliases."""
        self.changes += 1
        del self._records[name]
        self._aliases = {alias: target for alias, target in self._aliases.items() if target != name}

    def resolve(self, spec: str | Record) -> Record:
        """Turn a name, an alias, ``name(parameter=value)`` or a record into a record."""
        if not isinstance(spec, str):
            if type(spec) in {type(record) for record in self._records.values()}:
                return spec
            raise ConfigurationError(f"{spec!r} is not a {self.concept}. Give a name such as {next(iter(self))!r}.")
        name, values = parse_spec(spec, self.concept)
        record = self[name]
        return record.with_parameters(**values) if values else record  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> Record:
        name = self._aliases.get(name, name)
        if name not in self._records:
            raise ConfigurationError(f"Unknown {self.concept} {name!r}. {nearest(name, self._records)}")
        return self._records[name]

    def __contains__(self, name: object) -> bool:
        return name in self._records or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def aliases_of(self, name: str) -> tuple[str, ...]:
        """The other names under which a record is found."""
        return tuple(alias for alias, target in self._aliases.items() if target == name)


def parse_spec(spec: str, concept: str) -> tuple[str, dict[str, Any]]:
    """Split ``name(parameter=value, ...)``; only literal numbers are accepted."""
    if "(" not in spec:
        return spec.strip(), {}
    try:
        call = ast.parse(spec.strip(), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.args:
            return call.func.id, {str(k.arg): ast.literal_eval(k.value) for k in call.keywords if k.arg}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        pass
    raise ConfigurationError(f"Cannot read the {concept} {spec!r}. Write a name, or name(parameter=number).")
