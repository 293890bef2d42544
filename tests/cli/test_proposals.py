"""``glassnet schema``: the list of what to decide, the options that accept it, and ``--fix``."""

import shlex


def write(path):
    """A table with a lonely value and dates of which the order is open."""
    rows = [f"{999 if k % 10 == 0 else 20 + k % 17},0{1 + k % 9}/0{1 + k % 7}/2019,{'yes' if k % 3 else 'no'}"
            for k in range(60)]  # fmt: skip
    path.write_text("\n".join(["a=b,first seen,ill", *rows, ""]), encoding="utf-8")
    return path


def test_the_printed_options_accept_the_proposals(glassnet, tmp_path):
    table = write(tmp_path / "p.csv")
    outcome = glassnet("schema", table, "--target", "ill")
    assert outcome.code == 0, outcome.err
    assert "2 open questions" in outcome.out
    options = [line.strip() for line in outcome.out.splitlines() if line.strip().startswith("--kind")]
    assert options == [
        "--kind a=b=integer:null=999", "--kind 'first seen=date:dmy'", "--kind 'first seen=date:mdy'",
    ]  # fmt: skip
    chosen = [word for option in options[:2] for word in shlex.split(option)]
    outcome = glassnet("schema", table, "--target", "ill", *chosen)
    assert outcome.code == 0, outcome.err
    assert "open question" not in outcome.out
    assert "999 counts as missing" in " ".join(outcome.out.split())


def test_fix_writes_a_schema_file_with_all_of_them(glassnet, tmp_path):
    table = write(tmp_path / "p.csv")
    outcome = glassnet("schema", table, "--target", "ill", "--fix")
    assert outcome.code == 0, outcome.err
    assert "2 proposals accepted" in outcome.out
    text = (tmp_path / "p.toml").read_text(encoding="utf-8")
    assert 'kind = "date:dmy"' in text
    assert 'kind = "integer:null=999"' in text
    shown = glassnet("schema", table, "--schema", tmp_path / "p.toml")
    assert shown.code == 0, shown.err
    assert "open question" not in shown.out
    again = glassnet("schema", table, "--target", "ill", "--fix")
    assert again.code == 2
    assert "--fix --write" in again.err


def test_a_file_without_a_header(glassnet, tmp_path):
    path, model = tmp_path / "p.csv", tmp_path / "p.glassnet"
    path.write_text("".join(f"{'MFI'[k % 3]},0.{k % 9},{k % 7},{'no' if k % 2 else 'yes'}\n" for k in range(60)))
    assert "--no-header" in glassnet("schema", path).out
    outcome = glassnet("schema", path, "--no-header")
    assert "60 rows and 4 columns" in outcome.out
    names = ("--names", "sex,length,rings,ill")
    trained = glassnet("train", path, *names, "--target", "ill", "--epochs", 2, "--model", model, "--quiet")
    assert trained.code == 0, trained.err
    assert len(glassnet("predict", model, path, *names).out.splitlines()) == 61


def test_an_export_says_which_columns_it_takes_as_plain_numbers_and_days(glassnet, tmp_path):
    table, model = tmp_path / "p.csv", tmp_path / "p.glassnet"
    rows = [f"${k}.50,{1 + k % 28:02d}.03.2019,{k % 9},{'yes' if k % 3 else 'no'}" for k in range(60)]
    table.write_text("\n".join(["price,seen,age,ill", *rows, ""]))
    assert glassnet("train", table, "--target", "ill", "--epochs", 2, "--model", model, "--quiet").code == 0
    outcome = glassnet("export", model, "--to", "python", "--out", tmp_path / "p.py")
    assert outcome.code == 0
    said = " ".join(outcome.err.split())
    assert "'price': pass plain numbers" in said
    assert "'seen': pass days since 1970-01-01" in said
    assert "'age'" not in said


def test_times_to_an_event_are_asked_about_with_the_options_that_train_on_them(glassnet, tmp_path):
    table = tmp_path / "study.csv"
    rows = [f"{40 + k % 31},{(k * 7) % 41 + 0.5},{1 + (k % 3 > 0)}" for k in range(80)]
    table.write_text("\n".join(["age,months,status", *rows, ""]))
    shown = glassnet("schema", table)
    options = [line.strip() for line in shown.out.splitlines() if line.strip().startswith("--target")]
    assert options == ["--target months --event status=2", "--target months --event status=1"]
    chosen = shlex.split(options[0])
    understood = glassnet("schema", table, *chosen)
    assert understood.code == 0, understood.err
    assert "survival" in understood.out
    assert "open question" not in understood.out
    model = ("--model", tmp_path / "m.glassnet", "--epochs", 2, "--networks", 1)
    as_numbers = glassnet("train", table, "--target", "months", *model)
    assert f"If they are: {options[0]}" in " ".join(as_numbers.out.split())
    over_time = glassnet("train", table, *chosen, *model, "--force")
    assert over_time.code == 0, over_time.err
    assert "may be times to an event" not in over_time.out
    fixed = glassnet("schema", table, "--fix")
    assert fixed.code == 0, fixed.err
    again = glassnet("train", table, "--schema", tmp_path / "study.toml", *model, "--force", "--quiet")
    assert again.code == 0, again.err
