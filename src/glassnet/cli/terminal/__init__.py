"""The terminal: styles, tables, progress, interruption."""
