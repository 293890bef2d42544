"""The page for a browser without access: it says what to do, where other clients get JSON."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.types import Scope

STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;"
    "padding:0 1.5rem}h1{font-size:1.5rem}code{font-size:.95em;padding:.1em .4em;border:1px solid;border-radius:.3em}"
)
STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""The one inline style that the policy of the pages allows."""


def is_page(scope: Scope) -> bool:
    """Whether a person waits for a page, not the page for an answer."""
    return scope["method"] == "GET" and not scope["path"].startswith(("/api/", "/assets/"))


def closed(why: str) -> bytes:
    """The page; `why` is one sentence or two."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>glassnet studio</title>
<style>{STYLE}</style></head><body><main>
<h1>This address does not open the studio</h1>
<p>{escape(why)}</p>
<p>If a tab with the studio is open, continue there. Otherwise start the studio again, in a terminal:</p>
<p><code>glassnet studio</code></p>
<p>It opens a tab with an address that works. Your runs and tables are kept.</p>
<p>Did somebody send you this link? It holds a lab. Copy it from the address line; in your own studio, paste it under
<strong>Take away</strong>, <strong>Open a lab</strong>.</p>
</main></body></html>
""".encode()
