"""Chapters on several neurons, several inputs and other targets."""
