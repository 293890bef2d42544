"""``--workers``: where networks, refits and compared models train; set as the joblib backend while a command runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from glassnet.errors import ConfigurationError, MissingDependency

MOST_PROCESSES = 512
_ADDRESS = re.compile(r"dask:(?P<address>[a-z]+://\S+|\S+\.json)")
_SECONDS_TO_ANSWER = 10


@dataclass(frozen=True)
class WorkerOptions:
    """The option of every command that trains more than one network."""

    workers: Annotated[
        str | None,
        typer.Option(
            "--workers", metavar="N|dask:ADDRESS", show_default="this process",
            help="Train on N processes, or on the workers of a Dask scheduler, such as dask:tcp://10.0.0.1:8786. The "
            "results are the same, bit for bit.",
        ),
    ] = None  # fmt: skip

    def around(self) -> AbstractContextManager[Any]:
        """The context in which the command runs.

        Raises
        ------
        ConfigurationError
            When the text is neither a number of processes nor an address, or no scheduler responds there.
        """
        if self.workers is None:
            return nullcontext()
        text = self.workers.strip()
        if match := _ADDRESS.fullmatch(text):
            return _dask(match["address"])
        if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_PROCESSES:
            raise ConfigurationError(
                f"--workers {self.workers[:60]!r} is neither a number of processes from 1 to {MOST_PROCESSES} nor the "
                "address of a Dask scheduler. Write --workers 4, or --workers dask:tcp://10.0.0.1:8786."
            )
        if int(text) == 1:
            return nullcontext()
        import joblib

        configuration: AbstractContextManager[Any] = joblib.parallel_config("loky", n_jobs=int(text))
        return configuration


@contextmanager
def _dask(address: str) -> Iterator[None]:
    """A client of a Dask scheduler whose workers joblib uses."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise MissingDependency(
            "--workers dask:... needs Dask, which is not installed. Run: pip install 'glassnet[dask]'"
        ) from None
    import joblib

    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client = distributed.Client(**where, timeout=_SECONDS_TO_ANSWER, set_as_default=True)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConfigurationError(
            f"No Dask scheduler responds at {address} ({(str(error).splitlines() or ['no response'])[0]}). Check the "
            "address, or start one: dask scheduler"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
        except TimeoutError:
            raise ConfigurationError(
                f"The Dask scheduler at {address} has no workers. Start some: dask worker {address}"
            ) from None
        with joblib.parallel_config("dask"):
            yield
