"""Messages that show a network: frames, maps, opened numbers, rows."""
