"""Fitting a table in Python tells of what would make scores too good, as the command line and the studio do."""

import warnings

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassClassifier
from glassnet.errors import TrapWarning
from glassnet.tables import Schema, Table

RNG = np.random.default_rng(5)


def fitted(X, **options):
    """What is told while a short training is done."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = GlassClassifier(recipe="lecture", epochs=1).fit(X, **options)
    return model, [str(one.message) for one in told if one.category is TrapWarning]


def visits():
    patient = np.repeat(np.arange(40), 4)
    pulse = RNG.normal(70, 9, 160).round(1)
    return pd.DataFrame({"chart": patient, "age": 30 + patient % 7, "pulse": pulse, "ill": patient % 3 % 2})


def test_copies_are_told_with_the_groups_that_keep_them_together():
    rows = pd.DataFrame({"a": RNG.normal(size=50), "b": RNG.normal(size=50), "ill": [0, 1] * 25})
    model, told = fitted(pd.concat([rows, rows]), target="ill")
    assert len(told) == 1
    assert told[0].startswith("100 of 100 rows are copies: only 50 are different")
    groups = model.copies_.groups.of_row
    assert np.array_equal(groups[:50], groups[50:])
    assert fitted(rows, target="ill")[1] == []


def test_repeated_patients_are_told_in_the_words_of_python():
    told = fitted(visits(), target="ill")[1]
    assert [text.partition(" share")[0] for text in told] == ["Rows with the same 'chart'"]
    assert told[0].endswith("groups='chart'.")
    assert fitted(visits(), target="ill", groups="chart")[1] == []


def test_open_questions_are_told_once():
    frame = visits().drop(columns="chart").assign(bmi=[999.0 if k % 9 == 0 else 20 + k / 10 for k in range(160)])
    told = fitted(frame, target="ill")[1]
    assert told == [
        "1 open question about the column 'bmi': 999 occurs in 18 cells (11%), far from all others (20.1 to "
        "35.9). Does it mean that the value is missing? See schema_.proposals."
    ]
    schema = Schema.infer(Table.from_frame(frame), "ill", kinds={"bmi": "number:null=999"})
    assert fitted(frame, schema=schema)[1] == []


@pytest.mark.parametrize("labels", [["Yes", "yes", "No", "no"] * 25])
def test_labels_beside_a_table_are_as_they_are(labels):
    assert fitted(pd.DataFrame({"a": RNG.normal(size=100)}), y=labels)[1] == []


def test_the_warning_points_at_the_line_that_fits():
    with pytest.warns(TrapWarning) as told:
        GlassClassifier(recipe="lecture", epochs=1).fit(visits(), target="ill")
    assert told[0].filename == __file__
