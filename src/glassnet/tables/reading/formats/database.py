"""Tables of file databases: SQLite and DuckDB."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from glassnet.tables.reading.content import Content, SourceFile
from glassnet.tables.reading.frames.nested import of_records


def read_sqlite(source: SourceFile) -> Content:
    """A table of an SQLite database."""
    with closing(sqlite3.connect(f"file:{source.path.resolve().as_posix()}?mode=ro", uri=True)) as base:
        names = [row[0] for row in base.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")]  # fmt: skip
        return _read(base, names, source)


def read_duckdb(source: SourceFile) -> Content:
    """A table of a DuckDB database, without access to other files."""
    import duckdb

    config: dict[str, Any] = {"enable_external_access": "false"}
    with closing(duckdb.connect(str(source.path), read_only=True, config=config)) as base:
        names = [row[0] for row in base.execute(
            "SELECT table_name FROM information_schema.tables ORDER BY table_name").fetchall()]  # fmt: skip
        return _read(base, names, source)


def _read(base: Any, tables: list[str], source: SourceFile) -> Content:
    """The requested table, which may hold nested records."""
    chosen = source.choose(tables, source.part, "table").replace('"', '""')
    cursor = base.execute(f'SELECT * FROM "{chosen}"')  # noqa: S608 (a name that the database itself lists)
    names = [column[0] for column in cursor.description]
    return of_records((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), source.name)
