"""Tables: what they hold, how each column is understood, and how small ones are edited."""

from __future__ import annotations

from typing import Any, Literal

from glassnet.studio.contract.message import Message, Request
from glassnet.studio.contract.settings import Settings

Task = Literal["classification", "regression", "survival"]


class DataSummary(Message, frozen=True):
    """One data set of the list. Ids are opaque; a built-in set has its name for an id."""

    id: str
    name: str
    summary: str
    reference: str
    group: Literal["lecture", "two inputs", "images", "real", "own"]
    n_rows: int
    n_columns: int


class IntakeState(Message, frozen=True):
    """POST /api/images takes a file of images; GET /api/images says how its reading goes: `done` of `total` files.

    `data` is the new data set once it is ready; `total` is null where it is not known.
    """

    status: Literal["none", "running", "ready", "failed", "canceled"]
    name: str = ""
    doing: str = ""
    done: int = 0
    total: int | None = None
    data: str | None = None
    message: str = ""


class Histogram(Message, frozen=True):
    """Counts of equal bins from `low` to `high`."""

    low: float
    high: float
    counts: list[int]


class Level(Message, frozen=True):
    """A category and how many rows have it."""

    label: str
    count: int


class Suggestion(Message, frozen=True):
    """One way to settle what a column needs.

    Further texts that mean a missing cell, how the column is read, that its rows of one cell stay in one part, or which
    of its cells is the event; with `target` the column of times that then becomes the target.
    """

    text: str
    null_strings: list[str] = []
    kind: str | None = None
    groups: str | None = None
    event: str | None = None
    target: str | None = None


class ExampleImage(Message, frozen=True):
    """An image of a column: gray values, row by row (of colors their mean), from `low` to `high`."""

    name: str
    rows: int
    columns: int
    values: list[float]
    low: float
    high: float


class Column(Message, frozen=True):
    """One column: how it is understood and what it holds.

    A column with `suggestions` needs a decision; `reason` says which.
    `reason` says why it is left out, or how odd cells were understood. Numbers have a histogram, mean, standard
    deviation and a `range` in words (of dates: in days); categories have their most frequent `levels` and `n_levels` in
    all; of images the first `pictures`.
    """

    name: str
    kind: str
    role: Literal["input", "target", "stratum", "left_out"]
    reason: str
    missing: int
    features: list[str]
    histogram: Histogram | None = None
    levels: list[Level] = []
    n_levels: int = 0
    range: str = ""
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    suggestions: list[Suggestion] = []
    pictures: list[ExampleImage] = []


class Gallery(Message, frozen=True):
    """Images of one class, or of a table without classes: how many there are, and the first ones."""

    label: str | None
    count: int
    pictures: list[ExampleImage]


class ImageFacts(Message, frozen=True):
    """The images of a table: rows and columns as they are kept and as the network sees them, and how they look.

    `sides` are the sizes to choose from, by their longer side.
    """

    column: str
    kept: tuple[int, int]
    seen: tuple[int, int]
    channels: int
    sides: list[int]
    galleries: list[Gallery]


class ColumnChoice(Request, frozen=True):
    """The user's choices about the columns.

    `kinds` maps a column to number, integer, date, yes_no, category, left_out or stratum (the groups within which times
    to an event are compared); columns not named are judged.
    `null_strings` are further texts that mean a missing cell. Rows with the same cell in the column `groups` stay in
    one part; it is not an input. `event` is the column that says whether the time in `target` ended with the event, or
    ``column=cell`` where one of its cells does. `image_side` is the number of rows or columns that the network sees of
    an image at most; null leaves it to the studio. `fitted` is the schema of a model file whose weights the run takes
    over: columns, scaling and categories are then those of the file.
    """

    target: str | None = None
    task: Task | None = None
    kinds: dict[str, str] = {}
    null_strings: list[str] = []
    groups: str | None = None
    event: str | None = None
    image_side: int | None = None
    fitted: dict[str, Any] | None = None


class Understanding(Message, frozen=True):
    """POST /api/data/{data}/columns: how the columns are read under a choice, and a network that would suit.

    `problem` says why nothing can be learned under this choice; then there is no proposal.
    """

    columns: list[Column]
    choice: ColumnChoice
    task: Task | None
    task_reason: str
    classes: list[str]
    feature_names: list[str]
    notes: list[str]
    proposal: Settings | None
    problem: str = ""
    images: ImageFacts | None = None


class DataSet(Message, frozen=True):
    """GET /api/data/{data}, and the answer to an upload or an edit."""

    summary: DataSummary
    editable: bool
    notes: list[str]
    understanding: Understanding


class DataSets(Message, frozen=True):
    """GET /api/data: built-in and own data sets."""

    data_sets: list[DataSummary]


class Rows(Message, frozen=True):
    """GET /api/data/{data}/rows?offset=0&limit=50: cells as they stand in the table, null where one is missing.

    `pictures` are those of the column `image`, where there is one.
    """

    offset: int
    total: int
    column_names: list[str]
    row_names: list[str]
    rows: list[list[str | None]]
    image: str | None
    pictures: list[ExampleImage]


class CellEdit(Request, frozen=True):
    """A new text for one cell; null makes it missing."""

    row: int
    column: str
    text: str | None


class TableEdit(Request, frozen=True):
    """POST /api/data/{data}/edit: cells first, then removed rows, then added ones.

    A data set never changes: the answer is a new one, so runs on the old one keep what they learned from.
    """

    cells: list[CellEdit] = []
    removed: list[int] = []
    added: list[list[str | None]] = []
    name: str | None = None


class Rename(Request, frozen=True):
    """POST /api/data/{data}/rename: another name for an own data set."""

    name: str
