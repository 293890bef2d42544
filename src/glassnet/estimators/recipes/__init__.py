"""Recipes: the decisions of a table estimator before training."""
