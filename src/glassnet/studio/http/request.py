"""One request as an answer's function sees it: ids from the path, checked query, checked body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

import msgspec

from glassnet.errors import ConfigurationError
from glassnet.studio.contract.views.maps import Shown
from glassnet.studio.views.view import View

Body = TypeVar("Body")
_LONGEST_QUERY = 300


@dataclass(frozen=True)
class Call:
    """A request that has passed the gate.

    Attributes
    ----------
    path : mapping of str to str
        Ids.
    query : mapping of str to str
    body : bytes
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def read(cls, path: Mapping[str, str], query: list[tuple[str, str]], allowed: tuple[str, ...], body: bytes) -> Call:
        """A call whose query has known names, each once."""
        for name, value in query:
            if name not in allowed:
                raise ConfigurationError(f"The query has {name[:40]!r}; it may have {', '.join(allowed) or 'nothing'}.")
            if len(value) > _LONGEST_QUERY and name not in ("x", "y"):
                raise ConfigurationError(f"{name} is longer than {_LONGEST_QUERY} characters.")
        if len({name for name, _ in query}) < len(query):
            raise ConfigurationError("A part of the query is given twice.")
        return cls(path, dict(query), body)

    def decode(self, kind: type[Body] | Any) -> Body:
        """The body as a message."""
        try:
            decoded: Body = msgspec.json.decode(self.body or b"{}", type=kind)
        except msgspec.MsgspecError as error:  # what is wrong, and where in the message
            raise ConfigurationError(f"The request cannot be read: {error}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError("The request is not UTF-8 text.") from None
        return decoded

    def text(self, name: str, default: str | None = None) -> str:
        """A text of the query; needed when it has no default."""
        value = self.query.get(name, default)
        if value is None:
            raise ConfigurationError(f"The query needs {name}.")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query."""
        text = self.query.get(name)
        if text is None:
            return default
        number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 12 else None
        if number is None or not low <= number <= high:
            raise ConfigurationError(f"{name}={text[:20]!r} must be a whole number from {low} to {high}.")
        return number

    def view(self) -> View:
        """The view of the query."""
        row = self.whole("row", -1, 0, 10**9)
        maps = self.query.get("maps", "values")
        if maps not in get_args(Shown):
            raise ConfigurationError(f"maps={maps[:20]!r} must be one of {', '.join(get_args(Shown))}.")
        return View(
            self.query.get("x") or None, self.query.get("y") or None, None if row < 0 else row,
            self.whole("resolution", 40, 4, 120), cast("Shown", maps),
        )  # fmt: skip
