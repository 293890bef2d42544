"""The shelf: every data set by its id, the built-in ones and the user's own."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock

from glassnet.errors import ConfigurationError, DataError, FileError, GlassnetError
from glassnet.studio.contract.data import ColumnChoice, DataSummary, TableEdit
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.data.header import HEADER_BYTES, MOST_COLUMNS, check_header, too_wide
from glassnet.studio.data.images.image_file import (
    Progress,
    in_one_size,
    read_image_file,
    read_image_folder,
    table_with_images,
)
from glassnet.studio.data.table_text import table_text
from glassnet.studio.storage.store import Store, in_words, new_id, private_file
from glassnet.tables import Table, holds_images, read_table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.image_archive import image_column, read_image_archive, says_sizes, write_image_archive
from glassnet.tables.notation.cells import ListText, PolarsText

MOST_CELLS = 100_000_000
MOST_CHARACTERS = 10_000
EDITABLE_ROWS, EDITABLE_COLUMNS = 200, 30
_KEPT = 4  # tables in memory
_LONGEST_NAME = 100


class NotFound(GlassnetError, LookupError):
    """There is nothing under this id."""

    code = "GN-STUDIO"


class Shelf:
    """Data sets by id; a table never changes, an edit makes a new one.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self.store, self._lock = store, RLock()
        self._tables: OrderedDict[str, Table] = OrderedDict()

    def summaries(self) -> list[DataSummary]:
        """All data sets, the user's own first."""
        own = [self._own(*row) for row in self.store.data()]
        return own + [one.listed for one in BUILT_IN.values()]

    def summary(self, data: str) -> DataSummary:
        """One data set of the list."""
        if data in BUILT_IN:
            return BUILT_IN[data].listed
        for row in self.store.data():
            if row[0] == data:
                return self._own(*row)
        raise NotFound("There is no such data set. Choose one from the list.")

    def _own(self, data: str, name: str, n_rows: int, n_columns: int) -> DataSummary:
        """An own data set of the list."""
        what = "images" if self.store.table_path(data).suffix == ".npz" else "table"
        return DataSummary(data, name, f"Your own {what}.", "", "own", n_rows, n_columns)

    def table(self, data: str) -> Table:
        """The table of a data set."""
        if data in BUILT_IN:
            return BUILT_IN[data].table
        name = self.summary(data).name
        with self._lock:
            if data not in self._tables:
                path = self.store.table_path(data)
                self._tables[data] = _images(path, name) if path.suffix == ".npz" else _read(path, name)
                while len(self._tables) > _KEPT:
                    self._tables.popitem(last=False)
            self._tables.move_to_end(data)
            return self._tables[data]

    def choice(self, data: str) -> ColumnChoice:
        """The default choices for the columns of a data set; in the user's tables the last column is the target.

        Copies of an image, and images of one patient, stay together.
        """
        if data in BUILT_IN:
            return BUILT_IN[data].choice
        table = self.table(data)
        return ColumnChoice(target=likely_target(table), groups=table.groups)

    def incoming(self, ending: str = "csv") -> Path:
        """A private place for an upload that is on its way."""
        return self.store.tables / f"incoming-{new_id()}.{ending}"

    def add_file(self, path: Path, name: str, reading: Mapping[str, str] | None = None) -> DataSummary:
        """Take over an uploaded file, checked; it is gone from its place afterwards, whatever happens.

        A file with the bytes of an own data set is that data set, whatever it is called. Of a file that can be read in
        several ways, `reading` says how (parameters of `read_table`); what it then holds is kept as plain CSV.
        """
        try:
            name = clean_name(name)
            if reading:
                text = _plain(_read(path, name, **reading))
                with in_words(self.store.folder):
                    path.write_text(text, encoding="utf-8")
                name = clean_name(f"{name} {reading['sheet']}" if "sheet" in reading else name)
            with in_words(self.store.folder), path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            known = self.store.data_of(digest)
            if known is not None:
                return self.summary(known)
            table = _read(path, name)
            _check(table)
            data = new_id()
            kept = self.store.table_path(data)
            with in_words(self.store.folder):
                path.replace(kept)
            try:
                self.store.add_data(data, name, table.n_rows, len(table.names), digest)
            except BaseException:
                kept.unlink(missing_ok=True)
                raise
        finally:
            path.unlink(missing_ok=True)
        with self._lock:
            self._tables[data] = table
        return self.summary(data)

    def add_images(self, path: Path, name: str, progress: Progress) -> DataSummary:
        """A data set from an uploaded file of images; it is gone from its place afterwards, whatever happens."""
        try:
            name = clean_name(name)
            table = read_image_file(path, name, self.store.scratch, progress)
        finally:
            path.unlink(missing_ok=True)
        return self._keep_images(table, name)

    def _keep_images(self, table: Table, name: str) -> DataSummary:
        """Keep a table with a column of images; one with the same images and cells is that data set.

        A set that an earlier version kept in one size stays as it is, for its runs; the images are another set then.
        """
        digest = _digest_of(table)
        known = self.store.data_of(digest)
        if known is not None and not (_sizes(table) and not _sizes(self.table(known))):
            return self.summary(known)
        if known is not None:
            name = clean_name(f"{name} in each size")
        data = new_id()
        kept = self.store.table_path(data, images=True)
        try:
            with in_words(self.store.folder), private_file(kept) as file:
                write_image_archive(table, file)
            self.store.add_data(data, name, table.n_rows, len(table.names), digest)
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        with self._lock:
            self._tables[data] = table
        return self.summary(data)

    def add_copy(self, path: Path) -> DataSummary:
        """A data set from a table file of any format that can be read, with its images; or from a folder of them."""
        if holds_images(path):
            table = read_image_folder(path)
            return self._keep_images(table, clean_name(path.name))
        with path.open("rb") as file:
            check_header(file.read(HEADER_BYTES), path.name)
        table = table_with_images(path)
        if image_column(table) is not None:
            return self._keep_images(table, clean_name(path.name))
        return self.add_text(_plain(table), path.stem)

    def add_text(self, text: str, name: str) -> DataSummary:
        """A data set from CSV text."""
        path = self.incoming()
        try:
            with in_words(self.store.folder), private_file(path) as file:
                file.write(text.encode("utf-8"))
            return self.add_file(path, name)
        finally:
            path.unlink(missing_ok=True)

    def edit(self, data: str, edit: TableEdit) -> DataSummary:
        """A small table with other cells and rows, as a new data set."""
        table = self.table(data)
        if not editable(table):
            raise DataError(
                f"Tables of up to {EDITABLE_ROWS} rows and {EDITABLE_COLUMNS} columns can be edited here. Edit the "
                "file and open it again."
            )
        rows = [[table.columns[name].item(row) for name in table.names] for row in range(table.n_rows)]
        for cell in edit.cells:
            if cell.column not in table.names or not 0 <= cell.row < len(rows):
                raise DataError(f"There is no cell in row {cell.row} of column {cell.column[:60]!r}.")
            rows[cell.row][table.names.index(cell.column)] = cell.text
        if any(not 0 <= row < len(rows) for row in edit.removed):
            raise DataError(f"Rows count from 0 to {len(rows) - 1}; there is none like {edit.removed[:5]}.")
        rows = [row for number, row in enumerate(rows) if number not in set(edit.removed)]
        for added in edit.added:
            if len(added) != len(table.names):
                raise DataError(f"A row of this table has {len(table.names)} cells, not {len(added)}.")
            rows.append(list(added))
        if len(rows) > EDITABLE_ROWS:
            raise DataError(f"A table that is edited here has at most {EDITABLE_ROWS} rows, not {len(rows)}.")
        name = edit.name if edit.name is not None else _edited_name(self.summary(data).name)
        return self.add_text(table_text(table.names, rows), name)

    def rename(self, data: str, name: str) -> None:
        """Give an own data set another name."""
        if data in BUILT_IN:
            raise ConfigurationError("A built-in data set keeps its name.")
        self.summary(data)
        if not name.strip():
            raise ConfigurationError("A table needs a name. Type one.")
        self.store.rename_data(data, clean_name(name))

    def remove(self, data: str) -> None:
        """Remove an own data set."""
        if data in BUILT_IN:
            raise ConfigurationError("A built-in data set stays.")
        self.summary(data)
        with self._lock:
            self._tables.pop(data, None)
        self.store.remove_data(data)


