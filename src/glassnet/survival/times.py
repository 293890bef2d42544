"""Times to an event, which are censored for patients without the event when last seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError, ShapeError

Floats = NDArray[np.float64]
_NAMED = 5  # rows named in a message


@dataclass(frozen=True)
class Times:
    """The time of each patient's event or last observation, and which of the two it is.

    Parameters
    ----------
    time : array, shape (n,)
        Times above 0.
    event : array of int, shape (n,)
        0 if censored, 1 for the event; with several causes 1, 2, ...
    stratum : array of int, shape (n,), optional
        The stratum of each patient. Only patients of the same stratum are then compared with each other.

    Examples
    --------
    >>> times = Times.read([(5.0, 1), (8.0, 0), (12.0, 1)])
    >>> len(times), times.n_events, times.causes
    (3, 2, 1)
    """

    time: Floats
    event: NDArray[np.int64]
    stratum: NDArray[np.int64] | None = None

    @classmethod
    def of_truth(cls, truth: Floats) -> Times:
        """Times from checked columns: time, event and, if there are strata, stratum.

        Examples
        --------
        >>> Times.of_truth(np.array([[5.0, 1, 0], [8.0, 0, 1]])).stratum.tolist()
        [0, 1]
        """
        stratum = truth[:, 2].astype(np.int64) if truth.shape[1] > 2 else None
        return cls(truth[:, 0], truth[:, 1].astype(np.int64), stratum)

    @classmethod
    def read(cls, y: Any, *, causes: bool = False) -> Times:
        """Times from a structured array as in scikit-survival, two columns, or two arrays (time, event).

        Parameters
        ----------
        y : structured array, array-like of shape (n, 2), data frame of two columns, or tuple of two arrays
            In a structured array, the Boolean field is the event; in all other forms, time comes first.
        causes : bool
            Whether event codes above 1 are allowed, one for each cause.

        Raises
        ------
        DataError, ShapeError
            When a time is missing, not finite or not above 0, or an event is not a code.
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
                    f"y has shape {array.shape}; times to an event need two columns, (time, event), with event 1 if it "
                    "happened and 0 if the patient was event-free when last seen."
                )
            time, event = array.T
        return cls.of(time, event, causes=causes)

    @classmethod
    def of(cls, time: Any, event: Any, *, causes: bool = False) -> Times:
        """Times from two separate arrays, with checks."""
        time = _numbers(time, "time")
        event = np.ones(len(time)) if event is None else _codes(event)
        if time.shape != event.shape:
            raise ShapeError(f"There are {len(time)} times and {len(event)} events. Give one of each per row.")
        if len(time) == 0:
            raise ShapeError("There are no rows. Give at least one time and event.")
        _refuse(~np.isfinite(time), "time", time, "is missing or not finite", "Leave these rows out")
        _refuse(time < 0, "time", time, "is negative", "Check whether an end date lies before its start")
        _refuse(
            time == 0, "time", time, "is 0, and a patient without follow-up provides no information",
            "Leave these rows out, or give half of the smallest unit, such as 0.5 days",
        )  # fmt: skip
        _refuse(
            ~np.isfinite(event), "event", event, "is missing, so it is not known whether the time ended with the event",
            "Leave these rows out, or write 0 if the patient was event-free when last seen",
        )  # fmt: skip
        whole = (event >= 0) & (event == np.floor(event)) & ((event <= 1) | causes)
        allowed = "0 (censored), 1, 2, ... (the causes)" if causes else "0 (censored) and 1 (the event)"
        _refuse(~whole, "event", event, f"is not an event code; the codes are {allowed}", "Recode the column")
        return cls(time, event.astype(np.int64))

    def __len__(self) -> int:
        return len(self.time)

    @property
    def happened(self) -> NDArray[np.bool_]:
        """Whether each time ended with an event of any cause."""
        return self.event > 0

    @property
    def n_events(self) -> int:
        """The number of events."""
        return int(self.happened.sum())

    @property
    def causes(self) -> int:
        """The largest event code: 1 unless there are several causes."""
        return max(1, int(self.event.max(initial=0)))

    def of_cause(self, cause: int) -> Times:
        """The same with one cause as the event; patients with another cause are censored at that time."""
        return replace(self, event=(self.event == cause).astype(np.int64))

    def awaiting(self, cause: int) -> Times:
        """The same with one cause as the event; patients with another cause never have it, at an infinite time.

        This orders pairs in the presence of competing causes (Wolbers et al. 2009).
        """
        other = self.happened & (self.event != cause)
        return Times(np.where(other, np.inf, self.time), (self.event == cause).astype(np.int64), self.stratum)

    def take(self, rows: Any) -> Times:
        """A subset of the rows."""
        return Times(self.time[rows], self.event[rows], None if self.stratum is None else self.stratum[rows])

    @property
    def columns(self) -> Floats:
        """(time, event) and, if there are strata, the stratum, in columns as losses expect them."""
        own = [] if self.stratum is None else [self.stratum]
        return np.column_stack([self.time, self.event, *own]).astype(np.float64)

    @property
    def layers(self) -> NDArray[np.int64]:
        """The stratum of each patient; 0 for all if there are none."""
        return np.zeros(len(self), dtype=np.int64) if self.stratum is None else self.stratum


def _fields(y: Any, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Time and event from a structured array: the event is the Boolean field, or else the second field."""
    if len(names) != 2:
        raise ShapeError(f"y has the fields {', '.join(names)}, but needs exactly two: the event and the time.")
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
    """Event codes as floats; for words, the error suggests a mapping."""
    array = np.asarray(values).ravel()
    if array.dtype.kind in "OUS":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            words = sorted({str(value) for value in array})
            offered = ", ".join(f"{word!r}: {code}" for code, word in enumerate(words[:4]))
            raise DataError(
                f"The event is text ({', '.join(words[:4])}{', ...' if len(words) > 4 else ''}). Map the text for "
                f"event-free when last seen to 0 and the event to 1, such as y.map({{{offered}}})."
            ) from None
    return array.astype(np.float64)


def _refuse(bad: NDArray[np.bool_], name: str, values: Floats, what: str, repair: str) -> None:
    """Raise an error that names the invalid rows by number."""
    if not bad.any():
        return
    rows = np.flatnonzero(bad)
    named = ", ".join(map(str, rows[:_NAMED])) + (", ..." if len(rows) > _NAMED else "")
    raise DataError(
        f"{name} {what} in {len(rows)} of {len(values)} rows ({named}; the first is {values[rows[0]]:g}). {repair}."
    )
