"""`explain`: what is said of one row, in the terminal and on a page, and what is refused."""

import re

import numpy as np
import pytest

import glassnet
from explanation.models import MODELS, rows_of, table
from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.explanation import explain


def test_it_stands_at_the_top():
    assert glassnet.explain is explain


@pytest.mark.parametrize(("kind", "target"), MODELS)
def test_text_and_page_of_every_model(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    why = glassnet.explain(model, columns, 5)
    text, page = why.text(), why.html()
    said = model.predict(rows_of(columns, [5]))[0]
    if target == "amount":
        assert why.answer == pytest.approx(said, rel=1e-5)
    else:
        assert why.label == f"probability of y = {said}"
        assert why.answer == pytest.approx(model.predict_proba(rows_of(columns, [5])).max(), abs=1e-5)
    for part in ("Contributions to the difference", "Together:", "Shapley values", "What if", "Similar rows"):
        assert part in text
    assert max(len(line) for line in text.splitlines() if "│" in line) <= 78
    assert page.count("<svg") >= 4
    assert page.count("Numbers of this figure") >= 2
    assert "<script" not in page
    assert all(re.search(r'aria-label="[^"]{15,}"', svg) for svg in re.findall(r'<svg[^>]*class="chart[^>]*>', page))


def test_the_shown_numbers_add_up(model_of):
    model, columns = model_of("one network", "class"), table("class")
    text = glassnet.explain(model, columns, 2).text()
    base, total, answer = re.search(r"Together: (\S+) % (\S+) = (\S+) %", text.replace("−", "-")).groups()
    assert float(base) + float(total) == pytest.approx(float(answer), abs=0.11)
    shown = re.findall(r"([+-]\d+\.\d)(?=\s+[█│])", text.replace("−", "-"))
    assert len(shown) == 6
    assert sum(map(float, shown)) == pytest.approx(float(total), abs=0.35)


def test_the_row_itself_is_not_among_those_like_it(model_of):
    model, columns = model_of("one network", "class"), table("class")
    why = glassnet.explain(model, columns, 9)
    assert "row 9" not in {each.row for each in why.alike}
    assert [each.distance for each in why.alike] == sorted(each.distance for each in why.alike)
    twins = {name: [*values, values[9]] for name, values in columns.items()}
    assert glassnet.explain(model, twins, 9).alike[0].row == "row 160"
    assert glassnet.explain(model, twins, 9).alike[0].distance == 0
    elsewhere = glassnet.explain(model, rows_of(columns, [9]), background=columns)
    assert elsewhere.alike[0].truth in ("well", "sick")


def test_the_class_and_the_scale_that_are_asked_for(model_of):
    model, columns = model_of("committee", "classes"), table("classes")
    for name in ("low", "middle", "high"):
        why = glassnet.explain(model, columns, 1, output=name)
        assert why.label.endswith(f"= {name}")
    odds = glassnet.explain(model, columns, 1, output="high", scale="log_odds", threshold=0.2)
    assert odds.answer == pytest.approx(np.log(why.answer / (1 - why.answer)), abs=1e-3)
    assert "20 %" in odds.aim
    assert "log odds of y = high" in odds.text()


def test_a_table_without_targets_and_rows_with_missing_cells(model_of):
    model, columns = model_of("committee", "class"), table("class")
    bare = {name: values for name, values in columns.items() if name != "y"}
    why = glassnet.explain(model, bare, 5)  # its dose is missing
    assert why.truth is None
    assert why.importance is None
    assert "missing" in why.text()
    assert "What the model uses" not in why.html()


def test_names_that_would_break_a_page_or_a_terminal():
    random = np.random.default_rng(0)
    name = "<b>\x1b[31m size"
    columns = {name: random.normal(size=60).tolist(), "x": random.normal(size=60).tolist()}
    columns["y"] = [f"<i>{v > 0}" for v in columns[name]]
    model = glassnet.GlassClassifier(recipe="lecture", epochs=10).fit(columns, target="y")
    why = glassnet.explain(model, columns, 0)
    assert "\x1b" not in why.text()
    page = why.html()
    assert "\x1b" not in page
    assert "<b>\u27e8" not in page
    assert "<i>" not in page


@pytest.mark.parametrize(
    ("error", "settings", "said"),
    [
        (DataError, {"row": 160}, "no row 160"),
        (DataError, {"row": -1}, "no row -1"),
        (DataError, {"row": 1.0}, "whole number"),
        (ConfigurationError, {"output": "ill"}, "no class 'ill'"),
        (ConfigurationError, {"keep": ["agee"]}, "age"),
        (ConfigurationError, {"keep": "agee"}, "age"),
        (ConfigurationError, {"threshold": 50}, "above 0 and below 1"),
        (ConfigurationError, {"threshold": float("nan")}, "above 0 and below 1"),
        (ConfigurationError, {"scale": "amount"}, "probability"),
        (SchemaError, {"background": {"age": [1.0]}}, "lacks 5"),
    ],
)
def test_bad_wishes_are_refused(model_of, error, settings, said):
    with pytest.raises(error, match=said):
        glassnet.explain(model_of("one network", "class"), table("class"), **settings)
