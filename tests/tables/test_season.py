"""The season of dates: where on the circle of the year they lie, and when that becomes two inputs."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from glassnet import GlassClassifier, GlassRegressor, GlassSurvival, load
from glassnet.errors import ConfigurationError, SchemaError
from glassnet.explanation import contributions
from glassnet.tables import Schema, Table, read_table
from glassnet.tables.columns.scales.season import YEAR, season, start_of
from glassnet.tables.declaration import Declaration
from glassnet.tables.door import for_the_page
from glassnet.tables.reading.frames.streamed import StreamedTable
from glassnet.tables.seasons import chance_of_season

N = 300


def visits(strength=2.0, years=4, seed=0):
    """A table whose outcome follows the time of year so strongly, with dates over so many years."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("2016-03-01") + rng.integers(0, int(years * YEAR), N).astype("timedelta64[D]")
    angle = 2 * np.pi * (days - np.datetime64("1970-01-01")).astype(float) / YEAR
    amount = strength * np.cos(angle) + rng.normal(size=N)
    return {
        "age": rng.integers(20, 90, N).tolist(),
        "seen": days.astype(str).tolist(),
        "amount": amount.tolist(),
    }


def column_of(columns, target="amount", **kinds):
    return next(c for c in Schema.infer(Table.from_columns(columns), target, kinds=kinds).columns if c.name == "seen")


@given(st.floats(-1e6, 1e6), st.floats(-1e5, 1e5))
def test_sine_and_cosine_of_the_time_of_year(day, start):
    sine, cosine = season(np.array([day]), start)[0]
    angle = 2 * math.pi * math.fmod((day - start) / YEAR, 1.0)
    assert abs(sine - math.sin(angle)) < 1e-11
    assert abs(cosine - math.cos(angle)) < 1e-11


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)), st.integers(0, 60))
def test_a_day_of_the_calendar_keeps_its_place(day, years):
    """The same day of another year lies within two days of it on the circle."""
    epoch = datetime.date(1970, 1, 1).toordinal()
    later = datetime.date(day.year + years, day.month, min(day.day, 28))
    start = start_of(day.toordinal() - epoch)
    one, other = season(
        np.array([day.replace(day=min(day.day, 28)).toordinal(), later.toordinal()]) - float(epoch), start
    )
    assert np.linalg.norm(one - other) <= 2 * math.sin(math.pi * 2.5 / YEAR)


def test_december_lies_next_to_january():
    december, january, july = season(np.array([364.0, 365.0, 180.0]), 0.0)
    assert np.linalg.norm(december - january) < 0.02 < 1.9 < np.linalg.norm(december - july)


def test_dates_have_a_season_where_the_outcome_follows_it():
    column = column_of(visits())
    assert column.seasonal
    assert column.features == ("seen", "seen season (sine)", "seen season (cosine)")
    assert not column_of(visits(strength=0.0)).seasonal
    assert not column_of(visits(years=1.9)).seasonal
    table = Table.from_columns(visits())
    assert not next(c for c in Schema.infer(table).columns if c.name == "seen").seasonal, "without a target"


def test_a_declaration_decides():
    assert column_of(visits(strength=0.0), seen="date:season").seasonal
    assert column_of(visits(years=0.5), seen="date:ymd+season").seasonal
    assert not column_of(visits(), seen="date:no-season").seasonal
    assert column_of(visits(), seen="date:ymd+null=2016-03-02").seasonal, "not declared"
    with pytest.raises(ConfigurationError, match="Name one of the two"):
        column_of(visits(), seen="date:season+no-season")
    with pytest.raises(ConfigurationError, match="'seson'"):
        column_of(visits(), seen="date:seson")


def test_a_declared_season_comes_back_from_a_schema_file():
    table = Table.from_columns(visits(strength=0.0))
    schema = Schema.infer(table, "amount", kinds={"seen": "date:season"})
    again = Declaration.parse(Declaration.of(schema, table).to_toml(schema)).schema(table)
    assert again.feature_names == schema.feature_names


@pytest.mark.parametrize("target", ["amount", "ill"])
def test_classes_and_amounts(target):
    columns = visits()
    columns["ill"] = ["yes" if amount > 0.4 else "no" for amount in columns["amount"]]
    assert column_of(
        {name: cells for name, cells in columns.items() if name in ("age", "seen", target)}, target
    ).seasonal


def test_times_to_an_event():
    """A season of the hazard is found, and the calendar, which ends every follow-up on one day, is none."""
    rng = np.random.default_rng(5)
    columns = visits(strength=0.0)
    days = (np.array(columns["seen"], "datetime64[D]") - np.datetime64("1970-01-01")).astype(float)
    end = days.max() + 30
    for strength, found in ((1.5, True), (0.0, False)):
        event = rng.exponential(300 / np.exp(strength * np.cos(2 * np.pi * days / YEAR)))
        watched = end - days
        study = {"seen": columns["seen"], "age": columns["age"], "days": np.minimum(event, watched).tolist(),
                 "died": (event <= watched).astype(int).tolist()}  # fmt: skip
        schema = Schema.infer(Table.from_columns(study), ("days", "died"), "survival")
        assert ("seen season (sine)" in schema.feature_names) == found
    model = GlassSurvival(epochs=3, random_state=0).fit(Table.from_columns(study), schema=Schema.infer(
        Table.from_columns(study), ("days", "died"), "survival", kinds={"seen": "date:season"}))  # fmt: skip
    assert "seen season (cosine)" in model.schema_.feature_names


