"""The studio: the store, the data sets and the runs of one server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from glassnet.studio.runs import Runs
from glassnet.studio.scores.laboratory import Laboratory
from glassnet.studio.storage.intake import Intake
from glassnet.studio.storage.shelf import Shelf
from glassnet.studio.storage.store import Store, Unkept


class Studio:
    """Everything behind the gate.

    Parameters
    ----------
    folder : path
        Where data sets and runs are kept.
    table : path, optional
        A table, or a folder of images, to open with; it is copied into the folder.

    Attributes
    ----------
    lost : list of str
        After `close`: why runs could not be kept, a sentence each.
    """

    def __init__(self, folder: Path, table: Path | None = None) -> None:
        self.folder, self.closed, self.lost = folder, False, list[str]()
        self.store = Store(folder)
        self.shelf = Shelf(self.store)
        self.runs, self.intake = Runs(self.store, self.shelf), Intake(self.shelf)
        self.laboratory = Laboratory()
        self.opened: str | None = None
        try:
            if table is not None:
                self.open_table(table)
        except BaseException:
            self.store.close()
            raise

    def open_table(self, table: Path) -> None:
        """The table to open with, copied into the folder; where it has runs, the page goes on with the last of them."""
        self.opened = self.shelf.add_copy(table).id
        known = [run.id for run in self.runs.summaries() if run.data.id == self.opened and run.status != "damaged"]
        if known:
            with suppress(Unkept):
                self.store.set("last_run", known[0])

    def close(self) -> None:
        """Stop every run, save, and let go of the folder; a second time does nothing."""
        if not self.closed:
            self.closed = True
            self.intake.close()
            self.laboratory.close()
            self.lost = self.runs.close()
            self.store.close()


def default_folder() -> Path:
    """Where this system keeps the data of a user's programs."""
    import platformdirs

    return Path(platformdirs.user_data_dir("glassnet", appauthor=False)) / "studio"
