"""The trials of a tuning: one record each, and all of them as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, overload

from glassnet.errors import MissingDependency
from glassnet.formulas.optimizer import DECAY
from glassnet.formulas.registry import parse_spec

_SHOWN = 20
_COLUMNS = {
    "trial": "number", "hidden": "hidden_layer_sizes", "rate": "learning_rate", "l2": "l2", "dropout": "dropout",
    "smooth": "label_smoothing", "decay": "weight_decay", "act": "activation", "embed": "embedded",
    "epochs": "epochs", "loss": "loss", "votes": "votes", "state": "state",
}  # fmt: skip
_WHERE_IT_DIFFERS = ("l2", "dropout", "smooth", "decay", "act", "embed")
"""Columns that are left out where all trials have the same."""


@dataclass(frozen=True)
class Trial:
    """One setting that was tried.

    Attributes
    ----------
    number : int
        In the order of the draws; 0 is the preset as it comes.
    round : int
        From 1.
    hidden_layer_sizes : tuple of int
    learning_rate, l2, dropout, label_smoothing : float
    epochs : int
        Epochs done by the fold that got furthest.
    loss : float
        Mean loss on the left-out rows of each fold's network, at that network's best epoch.
    state : {"finished", "stopped", "time up", "interrupted", "diverged"}
        "stopped" means that others were better early on.
    votes : int
        How often the greedy ensemble took it; 0 for most.
    activation, embedding, optimizer : str
        Of the hidden layers; what numbers and categories become; with the weight decay.
    """

    number: int
    round: int
    hidden_layer_sizes: tuple[int, ...]
    learning_rate: float
    l2: float
    dropout: float
    label_smoothing: float
    epochs: int
    loss: float
    state: str
    votes: int = 0
    activation: str = ""
    embedding: str = ""
    optimizer: str = ""

    @property
    def weight_decay(self) -> float | str:
        """The weight decay of the optimizer; empty if it has none."""
        decay: float | str = parse_spec(self.optimizer, "optimizer")[1].get(DECAY, "")
        return decay

    @property
    def embedded(self) -> float | str:
        """A short form of the embedding: the size of its frequencies if given."""
        frequency: float | str = parse_spec(self.embedding, "embedding")[1].get("frequency", self.embedding)
        return frequency


class Trials(Sequence[Trial]):
    """All trials of a tuning, in the order in which they were drawn; printed as a table, the best first.

    Examples
    --------
    >>> trials = Trials([Trial(0, 1, (32,), 0.01, 0.0, 0.0, 0.0, 5, 0.5, "finished", 1)])
    >>> trials[0].loss, len(trials)
    (0.5, 1)
    >>> print(trials)
    trial  hidden  rate  epochs  loss  votes  state
    0      32      0.01  5       0.5   1      finished
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._trials = tuple(trials)

    def __len__(self) -> int:
        return len(self._trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self._trials)

    @overload
    def __getitem__(self, place: int) -> Trial: ...
    @overload
    def __getitem__(self, place: slice) -> Trials: ...
    def __getitem__(self, place: int | slice) -> Trial | Trials:
        return Trials(self._trials[place]) if isinstance(place, slice) else self._trials[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trials) and self._trials == other._trials

    __hash__ = None  # type: ignore[assignment]

    @property
    def columns(self) -> dict[str, list[Any]]:
        """Name of each column -> its values."""
        return {field.name: [getattr(trial, field.name) for trial in self] for field in fields(Trial)}

    def frame(self) -> Any:
        """A pandas data frame, one row per trial."""
        try:
            import pandas
        except ImportError:
            raise MissingDependency("Trials.frame() needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.columns)

    def rows(self, most: int | None = None) -> list[tuple[str, ...]]:
        """Heading and trials in words, the smallest loss first."""
        best = sorted(self, key=lambda trial: (trial.loss, trial.number))[:most]
        columns = {
            title: name for title, name in _COLUMNS.items()
            if title not in _WHERE_IT_DIFFERS or len({getattr(trial, name) for trial in self}) > 1
        }  # fmt: skip
        return [
            tuple(columns),
            *(tuple(_cell_text(getattr(trial, name)) for name in columns.values()) for trial in best),
        ]

    def __str__(self) -> str:
        rows = self.rows(_SHOWN)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        more = len(self) - _SHOWN
        return "\n".join([*lines, f"… and {more} more with larger losses"] if more > 0 else lines)

    def __repr__(self) -> str:
        return f"<Trials: {len(self)}>"


def _cell_text(value: Any) -> str:
    """A cell."""
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
