"""``train --weights COLUMN``: a column holds the weights of the rows, and is not an input."""

from glassnet import load


def write(path):
    rows = "".join(f"{k % 17},{k % 5},{(k * 7) % 23},{1 + k % 3}\n" for k in range(120))
    path.write_text("a,b,y,how_much\n" + rows, encoding="utf-8")
    return path


def test_weights_of_a_column(glassnet, tmp_path):
    table, model, plain = write(tmp_path / "t.csv"), tmp_path / "w.glassnet", tmp_path / "p.glassnet"
    options = ("--target", "y", "--epochs", 3, "--hidden", 4)
    outcome = glassnet("train", table, *options, "--weights", "how_much", "--model", model)
    assert outcome.code == 0, outcome.err
    said = " ".join(outcome.out.split())
    assert "Column 'how_much' is left out: it holds the weights of the rows." in said
    assert glassnet("train", table, *options, "--kind", "how_much=left_out", "--model", plain).code == 0
    one, two = load(model), load(plain)
    assert one.schema_.feature_names == two.schema_.feature_names == ("a", "b")
    assert one.schema_.columns[0].scale != two.schema_.columns[0].scale
    assert one.scores_["test"]["baseline"] != two.scores_["test"]["baseline"]  # rivals and scores are weighed too
    without = tmp_path / "new.csv"
    without.write_text("a,b\n1,2\n")
    assert glassnet("predict", model, without).code == 0


def test_weights_that_are_none(glassnet, tmp_path):
    table = write(tmp_path / "t.csv")
    outcome = glassnet("train", table, "--target", "y", "--weights", "how_mch")
    assert outcome.code == 2
    assert "Did you mean 'how_much'" in outcome.err
    table.write_text(table.read_text().replace(",1\n", ",-1\n", 1))
    outcome = glassnet("train", table, "--target", "y", "--weights", "how_much", "--epochs", 2)
    assert outcome.code == 2
    assert "line 2" in outcome.err
    assert "is not a weight" in " ".join(outcome.err.split())
