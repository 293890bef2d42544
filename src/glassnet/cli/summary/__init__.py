"""Summaries of models, as commands print them."""
