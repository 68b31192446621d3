"""Section 8 of docs/security.md on its own: both verifiers send the same messages and judge instances
alike, on statements and instances that no proof has.
"""

import json
import random
from dataclasses import replace

import pytest

from second_verifier.arithmetic import Refused
from second_verifier.judgement import check_instances as second_check
from second_verifier.judgement import own_messages, read_statement
from second_verifier.proofs import honest, other_instances, second_key
from zisk_py.field.goldilocks import P
from zisk_py.stark import read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.statement import Statement, check_claim, check_instances
from zisk_py.statemachines.verification import statement_messages

SIZES = (0, 1, 7, 8, 9, 4096, 4097, 1 << 20, (1 << 32) - 1, 1 << 47, (1 << 64) - 1)
ADDRESSES = (
    0,
    8,
    4,
    4096,
    1 << 20,
    1 << 28,
    1 << 32,
    1 << 33,
    (1 << 47) + 8,
    (1 << 48) - (1 << 32) - 4096,
    1 << 63,
)
NAMES = ("input_length", "instruction_offset", "heap_size", "budget")


def random_statement(rng: random.Random, template: dict) -> dict:
    """A statement with random rules and claim, and as many multiplicities as it needs if it is legal."""
    plain = rng.random() < 0.7
    regions = [
        [
            rng.choice((0, 1, 1, 2, 2, 3, 4)),
            place * (1 << 24) if plain else rng.choice(ADDRESSES),
            rng.choice((*NAMES, *(SIZES[:8] if plain else SIZES))),
            rng.randrange(2),
            int(rng.random() < 0.2),
        ]
        for place in range(rng.choice((0, 1, 2, 3, 5, 12, 13)))
    ]
    rng.shuffle(regions)
    registers = [
        [
            rng.randrange(16),
            rng.getrandbits(rng.choice((1, 33, 64))),
            rng.choice((*NAMES, 0, 5)),
            rng.randrange(2),
        ]
        for _ in range(rng.randrange(5))
    ]
    rules = {"target": "ebpf", "num_slots": 3, "entry": 0, "regions": regions, "registers": registers}
    claim = {name: rng.choice((0, 1, 8, 4097, 1 << 20)) for name in NAMES}
    public = rng.randbytes(rng.choice((0, 1, 8, 13))) if rng.random() < 0.4 else None
    if public is not None:
        claim["input_length"] = len(public)
    outputs = rng.randbytes(rng.choice((0, 1, 8, 9, 1024, 1025)))
    return {
        **template,
        **claim,
        "rules": json.dumps(rules, sort_keys=True, separators=(",", ":")),
        "public_input": None if public is None else public.hex(),
        "outputs": outputs.hex(),
        "multiplicities": [],
    }


def first_messages(header: bytes):
    """The messages, or why there are none."""
    try:
        statement = Statement.from_bytes(header)
        check_claim(statement)
        return [(m.bus, m.values, m.multiplicity) for m in statement_messages(statement)]
    except VerifierError as error:
        return str(error)


def second_messages(header: bytes):
    try:
        return own_messages(*read_statement(header))
    except Refused as refused:
        return str(refused)


def test_both_send_the_same_messages_or_refuse_to():
    template = json.loads(read_proof(honest("three instructions").data).header)
    rng = random.Random(8)
    sent = 0
    for _ in range(250):
        fields = random_statement(rng, template)
        header = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        answer = first_messages(header)
        if isinstance(answer, str) and "multiplicities, expected" in answer:
            wanted = int(answer.rsplit(" ", 1)[1])
            fields["multiplicities"] = [rng.choice((0, 1, 7, (1 << 32) - 1)) for _ in range(wanted)]
            header = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
            answer = first_messages(header)
        other = second_messages(header)
        if isinstance(answer, str):
            assert isinstance(other, str), answer
        else:
            assert other == answer
            sent += 1
    assert 60 < sent < 200


def verdicts(statement: Statement, segments) -> tuple[bool, bool]:
    """Whether each accepts these instances for the statement."""
    airs = constraint_system()
    facts, rules = read_statement(statement.to_bytes())
    given = [{"instances": [(i.air, i.log_height, i.air_values) for i in one]} for one in segments]
    try:
        check_instances(airs, statement, segments)
        first = True
    except VerifierError:
        first = False
    try:
        second_check(second_key()["airs"], facts, rules, given)
        second = True
    except Refused:
        second = False
    return first, second


def shaped(instances) -> bool:
    """Whether airs exist and have as many air values as they should, which the package checks elsewhere."""
    airs = constraint_system().airs
    return all(i.air < len(airs) and len(i.air_values) == len(airs[i.air].air_values) for i in instances)


@pytest.mark.parametrize("name", ["three instructions", "three segments", "fault", "budget exceeded"])
def test_both_judge_changed_instances_alike(name):
    proof = read_proof(honest(name).data)
    statement = Statement.from_bytes(proof.header)
    segments = list(proof.instances)
    assert verdicts(statement, segments) == (True, True)
    seen = {True: 0, False: 0}
    for number, segment in enumerate(segments):
        for instances in other_instances(segment):
            if shaped(instances):
                first, second = verdicts(statement, [*segments[:number], instances, *segments[number + 1 :]])
                assert first == second
                seen[first] += 1
    for number in range(len(segments)):
        first, second = verdicts(statement, segments[:number] + segments[number + 1 :])
        assert (first, second) == (False, False)
    assert seen[True] > 3
    assert seen[False] > 20


ENDS = (0, 1, 8, 16, 24, 32, (1 << 31) + 1, (1 << 31) + 2, (1 << 31) + 8, (1 << 31) + 9, P - 1, 1 << 32)
HALVES = (0, 1, 2, 7, 8, 9, 15, 16, 255, (1 << 32) - 1, 1 << 32, P - 1)


def test_both_see_the_same_end_of_a_run():
    """Random ends, and outcomes that would fit them."""
    proof = read_proof(honest("three instructions").data)
    honest_statement = Statement.from_bytes(proof.header)
    (segment,) = proof.instances
    main = segment[0]
    rng = random.Random(9)
    accepted = 0
    for _ in range(1000):
        pc, c0, c1 = rng.choice(ENDS), rng.choice(HALVES), rng.choice(HALVES)
        clk, units = rng.choice((0, 3, (1 << 36) - 1, 1 << 36)), rng.choice((0, 3, 4, 1 << 33))
        budget = rng.choice((3, 4, units % (1 << 32)))
        kinds = [[0, (c0 + (c1 << 32)) % (1 << 64)], [c1 % 16, c0 // 8], [8, pc // 8], [0, c0]]
        fields = json.loads(proof.header)
        fields |= {"outcome": rng.choice(kinds), "budget": budget, "steps": clk, "compute_units": units}
        try:
            statement = Statement.from_bytes(
                json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
            )
        except VerifierError:
            continue
        assert statement.program == honest_statement.program
        values = (*main.air_values[:5], pc, c0, c1, clk, units)
        first, second = verdicts(statement, [(replace(main, air_values=values), *segment[1:])])
        assert first == second, (fields["outcome"], values)
        accepted += first
    assert accepted > 20
