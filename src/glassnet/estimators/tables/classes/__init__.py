"""Classes: their labels and weights, and the threshold between two of them."""
