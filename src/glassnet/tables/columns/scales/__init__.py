"""Scaling of numbers to inputs of a size that a network can work with."""
