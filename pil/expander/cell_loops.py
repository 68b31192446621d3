"""Loops that fill fixed columns, translated to Python: statement by statement a table takes minutes.

A loop is translated if its body has only ints, strings, arrays of them, cells of fixed columns, branches,
inner loops, and calls that stop the program or print; it then does exactly what the statements do. Every
other loop is left to `statements`.
"""

from typing import Any

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.expressions import MAX_BITS, MAX_CHARACTERS, join
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.loop_shapes import assigned, counter, has_cells, references
from zisk_py.pil.expander.loop_terms import Local, Term, Terms, UntranslatableError, known
from zisk_py.pil.expander.machine import TURN_WORK, Expander
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Array, Value, Variable
from zisk_py.pil.span import Span

MAX_ITERATIONS = 1 << 24
MAX_LOOPS = 12  # nested; Python has a limit of 20 blocks
MAX_INDENT = 60  # Python has a limit of 100
_CALLS = frozenset(("error", "assert", "assert_eq", "assert_not_eq", "println", "log"))
_LIMIT = 1 << MAX_BITS
_Lines = list[str]


class _Translator(Terms):
    """Python source of a loop. Names: v<k> variables, c<k> objects, t<k> values that are used twice."""

    def __init__(self, expander: Expander, assigned: frozenset[str]) -> None:
        super().__init__(expander, assigned)
        self.lines: _Lines = []
        self.loops: list[tuple[_Lines, int]] = []  # around: what `continue` does before it, and from where

    # ---- what the text calls

    def endless(self, span: Any) -> None:
        """The loop does not end."""
        self.fail(f"the loop runs more than {MAX_ITERATIONS} times", span, Code.LIMIT)

    def spend(self, turns: int, span: Any) -> None:
        """So many rounds are run, of a loop whose condition stands there."""
        self.expander.spend(TURN_WORK * turns, span)

    def huge(self, span: Any) -> None:
        """An int is too large."""
        self.fail(f"an int of more than {MAX_BITS} bits", span, Code.ARITHMETIC)

    def long(self, text: str, span: Any) -> None:
        """A string is too long."""
        join(self.expander, [text], span)

    def run(self, call: ast.Call, names: dict[str, Value]) -> None:
        """A call, with the variables of the loop."""
        outer = self.expander.scope
        self.expander.scope = Scope(outer)
        for name, value in names.items():
            self.expander.scope.variables[name] = Variable("expr", _wrapped(value))
        try:
            self.expander.evaluate_optional(call)
        finally:
            self.expander.scope = outer

    # ---- statements

    def emit(self, depth: int, text: str) -> None:
        if depth > MAX_INDENT:
            raise UntranslatableError
        self.lines.append(" " * depth + text)

    def statement(self, node: ast.Statement, depth: int) -> None:
        """Python lines of a statement, as deep as `depth`."""
        translate = _TRANSLATIONS.get(type(node))
        if translate is None:
            raise UntranslatableError
        translate(self, node, depth)

    def block(self, node: ast.Block, depth: int) -> None:
        self.body(node, depth)

    def body(self, node: ast.Statement, depth: int) -> None:
        self.statements(node.body if isinstance(node, ast.Block) else (node,), depth)

    def statements(self, statements: tuple[ast.Statement, ...], depth: int) -> None:
        self.scopes.append({})
        count = len(self.lines)
        for statement in statements:
            self.statement(statement, depth)
        if len(self.lines) == count:
            self.emit(depth, "pass")
        self.scopes.pop()

    def if_(self, node: ast.If, depth: int) -> None:
        self.emit(depth, f"if {self.condition(node.condition)}:")
        self.body(node.yes, depth + 1)
        while isinstance(node.no, ast.If):
            node = node.no
            self.emit(depth, f"elif {self.condition(node.condition)}:")
            self.body(node.yes, depth + 1)
        if node.no is not None:
            self.emit(depth, "else:")
            self.body(node.no, depth + 1)

    def switch(self, node: ast.Switch, depth: int) -> None:
        value, name = self.expression(node.value), self.new("v")
        self.emit(depth, f"{name} = {value.text}")
        word, default = "if", None
        for case in node.cases:
            if not case.values:
                default = case
                continue
            self.emit(depth, f"{word} {' or '.join(self.choice(name, value, c) for c in case.values)}:")
            self.statements(case.body, depth + 1)
            word = "elif"
        if default is not None:
            self.emit(depth, "else:" if word == "elif" else "if True:")
            self.statements(default.body, depth + 1)

    def choice(self, name: str, value: Term, choice: ast.CaseValue) -> str:
        first = self.expression(choice.first)
        if first.is_text != value.is_text or (choice.last is not None and value.is_text):
            raise UntranslatableError
        if choice.last is None:
            return f"{name} == {first.text}"
        return f"{first.text} <= {name} <= {self.number(choice.last).text}"

    # ---- variables and cells

    def assignment(self, node: ast.Assignment, depth: int) -> None:
        if isinstance(node.value, ast.Sequence):
            raise UntranslatableError
        place: ast.Node = node
        if node.operator == "=":
            value, place = self.expression(node.value), node.value
        else:
            value = self.inner(ast.Binary(node.span, node.operator[0], node.target, node.value))
        self.store(node.target, value, place, depth)

    def store(self, target: ast.Reference, value: Term, node: ast.Node, depth: int) -> None:
        if target.indexes:
            self.store_element(target, value, depth)
            return
        if target.offset is not None:
            raise UntranslatableError
        name = self.name(target.path)
        if name.is_text != value.is_text or not name.text.isidentifier():
            raise UntranslatableError
        self.emit(depth, f"{name.text} = {value.text}")
        self.check_size(name.text, value, node, depth)

    def check_size(self, name: str, value: Term, node: ast.Node, depth: int) -> None:
        if value.is_text and value.value is None:
            place = self.constant(node.span)
            self.emit(depth, f"if len({name}) > {MAX_CHARACTERS}: {self.bound(self.long)}({name}, {place})")
        if not value.is_text and value.bits > MAX_BITS:
            limit = self.constant(_LIMIT)
            self.emit(
                depth,
                f"if not -{limit} < {name} < {limit}: {self.bound(self.huge)}({self.constant(node.span)})",
            )

    def store_element(self, target: ast.Reference, value: Term, depth: int) -> None:
        holder, indexes = self.holder(target)
        span = self.constant(target.span)
        if isinstance(holder, FixedTable) and len(indexes) == 1 and not value.is_text:
            stored, written = self.writable(holder, target.span)
            name = value.text if value.is_simple else self.new("t")
            if not value.is_simple:  # the value is found before the row
                self.emit(depth, f"{name} = {value.text}")
            at, condition = self.index(indexes[0], str(holder.rows), holder.rows)
            if condition:
                refused = f"{self.constant(holder)}.write({at}, 0, {span})"
                self.emit(depth, f"if not {condition}: {refused}")
            small = value.is_natural and value.bits < 64
            self.emit(depth, f"{stored}[{at}] = {name if small else f'{name} % {P}'}")
            self.emit(depth, f"{written}[{at}] = 1")
            return
        if isinstance(holder, FixedTable) or len(indexes) != 1:
            raise UntranslatableError
        if isinstance(holder, Local):
            name, length, is_text = holder.term.text, f"len({holder.term.text})", holder.term.is_text
            at, condition = self.index(indexes[0], length, None)
        else:
            found = self.variable(target.path)
            is_text = found.type == "string"
            if found.type not in ("int", "string") or (found.is_const and found.is_set):
                raise UntranslatableError
            name, length = self.constant(holder.items), str(len(holder.items))
            at, condition = self.index(indexes[0], length, len(holder.items))
        if value.is_text != is_text or (isinstance(holder, Local) and holder.dimensions != 1):
            raise UntranslatableError
        if condition:
            place = self.constant(indexes[0].span)
            self.emit(depth, f"if not {condition}: {self.bound(self.outside)}({at}, {length}, {place})")
        self.emit(depth, f"{name}[{at}] = {value.text}")
        self.check_size(f"{name}[{at}]", value, target, depth)

    def multiple(self, node: ast.MultipleAssignment, depth: int) -> None:
        for target, value in zip(node.targets, self.parts(node.value, len(node.targets), depth), strict=True):
            self.store(target, value, node, depth)

    def parts(self, node: ast.Expression, count: int, depth: int) -> list[Term]:
        """The values of a list; all are found before the first of them is stored."""
        if not isinstance(node, ast.ListLiteral) or len(node.items) != count:
            raise UntranslatableError
        terms = []
        for item in node.items:
            if item.is_spread:
                raise UntranslatableError
            term, name = self.expression(item.value), self.new("v")
            self.emit(depth, f"{name} = {term.text}")
            terms.append(Term(name, term.bits, term.is_natural, term.is_text))
        return terms

    def declaration(self, node: ast.Variables, depth: int) -> None:
        if node.type not in ("int", "string") or any(len(item.path.parts) != 1 for item in node.items):
            raise UntranslatableError
        start = known("" if node.type == "string" else 0)
        if node.is_multiple and node.value is not None:
            for item, term in zip(node.items, self.parts(node.value, len(node.items), depth), strict=True):
                self.declare(node, item, term, depth)
            return
        if node.value is not None and len(node.items) > 1:
            raise UntranslatableError
        for item in node.items:
            if item.dimensions:
                self.declare_array(node, item, start, depth)
            else:
                term = start if node.value is None else self.expression(node.value)
                self.declare(node, item, term, depth)

    def declare(self, node: ast.Variables, item: ast.Declared, value: Term, depth: int) -> None:
        name = item.path.parts[0]
        if not isinstance(name, str) or name in self.scopes[-1] or value.is_text != (node.type == "string"):
            raise UntranslatableError
        if item.dimensions:
            raise UntranslatableError
        made = self.new("v")
        self.emit(depth, f"{made} = {value.text}")
        self.check_size(made, value, node, depth)
        is_fixed = node.is_const and name not in self.assigned
        bits, is_natural = (min(value.bits, MAX_BITS), value.is_natural) if is_fixed else (MAX_BITS, False)
        self.scopes[-1][name] = Local(Term(made, bits, is_natural, value.is_text))

    def declare_array(self, node: ast.Variables, item: ast.Declared, start: Term, depth: int) -> None:
        name = item.path.parts[0]
        if not isinstance(name, str) or name in self.scopes[-1] or len(item.dimensions) != 1:
            raise UntranslatableError
        (size,) = item.dimensions
        length = None if size is None else self.number(size).value
        if node.value is not None:
            if not isinstance(node.value, ast.ListLiteral) or any(one.is_spread for one in node.value.items):
                raise UntranslatableError
            terms = [self.expression(one.value) for one in node.value.items]
            if any(term.is_text != start.is_text for term in terms) or length not in (None, len(terms)):
                raise UntranslatableError
            text = f"[{', '.join(term.text for term in terms)}]"
        elif isinstance(length, int) and 0 <= length <= 1 << 20:
            text = f"[{start.text}] * {length}"
        else:
            raise UntranslatableError
        made = self.new("v")
        self.emit(depth, f"{made} = {text}")
        self.scopes[-1][name] = Local(Term(made, is_text=start.is_text), 1)

    # ---- loops

    def loop(self, node: ast.For, depth: int) -> None:
        if len(self.loops) >= MAX_LOOPS:
            raise UntranslatableError
        self.scopes.append({})
        if not self.counted(node, depth):
            self.statement(node.start, depth)
            kept, self.lines = self.lines, []
            for update in node.updates:
                self.statement(update, 0)
            updates, self.lines = self.lines, kept
            turn = self.new("t")
            self.emit(depth, f"for {turn} in range({MAX_ITERATIONS}):")
            self.emit(depth + 1, f"if not {self.condition(node.condition)}: break")
            self.turn(node.body, updates, depth)
            self.end(turn, node.condition.span, depth)
        self.scopes.pop()

    def turn(self, body: ast.Statement, updates: _Lines, depth: int) -> None:
        """One round of a loop: the body, then what also comes before `continue`."""
        self.loops.append((updates, len(self.scopes)))
        self.body(body, depth + 1)
        self.loops.pop()
        self.lines += [" " * (depth + 1) + line for line in updates]

    def counted(self, node: ast.For, depth: int) -> bool:
        """`for (int i = a; i < b; i++)` where the body changes neither i nor b: a range of Python."""
        found = counter(node)
        if found is None:
            return False
        name, start, stop, step, is_closed = found
        changed = assigned(node.body)
        if name in changed or references(stop) & (changed | {name}) or has_cells(stop):
            return False
        first, last = self.number(start), self.number(stop)
        made = self.new("v")
        end = known(last.value + 1) if is_closed and isinstance(last.value, int) else last
        text = end.text if not is_closed or end is not last else f"{last.text} + 1"
        limit = self.new("t")
        self.emit(depth, f"{limit} = range({first.text}, {text}, {step})")
        span = self.constant(node.condition.span)
        self.emit(depth, f"if len({limit}) > {MAX_ITERATIONS}: {self.bound(self.endless)}({span})")
        self.emit(depth, f"{self.bound(self.spend)}(len({limit}), {span})")
        if first.is_natural and isinstance(end.value, int):
            self.ranges[made] = end.value
        self.scopes[-1][name] = Local(Term(made, max(first.bits, last.bits + 1), first.is_natural))
        self.emit(depth, f"for {made} in {limit}:")
        self.turn(node.body, [], depth)
        return True

    def while_(self, node: ast.While, depth: int) -> None:
        if len(self.loops) >= MAX_LOOPS:
            raise UntranslatableError
        test = f"if not {self.condition(node.condition)}: break"
        turn = self.new("t")
        self.emit(depth, f"for {turn} in range({MAX_ITERATIONS}):")
        if not node.is_do:
            self.emit(depth + 1, test)
        self.turn(node.body, [test] if node.is_do else [], depth)
        self.end(turn, node.condition.span, depth)

    def end(self, turn: str, condition: Span, depth: int) -> None:
        """Behind a loop that counts its rounds in `turn`: too many are an error, else they are counted."""
        span = self.constant(condition)
        self.emit(depth, f"else: {self.bound(self.endless)}({span})")
        self.emit(depth, f"{self.bound(self.spend)}({turn}, {span})")

    def break_(self, node: ast.Break, depth: int) -> None:
        if not self.loops:
            raise UntranslatableError
        self.emit(depth, "break")

    def continue_(self, node: ast.Continue, depth: int) -> None:
        if not self.loops:
            raise UntranslatableError
        for line in self.loops[-1][0]:
            self.emit(depth, line)
        self.emit(depth, "continue")

    # ---- calls

    def call(self, node: ast.ExpressionStatement, depth: int) -> None:
        """A call that stops the program or prints. What is asserted is tried here, the rest is left to it."""
        call = node.value
        if not isinstance(call, ast.Call) or call.path.span.text not in _CALLS:
            raise UntranslatableError
        if call.path.span.text == "log":
            return
        values = [argument.value for argument in call.arguments if argument.name is None]
        name, condition = call.path.span.text, "True"
        if name == "assert" and values:
            condition = f"not {self.condition(values[0])}"
        elif name in ("assert_eq", "assert_not_eq") and len(values) >= 2:
            equal = ast.Binary(node.span, "==", values[0], values[1])
            condition = f"{'not ' if name == 'assert_eq' else ''}{self.condition(equal)}"
        visible = {name: local.term.text for scope in self.scopes for name, local in scope.items()}
        visible |= {name: term.text for name, (term, _) in self.outer.items() if name not in visible}
        names = ", ".join(f"{name!r}: {text}" for name, text in visible.items())
        self.emit(depth, f"if {condition}: {self.bound(self.run)}({self.constant(call)}, {{{names}}})")


