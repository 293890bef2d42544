"""Trained table models: answers, scores, traces and files."""
