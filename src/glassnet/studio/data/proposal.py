"""The network that is proposed for a table: small enough to read, trained the way that suits its size and task."""

from __future__ import annotations

from glassnet.report.lecture.patients import START
from glassnet.studio.contract.settings import HiddenLayer, LayerStart, Settings
from glassnet.tables.outcome import Outcome

FEWEST_ROWS_TO_SPLIT = 40
_SMALL, _LARGE = 1_000, 20_000


def proposal(data: str, outcome: Outcome, n_rows: int, n_features: int) -> Settings:
    """Settings for a data set; the lecture's own start where it is the lecture's table."""
    loss, in_units = outcome.loss.name, not outcome.labeled
    if data == "lecture" and n_features == 1:
        return Settings(
            loss=loss, reduction="half-sum", learning_rate=0.1, epochs=1000, scale_inputs=False,
            start=[LayerStart([[START]], [START])],
        )  # fmt: skip
    if n_rows < FEWEST_ROWS_TO_SPLIT:
        return Settings(loss=loss, reduction="mean", learning_rate=0.1, epochs=1000)
    if n_features <= 3:
        hidden = [HiddenLayer(6, "tanh"), HiddenLayer(4, "tanh")]
        return Settings(
            hidden=hidden, loss=loss, optimizer="adam", learning_rate=0.03, batch_size=min(32, n_rows), epochs=300,
            scale_target=in_units, test_share=0.2,
        )  # fmt: skip
    neurons = 16 if n_rows <= _SMALL else 32 if n_rows <= _LARGE else 64
    return Settings(
        hidden=[HiddenLayer(neurons, "relu")], loss=loss, optimizer="adam", learning_rate=0.006,
        batch_size=32 if n_rows <= _SMALL else 256, epochs=100, l2=min(0.015, 6.0 / n_rows), initializer="he",
        scale_target=in_units, test_share=0.2, validation_share=0.15,
    )  # fmt: skip
