"""The compiled form as text, and its digest. Standard library only: the verifier loads systems with it.

The text is canonical: keys sorted, one line. What not every system has (stage 2, challenges, values of the
prover, global rules, signed columns) is there only where it is not empty. Fixed columns are deflated
little-endian words of 64 bits in base64.
"""

import base64
import hashlib
import json
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import Any

from zisk_py.pil.system import Air, Column, Constraint, FixedColumn, Globals, Interaction, Source, System

FORMAT = "zisk-py system 1"
PERSON = b"zkpysys1"  # BLAKE2s personalisation, 8 bytes
LEVEL = 3  # of deflation: the best one takes half a minute for a million consecutive numbers


def to_json(system: System) -> str:
    """The canonical text of a system; `from_json` reads it back."""
    return _canonical(_system_fields(system, with_sources=True))


def from_json(text: str) -> System:
    """Read what `to_json` wrote. Raises ValueError for anything else."""
    try:
        fields = json.loads(text)
        if fields["format"] != FORMAT:
            raise ValueError(f"this is {fields['format']!r}, not {FORMAT!r}")
        return System(
            tuple(_air(air) for air in fields["airs"]),
            tuple(fields["publics"]),
            fields.get("proof_values", 0),
            tuple(fields.get("challenges", ())),
            _globals(fields["globals"]) if "globals" in fields else Globals(),
        )
    except (LookupError, TypeError, AttributeError, OverflowError, RecursionError, zlib.error) as error:
        raise ValueError(f"this is not a compiled system: {error!r}") from error


def digest(system: System) -> bytes:
    """BLAKE2s over everything that has a meaning: 32 bytes.

    That is airs and their order, names, nodes, constraints, interactions, heights, fixed values, and rules
    that hold once. Left out are sources, declared bits, and the texts of values.
    """
    text = _canonical(_system_fields(system, with_sources=False))
    return hashlib.blake2s(text.encode(), person=PERSON).digest()


def _canonical(fields: object) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _system_fields(system: System, *, with_sources: bool) -> dict[str, Any]:
    airs = [_air_fields(air, with_sources) for air in system.airs]
    fields: dict[str, Any] = {"format": FORMAT, "airs": airs, "publics": list(system.publics)}
    if system.proof_values:
        fields["proof_values"] = system.proof_values
    if system.challenges:
        fields["challenges"] = list(system.challenges)
    if system.globals != Globals():
        fields["globals"] = _rule_fields(system.globals, with_sources)
    return fields


def _air_fields(air: Air, with_sources: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": air.name,
        "log_height": air.log_height,
        "columns": [column.name for column in air.columns],
        "fixed": [[column.name, _words(column.values, with_sources)] for column in air.fixed],
        "program": list(air.program),
        "air_values": list(air.air_values),
    } | _rule_fields(air, with_sources)
    if air.stage2:
        fields["stage2"] = list(air.stage2)
    if with_sources:
        fields["bits"] = [column.bits for column in air.columns]
        if signed := [index for index, column in enumerate(air.columns) if column.is_signed]:
            fields["signed"] = signed
        fields["sources"] = [_source_fields(column.source) for column in air.columns] + fields["sources"]
    return fields


def _rule_fields(rules: Air | Globals, with_sources: bool) -> dict[str, Any]:
    """Nodes, constraints and interactions: of an air, or of the verifier."""
    fields: dict[str, Any] = {
        "nodes": [list(map(int, node)) for node in rules.nodes],
        "constraints": [[constraint.node, constraint.degree] for constraint in rules.constraints],
        "interactions": [[m.bus, m.sign, m.multiplicity, list(m.values)] for m in rules.interactions],
    }
    if with_sources:
        fields["names"] = [list(message.names) for message in rules.interactions]
        written: list[Constraint | Interaction] = [*rules.constraints, *rules.interactions]
        fields["sources"] = [_source_fields(item.source) for item in written]
    return fields


def _source_fields(source: Source) -> list[str | int]:
    return [source.file, source.line, source.column, source.text]


def _words(values: Any, compressed: bool) -> str:
    """Deflated words for a file; their hash for the digest, which no version of zlib can change."""
    words = array("Q", values)
    if sys.byteorder == "big":
        words.byteswap()
    data = words.tobytes()
    return (
        base64.b64encode(zlib.compress(data, LEVEL)).decode()
        if compressed
        else hashlib.blake2s(data).hexdigest()
    )


def _values(text: str) -> "array[int]":
    words = array("Q")
    words.frombytes(zlib.decompress(base64.b64decode(text, validate=True)))
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _air(fields: dict[str, Any]) -> Air:
    sources = [Source(*source) for source in fields["sources"]]
    num_columns = len(fields["columns"])
    rules = _rules(fields, sources[num_columns:])
    columns = zip(fields["columns"], fields["bits"], sources[:num_columns], strict=True)
    signed = frozenset(fields.get("signed", ()))
    return Air(
        name=fields["name"],
        log_height=fields["log_height"],
        columns=tuple(Column(*column, index in signed) for index, column in enumerate(columns)),
        fixed=tuple(FixedColumn(name, _values(values)) for name, values in fields["fixed"]),
        program=tuple(fields["program"]),
        air_values=tuple(fields["air_values"]),
        nodes=rules.nodes,
        constraints=rules.constraints,
        interactions=rules.interactions,
        stage2=tuple(fields.get("stage2", ())),
    )


def _globals(fields: dict[str, Any]) -> Globals:
    return _rules(fields, [Source(*source) for source in fields["sources"]])


def _rules(fields: dict[str, Any], sources: Sequence[Source]) -> Globals:
    num_constraints = len(fields["constraints"])
    of_constraints, of_messages = sources[:num_constraints], sources[num_constraints:]
    return Globals(
        nodes=tuple((kind, left, right) for kind, left, right in fields["nodes"]),
        constraints=tuple(
            Constraint(node, degree, source)
            for (node, degree), source in zip(fields["constraints"], of_constraints, strict=True)
        ),
        interactions=tuple(
            Interaction(bus, sign, multiplicity, tuple(values), tuple(names), source)
            for (bus, sign, multiplicity, values), names, source in zip(
                fields["interactions"], fields["names"], of_messages, strict=True
            )
        ),
    )
