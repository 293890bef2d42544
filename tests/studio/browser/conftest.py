"""A real server of its own for the journeys, and a real browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from open_lab import Lab, built, running

from screens import SIZES


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not built():
        pytest.skip("the page is not built: make src/glassnet/studio/static/index.html")
    with running(tmp_path_factory.mktemp("studio") / "folder") as found:
        yield found


@pytest.fixture(scope="module")
def key(server, browser, tmp_path_factory):
    """The cookie that the start address, which works once, is exchanged for."""
    place = tmp_path_factory.mktemp("key") / "cookies.json"
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.address)
    assert "token" not in page.url
    context.storage_state(path=place)
    context.close()
    return place


@pytest.fixture
def lab(server, browser, key):
    context = browser.new_context(
        viewport=dict(zip(("width", "height"), SIZES["desk"], strict=True)), storage_state=key,
        permissions=["clipboard-read", "clipboard-write"], accept_downloads=True,
    )  # fmt: skip
    try:
        yield Lab(context, server).open()
    finally:
        context.close()
