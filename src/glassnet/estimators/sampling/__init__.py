"""Splits, folds, bootstraps, groups and copies: which rows train, validate, test, or are resampled."""
