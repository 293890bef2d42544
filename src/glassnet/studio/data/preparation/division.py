"""Who trains, who validates and who tests: by shares, or as the source of a set of images has divided it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators import split_rows
from glassnet.estimators.sampling.copies import Copies
from glassnet.estimators.sampling.resampling import fold_rows
from glassnet.estimators.sampling.row_groups import Groups, read_groups
from glassnet.estimators.sampling.split import Split
from glassnet.studio.contract.settings import Settings
from glassnet.tables import Table
from glassnet.tables.notation.number_text import counted

MOST_FOLDS = 20


def divided(
    table: Table, strata: Any, column: str | None, settings: Settings, copies: Copies | None = None
) -> tuple[Split, tuple[str, ...]]:
    """The split, and notes on it; rows with the same cell in the column stay in one part, and so do copies of a row.

    Images that come with a test part of their own keep it, where rows are held out at all.
    """
    groups, shares = read_groups(table, column), (settings.test_share, settings.validation_share)
    notes = [copies.text()] if copies is not None and copies.copied else []
    groups = groups if copies is None else copies.kept_together(groups)
    if settings.folds:
        plain = msgspec.structs.replace(settings, folds=0, validation_share=0.0)
        whole, said = divided(table, strata, column, plain, copies)
        return _in_folds(whole, strata, groups, settings), said
    test = table.own_test if settings.test_share > 0 else None
    if test is None:
        return split_rows(
            table.n_rows, strata, groups=groups, test=shares[0], validation=shares[1], seed=settings.seed
        ), tuple(notes)  # fmt: skip
    rest = np.setdiff1d(np.arange(table.n_rows), test)
    own = split_rows(
        len(rest), None if strata is None else np.asarray(strata)[rest],
        groups=None if groups is None else groups.take(rest), test=0.0, validation=shares[1], seed=settings.seed,
    )  # fmt: skip
    notes.append(f"The images come with a test part of {len(test):,}: it is the test set, whatever the test share.")
    if groups is not None:
        shared = int(np.isin(groups.of_row[test], groups.of_row[rest]).sum())
        if shared:
            notes.append(
                f"{counted(shared, 'image')} of the test part belong together with images that train: copies, or of "
                "one patient. Scores on it are too good."
            )
    return Split(rest[own.train], rest[own.validation], test), tuple(notes)


def _in_folds(whole: Split, strata: Any, groups: Groups | None, settings: Settings) -> Split:
    """The split whose training rows are divided into folds, of which one validates. The seed is that of the run."""
    if not 2 <= settings.folds <= MOST_FOLDS or not 0 <= settings.fold < settings.folds:
        raise ConfigurationError(
            f"folds={settings.folds}, fold={settings.fold}: folds must be 2 to {MOST_FOLDS}, and the fold one of them, "
            "counted from 0."
        )
    rest = whole.train
    kept = fold_rows(
        len(rest), settings.folds, classes=None if strata is None else np.asarray(strata)[rest],
        groups=None if groups is None else groups.take(rest).of_row, seed=settings.seed,
    )[settings.fold]  # fmt: skip
    return Split(rest[kept], np.delete(rest, kept), whole.test)
