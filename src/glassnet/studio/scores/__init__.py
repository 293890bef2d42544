"""How good a run is: its scores, its threshold, and rivals on the same rows."""
