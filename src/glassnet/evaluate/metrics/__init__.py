"""Measures of predictions, one record each."""
