"""The laboratory: asked to measure, watched, stopped, taken away."""

from __future__ import annotations

from starlette.responses import Response

from glassnet.studio.api.data import attachment
from glassnet.studio.contract.laboratory import LaboratoryExamples, LaboratoryRequest, LaboratoryState
from glassnet.studio.http.request import Call
from glassnet.studio.scores.laboratory import examples
from glassnet.studio.studio import Studio


def laboratory(studio: Studio, _: Call) -> LaboratoryState:
    """How the measurement goes."""
    return studio.laboratory.state


def start_laboratory(studio: Studio, call: Call) -> LaboratoryState:
    """Begin to measure."""
    asked: LaboratoryRequest = call.decode(LaboratoryRequest)
    return studio.laboratory.start(asked)


def cancel_laboratory(studio: Studio, _: Call) -> LaboratoryState:
    """Stop."""
    return studio.laboratory.cancel()


def laboratory_examples(_: Studio, call: Call) -> LaboratoryExamples:
    """Lesions at both ends of the knobs."""
    asked: LaboratoryRequest = call.decode(LaboratoryRequest)
    return LaboratoryExamples(examples(asked))


def laboratory_page(studio: Studio, _: Call) -> Response:
    """All that was measured, as a page."""
    return attachment(studio.laboratory.page(), "text/html", "laboratory", ".html")


def laboratory_table(studio: Studio, _: Call) -> Response:
    """All that was measured, as a table."""
    return attachment(studio.laboratory.table(), "text/csv", "laboratory", ".csv")
