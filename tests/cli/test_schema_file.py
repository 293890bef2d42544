"""``--schema`` and ``--write``: from the table to an edited schema to a model."""

from glassnet import load


def write(path):
    rows = "".join(f"{30 + k % 40};{'ABC'[k % 3]};{k % 7},5;{'ja' if k % 4 == 0 else 'nein'}\n" for k in range(80))
    path.write_text("age;ward;dose;ill\n" + rows, encoding="utf-8")
    return path


def test_write_edit_train_predict(glassnet, tmp_path):
    table, fixed, model = write(tmp_path / "p.csv"), tmp_path / "p.toml", tmp_path / "p.glassnet"
    outcome = glassnet("schema", table, "--target", "ill", "--write", fixed)
    assert outcome.code == 0, outcome.err
    assert f"Wrote {fixed}" in outcome.out
    text = fixed.read_text(encoding="utf-8").replace('levels = ["A", "B", "C"]', 'levels = ["B", "C"]')
    fixed.write_text(text.replace('classes = ["nein", "ja"]', 'classes = ["ja", "nein"]'), encoding="utf-8")
    shown = glassnet("schema", table, "--schema", fixed)
    assert "2 values: B, C" in shown.out
    trained = glassnet("train", table, "--schema", fixed, "--epochs", 3, "--model", model)
    assert trained.code == 0, trained.err
    estimator = load(model)
    plain = estimator.schema_.without_bins()  # numbers may have bins beside them, which the file does not fix
    assert plain.feature_names == ("age", "ward = B", "ward = C", "ward = (other)", "dose")
    assert estimator.classes_.tolist() == ["ja", "nein"]
    assert glassnet("predict", model, table).code == 0


def test_without_a_target_the_message_says_where_one_can_stand(glassnet, tmp_path):
    table = write(tmp_path / "p.csv")
    (tmp_path / "s.toml").write_text('[columns.ward]\nkind = "left_out"\n')
    outcome = glassnet("train", table, "--schema", tmp_path / "s.toml")
    assert outcome.code == 2
    assert "--target COLUMN" in outcome.err
    assert glassnet("train", table).code == 2
    outcome = glassnet("schema", table, "--schema", tmp_path / "none.toml")
    assert outcome.code == 2
    assert "There is no schema file" in outcome.err
