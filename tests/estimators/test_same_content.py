"""One table in files of many formats: the same schema, the same inputs, and the same network to the bit."""

from __future__ import annotations

import datetime
import gzip
import sqlite3
from unittest import mock

import numpy as np
import pytest

from glassnet import GlassClassifier
from glassnet.tables import EncodedTable, Schema, Table, read_table

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")
pyreadstat = pytest.importorskip("pyreadstat")
pyreadr = pytest.importorskip("pyreadr")

N = 8000


@pytest.fixture(scope="module")
def content():
    """Numbers of all digits, small and large ones, whole ones with gaps, words, answers, days and missing cells."""
    rng = np.random.default_rng(11)
    marker = rng.normal(size=N)
    seen = [datetime.date(2015, 1, 1) + datetime.timedelta(int(days)) for days in rng.integers(0, 2000, N)]
    return {
        "age": rng.integers(18, 95, N).tolist(),
        "marker": marker.tolist(),
        "small": (rng.lognormal(size=N) * 1e-9).tolist(),
        "large": (rng.lognormal(size=N) * 1e12).tolist(),
        "visits": with_gaps(rng.poisson(3, N).tolist(), rng.random(N) < 0.1),
        "dose": with_gaps(rng.normal(5, 1, N).tolist(), rng.random(N) < 0.2),
        "ward": rng.choice(["Nord", "Süd", "größe, 1", 'a "b"'], N).tolist(),
        "smoker": rng.choice(["yes", "no"], N).tolist(),
        "seen": seen,
        "ill": np.where(marker + rng.normal(size=N) > 0, "ill", "well").tolist(),
    }  # fmt: skip


def with_gaps(cells, gaps):
    return [None if gap else cell for cell, gap in zip(cells, gaps, strict=True)]


def frame(content):
    return polars.DataFrame(content)


def as_pandas(content):
    return pandas.DataFrame(content)


def sqlite(path, content):
    base = sqlite3.connect(path)
    as_pandas({**content, "seen": list(map(str, content["seen"]))}).to_sql("visits", base, index=False)
    base.close()


def excel(path, content):
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("visits")
    with mock.patch("openpyxl.cell._writer.safe_string", str):  # all 17 digits, as Excel saves them; openpyxl writes 16
        for row in (tuple(content), *zip(*content.values(), strict=True)):
            sheet.append(row)
        book.save(path)


def semicolons(path, content):
    comma = {
        name: [repr(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in cells]
        for name, cells in content.items()
    }
    path.write_bytes(frame(comma).write_csv(separator=";").encode("cp1252"))


WRITERS = {
    "t.parquet": lambda path, content: frame(content).write_parquet(path),
    "t.feather": lambda path, content: frame(content).write_ipc(path),
    "t.jsonl": lambda path, content: frame(content).write_ndjson(path),
    "t.csv.gz": lambda path, content: path.write_bytes(gzip.compress(frame(content).write_csv().encode())),
    "german.csv": semicolons,
    "t.xlsx": excel,
    "t.db": sqlite,
    "t.dta": lambda path, content: pyreadstat.write_dta(as_pandas(content), str(path)),
    "t.sav": lambda path, content: pyreadstat.write_sav(as_pandas(content), str(path)),
    "t.rds": lambda path, content: pyreadr.write_rds(str(path), as_pandas(content)),
}  # fmt: skip


def known(table):
    """What a schema says of each column, but for remarks on how it was written."""
    schema = Schema.infer(table, target="ill")
    remarks = ("reason", "notation")
    columns = schema.to_dict()["columns"]
    return schema, [{key: value for key, value in one.items() if key not in remarks} for one in columns]


def network(table, schema):
    """The bits of a short training."""
    settings = {"epochs": 3, "n_networks": 2, "hidden_layer_sizes": (8,), "random_state": 4}
    model = GlassClassifier(**settings).fit(table, schema=schema)
    return [weights.tobytes() for part in (model.weights_, model.biases_) for weights in part], model.fingerprint_


@pytest.fixture(scope="module")
def plain(content, tmp_path_factory):
    """The table in a CSV file, its schema, and the bits of its matrix and of its network."""
    path = tmp_path_factory.mktemp("plain") / "t.csv"
    path.write_text(frame(content).write_csv(), encoding="utf-8")
    table = read_table(path)
    schema, columns = known(table)
    return columns, EncodedTable(table).matrix(schema).tobytes(), network(table, schema)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_schema_and_the_same_bits(name, content, plain, tmp_path):
    path = tmp_path / name
    WRITERS[name](path, content)
    table = read_table(path)
    schema, columns = known(table)
    assert columns == plain[0]
    assert EncodedTable(table).matrix(schema).tobytes() == plain[1]
    assert network(table, schema) == plain[2]


def test_a_data_frame_gives_them_too(content, plain):
    for made in (frame(content), as_pandas(content), frame(content).to_arrow()):
        table = Table.from_frame(made)
        schema, columns = known(table)
        assert columns == plain[0]
        assert EncodedTable(table).matrix(schema).tobytes() == plain[1]
