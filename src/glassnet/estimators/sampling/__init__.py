"""Which rows train, which stop the training, and which are drawn again: splits, folds, bootstraps, groups, copies."""
