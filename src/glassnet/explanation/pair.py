"""`strongest_pairs`: pairs of interacting columns, by the H statistic (Friedman and Popescu 2008)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.question import Floats, Question, background_rows
from glassnet.formulas.randomness import check_seed

MOST_COLUMNS, MOST_ROWS = 8, 60


@dataclass(frozen=True)
class Pair:
    """Two columns, and how far their joint effect is from the sum of their separate effects.

    Attributes
    ----------
    first, second : str
    strength : float
        The root mean squared distance, in the unit of the prediction.
    share : float
        H, that distance as a fraction of the joint effect, from 0 to about 1. It can be large even if there is hardly
        any effect, so pairs are ordered by strength.
    """

    first: str
    second: str
    strength: float
    share: float


def strongest_pairs(
    model: Any, X: Any, *, columns: Any = None, output: Any = None, scale: str | None = None, rows: int = MOST_ROWS,
    seed: int = 0, horizon: float | None = None,
) -> tuple[Pair, ...]:  # fmt: skip
    """Pairs of interacting columns, strongest first.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    X : Table, data frame, array, dict of columns, or path
        Rows such as the training rows; if there are more than `rows`, this many are sampled.
    columns : sequence of str, optional
        The columns to consider; by default the eight that move the prediction most.
    output : label, optional
        The class to consider; the last by default.
    scale : {"probability", "log_odds", "amount", "survival"}, optional
        On the scale of probabilities almost all columns interact; log odds show the interactions in the network itself.
    rows, seed : int
    horizon : float, optional
        For times to an event: explain the event-free probability at this time instead of the risk.

    Returns
    -------
    tuple of Pair

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet.estimators import GlassRegressor
    >>> frame = load_diabetes(as_frame=True).frame
    >>> pairs = strongest_pairs(GlassRegressor().fit(frame, target="target"), frame, columns=["bmi", "bp", "s5"])
    >>> len(pairs), pairs[0].strength >= pairs[-1].strength
    (3, True)
    """
    question = Question.of(model, scale, horizon)
    table = question.table(X)
    chosen = background_rows(table.n_rows, rows, check_seed(seed))
    which = len(question.outputs) - 1 if output is None else question.output(output)
    wanted = None if columns is None else [question.column(name) for name in columns]
    if wanted is not None and len(set(wanted)) < 2:
        raise ConfigurationError("A pair needs two columns. Name at least two different columns.")
    return pairs_of(EncodedRows(question, table.take(chosen)), which, wanted)


def pairs_of(background: EncodedRows, output: int, columns: list[int] | None = None) -> tuple[Pair, ...]:
    """The same for encoded rows."""
    question = background.question
    if len(question.names) < 2:
        return ()
    matrix = background.matrix
    n = len(matrix)

    def centered(*together: int) -> Floats:
        """The centered mean prediction with these columns set to each row's own values, shape (n,)."""
        mixed = np.tile(matrix, (n, 1))
        for j in together:
            part = question.slices[j]
            mixed[:, part] = np.repeat(matrix[:, part], n, axis=0)
        means = question.answer(mixed)[:, output].reshape(n, n).mean(axis=1)
        return np.asarray(means - means.mean())

    alone = {j: centered(j) for j in (range(len(question.names)) if columns is None else columns)}
    kept = sorted(alone, key=lambda j: -float(alone[j].std()))[:MOST_COLUMNS] if columns is None else sorted(alone)
    pairs = []
    for j, k in combinations(sorted(kept), 2):
        joint = centered(j, k)
        away = float(((joint - alone[j] - alone[k]) ** 2).mean())
        whole = float((joint**2).mean())
        share = float(np.sqrt(away / whole)) if whole > 0 else 0.0
        pairs.append(Pair(question.names[j], question.names[k], float(np.sqrt(away)), share))
    return tuple(sorted(pairs, key=lambda pair: -pair.strength))
