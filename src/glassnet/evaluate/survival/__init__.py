"""Measures of survival predictions, and their page."""
