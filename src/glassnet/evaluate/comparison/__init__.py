"""Comparison of a model with others on the same rows."""
