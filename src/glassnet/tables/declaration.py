"""A declaration: facts that a user fixes about a table, in a TOML file that can be read and edited.

``glassnet schema TABLE --write FILE`` writes what was inferred; after editing, ``--schema FILE`` makes it the law: how
the file is read, the kind of each column, the order of categories and classes, the target and the task.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError, FileError, nearest
from glassnet.tables.columns.kinds.kind import KINDS, NUMERIC
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.stratum import STRATUM
from glassnet.tables.notation.category_notation import MERGE
from glassnet.tables.notation.notation import Notation
from glassnet.tables.notation.number_text import NULL_STRINGS
from glassnet.tables.notation.pair import BOTH
from glassnet.tables.outcome import tasks
from glassnet.tables.schema import Schema
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.images import Measuring

CHOICES = (*(kind for kind in KINDS if kind not in ("text", "constant")), "ordered", "left_out", STRATUM)
"""Kinds that can be declared."""
_READING: Mapping[str, type] = {
    "delimiter": str,
    "decimal": str,
    "encoding": str,
    "null_strings": list,
    "header": bool,
    "names": list,
    "sheet": str,
}
_IMAGES = "images"
_TARGET: Mapping[str, type] = {"column": str, "task": str, "classes": list}
_COLUMN: Mapping[str, type] = {"kind": str, "levels": list}
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True)
class Declaration:
    """Declared facts about a table; whatever is not declared is inferred as usual.

    Parameters
    ----------
    reading : dict
        ``delimiter``, ``decimal``, ``encoding``, ``null_strings``, ``header`` and ``names`` for `read_table`.
    target : str, tuple of str, or None
    task : str or None
    classes : tuple of str
        In the order of their codes; empty to leave it to the rules.
    kinds : dict of str to str
        Column and kind: "number", "integer", "date", "yes_no", "category", "left_out" or "stratum".
    levels : dict of str to tuple of str
        Categories in their order; all others share one slot.
    measuring : Measuring, optional
        How images are measured.

    Examples
    --------
    >>> declaration = Declaration.parse('''
    ... [target]
    ... column = "ill"
    ... [columns.grade]
    ... kind = "category"
    ... levels = ["low", "middle", "high"]
    ... ''')
    >>> table = Table.from_columns({"grade": ["low", "high", "low", "middle"], "ill": ["no", "yes", "no", "yes"]})
    >>> declaration.schema(table).feature_names
    ('grade = low', 'grade = middle', 'grade = high')
    """

    reading: Mapping[str, Any] = field(default_factory=dict)
    target: str | tuple[str, ...] | None = None
    task: str | None = None
    classes: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measuring: Measuring | None = None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Declaration:
        """Read a TOML file; a missing or malformed one is a `FileError`, an unknown word a `ConfigurationError`."""
        path = Path(path)
        try:
            if path.stat().st_size > _LARGEST:
                raise FileError(f"{path} is too large for a schema file. Give the TOML file that describes the table.")
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise FileError(
                f"There is no schema file {path}. Write one with: glassnet schema TABLE --write {path}"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise FileError(f"Cannot read the schema file {path}: {reason}.") from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, origin: str = "The schema file") -> Declaration:
        """The declaration that a TOML text makes."""
        try:
            plain = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise FileError(f"{origin} is not valid TOML: {error}. Correct it there.") from None
        _fields(plain, {"reading": dict, _IMAGES: dict, "target": dict, "columns": dict}, origin)
        reading, target = plain.get("reading", {}), plain.get("target", {})
        _fields(reading, _READING, f"{origin}, [reading]")
        column = target.get("column")
        several = _texts(column, f"{origin}, [target], column") if isinstance(column, list) else None
        _fields(target if several is None else {**target, "column": ""}, _TARGET, f"{origin}, [target]")
        columns = plain.get("columns", {})
        kinds: dict[str, str] = {}
        levels: dict[str, tuple[str, ...]] = {}
        for name, entry in columns.items():
            what = f"{origin}, [columns.{name}]"
            if not isinstance(entry, dict):
                raise ConfigurationError(f'{what} must be a table, such as {{ kind = "category" }}.')
            _fields(entry, _COLUMN, what)
            if "kind" in entry:
                base, _, written = entry["kind"].partition(":")
                kinds[name] = entry["kind"]
                _one_of(base, CHOICES, f"{what}, kind")
                if base != "ordered" and written != BOTH:
                    Notation.parse(base, written, f"{what}:")
            if "levels" in entry:
                if kinds.get(name, "").partition(":")[0] not in ("category", "yes_no"):
                    raise ConfigurationError(f'{what}: levels need kind = "category" or kind = "yes_no".')
                levels[name] = _texts(entry["levels"], f"{what}, levels")
        if "null_strings" in reading:
            reading = {**reading, "null_strings": list(_texts(reading["null_strings"], f"{origin}, null_strings"))}
        if "names" in reading:
            reading = {**reading, "names": list(_texts(reading["names"], f"{origin}, names"))}
        task = target.get("task")
        return cls(
            reading, column if several is None else _one_or_all(several),
            None if task is None else _one_of(task, tasks(), f"{origin}, task"),
            _texts(target.get("classes", []), f"{origin}, classes"), kinds, levels, _measuring(plain, origin),
        )  # fmt: skip

    @classmethod
    def of(cls, schema: Schema, table: Table) -> Declaration:
        """The declaration from which the same schema can be made again."""
        kinds = {
            column.name: column.role if column.role in ("left_out", STRATUM) else column.declaration
            for column in schema.columns if column.role != "target" or _says_of_cells(column.declaration)
        }  # fmt: skip
        classes = () if schema.task is None else schema.outcome.declared_classes
        if len(schema.targets) > 1 and classes:  # the cells that say what happened are not numbers
            kinds |= {
                column.name: "category"
                for column in schema.outcome.columns
                if column.role == "target" and set(classes) <= set(column.levels)
            }
        levels = {
            column.name: column.levels for column in schema.inputs if column.kind in ("category", "yes_no")
        }  # fmt: skip
        return cls(
            dict(table.reading), _one_or_all(schema.targets), schema.task, classes, kinds, levels,
            schema.measuring,
        )  # fmt: skip

    def accepting(self, proposals: Sequence[Proposal]) -> Declaration:
        """The declaration with the first choice of each proposal.

        Examples
        --------
        >>> Declaration().accepting([Proposal("Is 0 missing?", ("number:null=0",), column="glucose")]).kinds
        {'glucose': 'number:null=0'}
        """
        kinds, nulls = dict(self.kinds), list(self.reading.get("null_strings", NULL_STRINGS))
        levels = dict(self.levels)
        for proposal in proposals:
            if proposal.null:
                nulls += [] if proposal.null in nulls else [proposal.null]
                if proposal.kinds:
                    kinds[proposal.column] = proposal.kinds[0]
                    levels.pop(proposal.column, None)
                elif proposal.column in levels:
                    levels[proposal.column] = tuple(one for one in levels[proposal.column] if one != proposal.null)
            elif proposal.kinds:
                kinds[proposal.column] = _both(kinds.get(proposal.column, ""), proposal.kinds[0])
                levels.pop(proposal.column, None)
        targets = (self.target,) if isinstance(self.target, str) else self.target or ()
        classes = () if set(targets) & set(kinds) else self.classes  # merged ones are judged again
        reading = {**self.reading, "null_strings": nulls}
        declared = replace(self, kinds=kinds, levels=levels, classes=classes, reading=reading)
        pairs = [declared.with_event((one.time,), one.events[0]) for one in proposals if one.events]
        return pairs[0] if pairs else declared

    def with_event(self, times: Sequence[str], event: str) -> Declaration:
        """The declaration of a time to an event; `event` is its column, or ``status=2`` where a cell says it.

        Examples
        --------
        >>> declared = Declaration().with_event(("days",), "status=2")
        >>> declared.target, declared.task, declared.classes, declared.kinds
        (('days', 'status'), 'survival', ('2',), {'status': 'category'})
        """
        column, equals, cell = event.partition("=")
        kinds = {**self.kinds, column: "category"} if equals else self.kinds
        classes = (cell,) if equals else ()
        return replace(self, target=(*times, column), task="survival", classes=classes, kinds=kinds)

    def schema(
        self, table: Table, *, target: str | tuple[str, ...] | None = None, task: str | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> Schema:  # fmt: skip
        """The schema of a table under this declaration; the arguments, where given, count more than it."""
        kinds = dict(kinds or {})
        chosen = self.target if target is None else target
        own = (chosen,) if isinstance(chosen, str) else chosen or ()
        chosen = _one_or_all(own)
        fixed = {**self.kinds, **kinds}
        levels = {
            name: declared
            for name, declared in self.levels.items()
            if name not in own and fixed[name] == self.kinds[name]
        }
        return Schema.infer(
            table, chosen, self.task if task is None and chosen == self.target else task,
            kinds={
                name: kind
                for name, kind in fixed.items()
                if name not in own or name in kinds or _says_of_cells(kind) or (len(own) > 1 and kind == "category")
            },
            levels=levels,
            classes=self.classes if chosen == self.target else (),
        )  # fmt: skip

    def to_toml(self, schema: Schema | None = None) -> str:
        """The declaration as TOML; what a schema knows of each column stands beside it as a remark."""
        lines = ["# How a table is read. Edit it, and pass it with --schema.", ""]
        if self.reading:
            lines += [
                "[reading]",
                *(f"{key} = {_value(self.reading[key])}" for key in _READING if key in self.reading),
                "",
            ]
        if self.measuring is not None:
            plain = self.measuring.to_dict()
            lines += [f"[{_IMAGES}]", *(f"{key} = {_value(value)}" for key, value in plain.items()), ""]
        if self.target is not None:
            lines += ["[target]", f"column = {_value(self.target)}"]
            lines += [] if self.task is None else [f"task = {_value(self.task)}  # {' or '.join(tasks())}"]
            lines += [f"classes = {_value(list(self.classes))}"] if self.classes else []
            lines.append("")
        known = {} if schema is None else {name: learned for name, _, _, learned in schema.describe()}
        lines += [f"# kinds: {', '.join(CHOICES)}", ""]
        for name, kind in self.kinds.items():
            if name in known:
                lines.append(f"# {''.join(letter if letter.isprintable() else ' ' for letter in known[name])}")
            lines += [f"[columns.{_value(name)}]", f"kind = {_value(kind)}"]
            if name in self.levels:
                lines.append(f"levels = {_value(list(self.levels[name]))}")
            lines.append("")
        return "\n".join(lines)


def _says_of_cells(kind: str) -> bool:
    """Whether a declared kind says how cells are written, merged or missing, which it does of a target, too."""
    base, _, traits = kind.partition(":")
    if base != "category":
        return base in NUMERIC and bool(traits)
    return any(trait == MERGE or trait.startswith("null=") for trait in traits.split("+"))


def _one_or_all(targets: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """The name of one target, the names of several, or nothing."""
    return targets if len(targets) > 1 else targets[0] if targets else None


def _both(one: str, other: str) -> str:
    """Two declarations of a column, where both only say what is missing, together; else the other."""
    kind, _, traits = other.partition(":")
    kept = [trait for trait in one.partition(":")[2].split("+") if trait.startswith("null=") and trait not in traits]
    return f"{kind}:{'+'.join([traits, *kept])}" if kept else other


def _fields(plain: Mapping[str, Any], known: Mapping[str, type], what: str) -> None:
    """The fields, checked: known words only, each with a value of its type."""
    for name, value in plain.items():
        if name not in known:
            raise ConfigurationError(f"{what} has the unknown word {name!r}. {nearest(name, known)}")
        if type(value) is not known[name]:
            words = {str: "a text in quotes", list: "a list of texts", dict: "a section", bool: "true or false"}
            wanted = words[known[name]]
            raise ConfigurationError(f"{what}: {name} must be {wanted}, not {value!r}.")


def _one_of(value: str, choices: tuple[str, ...], what: str) -> str:
    """A known word."""
    if value not in choices:
        raise ConfigurationError(f"{what}: {value!r} is unknown. {nearest(value, choices)}")
    return value


def _texts(values: list[Any], what: str) -> tuple[str, ...]:
    """Different texts."""
    if not all(isinstance(value, str) for value in values):
        raise ConfigurationError(f'{what} must be texts in quotes, such as ["1", "2"], not {values!r}.')
    if len(set(values)) < len(values):
        raise ConfigurationError(f"{what} repeats a text. Name each once.")
    return tuple(values)


def _measuring(plain: Mapping[str, Any], origin: str) -> Measuring | None:
    """How images are measured, if the file says so."""
    if _IMAGES not in plain:
        return None
    from glassnet.images import Measuring

    try:
        return Measuring.from_dict(plain[_IMAGES])
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin}, [{_IMAGES}]: {error}") from None


def _value(value: Any) -> str:
    """A text, a number, a list of texts or a truth as TOML, which shares JSON's escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
