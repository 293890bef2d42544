"""Cox's partial likelihood: at each event, how surely the model picks the patient who had it out of all at risk.

A target is (time, event, stratum). Event 0 is censored: the patient was alive when last seen. With one output every
other event is 1; with several outputs, event ``k`` belongs to output ``k - 1`` (a cause) and is censored for the
others. The risk set of an event are the patients of its stratum whose time is not earlier. With ``risk`` the sum of
``w exp(f)`` over the risk set, the loss of an event is ``log(risk) - f``: minus the logarithm of its share.

Where ``d`` events share one time, they leave one after the other, in an unknown order (Efron): the k-th of them leaves
``risk - efron * k / d * tied`` behind, ``tied`` being their part of the sum, and each is charged the mean of the
logarithms. With ``efron = 0`` all stand in the whole risk set (Breslow).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.coupled import Derivation, part

Floats = NDArray[np.float64]

TARGETS = ("time", "event", "stratum")
_MOST_WRITTEN = 8  # terms of a sum that are written one by one; the others are one number


@dataclass(frozen=True)
class PartialLikelihood:
    """The loss of a batch.

    Parameters
    ----------
    f : array, shape (n, k)
        Raw predictions: the logarithm of each patient's risk, up to a constant.
    y : array, shape (n, 3)
        Time, event, stratum.
    w : array, shape (n,)
        Row weights: a patient of weight 2 counts as two of them with the same time.
    efron : float
        1 after Efron, 0 after Breslow.

    Examples
    --------
    Three patients die at 1, 2 and 3 years; nothing is known of them, so each share is one over those at risk.

    >>> three = PartialLikelihood(np.zeros((3, 1)), np.array([[1.0, 1, 0], [2.0, 1, 0], [3.0, 1, 0]]), np.ones(3))
    >>> np.exp(-three.row_losses).round(3).tolist()
    [0.333, 0.5, 1.0]
    >>> three.slopes.ravel().round(3).tolist()
    [-0.667, -0.167, 0.833]
    """

    f: Floats
    y: Floats
    w: Floats
    efron: float = 1.0

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Rows by stratum and, within it, from the last time to the first: so risk sets only grow."""
        return np.lexsort((-self.y[:, 0], self.y[:, 2]))

    @cached_property
    def groups(self) -> list[NDArray[np.intp]]:
        """Rows that share stratum and time, in that order."""
        sorted_y = self.y[self.order][:, [2, 0]]
        new = (sorted_y[1:] != sorted_y[:-1]).any(axis=1)
        return np.split(self.order, np.flatnonzero(new) + 1)

    def died(self, output: int) -> NDArray[np.bool_]:
        """Which rows are events of an output, and count."""
        return np.asarray((self.y[:, 1] == output + 1) & (self.w > 0))

    def output_of(self, row: int) -> int:
        """The output that a row is an event of; -1 for none."""
        event = int(self.y[row, 1])
        return event - 1 if 0 < event <= self.f.shape[1] and self.w[row] > 0 else -1

    @cached_property
    def _sums(self) -> list[dict[int, tuple[float, float, NDArray[np.intp]]]]:
        """For each output, group number -> logarithms of risk and of tied, and the events; of groups with events."""
        result = []
        with np.errstate(divide="ignore"):
            heavy = np.log(self.w)
        for output in range(self.f.shape[1]):
            died, log_risk, stratum = self.died(output), -np.inf, np.nan
            sums = {}
            size = self.f[:, output] + heavy
            for number, rows in enumerate(self.groups):
                if self.y[rows[0], 2] != stratum:
                    stratum, log_risk = self.y[rows[0], 2], -np.inf
                log_risk = np.logaddexp(log_risk, np.logaddexp.reduce(size[rows]))
                events = rows[died[rows]]
                if len(events):
                    sums[number] = float(log_risk), float(np.logaddexp.reduce(size[events])), events
            result.append(sums)
        return result

    def _left(self, log_risk: float, log_tied: float, d: int) -> tuple[Floats, Floats]:
        """Logarithms of Efron's denominators for each of d tied events, and the share of the ties that each omits."""
        gone = self.efron * np.arange(d) / d
        return log_risk + np.log1p(-gone * np.exp(log_tied - log_risk)), gone

    @cached_property
    def row_losses(self) -> Floats:
        """The loss of each row, shape (n,); 0 for rows without an event."""
        losses = np.zeros(len(self.y))
        for output, sums in enumerate(self._sums):
            for log_risk, log_tied, events in sums.values():
                losses[events] = self._left(log_risk, log_tied, len(events))[0].mean() - self.f[events, output]
        return losses

    @cached_property
    def slopes(self) -> Floats:
        """The slope of the whole along each raw prediction, over the row's own weight: shape (n, k).

        ``-1`` if the event is mine, plus my share in every risk set that I stand in.
        """
        slopes = np.zeros(self.f.shape)
        for output, sums in enumerate(self._sums):
            log_total, stratum = -np.inf, np.nan  # the sum over the events so far of 1 / risk
            for number in reversed(range(len(self.groups))):  # from the first time to the last
                rows = self.groups[number]
                if self.y[rows[0], 2] != stratum:
                    stratum, log_total = self.y[rows[0], 2], -np.inf
                tied, spared = np.array([], dtype=np.intp), -np.inf
                if number in sums:
                    log_risk, log_tied, tied = sums[number]
                    left, gone = self._left(log_risk, log_tied, len(tied))
                    heavy = np.log(self.w[tied].mean())
                    log_total = np.logaddexp(log_total, heavy + np.logaddexp.reduce(-left))
                    with np.errstate(divide="ignore"):
                        spared = heavy + np.logaddexp.reduce(np.log(gone) - left)
                slopes[rows, output] = np.exp(self.f[rows, output] + log_total)
                slopes[tied, output] -= 1.0 + np.exp(self.f[tied, output] + spared)
        return slopes

    def at_risk(self, row: int) -> NDArray[np.intp]:
        """The rows in the risk set of a row's time, itself among them, in the order of the batch."""
        time, _, stratum = self.y[row]
        return np.flatnonzero((self.y[:, 0] >= time) & (self.y[:, 2] == stratum) & (self.w > 0))

    def tied_with(self, row: int) -> NDArray[np.intp]:
        """The events that share an event's time, itself among them."""
        return np.flatnonzero((self.y == self.y[row]).all(axis=1) & (self.w > 0))

    def share(self, event: int, row: int) -> float:
        """The share of a row in the risk set of an event; over the risk set, weighted, shares add up to 1."""
        return float(np.exp(self._log_share(event, np.array([row]))[0]))

    def _log_share(self, event: int, rows: NDArray[np.intp]) -> Floats:
        """The logarithms of `share`."""
        output = self.output_of(event)
        outside = ~np.isin(rows, self.at_risk(event))
        if output < 0:
            return np.full(len(rows), -np.inf)
        log_risk, log_tied, tied = self._sums_at(event, output)
        left, gone = self._left(log_risk, log_tied, len(tied))
        own = np.where(np.isin(rows, tied)[:, None], 1.0 - gone, 1.0)
        with np.errstate(divide="ignore"):
            shares = np.logaddexp.reduce(np.log(own) - left, axis=1) - np.log(len(tied)) + self.f[rows, output]
        return np.asarray(np.where(outside, -np.inf, shares))

    def _sums_at(self, event: int, output: int) -> tuple[float, float, NDArray[np.intp]]:
        """The sums of the group of an event."""
        return next(sums for sums in self._sums[output].values() if event in sums[2])

    # What the trace writes out.

    def derivation(self, letter: str, index: tuple[int, ...]) -> Derivation | None:
        """A number of this loss as formula and values: ``risk[e]``, ``tied[e]`` or ``share[e,r]``; None for others."""
        n = len(self.y)
        if len(index) != (2 if letter == "share" else 1) or not all(0 <= i < n for i in index):
            return None
        event = index[0]
        output = self.output_of(event)
        if output < 0 or letter not in ("risk", "tied", "share"):
            return None
        if letter == "share":
            return self._share_derivation(event, index[1], output)
        rows = self.at_risk(event) if letter == "risk" else self.tied_with(event)
        total = float(np.exp(self._sums_at(event, output)[0 if letter == "risk" else 1]))
        weighted = bool((self.w != 1).any())
        parts = [
            part("w * exp(f)" if weighted else "exp(f)", f=(float(self.f[r, output]), f"f[{r},{output}]"),
                 w=(float(self.w[r]), f"w[{r}]"))
            for r in rows[:_MOST_WRITTEN]
        ]  # fmt: skip
        which = "risk set" if letter == "risk" else "events at this time"
        factor = "w[r] · " if weighted else ""
        return Derivation(
            f"Σ over the {which} of {factor}exp(f[r])", rf"\sum_{{r}} {'w_r ' if weighted else ''}e^{{f_r}}",
            tuple(parts), total, len(rows) - len(parts),
        )  # fmt: skip

    def _share_derivation(self, event: int, row: int, output: int) -> Derivation:
        """A share; only of a lone event it is short enough to be written from the risk set."""
        total = self.share(event, row)
        f = (float(self.f[row, output]), f"f[{row},{output}]")
        if total == 0:
            why = "0: another stratum" if self.y[row, 2] != self.y[event, 2] else "0: no longer at risk"
            return Derivation(why, "0", (part("s", s=(total, "")),), total)
        log_risk, log_tied, tied = self._sums_at(event, output)
        risk, both = (float(np.exp(log_risk)), f"risk[{event}]"), (float(np.exp(log_tied)), f"tied[{event}]")
        d, own = len(tied), row in tied
        short = (1 if self.efron == 0 else d) <= _MOST_WRITTEN
        if not (np.isfinite(risk[0]) and risk[0] > 0 and short):
            return Derivation("the mean over the orders of exp(f[r]) / what is left", r"e^{f_r} / S",
                          (part("s", s=(total, "")),), total)  # fmt: skip
        if self.efron == 0 or d == 1:
            return Derivation("exp(f[r]) / risk", r"e^{f_r} / S", (part("exp(f) / R", f=f, R=risk),), total)
        terms = []
        for k in range(d):
            gone = self.efron * k / d
            left = "R" if k == 0 else f"(R - {gone!r} * T)"
            terms.append(f"{1.0 - gone!r} * exp(f) / {left}" if own and k else f"exp(f) / {left}")
        return Derivation(
            "the mean over k of " + ("(1 − k/d) · " if own else "") + "exp(f[r]) / (risk − k/d · tied)",
            r"\frac{1}{d} \sum_k \frac{e^{f_r}}{S - \frac{k}{d} T}",
            (part(f"({' + '.join(terms)}) / {d}", f=f, R=risk, T=both),), total,
        )  # fmt: skip

    def sums_of(self, row: int) -> tuple[str, ...]:
        """The sums behind a row's loss."""
        if self.output_of(row) < 0:
            return ()
        return ("risk", "tied") if self.efron and len(self.tied_with(row)) > 1 else ("risk",)

    def sharers_of(self, row: int) -> list[int]:
        """The rows in the risk set of an event, the largest share first."""
        if self.output_of(row) < 0:
            return []
        rows = self.at_risk(row)
        return [int(r) for r in rows[np.argsort(-self._log_share(row, rows), kind="stable")]]

    def loss_derivation(self, row: int) -> Derivation:
        """The loss of a row from its risk set."""
        total, output = float(self.row_losses[row]), self.output_of(row)
        if output < 0:
            why = "0: no event, so no term of its own" if self.y[row, 1] == 0 or self.w[row] > 0 else "0: no weight"
            return Derivation(why, "0", (part("s", s=(total, "")),), total)
        log_risk, log_tied, tied = self._sums_at(row, output)
        risk, both = (float(np.exp(log_risk)), f"risk[{row}]"), (float(np.exp(log_tied)), f"tied[{row}]")
        f, d = (float(self.f[row, output]), f"f[{row},{output}]"), len(tied)
        together = self.efron == 0 or d == 1
        symbolic = "log(risk) − f" if together else "the mean over k of log(risk − k/d · tied) − f"
        latex = r"\log S - f" if together else r"\frac{1}{d} \sum_k \log\left(S - \frac{k}{d} T\right) - f"
        if not (np.isfinite(risk[0]) and risk[0] > 0 and (together or d <= _MOST_WRITTEN)):
            return Derivation(symbolic, latex, (part("s", s=(total, "")),), total)
        if together:
            return Derivation(symbolic, latex, (part("log(R) - f", R=risk, f=f),), total)
        logs = [f"log(R - {self.efron * k / d!r} * T)" if k else "log(R)" for k in range(d)]
        return Derivation(
            symbolic, latex, (part(f"({' + '.join(logs)}) / {d} - f", R=risk, T=both, f=f),), total
        )  # fmt: skip

    def slope_derivation(self, row: int, output: int) -> Derivation:
        """The slope of a raw prediction: my share in every risk set that includes me, minus 1 if the event is mine."""
        time, _, stratum = self.y[row]
        events = np.flatnonzero(self.died(output) & (self.y[:, 0] <= time) & (self.y[:, 2] == stratum))
        shares = np.array([self.w[e] * self.share(int(e), row) for e in events])
        kept = np.sort(np.argsort(-shares, kind="stable")[:_MOST_WRITTEN])
        weighted, mine = bool((self.w != 1).any()), self.output_of(row) == output
        names: dict[str, tuple[float, str]] = {}
        terms = []
        for place in kept:
            event = int(events[place])
            names[f"share{event}"] = self.share(event, row), f"share[{event},{row}]"
            terms.append(f"share{event}")
            if weighted:
                names[f"weight{event}"] = float(self.w[event]), f"w[{event}]"
                terms[-1] = f"weight{event} * share{event}"
        if len(kept) < len(events):
            names["others"] = float(np.delete(shares, kept).sum()), ""
            terms.append("others")
        formula = " + ".join(terms) or "0"
        factor = "w[e] · " if weighted else ""
        return Derivation(
            f"Σ_e {factor}share[e,r] − (1 if the event is mine)",
            rf"\sum_e {'w_e ' if weighted else ''}s_{{e,r}} - [\text{{the event is mine}}]",
            (part(f"{formula} - 1" if mine else formula, **names),), float(self.slopes[row, output]),
        )  # fmt: skip


