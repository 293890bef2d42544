"""The report for Word, read back; TRIPOD+AI; the sections that refits and subgroups bring."""

import io
import re
import zipfile

import docx
import numpy as np
import pytest
from PIL import Image

import glassnet
from explanation.models import rows_of, table
from glassnet.errors import MissingDependency
from glassnet.report.document import Blank, Folded, Grid, Picture, Prose, Remark, Section
from glassnet.report.html import render_page
from glassnet.report.study import study
from glassnet.report.study.sections import sections_of
from glassnet.report.study.tripod import ITEMS, filled
from glassnet.report.terminal import render_text
from glassnet.report.word import MARK, render_word

TARGETS = ("class", "classes", "amount")


@pytest.fixture(scope="module")
def found():
    """A report of each target."""
    made = {}

    def of(target):
        if target not in made:
            columns = table(target)
            train, test = (rows_of(columns, rows) for rows in (range(110), range(110, 160)))
            maker = glassnet.GlassRegressor if target == "amount" else glassnet.GlassClassifier
            model = maker(recipe="lecture", epochs=20).fit(train, target="y")
            thresholds = [0.3] if target == "class" else []
            made[target] = study(
                model, test, train=train, subgroup_columns=["ward", "age=60"], refits=4, draws=30, thresholds=thresholds
            )
        return made[target]

    return of


@pytest.fixture(scope="module")
def word(found):
    """The same for Word, each written once."""
    made = {}

    def of(target):
        if target not in made:
            made[target] = found(target).docx()
        return made[target]

    return of


@pytest.mark.parametrize("target", TARGETS)
def test_word_holds_every_table_and_figure_of_the_page(found, word, target):
    report = found(target)
    blocks = [block for _, section in sections_of(report) for block in flat(section.blocks)]
    document = docx.Document(io.BytesIO(word(target)))
    grids = [block for block in blocks if isinstance(block, Grid)]
    assert len(document.tables) == len(grids)
    for grid, written in zip(grids, document.tables, strict=True):
        assert [cell.text for cell in written.rows[0].cells] == list(grid.head)
        assert len(written.rows) == 1 + len(grid.rows) + (grid.foot is not None)
        first = [str(cell) for cell in grid.rows[0]]
        if all(isinstance(cell, (str, Blank)) for cell in grid.rows[0]):
            assert [cell.text for cell in written.rows[1].cells] == first
    pictures = [block for block in blocks if isinstance(block, Picture)]
    assert len(document.inline_shapes) == len(pictures)
    for shape, picture in zip(document.inline_shapes, pictures, strict=True):
        assert shape._inline.docPr.get("descr") == " ".join(panel.summary for panel in picture.panels)
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [f"{number} {section.title}" for number, section in sections_of(report)]
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    numbered = [text.partition(".")[0] for text in captions if re.match(r"(Table|Figure) \d+\.", text)]
    assert len(set(numbered)) == len(numbered) > 10
    text = "\n".join(p.text for p in document.paragraphs)
    assert report.lead in text
    assert report.footer in text


def test_figures_are_drawn(word):
    with zipfile.ZipFile(io.BytesIO(word("class"))) as archive:
        images = [archive.read(name) for name in archive.namelist() if name.endswith(".png")]
    for data in images:
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        assert pixels.shape[1] == 1400
        assert 0.002 < (pixels < 200).mean() < 0.5  # there are marks, and room around them


def test_the_same_bits_and_a_mark_in_front(found, word):
    one, other = found("amount").docx(), word("amount")
    assert one == other
    assert MARK in one[:4096]


def test_a_co_author_s_file_is_not_overwritten(word, tmp_path):
    from glassnet.cli.options.destination import WORD, check_destination
    from glassnet.errors import FileError

    path = tmp_path / "r.docx"
    path.write_bytes(word("amount"))
    check_destination(path, WORD, inputs={})
    document = docx.Document(path)
    document.add_paragraph("My own words.")
    document.save(path)
    with pytest.raises(FileError, match="Will not overwrite"):
        check_destination(path, WORD, inputs={})


