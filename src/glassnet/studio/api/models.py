"""Model files that someone opens: what they are, and what they answer."""

from __future__ import annotations

from starlette.responses import Response

from glassnet.studio.api.data import attachment
from glassnet.studio.contract.saved_model import ModelCard, ModelQuestion, SavedModel
from glassnet.studio.http.request import Call
from glassnet.studio.storage import saved_model
from glassnet.studio.studio import Studio


def open_saved_model(studio: Studio, call: Call) -> ModelCard:
    """A summary of a model file, and where its training goes on."""
    saved: SavedModel = call.decode(SavedModel)
    return saved_model.card(saved, studio.store.scratch, studio.shelf)


def saved_model_predictions(studio: Studio, call: Call) -> Response:
    """A table with the answers of a model file."""
    asked: ModelQuestion = call.decode(ModelQuestion)
    text = saved_model.predictions(asked.model, studio.store.scratch, studio.shelf.table(asked.data))
    return attachment(text, "text/csv", f"{studio.shelf.summary(asked.data).name} predictions", ".csv")
