"""Times to an event, of patients of whom some had it and the others were alive when last seen (censored)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError, ShapeError

Floats = NDArray[np.float64]
_NAMED = 5  # rows that a message names


@dataclass(frozen=True)
class Times:
    """When each patient was last seen, and whether with the event.

    Parameters
    ----------
    time : array, shape (n,)
        Above 0.
    event : array of int, shape (n,)
        0 censored, 1 the event; with several causes 1, 2, ...

    Examples
    --------
    >>> times = Times.read([(5.0, 1), (8.0, 0), (12.0, 1)])
    >>> len(times), times.n_events, times.causes
    (3, 2, 1)
    """

    time: Floats
    event: NDArray[np.int64]

    @classmethod
    def read(cls, y: Any, *, causes: bool = False) -> Times:
        """Times from a structured array as scikit-survival makes them, two columns, or two arrays (time, event).

        Parameters
        ----------
        y : structured array, array-like of shape (n, 2), data frame of two columns, or tuple of two arrays
            Of a structured array the truth values are the event; of anything else time comes first.
        causes : bool
            Whether event codes above 1 are allowed, one for each cause.

        Raises
        ------
        DataError, ShapeError
            A time is missing, not finite or not above 0; an event is no code.
        """
        if isinstance(y, Times):
            return y
        names = getattr(getattr(y, "dtype", None), "names", None)
        if names:
            time, event = _fields(y, names)
        elif isinstance(y, tuple) and len(y) == 2 and np.ndim(y[0]) == 1:
            time, event = y
        else:
            array = np.asarray(y)
            if array.ndim != 2 or array.shape[1] != 2:
                raise ShapeError(
                    f"y has shape {array.shape}; times to an event need two columns, (time, event), with event 1 where "
                    "it happened and 0 where the patient was alive when last seen."
                )
            time, event = array.T
        return cls.of(time, event, causes=causes)

    @classmethod
    def of(cls, time: Any, event: Any, *, causes: bool = False) -> Times:
        """Times from one array each, checked."""
        time = _numbers(time, "time")
        event = np.ones(len(time)) if event is None else _codes(event)
        if time.shape != event.shape:
            raise ShapeError(f"There are {len(time)} times and {len(event)} events. Give one of each per row.")
        if len(time) == 0:
            raise ShapeError("There is no row. Give at least one time and event.")
        _refuse(~np.isfinite(time), "time", time, "is missing or not finite", "Leave these rows out")
        _refuse(time < 0, "time", time, "is negative", "Check whether an end date lies before its start")
        _refuse(
            time == 0, "time", time, "is 0, and a patient without follow-up gives no information",
            "Leave these rows out, or give half of the smallest unit, such as 0.5 days",
        )  # fmt: skip
        _refuse(
            ~np.isfinite(event), "event", event, "is missing, so it is not known whether the time ended with the event",
            "Leave these rows out, or write 0 where the patient was alive when last seen",
        )  # fmt: skip
        whole = (event >= 0) & (event == np.floor(event)) & ((event <= 1) | causes)
        allowed = "0 (censored), 1, 2, ... (the causes)" if causes else "0 (censored) and 1 (the event)"
        _refuse(~whole, "event", event, f"is not an event code; the codes are {allowed}", "Recode the column")
        return cls(time, event.astype(np.int64))

    def __len__(self) -> int:
        return len(self.time)

    @property
    def happened(self) -> NDArray[np.bool_]:
        """Where the time ended with an event, of any cause."""
        return self.event > 0

    @property
    def n_events(self) -> int:
        """How many had the event."""
        return int(self.happened.sum())

    @property
    def causes(self) -> int:
        """The largest event code: 1 unless there are several causes."""
        return max(1, int(self.event.max(initial=0)))

    def of_cause(self, cause: int) -> Times:
        """The same with one cause as the event; who had another is censored then."""
        return Times(self.time, (self.event == cause).astype(np.int64))

    def awaiting(self, cause: int) -> Times:
        """The same with one cause as the event; who had another will never have it, and waits for ever.

        So pairs are ordered where causes compete (Wolbers et al. 2009).
        """
        other = self.happened & (self.event != cause)
        return Times(np.where(other, np.inf, self.time), (self.event == cause).astype(np.int64))

    def take(self, rows: Any) -> Times:
        """Some rows."""
        return Times(self.time[rows], self.event[rows])

    @property
    def columns(self) -> Floats:
        """(time, event) in two columns, as losses take them."""
        return np.column_stack([self.time, self.event.astype(np.float64)])


def _fields(y: Any, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Time and event out of a structured array: the event is what holds truth values, else the second field."""
    if len(names) != 2:
        raise ShapeError(f"y has the fields {', '.join(names)}; two are needed, the event and the time.")
    truths = [name for name in names if y.dtype[name].kind == "b"]
    event = truths[0] if len(truths) == 1 else names[1]
    return y[names[0] if event == names[1] else names[1]], y[event]


def _numbers(values: Any, name: str) -> Floats:
    """An array of floats."""
    try:
        return np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} cannot be read as numbers ({error}). Give one number per row.") from None


def _codes(values: Any) -> Floats:
    """Event codes as floats; words get a mapping offered."""
    array = np.asarray(values).ravel()
    if array.dtype.kind in "OUS":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            words = sorted({str(value) for value in array})
            offered = ", ".join(f"{word!r}: {code}" for code, word in enumerate(words[:4]))
            raise DataError(
                f"The event is text ({', '.join(words[:4])}{', ...' if len(words) > 4 else ''}). Say which word means "
                f"alive when last seen (0) and which the event (1), such as y.map({{{offered}}})."
            ) from None
    return array.astype(np.float64)


def _refuse(bad: NDArray[np.bool_], name: str, values: Floats, what: str, repair: str) -> None:
    """Raise for the rows that are bad, by number."""
    if not bad.any():
        return
    rows = np.flatnonzero(bad)
    named = ", ".join(map(str, rows[:_NAMED])) + (", ..." if len(rows) > _NAMED else "")
    raise DataError(
        f"{name} {what} in {len(rows)} of {len(values)} rows ({named}; the first is {values[rows[0]]:g}). {repair}."
    )
