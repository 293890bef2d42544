"""The page around the blocks: one stand-alone HTML file, light and dark, without scripts and without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from glassnet.pages.markup import Content, Markup, slug, tag, text, visible
from glassnet.pages.tokens import RAMP_STEPS, css_variables


@dataclass(frozen=True)
class Part:
    """A section of a page.

    Parameters
    ----------
    title : str
    body : Content
        The blocks below the heading.
    opening : Content, optional
        A sentence or two under the heading.
    mark : str, optional
        A number or sign before the heading.
    """

    title: str
    body: Content
    opening: Content = None
    mark: str = ""

    @property
    def anchor(self) -> str:
        """The identifier that the contents list links to."""
        return f"{self.mark}-{slug(self.title)}" if self.mark else slug(self.title)


def page(
    title: str, parts: Sequence[Part], *, lead: Content = None, kicker: Content = None, footer: Content = None,
    contents: bool = True,
) -> str:  # fmt: skip
    """A whole HTML page.

    Parameters
    ----------
    title : str
        Heading and window title.
    parts : sequence of Part
    lead : Content, optional
        What the page is about, below the title.
    kicker : Content, optional
        A few words above the title.
    footer : Content, optional
    contents : bool, default True
        List the parts with links.

    Returns
    -------
    str
        A document that loads nothing and runs no script.

    Examples
    --------
    >>> page("A <b> title", [Part("First", "words")]).count("A &lt;b&gt; title")
    2
    """
    head = tag("header", tag("p", kicker, class_="kicker") if kicker else None, tag("h1", title),
               tag("p", lead, class_="lead") if lead else None, class_="masthead")  # fmt: skip
    listed = contents and len(parts) > 2
    sections = tag("main", [_section(part) for part in parts])
    foot = tag("footer", footer) if footer else None
    body = tag("div", head, _contents(parts) if listed else None, sections, foot,
               class_="sheet with-contents" if listed else "sheet")  # fmt: skip
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{text(visible(title))}</title>'
        '<meta name="generator" content="glassnet">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{stylesheet()}</style></head>\n<body>{body}</body></html>\n"
    )


def _section(part: Part) -> Markup:
    """One section with its heading."""
    mark = tag("span", part.mark, class_="mark") if part.mark else None
    heading = tag("h2", mark, tag("span", part.title), id=None)
    opening = tag("p", part.opening, class_="opening") if part.opening else None
    return tag("section", heading, opening, part.body, id=part.anchor)


def _contents(parts: Sequence[Part]) -> Markup:
    """The list of sections."""
    items = [
        tag("li", tag("a", tag("span", part.mark, class_="mark") if part.mark else None, tag("span", part.title),
                      href=f"#{part.anchor}"))
        for part in parts
    ]  # fmt: skip
    return tag("nav", tag("h2", "Contents"), tag("ol", items), class_="contents", aria_label="Contents")


@cache
def stylesheet() -> str:
    """The tokens and the style of every page, as CSS."""
    fills = "".join(
        f".ramp-{k}{{fill:var(--ramp-{k})}}.diverging-{k}{{fill:var(--diverging-{k})}}" for k in range(RAMP_STEPS)
    )
    return css_variables() + resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8") + fills
