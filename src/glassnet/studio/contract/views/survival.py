"""Times to an event: curves of risk groups, and one patient's curve and what pulls at its risk."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Position


class SurvivalCurve(Message, frozen=True):
    """A step curve after Kaplan-Meier, of a cause that competes after Aalen and Johansen: `share` from each `time` on.

    `low` and `high` are the ends of its interval. `at_risk` is how many are still followed at each time of
    `SurvivalView.at`; `median` is null where less than half had the event in the end.
    """

    name: str
    n_rows: int
    n_events: int
    time: list[float]
    share: list[float]
    low: list[float]
    high: list[float]
    at_risk: list[int]
    median: float | None


class RiskShare(Message, frozen=True):
    """The share of the patient in the risk set of one event: e^f over the sum of e^f of all who were at risk.

    `opened` is the name under which the step that comes next holds the number; empty where it does not.
    """

    event: str
    time: float
    at_risk: int
    share: float
    own: bool
    opened: str


class IntervalPart(Message, frozen=True):
    """The patient in one interval of time: in the table, as the network predicts, and what pulls at the output.

    `ending` is "event", "without the event" or "not at risk"; `at_risk` the share of the interval that it was at risk.
    `predicted` is the probability of the event in the interval, or its rate over the whole of it; `slope` that of the
    row's loss along the output. `opened` is as in `RiskShare`.
    """

    start: float
    until: float
    ending: Literal["event", "without the event", "not at risk"]
    at_risk: float
    predicted: float
    slope: float
    opened: str


class PatientCurve(Message, frozen=True):
    """The pinned row: its predicted curve, steps of `share` from each `time` on, and what pulls at its risk.

    `slope` is the slope of the summed loss of all training rows along its output: the shares, less 1 if an event is its
    own; `all_shares` is their sum, also of those that are not listed. Both are null for a row that does not train, and
    under a loss that looks at intervals of time, which has `intervals` in place of `shares`; its curve is `smooth`.
    """

    row: int
    name: str
    ending: str
    time_seen: float
    happened: bool
    risk: float
    time: list[float]
    share: list[float]
    median: float | None
    shares: list[RiskShare]
    n_sets: int
    all_shares: float | None
    slope: float | None
    smooth: bool
    intervals: list[IntervalPart]


class SurvivalView(Message, frozen=True):
    """GET /api/runs/{run}/survival?row=0&cause=0: how rows of a part fare that the network calls of low and high risk.

    `part` is "test" where there are test rows, else "train"; `groups` are thirds of rising risk. Where several `causes`
    compete, all is about number `cause` of them, and shares are those with it: they rise from 0 where otherwise they
    fall from 1.
    """

    position: Position
    part: str
    duration: str
    event: str
    causes: list[str]
    cause: int
    last: float
    at: list[float]
    whole: SurvivalCurve
    groups: list[SurvivalCurve]
    separated: str
    concordance: float | None
    patient: PatientCurve | None
    message: str
