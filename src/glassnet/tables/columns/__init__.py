"""Columns: their kinds, what is odd about them, and how they become inputs."""
