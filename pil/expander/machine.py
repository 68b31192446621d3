"""The expander: it runs a program once, top to bottom, and collects the airs that this builds."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code, Diagnostic, Frame, PilError
from zisk_py.pil.expander.air import AirBuilder, Claim, HintData, Message
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Graph, Leaf, Node, Operand, Operation
from zisk_py.pil.expander.recovery import Recovery
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.settings import Settings
from zisk_py.pil.expander.table_analysis import Analysis
from zisk_py.pil.expander.values import Array, Container, Value, Variable, describe
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind


@dataclass(frozen=True, slots=True)
class Signal:
    """Why a block was left early: break, continue, or return with a value."""

    kind: str
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class GroupValue:
    """A value of a proof that is the sum (or product) of one value of each instance of an airgroup's airs."""

    name: str
    airgroup: str
    is_product: bool
    stage: int
    default: int
    span: Span


@dataclass(slots=True)
class Pending:
    """What is to be done at the end of an air, an airgroup or the proof: highest priority first."""

    calls: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    keys: set[object] = field(default_factory=set)

    def add(self, call: Callable[[], None], priority: int, key: object) -> None:
        """Add a call; a second one of the same key is the same call."""
        if key is None or key not in self.keys:
            self.keys.add(key)
            self.calls.append((priority, call))

    def run(self) -> None:
        """Run all calls, and those that they add, always the one of the highest priority next."""
        while self.calls:
            at = max(range(len(self.calls)), key=lambda i: (self.calls[i][0], -i))
            _, call = self.calls.pop(at)
            call()


@dataclass(frozen=True, slots=True)
class FixedSource:
    """`#pragma fixed_tmp`, `fixed_external`, `fixed_load file column`: said of the fixed column behind it."""

    kind: str
    file: str
    column: int
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """What a name means where it is used: where that was declared, and a line about it."""

    declared: Span | None
    text: str


class Files(Protocol):
    """Where `require` and `include` get their files from. `programs` are those that were parsed."""

    programs: list[ast.Program]
    reads: dict[Path, bytes | None]

    def load(self, name: str, span: Span, *, once: bool) -> ast.Program | None:
        """The parsed file; None if it is there already."""
        ...

    def record(self, path: Path, data: bytes | None) -> None:
        """Keep that a file was read, or was not there."""
        ...


# What a program does is counted, so that none keeps the compiler, or an editor, for more than a minute or
# two. A statement that is interpreted, or a round of a loop of them, takes some microseconds.
STATEMENT_WORK = 16
CALL_WORK = 64  # of a function, or of a native one
TURN_WORK = 2  # of a round of a translated loop
ELEMENT_WORK = 1  # of an array that is copied
MAX_WORK = 3 << 27  # two and a half times what a system of 50 airs and many large tables does

_Node = TypeVar("_Node", bound=ast.Node)
_EVALUATORS: dict[type, Callable[["Expander", Any], Value | None]] = {}
_EXECUTORS: dict[type, Callable[["Expander", Any], Signal | None]] = {}


def evaluates(
    kind: type[_Node],
) -> Callable[[Callable[["Expander", _Node], Value | None]], Callable[["Expander", _Node], Value | None]]:
    """Register the function that evaluates expressions of that kind."""

    def register(
        function: Callable[["Expander", _Node], Value | None],
    ) -> Callable[["Expander", _Node], Value | None]:
        _EVALUATORS[kind] = function
        return function

    return register


def executes(
    kind: type[_Node],
) -> Callable[[Callable[["Expander", _Node], Signal | None]], Callable[["Expander", _Node], Signal | None]]:
    """Register the function that executes statements of that kind."""

    def register(
        function: Callable[["Expander", _Node], Signal | None],
    ) -> Callable[["Expander", _Node], Signal | None]:
        _EXECUTORS[kind] = function
        return function

    return register


