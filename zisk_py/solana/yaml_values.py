"""YAML with the values of JSON: of YAML comments are taken besides, but no tags, no anchors, no dates.

A word that is no number, true, false or null is text.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml

_STRING = "tag:yaml.org,2002:str"
_NATURAL = "(?:0|[1-9][0-9]*)"
_EXPONENT = "[eE][-+]?[0-9]+"
_SIGNS = "-0123456789"
# Patterns of what is no text, and the characters with which it can begin. More digits than 64 bits have are
# text: a key can be digits only.
_SCALARS = {
    "tag:yaml.org,2002:bool": ("true|false", ("t", "f")),
    "tag:yaml.org,2002:null": ("null|~|", ("n", "~", "")),
    "tag:yaml.org,2002:int": ("-?(?:0|[1-9][0-9]{0,19})", _SIGNS),
    "tag:yaml.org,2002:float": (rf"-?{_NATURAL}(?:\.[0-9]+(?:{_EXPONENT})?|{_EXPONENT})", _SIGNS),
}
_TAGS = {*_SCALARS, _STRING, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class JsonLoader(yaml.SafeLoader):
    """Refuses aliases, which make a huge tree of a small file, all tags, and fields that come twice."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  # as the class above has it

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A value of the document; an alias is none."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = "aliases are not taken; write the value again"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """The value of a node that has one in JSON."""
        if node.tag not in _TAGS:
            raise yaml.constructor.ConstructorError(
                None, None, f"the tag {node.tag[:40]!r} is not taken", node.start_mark
            )
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """An object, whose fields have names that are text."""
        for key, _ in node.value:
            if key.tag != _STRING:
                raise yaml.constructor.ConstructorError(
                    None, None, "the name of a field must be text; put it in quotes", key.start_mark
                )
        return {
            **unique_fields([(key.value, self.construct_object(value, True)) for key, value in node.value])
        }


for _tag, (_pattern, _first) in _SCALARS.items():
    JsonLoader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), [*_first])


def unique_fields(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    """An object of its fields. Raises ValueError where one comes twice."""
    found: dict[Any, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"an object has two fields {name[:40]!r}; keep one")
        found[name] = value
    return found
