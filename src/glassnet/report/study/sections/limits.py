"""Limits, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.report.document import Block, Prose

if TYPE_CHECKING:
    from glassnet.report.study.study import Study


def limits(study: Study) -> tuple[str, list[Block]]:
    """Limits of the figures, one paragraph each."""
    return "What the figures do not say.", [Prose(limit, plain=True) for limit in study.limits]
