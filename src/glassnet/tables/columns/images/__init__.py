"""Columns of images."""
