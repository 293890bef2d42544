"""Measures of one model with intervals, corrected for optimism, and by subgroup."""