def partial_likelihood(f: Any, y: Any, w: Any, efron: float) -> PartialLikelihood:
    """The loss of a batch, for the registry."""
    f, y, w = (np.asarray(each, dtype=np.float64) for each in (f, y, w))
    return PartialLikelihood(f, y, w, efron)


def check(y: Floats, outputs: int) -> str:
    """Describe the first fault in targets of shape (n, 3); empty if there is none."""
    for column, rule, bad in (
        (0, "a time above 0", y[:, 0] <= 0),
        (1, f"an event code: 0 for censored, {'1' if outputs == 1 else f'1 to {outputs}'} for an event",
         (y[:, 1] < 0) | (y[:, 1] > outputs) | (y[:, 1] != np.floor(y[:, 1]))),
        (2, "the whole number of a stratum", y[:, 2] != np.floor(y[:, 2])),
    ):  # fmt: skip
        if bad.any():
            row = int(np.argmax(bad))
            return f"y[{row}, {column}] is {y[row, column]:g}, and must be {rule}"
    return ""


def ranked(y: Floats) -> Floats:
    """Times as numbers of groups, stratum by stratum and in it from the last time to the first: exact in any precision.

    Examples
    --------
    >>> ranked(np.array([[2.5, 1, 0], [7.0, 0, 0], [2.5, 0, 0], [9.0, 1, 1]]))[:, 0].tolist()
    [2.0, 1.0, 2.0, 3.0]
    """
    result = y.copy()
    groups = np.column_stack([y[:, 2], -y[:, 0]])
    result[:, 0] = np.unique(groups, axis=0, return_inverse=True)[1].ravel() + 1.0
    return result
