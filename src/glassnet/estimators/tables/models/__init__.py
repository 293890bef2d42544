"""Trained table models: what they answer, how they are scored, opened and saved."""
