"""Texture features of adjacent gray levels: co-occurrence, runs, zones, neighborhoods."""
