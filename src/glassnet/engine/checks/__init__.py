"""Checks of arrays, numbers, memory and threads before they enter the engine."""
