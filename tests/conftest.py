"""What every test relies on."""

import signal

import numpy as np
import pytest

# A shell starts its background jobs with interrupts ignored; a test run there could not interrupt anything.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def numpy_seed():
    """The same numbers in every run where an estimator is left without `random_state` (it then asks NumPy)."""
    np.random.seed(0)  # noqa: NPY002
