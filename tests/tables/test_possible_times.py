"""Tables that may hold times to an event: which columns are asked about, and which must not be."""

import numpy as np
import pytest

from glassnet.tables import Declaration, Schema, Table

ROWS = 40
DRAWN = np.random.default_rng(5)
SPAN = DRAWN.exponential(20, ROWS).round(1) + 0.1
AGE = DRAWN.normal(60, 5, ROWS).round(1)


def codes(*values):
    """A column that repeats a few cells."""
    return (list(values) * ROWS)[:ROWS]


def asked(target=None, task=None, kinds=None, **columns):
    """The pair that is asked about, with the ways to say the event; None where nothing is asked."""
    table = Table.from_columns({"age": AGE, **columns})
    pairs = [one for one in Schema.infer(table, target, task, kinds=kinds).proposals if one.events]
    assert len(pairs) < 2
    return (pairs[0].time, *pairs[0].events) if pairs else None


@pytest.mark.parametrize(("columns", "wanted"), [
    ({"months": SPAN, "died": codes(0, 1)}, ("months", "died")),
    ({"time": SPAN, "DEATH_EVENT": codes(1, 0)}, ("time", "DEATH_EVENT")),
    ({"time": SPAN, "cens": codes(0, 1)}, ("time", "cens=1", "cens=0")),
    ({"time": SPAN, "censored": codes("yes", "no")}, ("time", "censored=no", "censored=yes")),
    ({"days": SPAN, "alive": codes(0, 1)}, ("days", "alive=0", "alive=1")),
    ({"days": SPAN, "status": codes(1, 2)}, ("days", "status=2", "status=1")),
    ({"years": SPAN, "status": codes(0, 1, 2)}, ("years", "status")),
    ({"weeks": SPAN, "cause": codes("alive", "tumor", "heart")}, ("weeks", "cause")),
    ({"futime": SPAN, "fustat": codes(0, 1)}, ("futime", "fustat")),
    ({"follow-up": SPAN, "relapse": codes("no", "yes")}, ("follow-up", "relapse")),
    ({"daysToDeath": SPAN, "vitalStatus": codes("Alive", "Dead")}, ("daysToDeath", "vitalStatus")),
    ({"tenure": SPAN.astype(int) + 1, "Churn": codes("Yes", "No")}, ("tenure", "Churn")),
    ({"Survival (months)": SPAN, "Died": codes("no", "yes", "no")}, ("Survival (months)", "Died")),
])  # fmt: skip
def test_a_time_beside_an_event_is_asked_about(columns, wanted):
    assert asked(**columns) == wanted


@pytest.mark.parametrize("columns", [
    {"months": SPAN, "marital_status": codes("yes", "no")},  # the status of something else
    {"months": SPAN, "er_status": codes(0, 1)},
    {"duration": SPAN, "status": codes("A11", "A12", "A13", "A14")},  # German credit: the checking account
    {"duration": SPAN, "y": codes("yes", "no")},  # a telephone call
    {"time": SPAN, "status": codes(200, 404)},  # a web server
    {"studytime": codes(1, 2, 3, 4), "failures": codes(0, 1, 2, 3)},  # students
    {"days_since_birth": SPAN, "died": codes(0, 1)},
    {"age_in_years": SPAN, "died": codes(0, 1)},
    {"hours_per_week": SPAN, "status": codes(0, 1)},
    {"year": codes(1990, 1991, 1992, 1993), "died": codes(0, 1)},
    {"years": codes(1990, 1991, 1992, 1993), "died": codes(0, 1)},
    {"time": SPAN - 20, "status": codes(0, 1)},  # before and after something
    {"time": codes(0, 1), "status": codes(0, 1, 1)},  # before or after something
    {"time": codes("morning", "noon", "night"), "status": codes(0, 1)},
    {"months": SPAN, "events": DRAWN.integers(0, 40, ROWS)},  # counts
    {"months": SPAN, "event": codes(0)},  # nobody had it
    {"months": SPAN, "Survived_by": codes("mother", "father")},
    {"months": SPAN}, {"died": codes(0, 1)},
])  # fmt: skip
def test_other_columns_are_not(columns):
    assert asked(**columns) is None


def test_two_follow_ups_keep_to_their_own_events():
    columns = {
        "OS_MONTHS": SPAN, "DFS_MONTHS": SPAN + 1, "DFS_STATUS": codes("0:DiseaseFree", "1:Recurred"),
        "OS_STATUS": codes("0:LIVING", "1:DECEASED"),
    }  # fmt: skip
    assert asked(**columns) == ("OS_MONTHS", "OS_STATUS=1:DECEASED", "OS_STATUS=0:LIVING")


@pytest.mark.parametrize(("given", "wanted"), [
    ({"target": "months"}, True),  # as plain numbers, in which who was lost counts as dead
    ({"target": "died"}, True),  # with the follow-up as an input
    ({"target": "age"}, False),
    ({"target": ("months", "died"), "task": "survival"}, False),
    ({"target": "months", "task": "regression"}, False),  # said by the user
    ({"kinds": {"died": "yes_no"}}, False),  # "keep it as it is"
])  # fmt: skip
def test_what_the_user_has_said_decides_whether_it_is_asked(given, wanted):
    assert (asked(months=SPAN, died=codes(0, 1), **given) is not None) == wanted


def test_the_declaration_that_accepts_it_reads_back_as_the_same():
    table = Table.from_columns({"age": AGE, "days": SPAN, "status": codes(1, 2)})
    plain = Schema.infer(table)
    text = Declaration.of(plain, table).accepting(plain.proposals).to_toml(plain)
    schema = Declaration.parse(text).schema(table)
    assert (schema.task, schema.targets, schema.outcome.causes) == ("survival", ("days", "status"), ("2",))
    again = Declaration.parse(Declaration.of(schema, table).to_toml(schema)).schema(table)
    assert again == schema


def test_the_arguments_that_accept_it():
    table = Table.from_columns({"age": AGE, "days": SPAN, "status": codes(1, 2)})
    assert Schema.infer(table).proposals[0].options == (
        "time='days', event='status=2'",
        "time='days', event='status=1'",
    )
