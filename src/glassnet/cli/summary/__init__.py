"""Summaries of a model that commands print."""
