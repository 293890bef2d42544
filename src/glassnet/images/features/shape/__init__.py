"""Features of a mask: in space, and as an outline."""