class Expander:
    """The state of a program's run. What statements and expressions do is in the other modules."""

    def __init__(self, constants: Mapping[str, int], files: Files, settings: Settings | None = None) -> None:
        self.graph = Graph()
        self.files = files
        self.settings = settings or Settings()
        self.proof_scope = Scope(level="proof")
        self.scope = self.proof_scope
        self.airgroup: str | None = None
        self.airgroup_scopes: dict[str, Scope] = {}
        self.air: AirBuilder | None = None
        self.airs: list[AirBuilder] = []
        self.publics: list[str] = []
        self.proof_values: list[str] = []
        self.challenges: list[str] = []
        self.group_values: list[GroupValue] = []
        self.claims: list[Claim] = []  # global: over publics, proof values and group values
        self.messages: list[Message] = []  # global: sent once per proof
        self.hints: list[HintData] = []
        self.analyses: list[Analysis] = []  # of fixed columns, by the number that the program has of them
        self.warnings: list[Diagnostic] = []
        self.warned: set[tuple[str, str, int, int]] = set()
        self.recovery = Recovery()
        self.work = MAX_WORK if self.settings.max_work is None else self.settings.max_work  # that is left
        self.airgroup_pending: dict[str, Pending] = {}
        self.proof_pending = Pending()
        self.frame: Frame | None = None
        self.opened: list[tuple[str | None, Container]] = []  # by `use` and `alias`, the last one behind
        self.packages: dict[str, Scope] = {}
        self.domains: list[Node] = []  # selectors of the domain blocks around, the innermost behind
        self.fixed_source: FixedSource | None = None  # what a pragma says of the next fixed column
        self.untranslatable: set[int] = set()  # loops, by identity of their node: `cell_loops`
        self.uses: dict[tuple[str, int, int], Use] | None = {} if self.settings.record_uses else None
        for name, value in {"PRIME": P, **constants}.items():
            self.proof_scope.variables[name] = Variable("int", value, True)

    # ---- errors

    def error(self, message: str, span: Span, *, code: Code, suggestion: str | None = None) -> PilError:
        """An error at that place, with the chain of expansions that led there."""
        return PilError(message, span, self.frame, code=code, suggestion=suggestion)

    def spend(self, work: int, span: Span) -> None:
        """Count what is done there. Raises PilError if the program has done too much."""
        self.work -= work
        if self.work < 0:
            raise self.error(
                "the program has run for too long when it comes here",
                span,
                code=Code.LIMIT,
                suggestion="does a loop or a recursion end? loops of ints that fill fixed columns cost least",
            )

    @property
    def errors(self) -> list[Diagnostic]:
        """What was found wrong until now."""
        return self.recovery.found

    def record(self, error: PilError) -> None:
        """Keep an error and go on: all of a run are told at its end. Raises TooManyErrors."""
        self.recovery.record(error, self.frame)

    def warn(self, code: Code, message: str, span: Span, suggestion: str | None = None) -> None:
        """Note what is legal there but hardly meant, once for each place and way there."""
        key = (code, span.file.name, span.start, id(self.frame and self.frame.span))
        if key in self.warned:
            return
        self.warned.add(key)
        self.warnings.append(Diagnostic(code, message, span, self.frame, suggestion))

    # ---- ends

    def at_end_of_air(
        self, call: Callable[[], None], span: Span, *, priority: int = 0, key: object = None
    ) -> None:
        """Run `call` when the body of the air that is built now has run, in its scope."""
        self.current_air("`on final air`", span).pending.add(call, priority, key)

    def at_end_of_airgroup(
        self, call: Callable[[], None], span: Span, *, priority: int = 0, key: object = None
    ) -> None:
        """Run `call` when the whole program has run, with the airgroup that is open now open again."""
        if self.airgroup is None:
            raise self.error("`on final airgroup` stands outside of an airgroup", span, code=Code.OUTSIDE)
        self.airgroup_pending.setdefault(self.airgroup, Pending()).add(call, priority, key)

    def at_end_of_proof(self, call: Callable[[], None], *, priority: int = 0, key: object = None) -> None:
        """Run `call` after all airgroups have ended."""
        self.proof_pending.add(call, priority, key)

    def finish(self) -> None:
        """Run what is pending for the airgroups, in the order of their opening, then for the proof."""
        done = False
        while not done:
            done = True
            for airgroup, pending in list(self.airgroup_pending.items()):
                if pending.calls:
                    done = False
                    with self.within_airgroup(airgroup):
                        pending.run()
            if done and self.proof_pending.calls:
                done = False
                self.proof_pending.run()

    @contextmanager
    def within_airgroup(self, name: str) -> Iterator[None]:
        """Run with that airgroup open, and no air."""
        outer, self.airgroup = self.airgroup, name
        scope, self.scope = self.scope, self.airgroup_scope(name)
        air, self.air = self.air, None
        domains, self.domains = self.domains, []
        try:
            yield
        finally:
            self.airgroup, self.scope, self.air, self.domains = outer, scope, air, domains

    def airgroup_scope(self, name: str) -> Scope:
        """The scope of an airgroup, which is there from its first opening on."""
        scope = self.airgroup_scopes.get(name)
        if scope is None:
            number = len(self.airgroup_scopes)
            scope = self.airgroup_scopes[name] = Scope(self.proof_scope, "airgroup")
            scope.variables["AIRGROUP"] = Variable("string", name, True)
            scope.variables["AIRGROUP_ID"] = Variable("int", number, True)
        return scope

    @contextmanager
    def building(self, air: AirBuilder) -> Iterator[None]:
        """Build an air in this block: its statements or native calls, then what is pending at its end."""
        outer, self.air = self.air, air
        scope, self.scope = self.scope, air.scope
        domains, self.domains = self.domains, []
        self.airs.append(air)
        try:
            yield
            if not self.errors:  # what is pending counts what an air has, and something may be missing
                air.pending.run()
            if air.is_virtual:
                for table in air.fixed:
                    table.close()
        finally:
            self.air, self.scope, self.domains = outer, scope, domains
            self.fixed_source = None

    @contextmanager
    def entered(self, scope: Scope, text: str, span: Span) -> Iterator[None]:
        """Run in another scope; errors inside tell that they happened there."""
        outer_scope, outer_frame, opened = self.scope, self.frame, len(self.opened)
        self.scope, self.frame = scope, Frame(text, span, outer_frame)
        try:
            yield
        except PilError as error:
            error.frame = error.frame or self.frame
            raise
        except RecursionError:
            text = "calls or parentheses are nested too deeply here"
            raise self.error(text, span, code=Code.NESTING) from None
        finally:
            self.scope, self.frame = outer_scope, outer_frame
            del self.opened[opened:]

    # ---- running

    def execute(self, statement: ast.Statement) -> Signal | None:
        """Execute a statement."""
        return _EXECUTORS[type(statement)](self, statement)

    def execute_all(self, statements: tuple[ast.Statement, ...]) -> Signal | None:
        """Execute statements in the current scope, until one leaves it. One that fails is left out.

        Raises Silenced, TooManyErrors.
        """
        for statement in statements:
            try:
                self.spend(STATEMENT_WORK, statement.span)
                signal = _EXECUTORS[type(statement)](self, statement)
            except PilError as error:
                self.recovery.after(self, error, statement)
                continue
            if signal is not None:
                return signal
        return None

    def execute_inner(self, statements: tuple[ast.Statement, ...]) -> Signal | None:
        """Execute statements in a scope of their own."""
        outer, opened = self.scope, len(self.opened)
        self.scope = Scope(outer)
        try:
            return self.execute_all(statements)
        finally:
            self.scope = outer
            del self.opened[opened:]

    # ---- values

    def evaluate(self, expression: ast.Expression) -> Value:
        """The value of an expression. Raises PilError if it has none."""
        value = _EVALUATORS[type(expression)](self, expression)
        if value is None:
            raise self.error(
                f"`{expression.span.one_line}` has no value", expression.span, code=Code.NO_VALUE
            )
        return value

    def evaluate_optional(self, expression: ast.Expression) -> Value | None:
        """The value of an expression; None for a call that returns nothing."""
        return _EVALUATORS[type(expression)](self, expression)

    def operand(self, value: Value | None, span: Span) -> Operand:
        """A value as an operand of arithmetic."""
        if isinstance(value, int | Leaf | Operation):
            return value
        if isinstance(value, FixedTable):
            return self.graph.leaf(NodeKind.FIXED, value.index, 0, value.air, value.name)
        raise self.error(
            f"`{span.one_line}` must be a number or an expression, it is {describe(value)}",
            span,
            code=Code.TYPE,
        )

    def integer(self, expression: ast.Expression) -> int:
        """The value of an expression that must be known now."""
        return self.to_integer(self.evaluate(expression), expression.span)

    def to_integer(self, value: Value | None, span: Span) -> int:
        """A value that must be an int."""
        if isinstance(value, int):
            return value
        if isinstance(value, Leaf) and value.kind == NodeKind.CONSTANT:
            return value.index
        raise self.error(
            f"`{span.one_line}` must be known when the file is compiled, it is {describe(value)}",
            span,
            code=Code.NOT_CONSTANT,
        )

    def truth(self, expression: ast.Expression) -> bool:
        """The value of a condition."""
        value = self.evaluate(expression)
        if isinstance(value, str | Array):
            return bool(value if isinstance(value, str) else value.items)
        return self.to_integer(value, expression.span) != 0

    def text(self, text: ast.Text) -> str:
        """The value of a string."""
        value = self.evaluate(text)
        assert isinstance(value, str)
        return value

    def current_air(self, what: str, span: Span) -> AirBuilder:
        """The air that is being built. Raises PilError if there is none."""
        if self.air is None:
            raise self.error(f"{what} stands outside of an air", span, code=Code.OUTSIDE)
        return self.air
