"""Nothing here is for Python; see machine.pxd."""
