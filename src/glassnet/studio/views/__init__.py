"""Views of a run on the page: frames, pictures, opened numbers, scores."""
