"""Losses that couple the rows of a batch."""

from glassnet.formulas.coupled.batch_loss import BatchLoss, Coupled, Derivation, part

__all__ = ["BatchLoss", "Coupled", "Derivation", "part"]
