"""The trace of a training step: every number recorded, explained and drawn."""
