"""Goldilocks, its cubic extension, and the kernels over columns."""
