"""`glassnet lab`."""

import pytest


def test_one_knob(tmp_path, glassnet):
    page = tmp_path / "lab.html"
    done = glassnet("lab", "--knob", "noise", "--values", "1,0", "--train", 40, "--test", 50, "--html", page)
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].split() == ["noise", "0", "1"]
    assert "SVM on features" in done.out
    assert "Which models still work as a knob turns" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--knob", "noize"], "Did you mean 'noise'"),
        (["--values", "a,b"], "is not a list of numbers"),
        (["--values", "3"], "not a number from 0 to 1"),
        (["--train", "1"], "too few"),
        (["--html", "/nowhere/lab.html"], "does not exist"),
    ],
)
def test_bad_input(glassnet, arguments, words):
    done = glassnet("lab", *arguments)
    assert done.code == 2
    assert words in " ".join(done.err.split())
