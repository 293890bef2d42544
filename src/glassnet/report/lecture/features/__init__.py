"""Chapters on features: those that people craft and those that networks learn."""
