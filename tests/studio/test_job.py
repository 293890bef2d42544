"""Long work of the studio: one thing at a time, stopped on demand, and never ended in silence."""

import threading

import pytest

from glassnet.errors import ConfigurationError
from glassnet.studio.job import Job


def ends_of(work):
    """How some work ended, as its owner hears it."""
    ends = []
    job = Job("test", "Use fewer rows.")
    job.start(work, lambda *end: ends.append(end))
    job.wait(60)
    return ends


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConfigurationError("rate=-1 must be positive."), "rate=-1 must be positive."),
        (MemoryError(), "Not enough memory. Use fewer rows."),
        (KeyError("x"), "A bug in glassnet: KeyError. Please report it."),
    ],
)
def test_every_failure_is_said(error, message, capsys):
    def work():
        raise error

    assert ends_of(work) == [("failed", message)]
    assert ("Traceback" in capsys.readouterr().err) == isinstance(error, KeyError), "a bug leaves its place in the log"


def test_what_is_done_says_so_itself():
    assert ends_of(lambda: None) == []


def test_it_stops_where_the_work_looks_and_begins_anew():
    job, ends, steps = Job("test", ""), [], []

    def work():
        for step in range(10):
            job.check()
            steps.append(step)
            if step == 3:
                job.stop()

    job.start(work, lambda *end: ends.append(end))
    job.wait(60)
    assert (steps, ends) == ([0, 1, 2, 3], [("canceled", "")])
    job.start(lambda: job.check() or steps.append("again"), lambda *end: ends.append(end))
    job.wait(60)
    assert (steps[-1], len(ends)) == ("again", 1), "an earlier wish to stop is not one for the next work"


def test_closing_stops_what_runs():
    job, ends, begun = Job("test", ""), [], threading.Event()

    def work():
        begun.set()
        while True:
            job.check()

    job.start(work, lambda *end: ends.append(end))
    assert begun.wait(60)
    job.close()
    assert ends == [("canceled", "")]
