"""The closed language of formulas: what one may say, its tree, and the forms that are made from it."""

from glassnet.formulas.language.expression import Expression

__all__ = ["Expression"]
