"""The lecture: from one neuron and three patients to other kinds of models, with every number computed on the way.

Source of the worked example: the introductory university lecture on neurons whose printed figures are confirmed or
corrected here.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.errors import ConfigurationError
from glassnet.report.document import Chapter, Section
from glassnet.report.lecture.features import convolution, knobs, layers, moved_images, representation, rivals
from glassnet.report.lecture.learning import accidents, descent, neuron, penalty, stability
from glassnet.report.lecture.networks import censoring, classes, depth, five_patients, several_inputs

TITLE = "What a neuron does"
LEAD = (
    "Three patients, one neuron, and every number in between: how a network predicts, how it learns, and what it can "
    "and cannot represent. Every result on this page was computed when the page was made."
)
CHAPTERS: tuple[Chapter, ...] = tuple(
    Chapter(number, title, write)
    for number, (title, write) in enumerate(
        (
            ("Three patients and one neuron", neuron.one_neuron),
            ("How wrong is it?", neuron.how_wrong),
            ("Which way is down?", neuron.which_way),
            ("The run to the minimum", descent.the_run),
            ("A step too far", stability.too_far),
            ("Another loss, another line", stability.other_loss),
            ("Two neurons in a row", depth.in_a_row),
            ("Several inputs", several_inputs.two_inputs),
            ("Layers that are not deep", depth.collapse),
            ("What does a neuron get excited about?", several_inputs.excitement),
            ("Five patients", five_patients.five_patients),
            ("Two ways to keep weights small", penalty.two_penalties),
            ("Yes or no, with the same network", classes.classes),
            ("The rivals: forests and support vector machines", rivals.rivals),
            ("You just need the right z", representation.right_z),
            ("Images as a source of features", rivals.images),
            ("Which features each classifier uses", moved_images.which_features),
            ("Where crafted features work, and where they fail", moved_images.moved_images),
            ("Two knobs: position and noise", knobs.two_knobs),
            ("A deep network", layers.deep_network),
            ("A convolution, opened", convolution.opened),
            ("L2 and the damaged pixel", accidents.damaged_pixel),
            ("The rare name", accidents.rare_name),
            ("The third patient is still alive", censoring.still_alive),
        ),
        start=1,
    )
)


def sections(number: int | None = None) -> list[tuple[int, Section]]:
    """The numbered sections: all of them, or the requested one.

    Parameters
    ----------
    number : int, optional

    Raises
    ------
    ConfigurationError
        When the section does not exist.

    Examples
    --------
    >>> [(number, section)] = sections(1)
    >>> section.title
    'Three patients and one neuron'
    """
    if number is None:
        return [(chapter.number, chapter.write()) for chapter in CHAPTERS]
    chapters = [chapter for chapter in CHAPTERS if chapter.number == number]
    if not chapters:
        raise ConfigurationError(
            f"The lecture has no section {number}. Choose one from 1 ({CHAPTERS[0].title!r}) to {len(CHAPTERS)} "
            f"({CHAPTERS[-1].title!r})."
        )
    return [(chapters[0].number, chapters[0].write())]


def page(chosen: Sequence[tuple[int, Section]] | None = None) -> str:
    """The lecture, or the given sections, as one self-contained HTML page."""
    from glassnet import __version__
    from glassnet.report.html import render_page

    written = sections() if chosen is None else chosen
    footer = f"Written by glassnet {__version__}: `glassnet lecture --html FILE` makes this page again."
    return render_page(TITLE, LEAD, "The glassnet lecture", written, footer)


def text(chosen: Sequence[tuple[int, Section]] | None = None, *, width: int = 80, color: bool = False) -> str:
    """The lecture, or the given sections, as text for a terminal."""
    from glassnet.report.terminal import ansi_paint, plain_paint, render_text

    written = sections() if chosen is None else chosen
    return render_text(written, width=width, paint=ansi_paint if color else plain_paint)
