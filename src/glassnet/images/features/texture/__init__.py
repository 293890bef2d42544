"""Features of how gray levels stand beside each other: co-occurrence, runs, zones, neighborhoods."""
