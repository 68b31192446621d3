"""Lint: files that are read and of which nothing is used."""

from collections.abc import Iterator

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import inside, read_names

# A file with any other statement does something when it is read.
_DECLARATIONS = (ast.Function, ast.AirTemplate, ast.Variables, ast.Pragma, ast.Include)


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Files that only declare names, all of which no other file has."""
    programs = {program.span.file.name: program for program in expander.files.programs}
    read = {name: read_names(program) for name, program in programs.items()}
    reads = {name: _read_by(program) for name, program in programs.items()}
    for named in reads.values():
        for include, shown in named:
            other = programs.get(shown)
            if other is None or not all(isinstance(part, _DECLARATIONS) for part in other.body):
                continue
            if any(isinstance(part, ast.Include) for part in other.body):
                continue  # it may be there for what it reads itself
            declared = {part for statement in other.body for part in _declared(statement)}
            if not any(declared & names for file, names in read.items() if file != shown):
                yield Diagnostic(
                    Code.UNUSED_FILE, f"nothing of {shown} is used", include.span, suggestion="leave it out"
                )


def _read_by(program: ast.Program) -> list[tuple[ast.Include, str]]:
    """The files that it names by a plain text."""
    includes = (node for node in inside(program) if isinstance(node, ast.Include))
    return [(node, str(node.file.parts[0])) for node in includes if len(node.file.parts) == 1]


def _declared(statement: ast.Statement) -> Iterator[str]:
    if isinstance(statement, ast.AirTemplate):
        yield statement.name
    elif isinstance(statement, ast.Function):
        yield str(statement.path.parts[-1])
    elif isinstance(statement, ast.Variables):
        yield from (str(item.path.parts[-1]) for item in statement.items)
