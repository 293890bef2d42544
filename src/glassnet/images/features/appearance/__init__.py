"""Features of a whole flat image without a mask: gradients, local patterns, symmetry, blobs."""
