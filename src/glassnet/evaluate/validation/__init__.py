"""Measures of one model with intervals, corrected for optimism, by subgroup."""
