"""Files: the model file, strict in both directions, exports of it, and checkpoints."""

from glassnet.files.checkpoint import identity_of, read_checkpoint, write_checkpoint
from glassnet.files.checksum import fingerprint
from glassnet.files.exports.c import export_c
from glassnet.files.exports.onnx import export_onnx
from glassnet.files.exports.python import export_python
from glassnet.files.layer import Layer
from glassnet.files.model import ModelFile, write_model
from glassnet.files.model_reading import read_model

__all__ = [
    "Layer", "ModelFile", "export_c", "export_onnx", "export_python", "fingerprint", "identity_of", "read_checkpoint",
    "read_model", "write_checkpoint", "write_model",
]  # fmt: skip
