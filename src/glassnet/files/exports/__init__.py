"""A model in other languages: C99, a Python page, ONNX."""
