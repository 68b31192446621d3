"""The sysvars of a fixture: what it does not say is as in a fresh LiteSVM."""

from dataclasses import fields, replace
from typing import Any

from zisk_py.solana.document import Node
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.environment import SYSVARS, BadEnvironment, Environment, Packed

STAKES = "epoch_stakes"
MAX_U64 = (1 << 64) - 1
MIN_I64 = -(1 << 63)


def read_environment(node: Node) -> Environment:
    """The environment that an object of sysvars describes: of each, the fields that differ from the default.

    Raises BadFixture.
    """
    given = node.fields((), (*(sysvar.name for sysvar in SYSVARS), STAKES))
    environment = Environment.default()
    for sysvar in SYSVARS:
        if sysvar.name not in given:
            continue
        default, found = getattr(environment, sysvar.name), given[sysvar.name]
        value = _packed(found, default) if isinstance(default, Packed) else found.hexadecimal()
        environment = replace(environment, **{sysvar.name: value})  # type: ignore[arg-type]
    if STAKES in given:
        stakes = given[STAKES].members()
        accounts = {Node(key, value.place).key(): value.natural(MAX_U64) for key, value in stakes.items()}
        environment = replace(environment, epoch_stakes=accounts)
    try:
        environment.to_bytes()
    except BadEnvironment as error:
        raise node.refuse(str(error)) from error
    return environment


def _packed(node: Node, default: Packed) -> Packed:
    names = tuple(field.name for field in fields(default))
    values = {name: _value(found, getattr(default, name)) for name, found in node.fields((), names).items()}
    return replace(default, **values)


def _value(node: Node, default: Any) -> Any:
    if isinstance(default, bool):
        return node.boolean()
    if isinstance(default, float):
        return node.number()
    if isinstance(default, int):
        return node.natural(MAX_U64, MIN_I64)
    if len(node.hexadecimal()) != len(default):
        raise node.refuse(f"expected {len(default)} bytes in hexadecimal")
    return node.hexadecimal()


def write_environment(environment: Environment) -> dict[str, Any]:
    """The object that `read_environment` reads: what differs from the default."""
    default, found = Environment.default(), dict[str, Any]()
    for sysvar in SYSVARS:
        ours, theirs = getattr(environment, sysvar.name), getattr(default, sysvar.name)
        if ours != theirs and ours is not None:
            found[sysvar.name] = _differing(ours, theirs) if isinstance(ours, Packed) else ours.hex()
    if environment.epoch_stakes:
        found[STAKES] = {base58.encode(key): stake for key, stake in environment.epoch_stakes.items()}
    return found


def _differing(ours: Packed, theirs: Packed) -> dict[str, Any]:
    pairs = {field.name: (getattr(ours, field.name), getattr(theirs, field.name)) for field in fields(ours)}
    return {name: a.hex() if isinstance(a, bytes) else a for name, (a, b) in pairs.items() if a != b}
