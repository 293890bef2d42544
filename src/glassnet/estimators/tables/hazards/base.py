"""`Hazards`: from raw predictions of times to an event to risks and curves, whatever the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.survival import Piecewise, Proportional, SeveralCauses, Stratified
from glassnet.tables.outcome import TimeToEvent

FEWEST_EVENTS = 10
"""Events of rows that networks left out, below which nothing is learned from them."""
_SHOWN_SHARES = (0.25, 0.5, 0.75)
Arrays = Mapping[str, np.ndarray]
Curves = Proportional | Stratified | Piecewise | SeveralCauses


@dataclass(frozen=True, eq=False)
class Hazards(ABC):
    """How raw predictions, (..., n_outputs), become risks and curves.

    Attributes
    ----------
    outcome : TimeToEvent
    arrays : mapping of str to array
        What the training rows taught besides the networks.
    link : str
        Of the loss.
    """

    outcome: TimeToEvent
    arrays: Arrays
    link: str = "identity"

    @property
    def causes(self) -> tuple[str, ...]:
        """The cells that are the event."""
        return self.outcome.causes

    @property
    @abstractmethod
    def known(self) -> np.ndarray:
        """The times at which something is known of the curve, rising."""

    @property
    def horizons(self) -> list[float]:
        """Times by which a quarter, half and three quarters of the event times of training have passed."""
        return sorted({float(self.known[round(share * (len(self.known) - 1))]) for share in _SHOWN_SHARES})

    @abstractmethod
    def risk(self, raw: np.ndarray) -> np.ndarray:
        """The risk of each row, (...,), of competing causes of each, (..., causes)."""

    @abstractmethod
    def curves(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> Curves:
        """Curves of rows, from raw predictions (n, n_outputs) and, if there are strata, the number of each row's."""

    @abstractmethod
    def written(self, *, summed: bool = False) -> str:
        """From mean raw outputs to the risk and the curve, in words; `summed` where the risk is a sum shown before."""

    @abstractmethod
    def note(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> str:
        """The curve of the first row, with its numbers."""

    def _incidences(self, curves: SeveralCauses) -> str:
        """The cumulative incidences of the first row, in words."""
        at = np.array(self.horizons)
        return "; ".join(
            f"{cause} {', '.join(f'{share:.4f} by {time:g}' for time, share in zip(at, own, strict=True))}"
            for cause, own in zip(self.causes, curves.incidence(at)[0].T, strict=True)
        )


def stored_arrays(arrays: Arrays, needed: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays of a model file by name."""
    try:
        return {name: arrays[name].astype(np.float64) for name in needed}
    except KeyError as error:
        raise ModelFileError(f"The model file has no {error.args[0]}, so it gives no survival curves.") from None
