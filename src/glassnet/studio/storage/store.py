"""The data that outlives the server: data sets, runs, snapshots and curves, in SQLite and a folder of tables.

SQLite writes each change whole or not at all, so a killed server, a full disk or a sleeping laptop loses nothing that
was acknowledged. One studio at a time uses a folder. All of it is readable by its owner only, and what a killed server
left half done is swept away at the next start: it may be patients' data.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from glassnet.errors import FileError

FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS data (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL, n_rows INTEGER NOT NULL, n_columns INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, created TEXT NOT NULL, changed TEXT NOT NULL, data TEXT NOT NULL, document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS snapshots (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, step INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (run, step)
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS digests (
  digest TEXT PRIMARY KEY, data TEXT NOT NULL REFERENCES data (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS progress (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, step INTEGER NOT NULL, operation INTEGER NOT NULL
);
"""
_PRAGMAS = (
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
)
_OURS = re.compile(r"(incoming-)?[0-9a-f]{16}\.(csv|npz)")


def now() -> str:
    """The time of day, for people."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_id() -> str:
    """An id that says nothing and cannot be guessed."""
    return secrets.token_hex(8)


class Unkept(FileError):
    """The disk is full, or the system refuses to write; nothing that was kept is lost."""


class Store:
    """The folder of a studio.

    Parameters
    ----------
    folder : path
        Created when it is not there, then for its owner only.

    Raises
    ------
    FileError
        When the folder cannot be used, is used by another studio, or was written by a newer glassnet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.tables, self.scratch = folder, folder / "tables", folder / "scratch"
        self._lock = threading.RLock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for inside in (self.tables, self.scratch):
                inside.mkdir(mode=0o700, exist_ok=True)
                inside.chmod(0o700)
            self._guard = _connect(folder / "in-use", 0.1)
            self._guard.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._guard.execute("BEGIN EXCLUSIVE")
            self._connection = _connect(folder / "studio.sqlite", 5.0)
            self._connection.executescript(f"{_PRAGMAS} {_TABLES}")
            self._sweep()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise FileError(
                    f"Another studio uses the folder {folder}. Go to its tab, stop it with Ctrl-C, or give this one "
                    "a folder of its own with --folder."
                ) from None
            raise FileError(f"The folder {folder} cannot be used ({error}). Choose another --folder.") from None
        except sqlite3.DatabaseError as error:
            raise FileError(
                f"{folder / 'studio.sqlite'} is damaged ({error}). Move the folder elsewhere, or choose another "
                f"--folder."
            ) from None
        except OSError as error:
            raise FileError(
                f"The studio's folder {folder} cannot be used ({error.strerror or error}). Choose another --folder."
            ) from None
        self._check_format()

    def _check_format(self) -> None:
        """Raise for a folder of a newer glassnet."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise FileError(
                f"The folder {self.folder} was written by a newer glassnet. Update it, or choose another --folder."
            )
        if version < FORMAT:
            self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    def _sweep(self) -> None:
        """Remove what a killed server left: uploads on their way, tables that nothing names, the scratch folder."""
        known = {data for (data,) in self._connection.execute("SELECT id FROM data")}
        for path in self.tables.iterdir():
            if _OURS.fullmatch(path.name) and path.stem not in known:
                path.unlink(missing_ok=True)
        for path in self.scratch.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the folder; a second time does nothing."""
        with self._lock:
            self._connection.close()
            self._guard.close()

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self._lock, in_words(self.folder):
            return self._connection.execute(query, values).fetchall()

    def _write(self, steps: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """Several changes, all of them or none; `Unkept` when the disk is full or the system refuses."""
        with self._lock, in_words(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in steps:
                    self._connection.execute(statement, values)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise

    # ---- data sets --------------------------------------------------------------------------------------------------

    def table_path(self, data: str, *, images: bool | None = None) -> Path:
        """Where the table of an own data set lies; ids are ours, never a path from outside.

        One with images is an archive of arrays. Which of the two it is, is looked up where it is not said.
        """
        assert data.isalnum()
        archive = self.tables / f"{data}.npz"
        return archive if images or (images is None and archive.exists()) else self.tables / f"{data}.csv"

    def add_data(self, data: str, name: str, n_rows: int, n_columns: int, digest: str) -> None:
        """Remember an own data set whose table is in its place; `digest` tells its bytes from others."""
        self._write(
            [
                ("INSERT INTO data VALUES (?, ?, ?, ?, ?)", (data, name, now(), n_rows, n_columns)),
                ("INSERT OR REPLACE INTO digests VALUES (?, ?)", (digest, data)),
            ]
        )

    def data_of(self, digest: str) -> str | None:
        """The own data set with the same bytes."""
        rows = self._all("SELECT data FROM digests WHERE digest = ?", digest)
        return str(rows[0][0]) if rows else None

    def digest_of(self, data: str) -> str:
        """The digest of the bytes of a data set of the user; empty for one that has none."""
        rows = self._all("SELECT digest FROM digests WHERE data = ?", data)
        return str(rows[0][0]) if rows else ""

    def rename_data(self, data: str, name: str) -> None:
        """Give an own data set another name."""
        self._write([("UPDATE data SET name = ? WHERE id = ?", (name, data))])

    def data(self) -> list[tuple[str, str, int, int]]:
        """Id, name and size of every own data set, the newest first."""
        records = self._all("SELECT id, name, n_rows, n_columns FROM data ORDER BY created DESC, rowid DESC")
        return [(str(i), str(name), int(rows), int(columns)) for i, name, rows, columns in records]

    def remove_data(self, data: str) -> None:
        """Forget an own data set, its runs and its table."""
        self._write([("DELETE FROM runs WHERE data = ?", (data,)), ("DELETE FROM data WHERE id = ?", (data,))])
        with in_words(self.folder):
            self.table_path(data).unlink(missing_ok=True)
        with contextlib.suppress(Unkept):  # the journal holds the old pages until it is emptied
            self._all("PRAGMA wal_checkpoint(TRUNCATE)")

    # ---- runs -------------------------------------------------------------------------------------------------------

    def save_run(self, run: str, data: str, document: bytes, snapshots: dict[int, bytes], kept: Iterable[int]) -> None:
        """Write where a run stands, its new snapshots, and which ones are kept."""
        moment, known = now(), self.snapshot_steps(run)
        steps: list[tuple[str, tuple[Any, ...]]] = [
            (
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                "SET changed = excluded.changed, data = excluded.data, document = excluded.document",
                (run, moment, moment, data, document),
            )
        ]
        wanted = set(kept)
        steps += [("DELETE FROM snapshots WHERE run = ? AND step = ?", (run, step)) for step in known - wanted]
        insert = "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)"
        steps += [(insert, (run, step, state)) for step, state in snapshots.items()]
        steps.append(("DELETE FROM progress WHERE run = ?", (run,)))
        self._write(steps)

    def save_progress(self, run: str, step: int, operation: int) -> None:
        """Write how far a run has come since it was saved; from its snapshots the same steps give the same bits."""
        self._write([("INSERT OR REPLACE INTO progress VALUES (?, ?, ?)", (run, step, operation))])

    def progress(self, run: str) -> tuple[int, int] | None:
        """Step and operation to which a run has come since it was saved."""
        rows = self._all("SELECT step, operation FROM progress WHERE run = ?", run)
        return rows[0] if rows else None

    def snapshot_steps(self, run: str) -> set[int]:
        """The steps of which a run has snapshots."""
        return {int(step) for (step,) in self._all("SELECT step FROM snapshots WHERE run = ?", run)}

    def snapshots(self, run: str) -> dict[int, bytes]:
        """Step -> state."""
        return dict(self._all("SELECT step, state FROM snapshots WHERE run = ?", run))

    def run(self, run: str) -> tuple[str, str, str, bytes] | None:
        """Created, changed, data set and document of a run."""
        rows = self._all("SELECT created, changed, data, document FROM runs WHERE id = ?", run)
        return rows[0] if rows else None

    def runs(self) -> list[tuple[str, str, str, str, bytes]]:
        """Id, created, changed, data set and document of every run, the last changed first."""
        query = "SELECT id, created, changed, data, document FROM runs ORDER BY changed DESC, rowid DESC"
        return self._all(query)

    def remove_run(self, run: str) -> None:
        """Forget a run."""
        self._write([("DELETE FROM runs WHERE id = ?", (run,))])

    # ---- settings ---------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        """A remembered setting."""
        rows = self._all("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set(self, name: str, value: str) -> None:
        """Remember a setting."""
        self._write([("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))])


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    """A database that only its owner can read, whatever its folder allows; its journals take the same rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
    path.chmod(0o600)
    return sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)


@contextlib.contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Raise refusals of the database or the system as `Unkept`."""
    try:
        yield
    except sqlite3.Error as error:
        raise Unkept(_refusal(folder, str(error))) from None
    except OSError as error:
        raise Unkept(_refusal(folder, error.strerror or type(error).__name__)) from None


def _refusal(folder: Path, what: str) -> str:
    """Why nothing can be written or read, and what helps."""
    if re.search(r"full|no space|quota", what, re.IGNORECASE):
        return f"The disk of the folder {folder} is full. Free some space; the studio then keeps saving runs."
    return f"The folder {folder} refuses ({what}). Make it readable and writable, or start with another --folder."


def private_file(path: Path) -> BinaryIO:
    """A new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")
