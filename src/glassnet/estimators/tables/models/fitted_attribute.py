"""`FittedAttribute`: a name of an estimator that stands for a field of the model it holds."""

from __future__ import annotations

from typing import Any

_NOTHING = object()


class FittedAttribute:
    """A name such as ``weights_``: the field ``weights`` of the `FittedTable` of an estimator; it can only be read.

    Parameters
    ----------
    field : str, optional
        Where it is not the name without underscores.
    before : object, optional
        What it is before the training; without it the name does not exist then.
    """

    def __init__(self, field: str = "", *, before: Any = _NOTHING) -> None:
        self.field, self.before, self.name = field, before, field

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name, self.field = name, self.field or name.strip("_")

    def __get__(self, estimator: Any, owner: type) -> Any:
        fitted = None if estimator is None else estimator.__dict__.get("fitted_")
        if fitted is not None:
            return getattr(fitted, self.field)
        if estimator is None or self.before is _NOTHING:
            raise AttributeError(f"{owner.__name__!r} object has no attribute {self.name!r}")
        return self.before

    def __set__(self, estimator: Any, value: Any) -> None:
        raise AttributeError(
            f"{self.name} of a {type(estimator).__name__} comes from its training and cannot be set. Train again, or "
            "replace fitted_."
        )
