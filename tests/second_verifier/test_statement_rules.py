"""Section 8 of docs/security.md on its own: both verifiers send the same messages and judge instances
alike, on statements and instances that no proof has.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from second_verifier.independent.ends import check_ends
from second_verifier.independent.layout import layouts_of
from second_verifier.independent.messages import messages
from second_verifier.independent.proof_file import read_proof as read_independently
from second_verifier.independent.refusal import Refused
from second_verifier.independent.statement import read_statement
from second_verifier.proofs import honest, independent_key, other_instances, package_key
from zisk_py.field.goldilocks import P
from zisk_py.isa.memory_map import REGISTER_KEY
from zisk_py.stark import ProgramCommitment, Proof, read_proof
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import Segment, write_proof
from zisk_py.stark.statement import check_statement
from zisk_py.statemachines.buses import Bus
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

# Of sections 8.1 and 8.2, by the independent verifier's reasons: random statements meet all of them.
REFUSALS = {
    "a register has two rules",
    "there are two regions for the input",
    "there are two gapped regions",
    "a gapped region is not writable",
    "a public input does not fill its region",
    "a region starts within a word",
    "a region ends too high",
    "regions overlap or touch",
    "there are too many regions",
    "there are too many outputs",
    "the input has another length",
    "the environment is too long",
    "the environment ends within a word",
    "the environment has two rules or a wrong one",
    "there is an environment that nobody reads",
}


def random_rules(rng: random.Random) -> dict[str, object]:
    """Rules of which most are legal; the others break one rule for regions or registers, or several."""
    plain = rng.random() < 0.7
    kinds = [2] * rng.choice((0, 1, 1, 1, 1, 2)) + [rng.choice((0, 1, 1, 3, 4)) for _ in range(14)]
    regions: list[list[object]] = [
        [
            kinds[place],
            place * (1 << 24) if plain else rng.choice(ADDRESSES),
            rng.choice((*NAMES, *(SIZES[:8] if plain else SIZES))),
            int(rng.random() < 0.8),
            int(rng.random() < 0.1),
        ]
        for place in range(rng.choice((0, 1, 2, 3, 5, 12, 14)))
    ]
    for region in regions:
        if region[0] == 2 and rng.random() < 0.8:
            region[2] = "input_length"
    for region in regions[:]:
        is_good = region[0] < 2 and region[2] in (8, 4096) and region[3:] == [1, 0]
        if isinstance(region[2], int) and rng.random() < (0.3 if is_good else 0.02):  # one that touches it
            behind = region[1] + (region[2] + 7) // 8 * 8
            kind = 1 - region[0] if is_good and rng.random() < 0.9 else rng.choice((0, 1))
            regions.append([kind, behind % (1 << 63), rng.choice((8, 13)), int(rng.random() < 0.9), 0])
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2)) if rng.random() < 0.6 else 0):
        regions.append([5, 0, "environment_length", 1, 0])
        if rng.random() < 0.1:
            regions[-1][rng.randrange(1, 5)] = rng.choice((0, 1, 8))
    rng.shuffle(regions)
    numbers = rng.sample(range(16), rng.randrange(5))
    if numbers and rng.random() < 0.1:
        numbers.append(numbers[0])
    registers = [
        [
            number,
            rng.getrandbits(rng.choice((1, 33, 64))),
            rng.choice((*NAMES, "environment_length", 0, 5)),
            rng.randrange(2),
        ]
        for number in numbers
    ]
    return {"target": "ebpf", "num_slots": 3, "entry": 0, "regions": regions, "registers": registers}


def random_statement(rng: random.Random, template: dict[str, object]) -> dict[str, object]:
    """A statement with random rules and claim, and without multiplicities."""
    rules = random_rules(rng)
    claim = {name: rng.choice((0, 1, 8, 4097, 1 << 20)) for name in NAMES}
    public = rng.randbytes(rng.choice((0, 1, 8, 13))) if rng.random() < 0.4 else None
    if public is not None:
        claim["input_length"] = len(public) + (rng.random() < 0.1)
    outputs = rng.randbytes(
        rng.choice((0, 1, 8, 9, 1023) if rng.random() < 0.96 else (1 << 22, (1 << 22) + 1))
    )
    reads = any(region[0] == 5 for region in rules["regions"])
    sizes = (0, 8, 80) if rng.random() < 0.9 else (15, 65536, 65544)
    environment = rng.randbytes(rng.choice(sizes if reads or rng.random() < 0.1 else (0,)))
    counts = {name: rng.choice((0, 1, 7, (1 << 36) - 1)) for name in ("instructions", "memory_operations")}
    if rng.random() < 0.03:
        counts["instructions"] = 1 << 36
    return {
        **template,
        **claim,
        "rules": canonical(rules),
        "public_input": None if public is None else public.hex(),
        "environment": environment.hex(),
        **counts,
        "outputs": outputs.hex(),
        "multiplicities": [],
    }


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


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
        found = messages(read_statement(header))
    except Refused as refused:
        return str(refused)
    return [
        (m.bus, m.values, m.multiplicity if m.multiplicity < P // 2 else m.multiplicity - P) for m in found
    ]


def test_both_send_the_same_messages_or_refuse_to():
    template = json.loads(read_proof(honest("three instructions").data).header)
    rng = random.Random(8)
    sent, joined, reasons = 0, 0, set()
    for _ in range(1000):
        fields = random_statement(rng, template)
        header = canonical(fields).encode()
        answer = first_messages(header)
        if isinstance(answer, str) and "multiplicities, expected" in answer:
            wanted = int(answer.rsplit(" ", 1)[1])
            fields["multiplicities"] = [rng.choice((0, 1, 7, (1 << 32) - 1)) for _ in range(wanted)]
            header = canonical(fields).encode()
            answer = first_messages(header)
        other = second_messages(header)
        if isinstance(answer, str):
            assert isinstance(other, str), answer
            reasons.add(other)
        else:
            assert other == answer
            sent += 1
            regions = [values for bus, values, _ in answer if bus == Bus.REGION and values[1] < REGISTER_KEY]
            joined += any(low[1] + low[2] == high[1] for low, high in pairwise(regions))
    assert sent > 100
    assert joined > 5
    assert reasons >= REFUSALS


def verdicts(proof: Proof) -> tuple[bool, bool]:
    """Whether each accepts the instances of a proof for its statement; bodies are not read."""
    bare = [replace(segment, body=b"") for segment in proof.segments]
    data = write_proof(replace(proof, segments=tuple(bare)))
    return is_accepted(lambda: check_first(data)), is_accepted(lambda: check_second(data))


def is_accepted(check: Callable[[], None]) -> bool:
    try:
        check()
    except (VerifierError, Refused):
        return False
    return True


def check_first(data: bytes) -> None:
    proof, key = read_proof(data), package_key()
    statement = Statement.from_bytes(proof.header)
    program = ProgramCommitment(statement.program.cap, dict(statement.program.log_heights))
    check_instances(key.system, statement, proof.instances)
    check_statement(key, program, proof.instances, statement_messages(statement), ())


def check_second(data: bytes) -> None:
    parts, key = read_independently(data), independent_key()
    statement = read_statement(parts.header)
    check_ends(layouts_of(key.shapes, dict(statement.log_heights), parts.fronts), key.run_wide, statement)


def with_other_instances(proof: Proof) -> Iterator[Proof]:
    for number, segment in enumerate(proof.segments):
        yield replace(proof, segments=proof.segments[:number] + proof.segments[number + 1 :])
        for instances in other_instances(segment.instances):
            changed: Segment = replace(segment, instances=instances)
            segments = (*proof.segments[:number], changed, *proof.segments[number + 1 :])
            yield replace(proof, segments=segments)


@pytest.mark.parametrize("name", ["three instructions", "three segments", "fault", "budget exceeded"])
def test_both_judge_changed_instances_alike(name):
    proof = read_proof(honest(name).data)
    assert verdicts(proof) == (True, True)
    seen = {True: 0, False: 0}
    for mutant in with_other_instances(proof):
        first, second = verdicts(mutant)
        assert first == second
        seen[first] += 1
    assert seen[True] > 3
    assert seen[False] > 20


ENDS = (0, 1, 8, 16, 24, 32, (1 << 31) + 1, (1 << 31) + 2, (1 << 31) + 8, (1 << 31) + 9, P - 1, 1 << 32)
HALVES = (0, 1, 2, 7, 8, 9, 15, 16, 255, (1 << 32) - 1, 1 << 32, P - 1)


def test_both_see_the_same_end_of_a_run():
    """Random ends, and outcomes that would fit them."""
    proof = read_proof(honest("three instructions").data)
    (segment,) = proof.segments
    main = segment.instances[0]
    rng = random.Random(9)
    accepted = 0
    for _ in range(1000):
        pc, c0, c1 = rng.choice(ENDS), rng.choice(HALVES), rng.choice(HALVES)
        clk, units = rng.choice((0, 3, (1 << 36) - 1, 1 << 36)), rng.choice((0, 3, 4, 1 << 33))
        budget = rng.choice((3, 4, units % (1 << 32)))
        kinds = [[0, (c0 + (c1 << 32)) % (1 << 64)], [c1 % 16, c0 // 8], [8, pc // 8], [0, c0]]
        fields = json.loads(proof.header)
        fields |= {"outcome": rng.choice(kinds), "budget": budget, "steps": clk, "compute_units": units}
        values = (*main.air_values[:5], pc, c0, c1, clk, units)
        instances = (replace(main, air_values=values), *segment.instances[1:])
        mutant = replace(segment, instances=instances)
        first, second = verdicts(replace(proof, header=canonical(fields).encode(), segments=(mutant,)))
        assert first == second, (fields["outcome"], values)
        accepted += first
    assert accepted > 20
