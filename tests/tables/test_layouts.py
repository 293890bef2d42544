"""Layouts and words of tables that other programs and other languages write: each gives the table of the plain file."""

from __future__ import annotations

import pytest

from glassnet.tables import Schema, Table, read_table
from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import yes_no_order

N = 24
ROWS = [(str(30 + k % 9), f"{k % 7}.5", "ABC"[k % 3], "yes" if k % 4 else "no") for k in range(N)]
NAMES = ("age", "dose", "ward", "ill")


def joined(sign):
    return "\n".join(sign.join(row) for row in (NAMES, *ROWS)) + "\n"


def padded(gap="  "):
    widths = [max(len(row[k]) for row in (NAMES, *ROWS)) for k in range(4)]
    rows = (gap.join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (NAMES, *ROWS))
    return "\n".join(rows) + "\n"


RULE = "|-----|------|------|-----|"
LAYOUTS = {
    "carets": joined("^"),
    "colons": joined(":"),
    "control characters": joined("\x1f"),
    "two blanks and more": padded("   "),
    "Markdown": "\n".join(["|age|dose|ward|ill|", RULE, *(f"| {' | '.join(row)} |" for row in ROWS)]) + "\n",
    "bars with a rule, as psql prints": "\n".join(
        [" age | dose | ward | ill ", "-----+------+------+-----", *(f" {' | '.join(row)} " for row in ROWS)]
    ) + "\n",
    "a frame, as MySQL prints": "\n".join(
        ["+-----+------+------+-----+", "| age | dose | ward | ill |", "+-----+------+------+-----+",
         *(f"| {' | '.join(row)} |" for row in ROWS), "+-----+------+------+-----+"]
    ) + "\n",
    "a title with the delimiter": "Ward report, 2021\n\n" + joined(","),
    "names with characters that nobody sees": joined(",").replace("age", "\u200bage").replace("dose", "dose\u00a0"),
    "a units row": joined(",").replace("ill\n", "ill\n(years),(mg),,\n", 1),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_the_plain_table(layout, tmp_path):
    path = tmp_path / "t.txt"
    path.write_text(LAYOUTS[layout], encoding="utf-8")
    table = read_table(path)
    assert table.names == NAMES
    assert [tuple(table.row_text(k).values()) for k in range(N)] == ROWS
    plain = Table.from_columns(dict(zip(NAMES, zip(*ROWS, strict=True), strict=True)))
    schema = Schema.infer(table, target="ill")
    assert schema.columns == Schema.infer(plain, target="ill").columns
    again = read_table(path, **table.reading)
    assert [tuple(again.row_text(k).values()) for k in range(N)] == ROWS


@pytest.mark.parametrize("word", [
    "n/a", "NULL", "#DIV/0!", "#WERT!", "#VALEUR!", "k.A.", "keine Angabe", "non renseigné", "sin dato",
    "não informado", "sconosciuto", "onbekend", "saknas", "tuntematon", "brak danych", "neuvedeno", "bilinmiyor",
    "неизвестно",
    "н/д", "άγνωστο", "未知", "欠測", "미상", "don't know", "not asked", "weiß nicht", "..", "---", "(blank)", "<NA>",
])  # fmt: skip
@pytest.mark.parametrize("share", [2, 3])
def test_words_for_no_value_among_numbers(word, share):
    cells = [word if k % share == 0 else f"{k}.5" for k in range(60)]
    table = Table.from_columns({"crp": cells, "age": [30 + k % 9 for k in range(60)], "ill": ["yes", "no"] * 30})
    column = Schema.infer(table, target="ill").columns[0]
    assert is_missing_word(word)
    assert (column.kind, column.missing) == ("number", 60 // share)
    assert f"{60 // share} cells of 60 that say" in column.reason
    text = Table.from_columns({"ward": [("A", "B", word)[k % 3] for k in range(60)], "ill": ["yes", "no"] * 30})
    schema = Schema.infer(text, target="ill")
    assert schema.columns[0].kind == "category", "among texts a word may be a level"
    assert [proposal.null for proposal in schema.proposals] == [word]


@pytest.mark.parametrize("word", ["n.d.", "none of these", "x", "low", "nanometer", "unknowns", "1-", "A."])
def test_other_words_are_none(word):
    assert not is_missing_word(word)


@pytest.mark.parametrize(("no", "yes"), [
    ("no", "yes"), ("N", "Y"), ("false", "TRUE"), ("nein", "Ja"), ("non", "oui"), ("no", "sí"), ("não", "sim"),
    ("nee", "ja"), ("nej", "ja"), ("ei", "kyllä"), ("nie", "tak"), ("ne", "ano"), ("hayır", "evet"), ("нет", "да"),
    ("否", "是"), ("いいえ", "はい"), ("아니오", "예"), ("0", "1"), ("negative", "positive"),
    ("HAYIR", "EVET"), ("לא", "כן"), ("لا", "نعم"), ("tidak", "ya"), ("ne", "taip"), ("nē", "jā"), ("ei", "jah"),
])  # fmt: skip
def test_words_for_no_and_yes(no, yes):
    for levels in ((no, yes), (yes, no)):
        assert yes_no_order(list(levels)) == (no, yes)
    table = Table.from_columns({"flag": [no, yes, yes] * 10, "ill": ["a", "b"] * 15})
    flag = Schema.infer(table, target="ill").columns[0]
    assert (flag.kind, flag.levels) == ("yes_no", (no, yes))
