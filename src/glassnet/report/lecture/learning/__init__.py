"""Chapters on one neuron: predicting, learning by gradient descent, penalties."""