@given(st.integers(0, 10_000), st.integers(20, 60), st.integers(1, 3))
def test_the_chance_is_that_of_an_f_test(seed, n, k):
    rng = np.random.default_rng(seed)
    days, outcome = rng.uniform(0, 2000, n), rng.normal(size=(n, k))
    at, around = days / 2000, 2 * np.pi * days / YEAR
    few = np.column_stack([np.ones(n), at, at**2])
    many = np.column_stack([few, np.sin(around), np.cos(around)])
    chances = []
    for values in outcome.T:
        before, after = (
            float(np.sum((values - X @ np.linalg.lstsq(X, values, rcond=None)[0]) ** 2)) for X in (few, many)
        )
        chances.append(stats.f.sf((before - after) / 2 / (after / (n - 5)), 2, n - 5))
    assert np.isclose(chance_of_season(days, outcome, np.ones(n)), min(1.0, k * min(chances)), rtol=1e-6)


def test_a_weight_of_two_counts_as_two_rows():
    rng = np.random.default_rng(1)
    days, outcome, weights = rng.uniform(0, 2000, 50), rng.normal(size=(50, 1)), rng.integers(1, 3, 50).astype(float)
    twice = np.repeat(np.arange(50), weights.astype(int))
    assert np.isclose(
        chance_of_season(days, outcome, weights), chance_of_season(days[twice], outcome[twice], np.ones(len(twice)))
    )


def test_tables_without_a_season_seldom_get_one():
    found = sum(column_of(visits(strength=0.0, seed=seed)).seasonal for seed in range(100))
    assert found <= 5


def test_nothing_to_test():
    assert chance_of_season(np.arange(3.0), np.ones((3, 1)), np.ones(3)) == 1.0
    assert chance_of_season(np.arange(900.0), np.ones((900, 1)), np.ones(900)) == 1.0
    assert (
        chance_of_season(np.array([0.0, 900.0] * 10), np.random.default_rng(0).normal(size=(20, 1)), np.ones(20)) > 0.01
    )


def test_missing_dates_and_targets():
    columns = visits()
    columns["seen"][::7] = [None] * len(columns["seen"][::7])
    columns["amount"][::5] = [None] * len(columns["amount"][::5])
    table = Table.from_columns(columns)
    schema = Schema.infer(table, "amount")
    assert schema.feature_names == ("age", "seen", "seen season (sine)", "seen season (cosine)", "seen missing")
    assert np.isfinite(schema.encode(table).matrix).all()


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile", "piecewise_linear", "robust_and_bins", "none"])
def test_every_scaling_leaves_the_season_alone(scaling):
    table = Table.from_columns(visits())
    schema = Schema.infer(table, "amount").with_scaling(scaling).fit(table)
    days = (np.array(visits()["seen"], "datetime64[D]") - np.datetime64("1970-01-01")).astype(float)
    names = list(schema.feature_names)
    place = names.index("seen season (sine)")
    expected = season(days, start_of(days.min()))
    assert np.array_equal(schema.encode(table).matrix[:, place : place + 2], expected)
    step = schema.inputs_of(table, 0)[place]
    assert step.value == expected[0, 0]
    assert "December lies next to January" in step.formula


def test_model_files_keep_the_season_and_old_ones_have_none(tmp_path):
    table = visits()
    model = GlassRegressor(epochs=5, random_state=0).fit(table, target="amount")
    assert "seen season (sine)" in model.schema_.feature_names
    model.save(tmp_path / "model.glassnet")
    again = load(tmp_path / "model.glassnet")
    assert np.array_equal(again.predict(table), model.predict(table))
    plain = model.schema_.to_dict()
    seen = next(column for column in plain["columns"] if column["name"] == "seen")
    assert seen.pop("seasonal") is True
    old = Schema.from_dict(plain)
    assert "seen" in old.feature_names
    assert not any("season" in name for name in old.feature_names)
    for wrong in ("yes", 1, None):
        seen["seasonal"] = wrong
        with pytest.raises(SchemaError, match="true or false"):
            Schema.from_dict(plain)
    del seen["seasonal"]
    next(column for column in plain["columns"] if column["name"] == "age")["seasonal"] = True
    with pytest.raises(SchemaError, match="only an input of dates"):
        Schema.from_dict(plain)


def test_explanations_gather_to_the_column():
    columns = visits()
    columns["ill"] = ["yes" if amount > 0.4 else "no" for amount in columns.pop("amount")]
    model = GlassClassifier(epochs=20, random_state=0).fit(columns, target="ill")
    assert sorted(contributions(model, columns).names) == ["age", "seen"]


def test_the_note_says_why_and_how_to_do_without():
    schema = Schema.infer(Table.from_columns(visits()), "amount")
    (note,) = (note for note in schema.notes if "cycle" in note)
    assert note.endswith("more closely than by chance; to leave them out, declare it date:no-season.")
    assert "declare" not in for_the_page(note)
    written = Table.from_columns(visits() | {"seen": [f"{d[8:]}.{d[5:7]}.{d[:4]}" for d in visits()["seen"]]})
    (note,) = (note for note in Schema.infer(written, "amount").notes if "cycle" in note)
    assert note.endswith("declare it date:dmy+no-season.")


def test_a_table_that_stays_in_its_file_has_the_same_season(tmp_path):
    polars = pytest.importorskip("polars")
    columns = {name: cells * 40 for name, cells in visits().items()}
    columns |= {f"age {k}": columns["age"] for k in range(20)}
    polars.DataFrame(columns).write_parquet(tmp_path / "visits.parquet", row_group_size=1000)
    streamed = read_table(tmp_path / "visits.parquet", memory_limit=1_000_000)
    assert type(streamed) is StreamedTable
    schema = Schema.infer(streamed, "amount")
    assert schema == Schema.infer(Table.from_columns(columns), "amount")
    assert "seen season (sine)" in schema.feature_names
