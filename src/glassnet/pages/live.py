"""A page that answers: the studio's drawing and cards over one document, in one file that loads nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from glassnet.errors import ConfigurationError
from glassnet.pages.markup import Markup, tag, text, visible

THEMES = ("system", "light", "dark")
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:"


def live_page(title: str, document: Mapping[str, Any], *, theme: str = "system", build: str = "drawing") -> str:
    """A document brought to life by a script that is built from ``web/src/alone`` or ``web/src/lesson``.

    Parameters
    ----------
    title : str
        Of the window.
    document : mapping
        What `glassnet.network.trace.views.drawing` or `glassnet.studio.lesson` makes; strict JSON.
    theme : {"system", "light", "dark"}
    build : {"drawing", "lesson"}

    Returns
    -------
    str
        An HTML page with its script and style inside; its policy forbids it to load or send anything.

    Raises
    ------
    ConfigurationError
        When there is no such theme, or this glassnet was built without the page.
    """
    if theme not in THEMES:
        raise ConfigurationError(f"theme={theme!r} must be one of {', '.join(THEMES)}.")
    script, style = _built(build)
    data = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    chosen = "" if theme == "system" else f' data-theme="{theme}"'
    return (
        f'<!DOCTYPE html>\n<html lang="en"{chosen}><head><meta charset="utf-8"><title>{text(visible(title))}</title>'
        '<meta name="generator" content="glassnet">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{style}</style></head>\n'
        f'<body><div id="drawing"></div><script type="application/json" id="document">{data}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def framed(page: str, title: str, *, height: str, scripts: bool = False) -> Markup:
    """A page in its own frame for notebooks, so that its style and script cannot affect the notebook."""
    return tag(
        "iframe", srcdoc=Markup(page), sandbox="allow-scripts" if scripts else "", title=title,
        style=f"width:100%;height:{height};border:1px solid #8884;border-radius:8px",
    )  # fmt: skip


@cache
def _built(build: str) -> tuple[str, str]:
    """The script and the style, as embedded in a page."""
    place = resources.files(__package__).joinpath(build)
    try:
        script, style = (place.joinpath(f"{build}.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    except FileNotFoundError:
        raise ConfigurationError(
            "This glassnet was built without its pages, so it cannot make one that answers. Build them with Node "
            "(python web/build_page.py, or GLASSNET_PAGE=ON), or use trace.html()."
        ) from None
    return script.replace("</script", "<\\/script"), style.replace("</style", "<\\/style")
