"""Expressions as NumPy functions, as code, and for reading."""
