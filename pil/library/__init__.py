"""PIL2's standard library as native functions: the same names and parameters, from `signatures.pil`."""

from zisk_py.pil.library.messages import NATIVE, Native

__all__ = ["NATIVE", "Native"]
