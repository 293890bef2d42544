"""Formula records as kernels of the native module."""
