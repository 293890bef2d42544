"""Columns: their kinds, their peculiarities, and their conversion to inputs."""
