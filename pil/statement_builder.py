"""Parse tree to syntax tree, for statements and declarations."""

from typing import Any

from lark import Token

from zisk_py.pil import ast
from zisk_py.pil.expression_builder import ExpressionBuilder
from zisk_py.pil.span import Span


def _of_type(parts: list[Any], *kinds: type) -> list[Any]:
    return [part for part in parts if isinstance(part, kinds)]


def _has_token(parts: list[Any], kind: str) -> bool:
    return any(isinstance(part, Token) and part.type == kind for part in parts)


class StatementBuilder(ExpressionBuilder):
    """As its base class; together they have a method for every rule of the grammar."""

    def _program(self, span: Span, parts: list[Any]) -> ast.Program:
        return ast.Program(span, parts[0])

    def _statements(self, span: Span, parts: list[Any]) -> tuple[ast.Statement, ...]:
        """Statements; `#pragma feature x` takes the next one with it."""
        if not any(isinstance(part, ast.Pragma) for part in parts):
            return tuple(parts)
        statements: list[ast.Statement] = []
        for part in reversed(parts):
            words = part.text.split() if isinstance(part, ast.Pragma) else []
            if words[:1] == ["feature"] and len(words) == 2 and statements:
                body = statements.pop()
                part = ast.Conditional(Span(self.file, part.span.start, body.span.end), words[1], body)
            statements.append(part)
        return tuple(reversed(statements))

    # ---- structure

    def _pragma(self, span: Span, parts: list[Any]) -> ast.Pragma:
        return ast.Pragma(span, str(parts[0]).removeprefix("#pragma").strip())

    def _include(self, span: Span, parts: list[Any]) -> ast.Include:
        return ast.Include(span, _has_token(parts, "REQUIRE"), parts[-1])

    def _package(self, span: Span, parts: list[Any]) -> ast.Package:
        return ast.Package(span, str(parts[0]), parts[1])

    def _airgroup(self, span: Span, parts: list[Any]) -> ast.AirGroup:
        return ast.AirGroup(span, str(parts[0]), parts[1])

    def _airtemplate(self, span: Span, parts: list[Any]) -> ast.AirTemplate:
        parameters = parts[1] if isinstance(parts[1], ast.Parameters) else None
        return ast.AirTemplate(span, str(parts[0]), parameters, parts[-1])

    def _final(self, span: Span, parts: list[Any]) -> tuple[str, str]:
        return "final", str(parts[0] or "air")

    def _visibility(self, span: Span, parts: list[Any]) -> tuple[str, str]:
        return "visibility", str(parts[0])

    def _result_type(self, span: Span, parts: list[Any]) -> None:
        """Types of results are not checked, as in the reference compiler."""

    def _function(self, span: Span, parts: list[Any]) -> ast.Function:
        marks = dict(p for p in parts[:-1] if isinstance(p, tuple) and len(p) == 2)
        (path,) = _of_type(parts, ast.Path)
        (parameters,) = _of_type(parts, ast.Parameters)
        is_private = marks.get("visibility") == "private"
        return ast.Function(span, path, parameters, parts[-1], is_private, marks.get("final"))

    def _parameter_list(self, span: Span, parts: list[Any]) -> ast.Parameters:
        return ast.Parameters(span, tuple(_of_type(parts, ast.Parameter)), _has_token(parts, "ELLIPSIS"))

    def _parameter(self, span: Span, parts: list[Any]) -> ast.Parameter:
        defaults = _of_type(parts[2:], ast.Expression)
        kind = self._with_dimensions(parts[0], _of_type(parts[2:], int))
        return ast.Parameter(span, kind, str(parts[1]), defaults[0] if defaults else None)

    def _container_body(self, span: Span, parts: list[Any]) -> ast.Container:
        return ast.Container(span, parts[0], parts[1] and str(parts[1]), parts[2])

    def _container(self, span: Span, parts: list[Any]) -> ast.Container:
        return ast.Container(span, parts[0], parts[1] and str(parts[1]), ())

    def _use(self, span: Span, parts: list[Any]) -> ast.Use:
        return ast.Use(span, parts[0], parts[1] and str(parts[1]))

    def _deferred(self, span: Span, parts: list[Any]) -> ast.Deferred:
        return ast.Deferred(span, parts[0], str(parts[1]), parts[2])

    def _hint_object(self, span: Span, parts: list[Any]) -> ast.Hint:
        return ast.Hint(span, str(parts[0])[1:], parts[1])

    _hint_list = _hint_value = _hint_object

    def _hint_pair(self, span: Span, parts: list[Any]) -> tuple[str, ast.HintValue]:
        """`name: value`; a name alone is the value of that name."""
        if len(parts) > 1:
            return str(parts[0]), parts[1]
        name = self._path(self.span(parts[0]), [parts[0]])
        return str(parts[0]), ast.Reference(name.span, name, (), None)

    def _hint_record(self, span: Span, parts: list[Any]) -> ast.HintRecord:
        return ast.HintRecord(span, tuple(parts))

    def _hint_array(self, span: Span, parts: list[Any]) -> ast.HintList:
        return ast.HintList(span, tuple(parts))

    # ---- control

    def _block(self, span: Span, parts: list[Any]) -> ast.Block:
        return ast.Block(span, parts[0])

    def _body(self, span: Span, parts: list[Any]) -> ast.Statement:
        return parts[0]  # type: ignore[no-any-return]

    def _empty_body(self, span: Span, parts: list[Any]) -> ast.Block:
        return ast.Block(span, ())

    def _assignments(self, span: Span, parts: list[Any]) -> tuple[ast.Statement, ...]:
        return tuple(parts)

    def _for(self, span: Span, parts: list[Any]) -> ast.For:
        return ast.For(span, *parts)

    def _for_in(self, span: Span, parts: list[Any]) -> ast.ForIn:
        return ast.ForIn(span, *parts)

    def _while(self, span: Span, parts: list[Any]) -> ast.While:
        return ast.While(span, parts[0], parts[1], False)

    def _do_while(self, span: Span, parts: list[Any]) -> ast.While:
        return ast.While(span, parts[1], parts[0], True)

    def _if(self, span: Span, parts: list[Any]) -> ast.If:
        return ast.If(span, *parts)

    def _switch(self, span: Span, parts: list[Any]) -> ast.Switch:
        return ast.Switch(span, parts[0], tuple(parts[1:]))

    def _case(self, span: Span, parts: list[Any]) -> ast.Case:
        return ast.Case(span, tuple(parts[:-1]), parts[-1])

    def _case_value(self, span: Span, parts: list[Any]) -> ast.CaseValue:
        return ast.CaseValue(span, parts[0], parts[2] if len(parts) > 1 else None)

    def _default(self, span: Span, parts: list[Any]) -> ast.Case:
        return ast.Case(span, (), parts[-1])

    def _return(self, span: Span, parts: list[Any]) -> ast.Return:
        return ast.Return(span, parts[0] if parts else None)

    def _break(self, span: Span, parts: list[Any]) -> ast.Break:
        return ast.Break(span)

    def _continue(self, span: Span, parts: list[Any]) -> ast.Continue:
        return ast.Continue(span)

    # ---- declarations and assignments

    def _variables(self, span: Span, parts: list[Any]) -> ast.Variables:
        (kind,) = _of_type(parts, ast.Type)
        values = _of_type(parts, ast.Expression)
        items = tuple(_of_type(parts, ast.Declared))
        is_const = _has_token(parts, "CONST")
        return ast.Variables(span, is_const, kind.kind, items, values[0] if values else None, False)

    def _multiple_variables(self, span: Span, parts: list[Any]) -> ast.Variables:
        single = self._variables(span, parts)
        return ast.Variables(span, single.is_const, single.type, single.items, single.value, True)

    def _variable(self, span: Span, parts: list[Any]) -> ast.Declared:
        return ast.Declared(span, parts[0], tuple(part["size"] for part in parts[1:]))

    def _dimension(self, span: Span, parts: list[Any]) -> dict[str, ast.Expression | None]:
        return {"size": parts[0] if parts else None}

    def _assignment(self, span: Span, parts: list[Any]) -> ast.Assignment:
        return ast.Assignment(span, parts[0], str(parts[1]), parts[2])

    def _step(self, span: Span, parts: list[Any]) -> ast.Assignment:
        (operator,) = _of_type(parts, Token)
        (target,) = _of_type(parts, ast.Reference)
        return ast.Assignment(span, target, f"{operator[0]}=", ast.Number(self.span(operator), 1))

    def _multiple_assignment(self, span: Span, parts: list[Any]) -> ast.MultipleAssignment:
        return ast.MultipleAssignment(span, tuple(_of_type(parts[:-1], ast.Reference)), parts[-1])

    def _feature(self, span: Span, parts: list[Any]) -> ast.Feature:
        return ast.Feature(span, str(parts[0]), tuple(parts[1]) if len(parts) > 1 else ())

    def _column(self, span: Span, parts: list[Any]) -> ast.Declared:
        return self._variable(span, parts)

    def _column_name(self, span: Span, parts: list[Any]) -> ast.Path:
        return self._path(span, [p for p in parts if p is not None])

    def _columns(self, span: Span, parts: list[Any]) -> ast.Columns:
        features, items = tuple(_of_type(parts, ast.Feature)), tuple(_of_type(parts, ast.Declared))
        return ast.Columns(span, str(parts[1]), features, items, parts[-1])

    def _stage(self, span: Span, parts: list[Any]) -> dict[str, Any]:
        return {"stage": parts[0]}

    def _aggregate(self, span: Span, parts: list[Any]) -> dict[str, Any]:
        return {"aggregate": str(parts[0])}

    def _group_default(self, span: Span, parts: list[Any]) -> dict[str, Any]:
        return {"default": parts[-1]}

    def _values(self, kind: str, span: Span, parts: list[Any]) -> ast.Values:
        """Values that are the same on all rows, with their properties."""
        properties: dict[str, Any] = {}
        for part in _of_type(parts, dict):
            properties |= part
        values = _of_type(parts, ast.Expression)
        return ast.Values(
            span,
            kind,
            properties.get("stage"),
            tuple(_of_type(parts, ast.Declared)),
            values[0] if values else None,
            properties.get("aggregate"),
            properties.get("default"),
        )

    def _challenges(self, span: Span, parts: list[Any]) -> ast.Values:
        return self._values("challenge", span, parts)

    def _publics(self, span: Span, parts: list[Any]) -> ast.Values:
        return self._values("public", span, parts)

    def _proof_values(self, span: Span, parts: list[Any]) -> ast.Values:
        return self._values("proofval", span, parts)

    def _air_values(self, span: Span, parts: list[Any]) -> ast.Values:
        return self._values("airval", span, parts)

    def _group_values(self, span: Span, parts: list[Any]) -> ast.Values:
        return self._values("airgroupval", span, parts)

    def _public_table(self, span: Span, parts: list[Any]) -> ast.PublicTable:
        return ast.PublicTable(span, tuple(parts[0]), parts[1])

    def _commit(self, span: Span, parts: list[Any]) -> ast.Commit:
        return ast.Commit(span, parts[0]["stage"], tuple(_of_type(parts, ast.Reference)), str(parts[-1]))

    # ---- constraints, instances, domains

    def _domain_use(self, span: Span, parts: list[Any]) -> ast.DomainUse:
        return ast.DomainUse(span, str(parts[-1]), len(parts) > 1)

    def _constraint(self, span: Span, parts: list[Any]) -> ast.Constraint:
        return ast.Constraint(span, parts[0], parts[2], parts[3] if len(parts) > 3 else None, False)

    def _definition(self, span: Span, parts: list[Any]) -> ast.Constraint:
        return ast.Constraint(span, parts[0], parts[2], parts[3] if len(parts) > 3 else None, True)

    def _domain_block(self, span: Span, parts: list[Any]) -> ast.DomainBlock:
        name = next(p for p in parts if isinstance(p, Token) and p.type == "NAME")
        use = ast.DomainUse(self.span(name), str(name), _has_token(parts, "NOT"))
        return ast.DomainBlock(span, use, parts[-1])

    def _domain(self, span: Span, parts: list[Any]) -> ast.Domain:
        return ast.Domain(span, str(parts[0]), parts[1])

    def _expression_statement(self, span: Span, parts: list[Any]) -> ast.ExpressionStatement:
        return ast.ExpressionStatement(span, parts[0])

    def _instance(self, span: Span, parts: list[Any]) -> ast.Instance:
        (call,) = _of_type(parts, ast.Call)
        alias = None if parts[-1] is call else parts[-1]
        if isinstance(alias, Token):
            alias = ast.Text(self.span(alias), (str(alias),))
        return ast.Instance(span, call, alias, _has_token(parts, "VIRTUAL"))