def editable(table: Table) -> bool:
    """Whether a table is small enough to be edited in place; images are not edited."""
    return image_column(table) is None and table.n_rows <= EDITABLE_ROWS and len(table.names) <= EDITABLE_COLUMNS


def likely_target(table: Table) -> str | None:
    """A column whose name says that it is the target, else the last one that can be; an image cannot."""
    words = re.compile(r"(?i)(target|outcome|label|class|diagnosis|y|survival|response|died|death)")
    named = [name for name in table.names if words.fullmatch(name.strip())]
    others = [name for name in table.names if name not in table.aside and name != image_column(table)]
    return named[0] if named else (others[-1] if others else None)


def clean_name(name: str) -> str:
    """A data set's name: one line of printable text, no folder in front."""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name.replace("\\", "/").split("/")[-1])
    return " ".join(plain.split())[:_LONGEST_NAME] or "table"


def _plain(table: Table) -> str:
    """The cells of a table as CSV text."""
    return table_text(
        table.names, ([table.columns[name].item(row) for name in table.names] for row in range(table.n_rows))
    )


def _edited_name(name: str) -> str:
    """The name of an edited table."""
    return name if name.endswith("(edited)") else f"{name[: _LONGEST_NAME - 9]} (edited)"


def _read(path: Path, name: str, *, encoding: str = "utf-8", sheet: str | None = None) -> Table:
    """Read a table file; messages tell the name that the user gave, not where we keep it."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
            if head.startswith(b"PAR1"):
                raise FileError(f"{name} is a Parquet file. Save it as CSV, or give it on the command line.")
            check_header(head, name)
        return replace(read_table(path, encoding=encoding, sheet=sheet), origin=name)
    except GlassnetError as error:
        raise error.renamed((str(path), name)) from None
    except OSError as error:
        raise FileError(f"{name} cannot be read ({error.strerror}). Open it again from its file.") from None


def _images(path: Path, name: str) -> Table:
    """Read a table with images that we keep."""
    try:
        table = replace(read_image_archive(path), origin=name)
        return table if says_sizes(path) else in_one_size(table)
    except GlassnetError as error:
        raise error.renamed((str(path), name)) from None


def _sizes(table: Table) -> int:
    """The number of smaller sizes in which images are kept."""
    column = image_column(table)
    cells = table.columns[column] if column else None
    return len(cells.smaller) if isinstance(cells, ImageCells) else 0


def _digest_of(table: Table) -> str:
    """The digest of a table with images, however they were packed, under whatever name."""
    whole = {name: replace(c, smaller=()) if isinstance(c, ImageCells) else c for name, c in table.columns.items()}
    with io.BytesIO() as file:
        write_image_archive(replace(table, columns=whole, notes=(), origin=""), file, sizes=False)
        return hashlib.sha256(file.getbuffer()).hexdigest()


def _check(table: Table) -> None:
    """Raise for a table that is too wide, too large, or has overlong cells."""
    if len(table.names) > MOST_COLUMNS:
        raise DataError(too_wide(table.origin, len(table.names)))
    if table.n_rows * len(table.names) > MOST_CELLS:
        raise DataError(
            f"{table.origin} has {table.n_rows * len(table.names):,} cells; the studio accepts at most {MOST_CELLS:,}. "
            "Use fewer rows, or the command line."
        )
    for name in table.names:
        longest = max(len(name), _longest(table.columns[name]))
        if longest > MOST_CHARACTERS:
            raise DataError(
                f"{table.origin}, column {name[:40]!r}: a cell has {longest:,} characters; the studio accepts at most "
                f"{MOST_CHARACTERS:,}. Shorten it."
            )


def _longest(cells: object) -> int:
    """Characters (or bytes) of the longest cell."""
    if isinstance(cells, PolarsText):
        return int(cells.series.str.len_bytes().max() or 0)
    values: Sequence[str | None] = cells.values if isinstance(cells, ListText) else ()
    return max((len(value) for value in values if value is not None), default=0)
