"""Times to an event: Kaplan-Meier of risk groups, and one patient's curve and shares in the risk sets."""

from __future__ import annotations

from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Position


class SurvivalCurve(Message, frozen=True):
    """A step curve after Kaplan-Meier: `share` from each `time` on, with its interval; 1 before the first.

    `at_risk` is how many are still followed at each time of `SurvivalView.at`; `median` is null where more than half
    are without the event at the end.
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


class PatientCurve(Message, frozen=True):
    """The pinned row: its predicted curve, steps of `share` from each `time` on, and what pulls at its risk.

    `slope` is the slope of the summed loss of all training rows along its output: the shares, less 1 if an event is its
    own; `all_shares` is their sum, also of those that are not listed. Both are null for a row that does not train.
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


class SurvivalView(Message, frozen=True):
    """GET /api/runs/{run}/survival?row=0: how the rows of a part fare that the network calls of low and of high risk.

    `part` is "test" where there are test rows, else "train"; `groups` are thirds of rising risk.
    """

    position: Position
    part: str
    duration: str
    event: str
    last: float
    at: list[float]
    whole: SurvivalCurve
    groups: list[SurvivalCurve]
    separated: str
    concordance: float | None
    patient: PatientCurve | None
    message: str
