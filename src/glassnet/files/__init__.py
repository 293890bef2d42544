"""Files: the model file, strict in both directions, and the atomic writer that everything uses."""

from glassnet.files.atomic import write_atomically
from glassnet.files.model import ModelFile, fingerprint, read_model, write_model

__all__ = ["ModelFile", "fingerprint", "read_model", "write_atomically", "write_model"]
