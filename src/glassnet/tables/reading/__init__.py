"""Files and frames to cells of text, and cells back to files."""
