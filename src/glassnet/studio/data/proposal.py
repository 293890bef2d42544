"""The network that is proposed for a table: small enough to read, trained the way that suits its size and task."""

from __future__ import annotations

from glassnet.report.lecture.patients import START
from glassnet.studio.contract.settings import (
    ConvolutionLayer,
    HiddenLayer,
    ImageLayer,
    LayerStart,
    PoolingLayer,
    Settings,
)
from glassnet.tables.outcome import Outcome

FEWEST_ROWS_TO_SPLIT = 40
_SMALL, _LARGE = 1_000, 20_000
_FIRST_CHANNELS, _LARGE_SIDE, _SMALLEST_SIDE = 8, 20, 4


def proposal(
    data: str, outcome: Outcome, n_rows: int, n_features: int, image: tuple[int, ...] | None = None
) -> Settings:
    """Settings for a data set; the lecture's own start where it is the lecture's table.

    Examples
    --------
    >>> from glassnet.tables.outcome import outcomes
    >>> found = proposal("digits", outcomes["classification"], 1797, 64, (8, 8, 1))
    >>> [type(layer).__name__ for layer in found.image]
    ['ConvolutionLayer', 'PoolingLayer', 'ConvolutionLayer', 'PoolingLayer']
    """
    loss, in_units = outcome.loss.name, not outcome.labeled
    if data == "still_alive" and n_features == 1:
        return Settings(
            loss=loss, reduction="sum", learning_rate=0.1, epochs=1000, scale_inputs=False,
            start=[LayerStart([[0.5]], [0.0])],
        )  # fmt: skip
    if data == "lecture" and n_features == 1:
        return Settings(
            loss=loss, reduction="half-sum", learning_rate=0.1, epochs=1000, scale_inputs=False,
            start=[LayerStart([[START]], [START])],
        )  # fmt: skip
    if image is not None:
        return Settings(
            image=_looking(image), hidden=[HiddenLayer(32, "relu")], loss=loss, optimizer="adam", learning_rate=0.003,
            batch_size=32, epochs=30, initializer="he", scale_target=in_units,
            test_share=0.2 if n_rows >= FEWEST_ROWS_TO_SPLIT else 0.0,
            validation_share=0.15 if n_rows >= FEWEST_ROWS_TO_SPLIT else 0.0,
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


def _looking(shape: tuple[int, ...]) -> list[ImageLayer]:
    """Two convolutions, each followed by a pooling while enough pixels are left."""
    layers: list[ImageLayer] = []
    side = min(shape[:2])
    for channels in (_FIRST_CHANNELS, 2 * _FIRST_CHANNELS):
        layers.append(ConvolutionLayer(channels, 3 if side < _LARGE_SIDE else 5))
        if side >= _SMALLEST_SIDE:
            layers.append(PoolingLayer("max", 2))
            side //= 2
    return layers
