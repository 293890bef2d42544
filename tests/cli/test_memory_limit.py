"""``--memory-limit``: a Parquet file is read in blocks, everything else keeps to the limit or says why it cannot."""

import subprocess
import sys

import numpy as np
import polars
import pytest

from glassnet import load

N = 3000


@pytest.fixture
def path(tmp_path):
    rng = np.random.default_rng(3)
    columns = {f"x{k}": rng.normal(size=N) for k in range(6)}
    table = {**columns, "ward": [None if k % 50 == 0 else "ABC"[k % 3] for k in range(N)], "y": columns["x0"] * 2}
    polars.DataFrame(table).write_parquet(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_the_model_is_the_same_in_blocks(glassnet, path, tmp_path):
    settings = ("--target", "y", "--epochs", 2, "--hidden", 4)
    small, large = tmp_path / "small.glassnet", tmp_path / "large.glassnet"
    outcome = glassnet("train", path, *settings, "--memory-limit", "200kB", "--model", small)
    assert outcome.code == 0, outcome.err
    assert "in blocks" in outcome.out
    said = " ".join(outcome.out.split())
    assert "The random forest was skipped: it needs the whole table in memory" in said
    assert "baseline" in said
    assert glassnet("train", path, *settings, "--memory-limit", "1GB", "--model", large).code == 0
    one, two = load(small), load(large)
    assert one.schema_ == two.schema_
    assert [w.tobytes() for w in one.weights_] == [w.tobytes() for w in two.weights_]
    assert one.scores_["test"]["network"] == two.scores_["test"]["network"]
    whole, blocks = (glassnet("predict", small, path, "--memory-limit", limit) for limit in ("1GB", "200kB"))
    assert whole.code == blocks.code == 0
    assert whole.out == blocks.out
    assert glassnet("trace", small, path, "--row", 2000, "--memory-limit", "200kB").code == 0
    assert "in blocks" in glassnet("schema", path, "--memory-limit", "200kB").out


def test_rivals_keep_to_the_limit(glassnet, path):
    model = path.with_suffix(".glassnet")
    outcome = glassnet("train", path, "--target", "y", "--epochs", 2, "--memory-limit", "20MB", "--model", model)
    assert outcome.code == 0, outcome.err
    said = " ".join(outcome.out.split())
    assert "The random forest was skipped: it would need about 76.9 MB of memory, and the limit is 20 MB." in said
    assert "in blocks" not in said


def test_what_cannot_keep_to_the_limit_says_so(glassnet, path, tmp_path):
    table = tmp_path / "t.csv"
    polars.read_parquet(path).write_csv(table)
    outcome = glassnet("train", table, "--target", "y", "--memory-limit", "200kB")
    assert outcome.code == 2
    said = " ".join(outcome.err.split())
    assert "is a text file, which is read whole" in said
    assert "the limit is 0.2 MB" in said
    assert "sink_parquet('t.parquet')" in said
    outcome = glassnet("train", path, "--target", "y", "--memory-limit", "20kB")
    assert outcome.code == 2
    assert "examining a column takes about 0.192 MB" in " ".join(outcome.err.split())
    outcome = glassnet("schema", path, "--memory-limit", "some")
    assert outcome.code == 2
    assert "is not an amount of memory" in outcome.err


MEASURED = """
import sys, threading
from glassnet.cli import main

def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))

peak, done = [0], threading.Event()
def watch():
    while not done.wait(0.003):
        peak[0] = max(peak[0], anonymous())

with open("small.csv", "w") as file:
    file.write("x,y\\n" + "".join(f"{k},{k * k % 17}\\n" for k in range(100)))
main(["train", "small.csv", "--target", "y", "--epochs", "1", "--quiet"])  # everything is loaded
before = anonymous()
threading.Thread(target=watch, daemon=True).start()
code = main(sys.argv[1:])
done.set()
print(code, peak[0] - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory from /proc")
def test_the_limit_is_kept(tmp_path):
    """A million rows of 20 numbers, half a gigabyte when read whole: about 150 MB are needed, twice that is allowed."""
    rng = np.random.default_rng(1)
    columns = {f"x{k}": rng.normal(size=1_000_000).astype("float32") for k in range(19)}
    table = tmp_path / "big.parquet"
    polars.DataFrame({**columns, "y": columns["x0"] * 2}).write_parquet(table, compression="uncompressed")
    del columns
    options = ["--target", "y", "--epochs", "1", "--hidden", "4", "--recipe", "lecture", "--quiet"]
    options += ["--memory-limit", "300MB"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "train", str(table), *options], capture_output=True, text=True, timeout=280,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, used = done.stdout.split()[-2:]
    assert code == "0"
    assert int(used) < 300e6
