"""Text tables: their bytes, cells, lines and oddities, up to a regular table."""