def test_every_kind_of_block_and_odd_texts():
    odd = "Größe $x$ \u202e<b> 中\x00"
    blocks = [
        Prose("some **strong** words and `code`"), Prose(f"**{odd}**", plain=True),
        Grid([odd, "b"], [[odd, 1.5], ["x", 2.25]], odd, foot=["sum", "3.75"]),
        Grid(["a"], [[Blank("known", "more")], [Blank("all", "")]]), Folded(odd, [Prose("inside")]),
        Remark("note", odd, "a remark"),
    ]  # fmt: skip
    section = Section("Title", "An opening.", blocks)
    document = docx.Document(io.BytesIO(render_word(odd, "lead", [(1, section)], "footer")))
    assert [cell.text for cell in document.tables[0].columns[1].cells] == ["b", "1.50", "2.25", "3.75"]
    assert [cell.text for cell in document.tables[1].columns[0].cells] == ["a", "known [write: more]", "all"]
    marked = [r for row in document.tables[1].rows for r in row.cells[0].paragraphs[0].runs if r.font.highlight_color]
    assert [run.text for run in marked] == ["[write: more]"]
    strong = next(p for p in document.paragraphs if p.text.startswith("some"))
    assert [run.text for run in strong.runs if run.bold] == ["strong"]
    page = render_page("t", "lead", "k", [(1, section)], "f")
    assert "<mark>[write: more]</mark>" in page
    assert "<b> 中" not in page
    assert "known [write: more]" in render_text([(1, section)])


def test_without_the_libraries_word_is_refused(found, monkeypatch):
    monkeypatch.setattr("glassnet.report.word.find_spec", lambda name: None if name == "docx" else name)
    with pytest.raises(MissingDependency, match=r"python-docx\. .*glassnet\[word\]"):
        found("amount").docx()


def test_tripod_has_all_items_once():
    assert len(ITEMS) == 52
    assert len({item.code for item in ITEMS}) == 52
    assert {int(re.match(r"\d+", item.code)[0]) for item in ITEMS} == set(range(1, 28))
    codes = [(int(re.match(r"\d+", item.code)[0]), item.code) for item in ITEMS]
    assert codes == sorted(codes)


@pytest.mark.parametrize("target", TARGETS)
def test_every_item_is_filled_or_left_to_the_authors(found, target):
    report = found(target)
    told = {item.code: known for item, known in filled(report)}
    for item, known in filled(report):
        assert known or item.write, item
    assert "110" in told["10"]
    assert "4 bootstraps" in told["12c"]
    assert "ward, age" in told["14"]
    assert report.flow.how == told["12a"]
    assert ("30 %" in told["15"]) == (target == "class")
    page = report.html()
    assert page.count("<mark>[write: ") == sum(bool(item.write) for item in ITEMS)
    assert "probast.org" in page
    assert len(report.to_dict()["tripod"]) == 52


@pytest.mark.parametrize("target", TARGETS)
def test_sections_of_refits_and_subgroups(found, target):
    report = found(target)
    titles = [section.title for _, section in sections_of(report)]
    for title in ("Internal validation", "Stability", "Subgroups", "TRIPOD+AI"):
        assert title in titles
    plain = report.to_dict()
    outcomes = {"class": 1, "classes": 4, "amount": 1}[target]
    assert len(plain["validation"]["outcomes"]) == outcomes
    assert len(plain["validation"]["outcomes"][0]["instability"]["error"]) == 110
    assert [each["level"] for each in plain["subgroups"]] == [
        "north",
        "south",
        "west",
        "(missing)",
        "below 60",
        "60 or more",
    ]
    assert all(each["small"] for each in plain["subgroups"] if each["n_rows"] < 50)
    assert "small" in report.html()
    without = study_without(report)
    assert "Internal validation" not in without


def study_without(report):
    """The titles of the same report without refits."""
    from dataclasses import replace

    return [section.title for _, section in sections_of(replace(report, validation=None, subgroups=()))]


def test_rivals_stand_beside_the_network(found):
    page = found("class").html()
    assert page.count("logistic regression") > 5
    assert "Measures for y = well, also for other models" in page


def flat(blocks):
    """Blocks, and those that are folded."""
    for block in blocks:
        if isinstance(block, Folded):
            yield from flat(block.blocks)
        else:
            yield block
