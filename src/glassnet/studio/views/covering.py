"""An occlusion map of a row of a run: which parts of its image raise the answer and which lower it."""

from __future__ import annotations

import numpy as np

from glassnet.estimators.tables.models.file import table_from_file
from glassnet.estimators.tables.registry import table_estimators
from glassnet.explanation.occlusion import occlusion_of
from glassnet.explanation.question import Question
from glassnet.studio.contract.views.maps import OcclusionView
from glassnet.studio.run.run import Run
from glassnet.studio.storage.model_file import model_file
from glassnet.studio.views.view import position as position_of


def occlusion_view(run: Run, row: int, output: str | None) -> OcclusionView:
    """The occlusion map of a row for a class, by default the one that the network says.

    Raises
    ------
    ConfigurationError
        When there are no images, or no such row or class.
    """
    preparation, place = run.preparation, position_of(run.preparation, row)
    with run.still() as machine:
        position, dtype, (weights, biases) = run.position(), machine.dtype, machine.parameters()
    model = table_from_file(table_estimators[preparation.task], model_file(preparation, weights, biases, dtype))
    question = Question.of(model)
    own = np.ascontiguousarray(preparation.X[place : place + 1], dtype=dtype)
    which = question.explained(own, output)
    name = preparation.table.row_name(place)
    occlusion = occlusion_of(question, own, which, row=name)
    target, column = str(preparation.schema.target), preparation.schema.image_column
    assert column is not None
    values = occlusion.map
    return OcclusionView(
        position=position, row=row, name=name,
        label=f"probability of {target} = {occlusion.output}" if preparation.classes else target, output=which,
        rows=values.shape[0], columns=values.shape[1], image=occlusion.image.ravel().tolist(), low=column.minimum,
        high=column.maximum, values=values.ravel().tolist(), largest=max(float(np.abs(values).max()), 1e-12),
        answer=occlusion.answer, covered=occlusion.covered, square=occlusion.square, fill=occlusion.fill,
        helpful=[(region.where, region.effect) for region in occlusion.helpful()],
        harmful=[(region.where, region.effect) for region in occlusion.harmful()],
    )  # fmt: skip
