"""Measures of predictions, with one record for each."""
