"""Columns to a file in the format of its ending."""
