"""What the page shows of a run: frames, pictures, opened numbers, scores."""
