"""The rows of a table divided into training and test rows, as ``glassnet train`` divides them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.estimators.sampling.row_groups import read_groups
from glassnet.estimators.sampling.split import Split, split_rows

if TYPE_CHECKING:
    from glassnet.estimators.sampling.copies import Copies
    from glassnet.tables import Schema, Table


def split_table(
    rows: Table, schema: Schema, copies: Copies | None, groups: str | None, test_share: float, seed: int
) -> Split:
    """Split into training and test rows; without `copies` these are split like other rows.

    An archive with a test part keeps its own split.
    """
    if (test := rows.own_test) is not None:
        return Split(np.setdiff1d(np.arange(rows.n_rows), test), np.empty(0, dtype=np.int64), test)
    classes = schema.outcome.strata(schema.encode_target(rows))
    together = read_groups(rows, groups)
    together = together if copies is None else copies.kept_together(together)
    return split_rows(rows.n_rows, classes, groups=together, test=test_share, seed=seed)
