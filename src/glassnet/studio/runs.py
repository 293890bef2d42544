"""All runs by their ids: made, changed, kept in the store, and taken up again after the server was gone."""

from __future__ import annotations

import threading
import time
import zipfile
from collections import OrderedDict
from contextlib import suppress

import msgspec

import glassnet
from glassnet.engine import MemberState
from glassnet.errors import ConfigurationError
from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.run import (
    Change,
    Control,
    Move,
    NewRun,
    Pause,
    Play,
    Reset,
    RunState,
    RunSummary,
    Seek,
    SetParameter,
    WeightEdit,
)
from glassnet.studio.contract.settings import Settings
from glassnet.studio.contract.state import Lab, StoredChange, StoredData, StoredEdit
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.data.preparation.stretch import continues
from glassnet.studio.data.understanding import understand
from glassnet.studio.entry import Entry, distinct, state_of
from glassnet.studio.run.machine import pack, unpack
from glassnet.studio.run.record import Document, about, document_of, head_of
from glassnet.studio.run.run import Run
from glassnet.studio.scores.comparison import Comparer
from glassnet.studio.storage.shelf import NotFound, Shelf
from glassnet.studio.storage.store import Store, Unkept, new_id, now

_LOADED = 6  # runs in memory
_SAVE_EVERY, _NOTE_EVERY = 1.0, 0.5
"""Seconds between two savings of a run that moves, and between two notes of how far it has come."""
_MOST_MOVES = 100_000
_LONGEST_NAME = 100
_MOST_HIDDEN = 50


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
        columns, settings = self._complete(wanted)
        run = Run(prepare(self.shelf.table(wanted.data), columns, settings))
        name = distinct(_name(wanted.name), self.shelf.summary(wanted.data).name, self.summaries())
        entry = Entry(new_id(), name, now(), wanted.data, columns, run, _controls(wanted.hidden))
        self._adopt(entry)
        return entry

    def change(self, name: str, wanted: NewRun) -> Entry:
        """A run under other settings: it continues from where it stands, or a new one begins and it is kept as it is.

        A run that has done nothing yet is begun again itself; those that watch it go on watching.
        """
        entry = self.get(name)
        columns, settings = self._complete(wanted)
        run = entry.run
        same = wanted.data == entry.data and columns == entry.columns
        before = run.machine.before
        if same and run.step > 0 and continues(before.settings, settings, compiled=before.compiled):
            playing = run.speed if run.status == "playing" else None
            run.change(settings)
            entry.comparer = Comparer()
            self.save(entry, whole=True)
            if playing is not None:
                run.play_apart(playing.unit, playing.per_second)
            return entry
        if run.moved:
            run.pause()
            self.save(entry)
            return self.new(NewRun(wanted.data, columns, settings, wanted.name or entry.name, entry.hidden))
        preparation = prepare(self.shelf.table(wanted.data), columns, settings)
        run.stop()
        entry.data, entry.columns, entry.comparer = wanted.data, columns, Comparer()
        entry.name = _name(wanted.name) or entry.name
        run.begin_again(preparation)
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
            known_data = self.store.data_of(data.fingerprint) if data.fingerprint else None
            if known_data is None:
                raise ConfigurationError(
                    f"This lab does not include its table {data.name!r}. Open that table here first, on the page "
                    "Data; it must be the same file."
                )
            name = known_data
        run = Run(
            prepare(self.shelf.table(name), lab.columns, lab.settings),
            [WeightEdit(edit.step, edit.parameter, edit.value) for edit in lab.edits],
            [Change(change.step, change.settings) for change in lab.changes],
        )
        title = distinct(_name(lab.name), self.shelf.summary(name).name, self.summaries())
        entry = Entry(new_id(), title, now(), name, lab.columns, run, _controls(lab.hidden))
        self._adopt(entry)
        if lab.step or lab.operation:
            run.seek(lab.step, lab.operation)
        self.save(entry)
        return entry

    def lab(self, entry: Entry, csv: str | None, columns: ColumnChoice) -> Lab:
        """A run as a lab; `csv` is the text of its own table where that goes along, read under `columns`."""
        summary = self.shelf.summary(entry.data)
        position = entry.run.position()
        return Lab(
            data=StoredData(
                summary.name, None if summary.group == "own" else summary.id, csv, self.store.digest_of(entry.data)
            ),
            columns=columns, settings=entry.run.machine.start.settings, version=glassnet.__version__,
            name=entry.name, edits=[StoredEdit(edit.step, edit.parameter, edit.value) for edit in entry.run.edits],
            changes=[StoredChange(change.step, change.settings) for change in entry.run.machine.changes],
            hidden=entry.hidden,
            step=position.step, operation=position.operation,
        )  # fmt: skip

    def _complete(self, wanted: NewRun) -> tuple[ColumnChoice, Settings]:
        """Columns and settings, proposed where they are not given."""
        columns = self.shelf.choice(wanted.data) if wanted.columns is None else wanted.columns
        if wanted.settings is not None:
            return columns, wanted.settings
        understanding = understand(wanted.data, self.shelf.table(wanted.data), columns)
        if understanding.proposal is None:
            raise ConfigurationError(understanding.problem)
        return columns, understanding.proposal

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
        row = self.store.run(name) if name.isalnum() else None
        if row is None:
            raise NotFound("There is no such run. It may have been removed.")
        created, _, data, raw = row
        document, curves = document_of(raw)
        preparation = prepare(self.shelf.table(data), document.columns, document.settings)
        run = Run(preparation, document.edits, document.changes)
        noted = self.store.progress(name)
        step, operation = noted or (document.step, document.operation)
        run.take_up(self._states(name), document.spacing, curves, step, operation, max(document.furthest, step))
        if document.status == "diverged" and noted is None:
            run.status, run.message = document.status, document.message
        return Entry(name, document.name, created, data, document.columns, run, document.hidden, document.threshold)

    def _states(self, name: str) -> dict[int, MemberState]:
        """The snapshots of a run; a damaged one is left out, its steps are taken again from the one before."""
        states = {}
        for step, packed in self.store.snapshots(name).items():
            with suppress(ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile):
                states[step] = unpack(packed)
        return states

    def _adopt(self, entry: Entry, *, save: bool = True) -> None:
        """Keep a run in memory, and others that are idle only while there is room."""
        with self._lock:
            self._entries[entry.id] = entry
            for name in list(self._entries):
                idle = self._entries[name].run.status != "playing" and not self._entries[name].run.watched
                if len(self._entries) > _LOADED and name != entry.id and idle and self.save(self._entries[name]):
                    del self._entries[name]
        entry.run.watch(lambda: self._watch(entry))
        if save:
            self.save(entry, whole=True)

    def summaries(self) -> list[RunSummary]:
        """The runs of the list, the last changed first; those that could not be kept come before them."""
        sets = {one.id: one for one in self.shelf.summaries()}
        rows = self.store.runs()
        summaries = []
        for one in [*self._entries.values()]:
            if one.data in sets and not any(row[0] == one.id for row in rows):
                run = one.run
                words = about(run.preparation.settings)
                summaries.append(
                    RunSummary(one.id, one.name, one.created, now(), sets[one.data], run.step, run.status, words)
                )
        for name, created, changed, data, raw in rows:
            entry, head = self._entries.get(name), head_of(raw)
            if data in sets:
                step, status = (head.step, head.status) if entry is None else (entry.run.step, entry.run.status)
                title = head.name if entry is None else entry.name
                words = about(head.settings if entry is None else entry.run.preparation.settings)
                summaries.append(RunSummary(name, title, created, changed, sets[data], step, status, words))
        return summaries

    def rename(self, name: str, text: str) -> None:
        """Give a run another name."""
        entry = self.get(name)
        entry.name = _name(text)
        entry.run.revision += 1
        self.save(entry)
        entry.run.tell()

    def set_threshold(self, entry: Entry, value: float | None) -> None:
        """Say from which probability on rows are called the second of two classes.

        Raises
        ------
        ConfigurationError
            When there are no two classes with probabilities, or the value is none.
        """
        preparation = entry.run.preparation
        if value is not None and (len(preparation.classes) != 2 or preparation.loss.link == "sign"):
            raise ConfigurationError("A threshold is for two classes with probabilities; this network has none.")
        if value is not None and not 0 < value < 1:
            raise ConfigurationError(f"threshold={value:g} must lie between 0 and 1.")
        entry.threshold = value
        entry.run.revision += 1
        self.save(entry)
        entry.run.tell()

    def remove(self, name: str) -> None:
        """Remove a run, a damaged one too."""
        with self._lock:
            entry = self._entries.get(name)
        if entry is None:
            if not name.isalnum() or self.store.run(name) is None:
                raise NotFound("There is no such run. It may have been removed.")
            self.store.remove_run(name)
            return
        entry.run.stop()
        with entry.lock:
            self.store.remove_run(name)
            with self._lock:
                self._entries.pop(name, None)

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
        return state_of(entry, self.shelf.summary(entry.data))

    # ---- keeping ----------------------------------------------------------------------------------------------------

    def _watch(self, entry: Entry) -> None:
        """Save a run that moves, now and then: more seldom when saving takes long, and note its step in between."""
        moment = time.monotonic()
        due = entry.saved + max(_SAVE_EVERY, 20 * entry.save_seconds)
        ended = entry.run.status in ("arrived", "finished", "diverged", "failed") and entry.ended != entry.run.status
        entry.ended = entry.run.status
        if ended or moment >= due:
            self.save(entry, wait=ended)
        elif moment >= max(entry.noted, entry.saved) + _NOTE_EVERY and not entry.unkept:
            self._note(entry)

    def _note(self, entry: Entry) -> None:
        """Write how far a run has come, unless it is being saved."""
        if entry.lock.acquire(blocking=False):
            try:
                with suppress(Unkept):  # the next saving says it
                    self.store.save_progress(entry.id, entry.run.step, entry.run.operation)
                entry.noted = time.monotonic()
            finally:
                entry.lock.release()

    def save(self, entry: Entry, *, whole: bool = False, wait: bool = True) -> bool:
        """Write where a run stands; `whole` writes all of its snapshots again, `wait` waits for another writer.

        Returns whether the run is kept. When it is not, it goes on in memory, says why, and all of it is written when
        that is possible again.
        """
        if not entry.lock.acquire(blocking=wait):
            return not entry.unkept
        before, started = entry.unkept, time.monotonic()
        try:
            self._save(entry, whole=whole or bool(before))
            entry.unkept = ""
        except Unkept as error:
            entry.unkept = str(error)
        finally:
            entry.saved = time.monotonic()
            entry.save_seconds = entry.saved - started
            entry.lock.release()
        if entry.unkept != before:
            entry.run.tell()
        return not entry.unkept

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
                entry.name, entry.columns, machine.start.settings, list(run.edits), step, run.operation,
                "paused" if run.status == "playing" else run.status, run.message, max(run.furthest, step),
                snapshots.spacing, msgspec.Raw(run.curves.dump()), machine.changes, entry.hidden, entry.threshold,
            )  # fmt: skip
        packed = {s: pack(state) for s, state in states.items()}
        self.store.save_run(entry.id, entry.data, msgspec.json.encode(document), packed, kept)

    def close(self) -> list[str]:
        """Stop and save everything; returns what could not be kept, a sentence per run."""
        lost = []
        with self._lock:
            for entry in self._entries.values():
                entry.run.stop()
                if not self.save(entry):
                    name = entry.name or self.shelf.summary(entry.data).name
                    lost.append(f"The last steps of the run {name!r} are not kept. {entry.unkept.partition('. ')[0]}.")
            self._entries.clear()
        return lost


def _controls(names: list[str]) -> list[str]:
    """Names of hidden controls; the page knows which there are."""
    if len(names) > _MOST_HIDDEN or any(len(name) > _LONGEST_NAME for name in names):
        raise ConfigurationError(f"At most {_MOST_HIDDEN} controls can be hidden, by their short names.")
    return list(dict.fromkeys(names))


def _name(text: str) -> str:
    """A run's name, one line."""
    return " ".join(text.split())[:_LONGEST_NAME]
