"""The contract in writing says what the types say, and the endpoints are all there."""

import json
from pathlib import Path

import msgspec
import pytest

from glassnet.studio.contract import document
from glassnet.studio.contract.endpoint import ENDPOINTS
from glassnet.studio.contract.run import Control, Move, NewRun
from glassnet.studio.contract.settings import Settings

ROOT = Path(__file__).parents[2]
REPAIR = "run python -m glassnet.studio.contract and commit what it writes"


@pytest.mark.parametrize(
    ("path", "text"), [(document.SCHEMA, document.schema_text), (document.TYPES, document.typescript_text)]
)
def test_the_files_say_what_the_types_say(path, text):
    assert (ROOT / path).read_text(encoding="utf-8") == text(), REPAIR


def test_every_type_of_an_endpoint_is_described():
    schema = json.loads((ROOT / document.SCHEMA).read_text(encoding="utf-8"))
    for endpoint in schema["endpoints"]:
        for named in filter(None, (endpoint["request"], endpoint["response"])):
            assert "/" in named or all(name in schema["$defs"] for name in named.split(" | ")), named
    assert len(schema["endpoints"]) == len(ENDPOINTS) == len({(e.method, e.path) for e in ENDPOINTS})


def test_messages_are_strict():
    assert msgspec.json.decode(b'{"do": "move", "unit": "batch", "count": -1}', type=Control) == Move("batch", -1)
    for text in (
        '{"do": "explode"}', '{"do": "move"}', '{"do": "move", "unit": "year"}', '{"do": "pause", "more": 1}',
        '{"do": "move", "unit": "batch", "count": 1.5}', "[]",
    ):  # fmt: skip
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=Control)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode('{"data": "lecture", "path": "/etc/passwd"}', type=NewRun)


def test_settings_survive_the_wire():
    settings = Settings(learning_rate=0.1 + 0.2, seed=2**53 - 1)
    assert msgspec.json.decode(msgspec.json.encode(settings), type=Settings) == settings


def test_numbers_that_are_not_finite_become_null():
    assert msgspec.json.encode([float("nan"), float("inf"), 1.5]) == b"[null,null,1.5]"
