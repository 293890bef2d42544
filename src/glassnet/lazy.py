"""Public names that load on first use, so that a program imports what it calls and nothing else (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Function that a package binds to ``__getattr__``; it lists its names in ``__all__``, where tools look for them.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        Each public name and the module of glassnet that holds it. A name must not be that of a module directly below
        the package, which would take its place.

    Returns
    -------
    callable

    Examples
    --------
    >>> lazy_names("glassnet", {"Dense": "layers"})("Dense").__name__
    'Dense'
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"glassnet.{homes[name]}"), name)

    return load
