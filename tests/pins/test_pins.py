"""No change of the code changes a bit of what is computed, or a letter of what is told, unless it means to."""

import json

import numpy as np
import pytest
from networks import CASES, PINS, arithmetic, pin

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
