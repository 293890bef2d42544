"""A kind of outcome with two target columns goes through estimator, files, schema file and commands."""

from dataclasses import dataclass

import numpy as np
import pytest
from typer.testing import CliRunner

import glassnet
from glassnet.cli.application import app
from glassnet.errors import ConfigurationError, DataError, ModelFileError, SchemaError
from glassnet.estimators.tables.estimator import TableEstimator, table_estimators
from glassnet.evaluate import performance
from glassnet.formulas import losses
from glassnet.tables import ColumnSchema, Declaration, Schema, Table
from glassnet.tables.outcome import TableOutcome, outcomes

X = np.random.default_rng(0).normal(size=120)
COLUMNS = {"x": X, "time": X**2 + 1, "event": np.where(X > 0, "yes", "no")}
TARGETS = ("time", "event")


@dataclass(frozen=True)
class Follow(TableOutcome):
    """A time and whether it ended with an event, each predicted by an output."""

    name = "follow"
    summary = "a time and an event"
    noun = "a time with an event"
    estimator = "Follower"
    target_columns = 2
    exported = False
    compared_as = "follow"

    def check(self, table, name, found):
        pass

    def column(self, table, name, found, wanted=()):
        return ColumnSchema(name, found.kind, "target", found.note, levels=found.levels)

    def read(self, table, cells):
        time, event = (next(c for c in self.columns if c.kind == kind) for kind in ("number", "yes_no"))
        of = dict(zip((column.name for column in self.columns), cells, strict=True))
        return np.stack([time.numbers(of[time.name])[0], of[event.name].codes(event.levels)], axis=1).astype(float)

    @property
    def loss(self):
        return losses["squared_error"]

    def encode(self, truth, loss):
        return truth

    def output_names(self, n_outputs):
        return list(TARGETS)

    def values(self, raw, loss, *, clamped=False):
        return raw.astype(float)

    def worded(self, values):
        return f"time {values[0]:g}, event {values[1]:g}"


class Follower(TableEstimator):
    """Predicts both."""

    task = "follow"

    def predict(self, X):
        """Both of each row."""
        return self._answer(X).predicted

    def _score_of(self, truth, said, weights=None):
        return -float(np.mean((truth - said) ** 2))


@pytest.fixture(scope="module", autouse=True)
def _registered():
    survival = outcomes["survival"]
    outcomes.unregister("survival")  # the one kind of two columns that there is: here it is Follow
    outcomes.register(Follow())
    table_estimators["follow"] = Follower
    yield
    outcomes.unregister("follow")
    outcomes.register(survival)
    del table_estimators["follow"]


@pytest.fixture(scope="module")
def table():
    return Table.from_columns(COLUMNS)


@pytest.fixture(scope="module")
def trained(table, _registered):
    return Follower(recipe="lecture").fit(table, target=list(TARGETS))


def test_it_learns_both_columns_and_neither_is_an_input(trained, table):
    assert trained.schema_.targets == TARGETS
    assert trained.schema_.feature_names == ("x",)
    assert trained.n_features_in_ == 1
    assert trained.predict(table).shape == (120, 2)
    assert trained._score(table, None, None, None) > -0.2


def test_targets_beside_the_table_are_the_same(trained, table):
    structured = np.array(
        list(zip(COLUMNS["time"], COLUMNS["event"], strict=True)), dtype=[("time", float), ("event", "U3")]
    )
    frame = {name: COLUMNS[name] for name in TARGETS}
    for y in (frame, structured):
        model = Follower(recipe="lecture").fit({"x": X}, y)
        np.testing.assert_array_equal(model.predict({"x": X}), trained.predict(table))
        assert model._score({"x": X}, y, None, None) == trained._score(table, None, None, None)
    with pytest.raises(DataError, match="Give 2 target columns"):
        Follower(recipe="lecture").fit({"x": X}, X)
    with pytest.raises(DataError, match="3 rows for a table of 120"):
        Follower(recipe="lecture").fit({"x": X}, {name: values[:3] for name, values in frame.items()})


def test_the_number_of_columns_says_the_task(table):
    found = Schema.infer(table, TARGETS)
    assert (found.task, found.task_reason) == ("follow", "there are 2 target columns")
    with pytest.raises(ConfigurationError, match="task='regression' takes 1 target column, not 2"):
        Schema.infer(table, TARGETS, "regression")
    with pytest.raises(ConfigurationError, match="task='follow' takes 2 target columns, not 1"):
        Schema.infer(table, "time", "follow")
    with pytest.raises(ConfigurationError, match="3 target columns"):
        Schema.infer(table, ("x", *TARGETS))
    with pytest.raises(SchemaError, match="'event' is the target"):
        found.leave_out("event", "why")
    assert Schema.from_dict(found.to_dict()) == found


def test_rows_without_one_of_them_are_left_out(trained):
    rows = Table.from_columns({"x": X[:3], "time": [1.0, None, 3.0], "event": ["yes", "no", None]})
    assert trained.schema_.rows_with_target(rows).tolist() == [0]
    with pytest.raises(SchemaError, match="'time' is missing in 1 row"):
        trained.schema_.encode_target(rows)


def test_files_and_refusals(trained, table, tmp_path):
    loaded = glassnet.load(trained.save(tmp_path / "both.glassnet"))
    np.testing.assert_array_equal(loaded.predict(table), trained.predict(table))
    with pytest.raises(ModelFileError, match="cannot be exported"):
        loaded.export_python(tmp_path / "both.py")
    with pytest.raises(ConfigurationError, match="not yet available for follow"):
        performance(loaded, table)


def test_the_schema_file_names_both(table, tmp_path):
    declared = Declaration.of(Schema.infer(table, TARGETS), table)
    path = tmp_path / "schema.toml"
    path.write_text(declared.to_toml())
    assert Declaration.read(path) == declared
    assert declared.schema(table) == Schema.infer(table, TARGETS, "follow")


def test_the_commands_take_both(table, tmp_path):
    path, model = tmp_path / "rows.csv", tmp_path / "rows.glassnet"
    lines = [f"{x},{t},{e}" for x, t, e in zip(*COLUMNS.values(), strict=True)]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    words = ["train", path, "-t", "time", "-t", "event", "--recipe", "lecture", "--test-share", "0", "-m", model]
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exit_code == 0, result.output
    assert glassnet.load(model).schema_.targets == TARGETS
