"""What every test relies on."""

import signal

# A shell starts its background jobs with interrupts ignored; a test run there could not interrupt anything.
signal.signal(signal.SIGINT, signal.default_int_handler)
