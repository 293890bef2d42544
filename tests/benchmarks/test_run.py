"""A quick run of all benchmarks: everything is measured, checked against scikit-learn and written. Speed is no test."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED = 30
"""Eight cases, two of a recipe, three of images, one of survival; fit in both precisions, predict and Predictor for one
and for 1000 rows; four of partial_fit, four of lbfgs, two of predict on frames."""


@pytest.mark.slow
def test_quick_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--output", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = tmp_path.glob("*.json")
    report = json.loads(written.read_text(encoding="utf-8"))
    table = written.with_suffix(".md").read_text(encoding="utf-8")

    assert report["quick"] is True
    assert "numbers mean nothing" in table
    assert len(report["rows"]) == EXPECTED
    for row in report["rows"]:
        assert row["case"] in table
        assert all(seconds > 0 for values in row["seconds"].values() for seconds in values)
        assert all(ratio["median"] > 0 for ratio in row["ratios"].values())
    assert sum("scikit-learn" in row["ratios"] for row in report["rows"]) == EXPECTED - 8
    trained = [row for row in report["rows"] if row["unit"].startswith("step")]
    assert len(trained) == 13
    recipe = [row for row in trained if row["case"].startswith("realmlp-s")]
    images = [row for row in trained if row["case"].startswith(("LeNet", "16-32-64"))]
    survival = [row for row in trained if row["case"].startswith("Cox")]
    assert (len(images), len(survival)) == (2, 1)
    assert all(
        row["loss_differences"]["scikit-learn"][0] < 3e-4 for row in trained if row not in [*recipe, *images, *survival]
    )
    assert [row["limit"] for row in recipe] == [1 / 690] * 2
    assert all(set(row["seconds"]) == {"glassnet", *({"PyTorch"} - set(report["missing_peers"]))} for row in recipe)

    compared = set(report["rows"][0]["seconds"])
    assert compared | set(report["missing_peers"]) == {"glassnet", "scikit-learn", "PyTorch", "JAX"}
    assert all(f"{name} is not installed" in done.stdout and name in table for name in report["missing_peers"])

    assert [curve["name"] for curve in report["scaling"]] == ["width", "batch", "depth", "population"]
    assert all(len(curve["x"]) == len(curve["seconds"]) >= 3 for curve in report["scaling"])
    drawings = list(tmp_path.glob("*.svg"))
    assert len(drawings) == 5
    for path in drawings:
        assert ElementTree.parse(path).getroot().get("aria-label")
