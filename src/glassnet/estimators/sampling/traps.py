"""Warnings about tables that would make scores too good, for `fit`, where no command line reports them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from glassnet.errors import TrapWarning
from glassnet.estimators.sampling.copies import Copies
from glassnet.estimators.sampling.giveaway import find_giveaways, giveaway_text
from glassnet.estimators.sampling.repeats import repeated, repeats_text
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.sampling.twins import twins, twins_text
from glassnet.tables import EncodedTable, Schema


def warn_of_traps(
    schema: Schema, rows: EncodedTable, codes: Any, copies: Copies, together: Groups | None, *, labels_beside: bool,
    stacklevel: int,
) -> None:  # fmt: skip
    """Warn of copied rows, of a column that repeats like a patient number, of giveaways, and of open questions.

    Each is a `TrapWarning`. There is no warning about groups if they are given, nor about labels given separately.

    Examples
    --------
    >>> from glassnet import GlassClassifier
    >>> table = {"age": [20 + 7 * k % 41 for k in range(40)] * 3, "dose": [1.5 * k for k in range(40)] * 3}
    >>> table["ill"] = [0, 1] * 60
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     _ = GlassClassifier(epochs=1).fit(table, target="ill")
    >>> print(caught[0].message)  # doctest: +ELLIPSIS
    120 of 120 rows are copies: only 40 are different in their inputs, ...
    """
    messages = []
    if copies.copied:
        messages.append(
            f"{copies.text()} Where you set rows aside for a test yourself, keep copies together: they are "
            "`model.copies_.groups.of_row`, which `split_rows` and GroupKFold take as groups."
        )
    table, plain = rows.table, schema.without_bins()
    if together is None:
        targets = codes if np.ndim(codes) == 1 else np.asarray(codes)[:, 0]
        pair = repeated(table, [column.name for column in schema.inputs], targets)
        messages += [] if pair is None else [repeats_text(*pair, option=f"groups={pair[0]!r}")]
    X = rows.matrix(plain)
    if not isinstance(X, np.memmap):
        messages += [twins_text(pairs)] if (pairs := twins(plain, X)) else []
        columns = find_giveaways(plain, X, codes, copies.kept_together(together))
        messages += [giveaway_text(columns, plain, "rows set aside", options=False)] if columns else []
    proposals = [one for one in schema.proposals if not (labels_beside and one.column == schema.target)]
    if proposals:
        first, n = proposals[0], len(proposals)
        questions = "1 open question" if n == 1 else f"{n} open questions, the first of them"
        messages.append(f"{questions} about the column {first.column!r}: {first.finding} See schema_.proposals.")
    for text in messages:
        warnings.warn(text, TrapWarning, stacklevel=stacklevel)
