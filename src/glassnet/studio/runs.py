"""All runs by their ids: made, changed, kept in the store, and taken up again after the server was gone."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.studio.comparison import Comparer
from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.run import (
    Control,
    Move,
    NewRun,
    Parts,
    Pause,
    Play,
    Reset,
    RunState,
    RunSummary,
    Seek,
    SetParameter,
    Status,
    WeightEdit,
)
from glassnet.studio.contract.settings import Settings
from glassnet.studio.contract.state import Lab, StoredData, StoredEdit
from glassnet.studio.curves import LossCurves
from glassnet.studio.machine import pack, unpack
from glassnet.studio.preparation import prepare
from glassnet.studio.run import Run
from glassnet.studio.shelf import NotFound, Shelf
from glassnet.studio.store import Store, new_id, now
from glassnet.studio.understanding import understand

_LOADED = 6  # runs in memory
_SAVE_EVERY = 1.0
_MOST_MOVES = 100_000
_LONGEST_NAME = 100


class Document(msgspec.Struct):
    """What the store keeps of a run, next to its snapshots."""

    name: str
    columns: ColumnChoice
    settings: Settings
    edits: list[WeightEdit]
    step: int
    operation: int
    status: Status
    message: str
    furthest: int
    spacing: int
    curves: msgspec.Raw


@dataclass
class Entry:
    """A run in memory."""

    id: str
    name: str
    created: str
    data: str
    columns: ColumnChoice
    run: Run
    comparer: Comparer = field(default_factory=Comparer)
    saved: float = 0.0
    ended: Status = "paused"
    save_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Runs:
    """The runs of a studio.

    Parameters
    ----------
    store : Store
    shelf : Shelf
    """

    def __init__(self, store: Store, shelf: Shelf) -> None:
        self.store, self.shelf = store, shelf
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.RLock()

    # ---- making -----------------------------------------------------------------------------------------------------

    def new(self, wanted: NewRun) -> Entry:
        """A new run."""
        columns, settings = self._completed(wanted)
        run = Run(prepare(self.shelf.table(wanted.data), columns, settings))
        entry = Entry(new_id(), _name(wanted.name), now(), wanted.data, columns, run)
        self._adopt(entry)
        return entry

    def change(self, name: str, wanted: NewRun) -> Entry:
        """A run again, under other settings; those that watch it go on watching."""
        entry = self.get(name)
        columns, settings = self._completed(wanted)
        prepared = prepare(self.shelf.table(wanted.data), columns, settings)
        entry.run.stop()
        entry.data, entry.columns, entry.comparer = wanted.data, columns, Comparer()
        entry.name = _name(wanted.name) or entry.name
        entry.run.begin_again(prepared)
        self.save(entry, whole=True)
        return entry

    def open_lab(self, lab: Lab) -> Entry:
        """A run from a stored lab."""
        if lab.format != 1:
            raise ConfigurationError(f"This lab has the format {lab.format}; this glassnet reads format 1. Update it.")
        data = lab.data
        if data.built_in is not None:
            name = self.shelf.summary(data.built_in).id
        elif data.csv is not None:
            name = self.shelf.add_text(data.csv, data.name).id
        else:
            raise ConfigurationError(
                f"This lab does not hold its table {data.name!r}, which is too large. Open that table first."
            )
        run = Run(
            prepare(self.shelf.table(name), lab.columns, lab.settings),
            [WeightEdit(edit.step, edit.parameter, edit.value) for edit in lab.edits],
        )
        entry = Entry(new_id(), _name(lab.name), now(), name, lab.columns, run)
        self._adopt(entry)
        if lab.step or lab.operation:
            run.seek(lab.step, lab.operation)
        self.save(entry)
        return entry

    def lab(self, entry: Entry, csv: str | None) -> Lab:
        """A run as a lab; `csv` is the text of its own table where that is small."""
        summary = self.shelf.summary(entry.data)
        position = entry.run.position()
        return Lab(
            data=StoredData(summary.name, None if summary.group == "own" else summary.id, csv),
            columns=entry.columns, settings=entry.run.prepared.settings, version=glassnet.__version__, name=entry.name,
            edits=[StoredEdit(edit.step, edit.parameter, edit.value) for edit in entry.run.edits],
            step=position.step, operation=position.operation,
        )  # fmt: skip

    def _completed(self, wanted: NewRun) -> tuple[ColumnChoice, Settings]:
        """Columns and settings, proposed where they are not given."""
        columns = self.shelf.choice(wanted.data) if wanted.columns is None else wanted.columns
        if wanted.settings is not None:
            return columns, wanted.settings
        found = understand(wanted.data, self.shelf.table(wanted.data), columns)
        if found.proposal is None:
            raise ConfigurationError(found.problem)
        return columns, found.proposal

    # ---- finding ----------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Entry:
        """A run, taken up from the store when it is not in memory."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                entry = self._load(name)
                self._adopt(entry, save=False)
            self._entries.move_to_end(name)
        return entry

    def _load(self, name: str) -> Entry:
        """A run from the store, where it stood."""
        found = self.store.run(name) if name.isalnum() else None
        if found is None:
            raise NotFound("There is no such run. It may have been removed.")
        created, _, data, raw = found
        document = msgspec.json.decode(raw, type=Document)
        run = Run(prepare(self.shelf.table(data), document.columns, document.settings), document.edits)
        states = {step: unpack(state) for step, state in self.store.snapshots(name).items()}
        run.take_up(
            states, document.spacing, LossCurves.load(bytes(document.curves)), document.step, document.operation,
            document.furthest,
        )  # fmt: skip
        if document.status == "diverged":
            run.status, run.message = document.status, document.message
        return Entry(name, document.name, created, data, document.columns, run)

    def _adopt(self, entry: Entry, *, save: bool = True) -> None:
        """Keep a run in memory, and others that are idle only while there is room."""
        with self._lock:
            self._entries[entry.id] = entry
            for name in list(self._entries):
                idle = self._entries[name].run.status != "playing" and not self._entries[name].run.watched
                if len(self._entries) > _LOADED and name != entry.id and idle:
                    self.save(self._entries.pop(name))
        entry.run.watch(lambda: self._watch(entry))
        if save:
            self.save(entry, whole=True)

    def summaries(self) -> list[RunSummary]:
        """The runs of the list, the last changed first."""
        summaries = {one.id: one for one in self.shelf.summaries()}
        found = []
        for name, created, changed, data, raw in self.store.runs():
            document = msgspec.json.decode(raw, type=_Head)
            entry = self._entries.get(name)
            step, status = (document.step, document.status) if entry is None else (entry.run.step, entry.run.status)
            if data in summaries:
                found.append(RunSummary(name, document.name, created, changed, summaries[data], step, status))
        return found

    def remove(self, name: str) -> None:
        """Remove a run."""
        entry = self.get(name)
        entry.run.stop()
        with self._lock:
            self._entries.pop(name, None)
        with entry.lock:
            self.store.remove_run(name)

    def remove_data(self, data: str) -> None:
        """Remove a data set and its runs."""
        self.shelf.summary(data)
        for summary in self.summaries():
            if summary.data.id == data:
                self.remove(summary.id)
        self.shelf.remove(data)

    # ---- controlling ------------------------------------------------------------------------------------------------

    def control(self, entry: Entry, command: Control) -> None:
        """Carry out one command."""
        run = entry.run
        if isinstance(command, Play):
            if command.per_second is not None and not 0.01 <= command.per_second <= 10_000:
                raise ConfigurationError(f"per_second={command.per_second:g} must lie between 0.01 and 10000.")
            run.play_apart(command.unit, command.per_second)
            return
        if isinstance(command, Pause):
            run.pause()
        elif isinstance(command, Move):
            if not 0 < abs(command.count) <= _MOST_MOVES:
                raise ConfigurationError(f"count={command.count} must lie between 1 and {_MOST_MOVES}, or be negative.")
            run.move(command.unit, command.count)
        elif isinstance(command, Seek):
            run.seek(command.step, command.operation)
        elif isinstance(command, Reset):
            run.reset()
        elif isinstance(command, SetParameter):
            run.set_parameter(command.parameter, command.value)
        self.save(entry)

    def state(self, entry: Entry) -> RunState:
        """All about a run."""
        run = entry.run
        prepared = run.prepared
        sizes = prepared.layer_sizes
        return RunState(
            id=entry.id, revision=run.revision, name=entry.name, created=entry.created,
            data=self.shelf.summary(entry.data), columns=entry.columns, settings=prepared.settings, task=prepared.task,
            classes=list(prepared.classes), feature_names=list(prepared.schema.feature_names),
            target_names=prepared.target_names, layer_sizes=list(sizes), activations=list(prepared.activations),
            n_parameters=prepared.n_parameters,
            parts=Parts(len(prepared.train), len(prepared.validation), len(prepared.test)),
            engine="compiled" if prepared.compiled else "reference", dtype=run.machine.dtype, status=run.status,
            speed=run.speed, position=run.position(), edits=list(run.edits), stability=run.stability,
            message=run.message, notes=list(prepared.notes),
        )  # fmt: skip

    # ---- keeping ----------------------------------------------------------------------------------------------------

    def _watch(self, entry: Entry) -> None:
        """Save a run that moves, now and then: more seldom when saving takes long."""
        due = entry.saved + max(_SAVE_EVERY, 20 * entry.save_seconds)
        ended = entry.run.status in ("finished", "diverged", "failed") and entry.ended != entry.run.status
        entry.ended = entry.run.status
        if ended or time.monotonic() >= due:
            self.save(entry, wait=ended)

    def save(self, entry: Entry, *, whole: bool = False, wait: bool = True) -> None:
        """Write where a run stands; `whole` writes all of its snapshots again, `wait` waits for another writer."""
        if not entry.lock.acquire(blocking=wait):
            return
        try:
            started = time.monotonic()
            self._save(entry, whole=whole)
            entry.saved = time.monotonic()
            entry.save_seconds = entry.saved - started
        finally:
            entry.lock.release()

    def _save(self, entry: Entry, *, whole: bool) -> None:
        """Write one consistent moment."""
        run = entry.run
        with run.still() as machine:
            step, snapshots = machine.step, run.snapshots
            states = {s: snapshots.states[s] for s in (set(snapshots.states) if whole else snapshots.unsaved)}
            states[step] = machine.save()
            kept = {*snapshots.states, step}
            snapshots.unsaved = set()
            document = Document(
                entry.name, entry.columns, run.prepared.settings, list(run.edits), step, run.operation,
                "paused" if run.status == "playing" else run.status, run.message, max(run.furthest, step),
                snapshots.spacing, msgspec.Raw(run.curves.dump()),
            )  # fmt: skip
        packed = {s: pack(state) for s, state in states.items()}
        self.store.save_run(entry.id, entry.data, msgspec.json.encode(document), packed, kept)

    def close(self) -> None:
        """Stop and save everything."""
        with self._lock:
            for entry in self._entries.values():
                entry.run.stop()
                self.save(entry)
            self._entries.clear()


class _Head(msgspec.Struct):
    """The part of a document that the list needs."""

    name: str
    step: int
    status: Status


def _name(text: str) -> str:
    """A run's name, one line."""
    return " ".join(text.split())[:_LONGEST_NAME]
