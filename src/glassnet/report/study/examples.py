"""Example rows of images: those with the highest and the lowest prediction."""

from __future__ import annotations

import numpy as np

from glassnet.explanation import Occlusion, Question
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.occlusion import occlusion_of


def examples(background: EncodedRows, which: int) -> tuple[Occlusion, ...]:
    """The occlusion maps of two rows, or none for a model without pixels.

    For classes they are on the scale of log odds, because the highest and lowest probabilities are so close to 1 and 0
    that covering a part would hardly change them.
    """
    model = background.question.model
    if model.schema_.image_column is None or not background.table.n_rows:
        return ()
    question = Question.of(model, "log_odds") if "log_odds" in model.outcome_.scales else background.question
    answers = background.answers[:, which]
    rows = dict.fromkeys((int(np.argmax(answers)), int(np.argmin(answers))))
    return tuple(
        occlusion_of(question, background.matrix[[row]], which, row=background.table.row_name(row)) for row in rows
    )
