"""No change of the code changes a bit of what is computed, or a letter of what is told, unless it means to."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from networks import CASES, PINS, arithmetic, pin

BITS = Path(__file__).parents[2] / "native" / "bits.py"
KEPT = json.loads(PINS.read_text(encoding="utf-8"))


def test_every_case_is_pinned():
    assert set(KEPT) == {"arithmetic", *CASES}


@pytest.mark.parametrize("case", CASES)
def test_bits(case):
    now, kept = pin(case), KEPT[case]
    np.testing.assert_allclose(now["sizes"], kept["sizes"], rtol=2e-5, atol=1e-6)
    if arithmetic() == KEPT["arithmetic"]:  # elsewhere NumPy rounds the last digit in its own way
        assert now["numbers"] == kept["numbers"], "numbers"
        assert now["texts"] == kept["texts"], "texts (to pin what is meant: python tests/pins/networks.py)"


def test_bits_of_all_processors():
    """To pin what is meant: python native/bits.py > tests/pins/bits.txt."""
    found = subprocess.run([sys.executable, BITS], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == PINS.with_name("bits.txt").read_text(encoding="utf-8").splitlines()
