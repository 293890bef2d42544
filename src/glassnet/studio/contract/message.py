"""The base of everything that page and server send: checked strictly on the way in, plain JSON on the way out.

`msgspec` checks and writes the messages: one small compiled package without dependencies, strict about types and
unknown fields, fast enough for frames full of weights, and its types describe themselves, which is where
`web/contract.json` and the TypeScript types come from. It writes a number that is not finite as null.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Message(msgspec.Struct, frozen=True):
    """Something the server sends."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the page sends; an unknown field is an error."""


class OpenWay(Message, frozen=True):
    """One way to read a file that can be read in several: what it holds then, and the query that says so."""

    parameter: Literal["encoding", "sheet"]
    value: str
    text: str


class Problem(Message, frozen=True):
    """Why a request was refused: a stable code of `glassnet.errors`, and what is wrong, the rule, and the repair.

    Of a file that can be read in several ways, these.
    """

    code: str
    message: str
    ways: list[OpenWay] = []
