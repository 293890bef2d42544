"""The sections of the study report, one file each; `sections_of` lists them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from glassnet.report.document import Block, Section
from glassnet.report.study.sections.limits import limits
from glassnet.report.study.sections.model import model
from glassnet.report.study.sections.patients import patients
from glassnet.report.study.sections.performance import performance
from glassnet.report.study.sections.sample_size import sample_size
from glassnet.report.study.sections.stability import stability
from glassnet.report.study.sections.subgroups import subgroups
from glassnet.report.study.sections.tripod import tripod
from glassnet.report.study.sections.uses import uses
from glassnet.report.study.sections.validation import validation

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

Written = tuple[str, Sequence[Block]]
"""The opening of a section and its blocks."""

_SECTIONS: tuple[tuple[str, Callable[[Study], Written | None]], ...] = (
    ("Patients", patients),
    ("The model written out", model),
    ("Performance", performance),
    ("Internal validation", validation),
    ("Stability", stability),
    ("Subgroups", subgroups),
    ("What the model uses", uses),
    ("Sample size", sample_size),
    ("TRIPOD+AI", tripod),
    ("Limits", limits),
)


def sections_of(study: Study) -> list[tuple[int, Section]]:
    """The sections that have content, with their numbers."""
    written = [(title, content) for title, section in _SECTIONS if (content := section(study)) is not None]
    return [(k, Section(title, opening, blocks)) for k, (title, (opening, blocks)) in enumerate(written, start=1)]
