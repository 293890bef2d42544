"""How the tests of the command line run a command: in this process, or as a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from glassnet.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def glassnet(capsys):
    """Run a command in this process."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return run


@pytest.fixture
def process():
    """Run a command as a process, with further environment variables, and with code that runs before it."""

    def run(*arguments, before="pass", **environment):
        code = f"{before}\nimport sys\nfrom glassnet.cli import main\nsys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True, encoding="utf-8", env=os.environ | environment, timeout=120,
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
