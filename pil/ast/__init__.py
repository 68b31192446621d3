"""The syntax tree: frozen dataclasses, each with the span of text that it was read from."""

from zisk_py.pil.ast.declarations import *  # noqa: F403
from zisk_py.pil.ast.expressions import *  # noqa: F403
from zisk_py.pil.ast.statements import *  # noqa: F403