_TRANSLATIONS: dict[type[ast.Statement], Any] = {
    ast.Assignment: _Translator.assignment,
    ast.MultipleAssignment: _Translator.multiple,
    ast.Variables: _Translator.declaration,
    ast.Block: _Translator.block,
    ast.If: _Translator.if_,
    ast.Switch: _Translator.switch,
    ast.For: _Translator.loop,
    ast.While: _Translator.while_,
    ast.Break: _Translator.break_,
    ast.Continue: _Translator.continue_,
    ast.ExpressionStatement: _Translator.call,
}


def _wrapped(value: Any) -> Value:
    return Array(list(value)) if isinstance(value, list) else value


def run(expander: Expander, node: ast.For) -> bool:
    """Run the loop if it can be translated; else do nothing and return False."""
    if id(node) in expander.untranslatable:
        return False
    translator = _Translator(expander, frozenset(assigned(node)))
    try:
        translator.loop(node, 1)
    except UntranslatableError:
        expander.untranslatable.add(id(node))
        return False
    outer = translator.outer.values()
    names = ", ".join(term.text for term, _ in outer)
    lines = [f"def loop({names}):", *translator.lines, f" return ({names}{',' if names else ''})"]
    # The text is made of numbers, strings, operators and the names above only.
    exec("\n".join(lines), translator.constants)
    results = translator.constants["loop"](*(variable.value for _, variable in outer))
    for (_, variable), value in zip(outer, results, strict=True):
        variable.value = value
    return True
