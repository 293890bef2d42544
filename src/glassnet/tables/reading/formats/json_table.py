"""Tables in JSON: lists of records, columns, rows, and what data frames write, possibly nested in another object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from glassnet.errors import FileError
from glassnet.tables.reading.content import Content, SourceFile, as_csv
from glassnet.tables.reading.frames.nested import of_records

_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"|\[\s*[\[{])')
_DEEPEST = 3
_COUNTED = re.compile("[0-9]+")


def is_json(first: bytes) -> bool:
    """Whether a file that begins so is JSON, or has a JSON object in each line."""
    return _START.match(first) is not None


def read_json(source: SourceFile) -> Content:
    """The table in a JSON file of any layout.

    Raises
    ------
    FileError
        When it is no JSON, or holds no table.
    ConfigurationError
        When it holds several tables, and none of them is wanted.
    """
    text = source.path.read_text(encoding="utf-8-sig")
    try:
        whole = _loads(text, source.name)
    except json.JSONDecodeError as error:
        lines = text.split("\n")
        if error.msg != "Extra data" or sum(map(bool, map(str.strip, lines))) < 2:
            raise FileError(
                f"{source.name}, line {error.lineno}: this is no JSON ({error.msg}). Write the file again."
            ) from None
        return _of_lines(lines, source)
    return _of_value(whole, source)


def _loads(text: str, origin: str) -> Any:
    """The value of a JSON text; a name that stands twice in an object is an error, not the last of both."""

    def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise FileError(f"{origin}: an object has the name {twice!r} twice. Rename one of them.")
        return result

    return json.loads(text, object_pairs_hook=without_repeats)


def _of_lines(lines: Sequence[str], source: SourceFile) -> Content:
    """A JSON value in each line."""
    rows = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                rows.append(_loads(line, f"{source.name}, line {number}"))
            except json.JSONDecodeError as error:
                raise FileError(
                    f"{source.name}, line {number}: this is no JSON ({error.msg}). Each line must be an object, as "
                    '{"age": 63}.'
                ) from None
    return _of_list(rows, source)


def _of_list(rows: list[Any], source: SourceFile) -> Content:
    """Records, or rows of cells the first of which holds the names."""
    if rows and all(isinstance(row, list) for row in rows):
        if any(isinstance(cell, (list, dict)) for row in rows for cell in row):
            raise FileError(f"{source.name}: a row is a list that holds other lists. Each cell must be a plain value.")
        return Content(as_csv(rows))
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise FileError(f'{source.name}, row {number}: each row must be an object, such as {{"age": 63}}.')
    return of_records(rows, source.name)


def _of_value(whole: Any, source: SourceFile) -> Content:
    """The table that a JSON value is, or holds."""
    if isinstance(whole, list):
        return _of_list(whole, source)
    if not isinstance(whole, dict):
        raise FileError(f"{source.name} holds a single value, no table.")
    if source.part is None:
        result = _of_object(whole, source)
        if result is not None:
            return result
    lists = dict(_lists(whole))
    if "schema.fields" in lists and "data" in lists:  # a data frame with its types
        lists = {"data": lists["data"]}
    if not lists and source.part is None:
        return of_records([whole], source.name)  # a single row
    chosen = source.choose(list(lists), source.part, "list")
    note = f"The rows are those of the list {chosen!r}."
    content = _of_list(lists[chosen], source)
    return replace(content, notes=(note, *content.notes))


def _of_object(whole: Mapping[str, Any], source: SourceFile) -> Content | None:
    """An object that is itself a table: columns, or the JSON of a data frame; None otherwise."""
    columns, data = whole.get("columns"), whole.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        index = whole.get("index")
        if isinstance(index, list) and len(index) == len(data) and index != list(range(len(data))):
            columns, data = ["index", *columns], [[name, *row] for name, row in zip(index, data, strict=True)]
        names = [".".join(map(str, name)) if isinstance(name, list) else str(name) for name in columns]
        if len(set(names)) < len(names):
            raise FileError(f"{source.name} has two columns of one name. Rename one of them.")
        for number, row in enumerate(data, start=1):
            if len(row) != len(names):
                raise FileError(f"{source.name}, row {number}: expected {len(names)} cells, found {len(row)}.")
        return of_records([dict(zip(names, row, strict=True)) for row in data], source.name)
    parts = list(whole.values())
    if parts and all(isinstance(part, list) and part for part in parts) and _plain(parts):
        sizes = {name: len(part) for name, part in whole.items()}
        if len(set(sizes.values())) > 1:
            shortest, longest = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
            raise FileError(
                f"{source.name}: the columns have different lengths: {shortest!r} has {sizes[shortest]} cells, "
                f"{longest!r} has {sizes[longest]}."
            )
        return of_records([dict(zip(whole, row, strict=True)) for row in zip(*parts, strict=True)], source.name)
    if len(parts) > 1 and all(isinstance(part, dict) and part for part in parts):
        return _of_objects(whole, source)
    return None


def _of_objects(whole: Mapping[str, Mapping[str, Any]], source: SourceFile) -> Content | None:
    """An object of objects: each is a column by the number of the row, or a row by its name."""
    inner = [set(part) for part in whole.values()]
    if len(set.union(*inner)) > 2 * min(map(len, inner)):
        return None  # they have little in common: parts of a document
    counting = [all(map(_COUNTED.fullmatch, keys)) for keys in (whole, set.union(*inner))]
    rows_outside = counting[0] if counting[0] != counting[1] else len(whole) > len(set.union(*inner))
    if not rows_outside:
        keys = list(dict.fromkeys(key for part in whole.values() for key in part))
        named = {key: {name: part.get(key) for name, part in whole.items()} for key in keys}
    else:
        named = {key: dict(part) for key, part in whole.items()}
    plain = list(named) == [str(k) for k in range(len(named))] or any("index" in row for row in named.values())
    content = of_records([row if plain else {"index": key, **row} for key, row in named.items()], source.name)
    if counting[0] != counting[1]:
        return content
    what = "rows" if rows_outside else "columns"
    note = f"The names {', '.join(map(repr, list(whole)[:3]))} ... are read as those of {what}."
    return replace(content, notes=(note, *content.notes))


def _plain(parts: Sequence[Sequence[Any]]) -> bool:
    """Whether lists hold plain values only."""
    return not any(isinstance(cell, (dict, list)) for part in parts for cell in part)


def _lists(value: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """The lists of records, or of rows, inside of an object, with their dotted names."""
    for name, part in value.items():
        if isinstance(part, dict) and depth < _DEEPEST:
            yield from _lists(part, f"{above}{name}.", depth + 1)
        elif isinstance(part, list) and _is_rows(part):
            yield f"{above}{name}", part


def _is_rows(part: list[Any]) -> bool:
    """Whether a list holds records, or several rows."""
    return bool(part) and (
        all(isinstance(row, dict) for row in part) or (len(part) > 1 and all(isinstance(row, list) for row in part))
    )
