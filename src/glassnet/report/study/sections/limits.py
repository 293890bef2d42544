"""The limitations section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.report.document import Block, Prose

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def limits(study: Study) -> tuple[str, list[Block]]:
    """The limitations, one paragraph each."""
    return "What these results do not show.", [Prose(limit, plain=True) for limit in study.limits]
