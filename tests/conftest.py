"""What every test relies on."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

sys.path.append(str(Path(__file__).parent))

from screens import CHROMIUM

# Every run tries the same examples; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("same", derandomize=True, print_blob=True)
settings.register_profile("search", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell starts its background jobs with interrupts ignored; a test run there could not interrupt anything.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """The few long tests begin first: on several cores, none of them is left over at the end."""
    items.sort(key=lambda item: "browser" not in item.path.parts)


@pytest.fixture(autouse=True)
def numpy_seed():
    """The same numbers in every run where an estimator is left without `random_state` (it then asks NumPy)."""
    np.random.seed(0)  # noqa: NPY002


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests that look at pages: Playwright has one event loop per process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()
