"""Measures of predicted survival, and their page."""
