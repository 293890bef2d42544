"""One column of a schema: its kind, its constants, and the conversion of its cells to inputs of the network.

A missing cell gets the learned replacement (the training mean, which is 0 after scaling; for a category the shares of
its levels), and a separate missing indicator if the training rows had such cells. Levels seen in one
row only, or beyond the 1000 most frequent, share the slot "other"; a level never seen before goes there too, or, when
training had no such level, counts as the average row: its levels take their shares. On more than 20 000 rows fewer
levels have inputs of their own, so that they fit into memory: 200 on 100 000 rows, and never fewer than 50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import SchemaError
from glassnet.formulas import Expression
from glassnet.pages.number import short_number
from glassnet.tables.columns.encoding import encode
from glassnet.tables.columns.images.image_column import KIND, ImageCells, image_features
from glassnet.tables.columns.input_step import input_steps
from glassnet.tables.columns.kinds.kind import NUMERIC, Judgment, bad_cells, quote
from glassnet.tables.columns.level import level_shares, match_levels
from glassnet.tables.columns.scales.bins import bin_names, formula_of, in_bins
from glassnet.tables.columns.scales.quantile import on_curve
from glassnet.tables.columns.scales.scaling import SCALINGS, Scaling
from glassnet.tables.columns.scales.season import season, season_formulas, season_names, start_of
from glassnet.tables.framing import moments
from glassnet.tables.notation.category_notation import MERGE, ORDERED, merged
from glassnet.tables.notation.cells import UNKNOWN, Cells
from glassnet.tables.notation.notation import Notation, without_words
from glassnet.tables.notation.number_text import counted, iso_day
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.network import InputStep

MOST_LEVELS = 1000
FEW_LEVELS = 50
"""So many have an input of their own in tables of any length."""
MOST_CELLS = 20_000_000
"""Of the one-hot inputs of a column: 80 megabytes. On more than 20 000 rows fewer levels have inputs of their own."""
FEWEST_ROWS = 2


@dataclass(frozen=True)
class ColumnSchema:
    """One column of a model's schema.

    Parameters
    ----------
    name : str
    kind : {"number", "integer", "date", "yes_no", "category", "image", "text", "constant"}
    role : {"input", "target", "stratum", "left_out"}
    reason : str
        Why it is left out, or a remark on how it was understood; may be empty.
    missing : int
        Missing cells among the training rows.
    levels : tuple of str
        The cells of a yes/no column as (no, yes); the categories, most frequent first.
    shares : tuple of float
        Share of each level among the present training cells.
    pooled : int
        How many rare levels share the slot "other"; 0 means that there is no such slot.
    center, scale : float
        Of the training numbers: mean and standard deviation (divided by n), or what the scaling says. An input is
        ``(value - center) / scale``, smoothly clipped where the scaling does that.
    minimum, maximum : float
        Training range of numbers.
    scaling : str
        How numbers (and yes/no) become inputs; a name from `glassnet.tables.columns.scales.scaling.SCALINGS`.
    knots, knot_inputs : tuple of float
        Where the scaling has a curve: the numbers at its knots, rising, and the input at each.
    declared : bool
        Whether the categories and their order were declared by a person, and must not change.
    notation : str
        How numbers or dates are written in its cells, as in ``number:thousands``; empty for the plain notation.
    shape : tuple of int
        Of images: rows, columns and channels, to which all are brought. An input is ``(pixel - center) / scale``.
    intervals : tuple of float
        Of a time to an event whose network has an output for each interval: where these end.
    seasonal : bool
        Of dates: whether sine and cosine of the time of year are inputs, too.
    """

    name: str
    kind: str
    role: str = "input"
    reason: str = ""
    missing: int = 0
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    pooled: int = 0
    center: float = 0.0
    scale: float = 1.0
    minimum: float = 0.0
    maximum: float = 0.0
    scaling: str = "standard"
    declared: bool = False
    knots: tuple[float, ...] = ()
    knot_inputs: tuple[float, ...] = ()
    notation: str = ""
    shape: tuple[int, ...] = ()
    intervals: tuple[float, ...] = ()
    seasonal: bool = False

    @classmethod
    def of(cls, name: str, judgment: Judgment, role: str | None = None) -> ColumnSchema:
        """Make the column from a judgment."""
        role = role or ("left_out" if judgment.left_out else "input")
        return cls(
            name, judgment.kind, role, judgment.left_out or judgment.note, levels=judgment.levels,
            notation=judgment.notation,
            declared=judgment.declared,
        )  # fmt: skip

    @property
    def manner(self) -> Notation:
        """How numbers or dates are written in its cells."""
        return Notation.parse(self.kind, self.notation, f"Column {self.name!r}:")

    @property
    def ordered(self) -> bool:
        """Whether its levels have an order, which its inputs keep."""
        return self.kind == "category" and ORDERED in self.manner.traits

    @property
    def merges(self) -> bool:
        """Whether levels that differ only in case or blanks are one."""
        return self.kind == "category" and MERGE in self.manner.traits

    def as_levels(self, cells: Cells, levels: Sequence[str] = ()) -> Cells:
        """Cells of a category in the spelling of its levels, if spellings are merged."""
        if self.kind == "category" and self.manner.null_texts:
            cells = cells.without(self.manner.null_texts)
        if not self.merges:
            return cells
        return merged(cells, levels or self.levels)

    @property
    def declaration(self) -> str:
        """Its kind as in a declaration, with the notation of its cells."""
        return f"{self.kind}:{self.notation}" if self.notation else self.kind

    def cells(self, table: Table) -> Cells:
        """Its cells in a table; of a number or date column, those with a word for "no value" missing."""
        cells = table.column(self.name)
        return without_words(cells) if self.kind in NUMERIC else self.as_levels(cells)

    def numbers(self, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
        """Cells as floats (dates: days since 1970-01-01; missing: NaN), and which ones do not fit the kind."""
        cells = without_words(cells)
        return self.manner.read(cells) if self.kind in NUMERIC else cells.numbers()

    @property
    def how(self) -> Scaling:
        """The scaling's record."""
        return SCALINGS[self.scaling]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the network's inputs made from this column."""
        if self.role != "input":
            return ()
        if self.kind == KIND:
            return image_features(self.name, self.shape)
        if self.kind in NUMERIC:
            names = bin_names(self.name, self.knots, self.written) if self.how.bins and self.knots else []
            names += [self.name] if self.how.beside or not names else []
            names += season_names(self.name) if self.seasonal else []
        elif self.kind == "yes_no":
            names = [f"{self.name} = {self.levels[1]}"]
        elif self.ordered:
            names = [f"{self.name} > {level}" for level in self.levels[:-1]]
        else:
            names = [f"{self.name} = {level}" for level in self.levels]
            if self.pooled:
                names.append(f"{self.name} = (other)")
        if self.missing:
            names.append(f"{self.name} missing")
        return tuple(names)

    def fit(self, cells: Cells, weights: np.ndarray | None = None) -> ColumnSchema:
        """The column with its constants learned from training cells, which may be weighted."""
        missing = int(cells.missing.sum())
        if self.kind in NUMERIC:
            values = self.numbers(cells)[0]
            missing = int(np.isnan(values).sum())
            present = ~np.isnan(values) if missing else slice(None)
            known = values[present]
            curve = self.how.curve
            if not len(known):
                flat = curve(np.zeros(1)) if curve is not None else ((), ())
                return replace(
                    self, missing=missing, center=0.0, scale=1.0, minimum=0.0, maximum=0.0,
                    knots=flat[0], knot_inputs=flat[1],
                )  # fmt: skip
            counted_as = None if weights is None else weights[present]
            center, scale = self.how.learn(known, counted_as)
            knots, knot_inputs = ((), ()) if curve is None else curve(known, counted_as)
            return replace(
                self,
                missing=missing,
                center=center,
                scale=scale,
                minimum=float(known.min()),
                maximum=float(known.max()),
                knots=knots,
                knot_inputs=knot_inputs,
            )
        if self.kind == KIND:
            return self._fit_pixels(cells)
        if self.kind not in ("yes_no", "category"):
            return replace(self, missing=missing)
        if not self.declared:
            cells = replace(self, levels=()).as_levels(cells)
        cells = self.as_levels(cells)
        missing = int(cells.missing.sum())
        counts = cells.level_counts()
        if self.kind == "yes_no":
            return replace(self, missing=missing, shares=level_shares(cells, counts, self.levels, weights))
        most = min(MOST_LEVELS, max(FEW_LEVELS, MOST_CELLS // max(1, len(cells))))
        frequent = [level for level, count in counts.items() if count >= FEWEST_ROWS][:most]
        kept = self.levels if self.declared else tuple(frequent)
        return replace(
            self, missing=missing, levels=kept, pooled=0 if self.ordered else len(counts.keys() - set(kept)),
            shares=level_shares(cells, counts, kept, weights),
        )  # fmt: skip

    def _fit_pixels(self, cells: Cells) -> ColumnSchema:
        """The mean and the standard deviation over all pixels of all images."""
        assert isinstance(cells, ImageCells)
        pixels = cells.of_shape(self.shape)[0]
        center, scale = moments(pixels)
        return replace(
            self, center=center, scale=scale if scale > 0 else 1.0, minimum=float(pixels.min()),
            maximum=float(pixels.max()),
        )  # fmt: skip

    def pixels(self, table: Table, notes: list[str]) -> np.ndarray:
        """The inputs that the images of a table make, shape (n, len(features)), in float32.

        Raises
        ------
        SchemaError
            When the column holds no images.
        """
        cells = table.column(self.name)
        if not isinstance(cells, ImageCells):
            raise SchemaError(
                f"{table.origin}, column {self.name!r} must hold images: paths of files below the folder of the table, "
                f"or arrays of pixels."
            )
        images, changed = cells.of_shape(self.shape)
        if changed:
            size, own = (" x ".join(map(str, shape)) for shape in (self.shape, cells.pixels.shape[1:]))
            notes.append(
                f"Column {self.name!r}: {counted(changed, 'image')} of {own} brought to {size}, the shape in training."
            )
        scaled = (images.reshape(len(images), -1).astype(np.float32) - np.float32(self.center)) / np.float32(self.scale)
        return np.asarray(scaled)

    def with_levels(self, levels: Sequence[str], table: Table) -> ColumnSchema:
        """The column with categories declared by a person; a yes/no column with (no, yes) in this order."""
        levels = tuple(levels)
        if self.kind == "yes_no" and set(levels) != set(self.levels):
            raise SchemaError(
                f"{table.origin}: column {self.name!r} is declared yes/no with {', '.join(map(quote, levels))}, but "
                f"holds {' and '.join(map(quote, self.levels))}. Declare these two, no first."
            )
        if self.kind not in ("category", "yes_no") or not 1 <= len(levels) <= MOST_LEVELS:
            raise SchemaError(
                f"{table.origin}: column {self.name!r} is a {self.kind.replace('_', '/')} column with {len(levels)} "
                f"declared levels; a category can have 1 to {MOST_LEVELS}."
            )
        return replace(self, levels=levels, declared=True)

    def check_order(self, table: Table) -> None:
        """Raise `SchemaError` for an order that omits a level of the table, or has fewer than two."""
        if not self.ordered:
            return
        if len(self.levels) < 2:
            raise SchemaError(
                f"{table.origin}, column {self.name!r} is declared ordered without an order. Name its levels, the "
                "lowest first: ordered:low<mid<high."
            )
        others = match_levels(self.cells(table), self.levels) == UNKNOWN
        if others.any():
            raise SchemaError(
                f"{table.origin}, column {self.name!r} is declared ordered, {' < '.join(map(quote, self.levels))}, "
                f"which leaves out {bad_cells(table, self.name, others)}. Name all its levels, the lowest first."
            )

    def encode(self, table: Table) -> tuple[np.ndarray, list[str]]:
        """The inputs of every row, shape (n, len(features)), and notes on what was replaced or unusual.

        Raises
        ------
        SchemaError
            When a cell of a number column is not a number.
        DataError
            When a cell is infinite.
        """
        return encode(self, table)

    def written(self, value: float, digits: int = 6) -> str:
        """A number of this column as text; for a date column, the day."""
        return iso_day(value) if self.kind == "date" else short_number(value, digits)

    @property
    def range_text(self) -> str:
        """The smallest and the largest number that training saw."""
        return f"{self.written(self.minimum)} to {self.written(self.maximum)}"

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Scaled numbers, before the smooth clip: shape (n, inputs).

        Raises
        ------
        SchemaError
            When the curve has not been learned yet.
        """
        if self.how.curve is not None and not self.knots:
            raise SchemaError(f"The scaling of column {self.name!r} is not learned yet. Call fit(table) first.")
        if self.how.bins:
            binned = np.asarray(in_bins(values, self.knots), dtype=np.float64)
            return np.hstack([binned, self._standardize(values)]) if self.how.beside else binned
        if self.how.curve is not None:
            return np.asarray(on_curve(values, self.knots, self.knot_inputs), dtype=np.float64)[:, None]
        return self._standardize(values)

    def _standardize(self, values: np.ndarray) -> np.ndarray:
        """Standardized numbers, shape (n, 1)."""
        with np.errstate(over="ignore"):
            return np.asarray((values - self.center) / self.scale, dtype=np.float64)[:, None]

    @property
    def year_start(self) -> float:
        """January 1 of the first year in training, from which seasons are counted."""
        return start_of(self.minimum)

    def season(self, values: np.ndarray) -> np.ndarray:
        """The inputs that place dates in the year, shape (n, 2); (n, 0) where there are none."""
        if not self.seasonal:
            return np.zeros((len(values), 0))
        return np.asarray(season(values, self.year_start), dtype=np.float64)

    @property
    def season_formulas(self) -> list[tuple[Expression, dict[str, float]]]:
        """The same as formulas in the day ``x`` and its constants."""
        return season_formulas(self.year_start) if self.seasonal else []

    @property
    def n_bins(self) -> int:
        """The number of inputs that are bins, which come first."""
        return max(0, len(self.knots) - 1) if self.role == "input" and self.how.bins else 0

    @property
    def formulas(self) -> list[tuple[Expression, dict[str, float]]]:
        """Each input made from a number, as a formula in ``x`` and its constants; the season follows them."""
        binned = [formula_of(place, self.knots) for place in range(self.n_bins)]
        if binned and not self.how.beside:
            return binned
        return [*binned, (self.how.formula, {"center": self.center, "scale": self.scale})]

    @property
    def shares_above(self) -> np.ndarray:
        """For an ordered category: the share of training cells above each level but the last."""
        return 1.0 - np.cumsum(self.shares)[:-1]

    @property
    def untrained(self) -> tuple[str, ...]:
        """Levels that no training row has, so that the weights of their inputs are still at their initial values."""
        if self.ordered:  # if its neighbors are learned, its position between them is known
            return ()
        return tuple(level for level, share in zip(self.levels, self.shares, strict=False) if share == 0)

    def input_steps(self, table: Table, row: int) -> list[InputStep]:
        """How the cell of one row became the network's inputs, one step each."""
        return input_steps(self, table, row)
