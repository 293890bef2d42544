"""Machines that train a population, their states and results, and the loop that drives them."""
