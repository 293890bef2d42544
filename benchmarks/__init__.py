"""Benchmarks of glassnet beside scikit-learn, PyTorch and JAX: ``python -m benchmarks``."""
