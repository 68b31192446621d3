"""Systems of authors that no key can be made of, and what a key binds."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from authored_systems import key_of, shuffle

from authored_traces import HERE, AirDraft, AuthoredSystem, AuthoredTrace
from zisk_py import stark
from zisk_py.pil.system import Constraint, Globals, Interaction, NodeKind, System
from zisk_py.stark import SystemRefused, VerifyingKey, errors

AIR = "Shuffle"


def with_nodes(*nodes: tuple[int, int, int]) -> System:
    """The shuffle's air with further nodes, the last of which is zero."""
    core = shuffle().core
    air = core.airs[0]
    changed = replace(
        air,
        nodes=(*air.nodes, *nodes),
        constraints=(*air.constraints, Constraint(len(air.nodes) + len(nodes) - 1, 1, HERE)),
    )
    return replace(core, airs=(changed, *core.airs[1:]))


def with_message(*nodes: tuple[int, int, int]) -> System:
    """The shuffle's air with a message whose value is the last of further nodes."""
    core = shuffle().core
    air = core.airs[0]
    value = len(air.nodes) + len(nodes) - 1
    changed = replace(
        air,
        nodes=(*air.nodes, *nodes),
        interactions=(*air.interactions, Interaction(9, 1, value, (value,), ("x",), HERE)),
    )
    return replace(core, airs=(changed, *core.airs[1:]))


def with_globals(*nodes: tuple[int, int, int]) -> System:
    return replace(shuffle().core, globals=Globals(nodes, (Constraint(len(nodes) - 1, 0, HERE),)))


NODES = len(shuffle().core.airs[0].nodes)
REFUSED: dict[str, tuple[Callable[[], System], str]] = {
    "a challenge too many": (lambda: with_nodes((NodeKind.CHALLENGE, 1, 0)), "reads challenge 1"),
    "a column too many": (lambda: with_nodes((NodeKind.STAGE2, 1, 0)), "reads stage2 1"),
    "a row too far": (lambda: with_nodes((NodeKind.STAGE2, 0, 2)), r"at row \+2"),
    "a kind of proofs": (lambda: with_nodes((12, 0, 0)), "node of kind 12"),
    "a kind before lowering": (lambda: with_nodes((NodeKind.GROUP_VALUE, 0, 0)), "node of kind 33"),
    "a negative kind": (lambda: with_nodes((-1, 0, 0)), "node of kind -1"),
    "a challenge on a bus": (lambda: with_message((NodeKind.CHALLENGE, 0, 0)), "send values of stage 1"),
    "stage 2 on a bus": (
        lambda: with_message((NodeKind.STAGE2, 0, 0), (NodeKind.MUL, NODES, NODES)),
        "send values of stage 1",
    ),
    "too high a degree in stage 2": (
        lambda: with_nodes(
            (NodeKind.STAGE2, 0, 0),
            (NodeKind.MUL, NODES, NODES),
            (NodeKind.MUL, NODES + 1, NODES + 1),
        ),
        "degree 4",
    ),
    "a column in a global expression": (lambda: with_globals((NodeKind.WITNESS, 0, 0)), "has a node"),
    "a challenge in a global expression": (lambda: with_globals((NodeKind.CHALLENGE, 0, 0)), "has a node"),
    "a public value that there is not": (lambda: with_globals((NodeKind.PUBLIC, 4, 0)), "has a node"),
    "a global node that reads itself": (lambda: with_globals((NodeKind.NEG, 0, 0)), "has a node"),
    "more proof values than values": (
        lambda: replace(shuffle().core, proof_values=5),
        "5 of 4 public values",
    ),
    "a global message of another width": (
        lambda: replace(
            shuffle().core,
            globals=Globals(
                ((NodeKind.CONSTANT, 1, 0),), (), (Interaction(2, 1, 0, (0, 0), ("1", "1"), HERE),)
            ),
        ),
        "the proof as a whole sends 2 values on bus 2",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_system_that_cannot_be_proven_has_no_key(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SystemRefused, match=message):
        VerifyingKey(make(), key_of(shuffle()).verifying_key.fixed_cap)


def only_globals(taken: int) -> AuthoredTrace:
    """A bus on which only the verifier sends: once, and back `taken` times."""
    air, whole = AirDraft("Alone", ["x"]), AirDraft("globals")
    air.zero(air.nodes.sub(air.leaf(NodeKind.WITNESS), air.leaf(NodeKind.WITNESS)))
    one = whole.leaf(NodeKind.CONSTANT, 1)
    whole.send(3, 1, one, one)
    whole.send(3, -1, whole.leaf(NodeKind.CONSTANT, taken), one)
    core = System((air.build(),), globals=Globals(tuple(whole.nodes.nodes), *whole.written()))
    table = shuffle().instances[-1]
    return AuthoredTrace(AuthoredSystem(core), (replace(table, air="Alone"),))


def test_messages_of_the_whole_proof_must_cancel_by_themselves() -> None:
    trace = only_globals(1)
    key = key_of(trace).verifying_key
    assert stark.verify(key, stark.prove(trace, "test"), min_bits=0, allow_test_profile=True)
    with pytest.raises(stark.ProverError, match="do not add up"):
        stark.prove(only_globals(2), "test")


def test_a_message_of_the_whole_proof_is_part_of_the_system() -> None:
    once, twice = (only_globals(taken) for taken in (1, 2))
    proof = stark.prove(once, "test")
    with pytest.raises(errors.SystemMismatch):
        stark.verify(key_of(twice).verifying_key, proof, min_bits=0, allow_test_profile=True)
