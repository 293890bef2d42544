"""The models that explanations are tested on."""

from explanation.conftest import model_of

__all__ = ["model_of"]
