"""Recipes: the decisions of a table estimator before training, the training itself, and the resulting model."""
