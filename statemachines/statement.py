"""The statement of a proof, and the checks that tie it to what the STARK proves.

"The program with id P, on this claim, ended with outcome O after S steps, I instructions, M memory operations
and C compute units, with public outputs W." The header of a proof carries it. `counted_messages`,
`output_messages` and `Statement.counts` derive from it everything that the verifier itself puts on the buses;
`check_instances` compares the instances' air values with it. Standard library only.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    EXIT_PC,
    FAULT_PC,
    HIDDEN_KEY,
    MAX_OUTPUT_BYTES,
    OUTPUT_WORD,
    REGISTER_KEY,
    Region,
    RegionKind,
)
from zisk_py.isa.results import Results, results_of
from zisk_py.isa.rules import Claim, Rules
from zisk_py.pil.system import System
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.layout import Instance
from zisk_py.statemachines.buses import Bus, Count
from zisk_py.statemachines.fault.holes import hole_messages

MAX_CLK = 1 << 36  # times are 4*clk + slot and stay far below p (arrangement notes 1)
MAX_MULTIPLICITY = 1 << 32


class StatementError(VerifierError):
    """The proof's statement is malformed, or its instances contradict it."""


Tuples = list[tuple[int, tuple[int, ...]]]  # (bus, values)
GIVEN = (RegionKind.IMAGE, RegionKind.REGISTERS, RegionKind.ENVIRONMENT)  # INIT says how their words start


@dataclass(frozen=True)
class ProgramHeader:
    """What a program's id is the digest of, besides the constraint system."""

    rules: Rules
    cap: tuple[bytes, ...]  # of the tree of program columns
    log_heights: tuple[tuple[str, int], ...]  # air name, log height; ascending by name

    def id(self, key_digest: bytes) -> str:
        """The program id P, 64 hexadecimal digits."""
        text = json.dumps(
            [self.rules.to_json(), [node.hex() for node in self.cap], self.log_heights], separators=(",", ":")
        )
        digest = hashlib.blake2s(key_digest + text.encode(), person=b"zkprogid")
        return digest.hexdigest()


@dataclass(frozen=True)
class Statement:
    """What a proof states. `multiplicities` are the counts of the verifier's own messages, in their order."""

    program: ProgramHeader
    claim: Claim
    outcome: Outcome
    steps: int
    compute_units: int
    instructions: int  # that have started
    memory_operations: int  # loads and stores of the guest, one that traps included
    outputs: bytes
    multiplicities: tuple[int, ...]

    @property
    def results(self) -> Results:
        """What the run came to, at fixed places."""
        return results_of(
            self.program.rules,
            self.outcome,
            steps=self.steps,
            compute_units=self.compute_units,
            instructions=self.instructions,
            memory_operations=self.memory_operations,
            outputs=self.outputs,
        )

    @property
    def counts(self) -> dict[Count, int]:
        """How often the verifier consumes each message of COUNT."""
        return {
            Count.INSTRUCTIONS: self.instructions,
            Count.MEMORY_OPERATIONS: self.memory_operations,
        }

    def to_bytes(self) -> bytes:
        """Canonical bytes: the header of the proof."""
        claim, outcome = self.claim, self.outcome
        return json.dumps(
            {
                "rules": self.program.rules.to_json(),
                "cap": [node.hex() for node in self.program.cap],
                "log_heights": self.program.log_heights,
                "input_length": claim.input_length,
                "instruction_offset": claim.instruction_offset,
                "heap_size": claim.heap_size,
                "budget": claim.budget,
                "public_input": None if claim.public_input is None else claim.public_input.hex(),
                "environment": claim.environment.hex(),
                "outcome": [0, outcome.code]
                if isinstance(outcome, Exit)
                else [int(outcome.kind), outcome.pc],
                "steps": self.steps,
                "compute_units": self.compute_units,
                "instructions": self.instructions,
                "memory_operations": self.memory_operations,
                "outputs": self.outputs.hex(),
                "multiplicities": self.multiplicities,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def from_bytes(data: bytes) -> "Statement":
        """Read what `to_bytes` wrote. Raises StatementError on anything else."""
        try:
            fields = json.loads(data)
            kind, detail = (_natural(value) for value in fields["outcome"])
            public = fields["public_input"]
            statement = Statement(
                ProgramHeader(
                    Rules.from_json(fields["rules"]),
                    tuple(bytes.fromhex(node) for node in fields["cap"]),
                    tuple((str(name), _natural(height)) for name, height in fields["log_heights"]),
                ),
                Claim(
                    _natural(fields["input_length"]),
                    _natural(fields["instruction_offset"]),
                    _natural(fields["heap_size"]),
                    _natural(fields["budget"]),
                    None if public is None else bytes.fromhex(public),
                    bytes.fromhex(fields["environment"]),
                ),
                Exit(detail) if kind == 0 else Fault(FaultKind(kind), detail),
                _natural(fields["steps"]),
                _natural(fields["compute_units"]),
                _natural(fields["instructions"]),
                _natural(fields["memory_operations"]),
                bytes.fromhex(fields["outputs"]),
                tuple(_natural(value) for value in fields["multiplicities"]),
            )
            names = [name for name, _ in statement.program.log_heights]
            is_canonical = statement.to_bytes() == data and names == sorted(set(names))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
            raise StatementError(f"the statement of the proof cannot be read: {error}") from error
        if not is_canonical:
            raise StatementError("the statement of the proof is not in canonical form")
        return statement


def _natural(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 64:
        raise ValueError(f"{value!r} is not an unsigned 64-bit integer")
    return value


def regions_of(rules: Rules, claim: Claim) -> tuple[Region, ...]:
    """The regions of a run. Raises StatementError where the claim breaks the rules for regions."""
    try:
        return rules.start_regions(claim)
    except InputError as error:
        raise StatementError(str(error)) from error


def region_message(number: int, region: Region, claim: Claim) -> tuple[int, ...]:
    """The REGION tuple: number, start, words, attributes of a whole and the last word, four rules."""
    is_public = claim.public_input is not None
    is_input = region.kind is RegionKind.INPUT
    return (
        number,
        region.start,
        region.num_words,
        region.whole_attribute,
        region.last_attribute,
        int(region.kind in GIVEN or (is_input and is_public)),
        int(is_input and not is_public),
        int(region.kind is RegionKind.OUTPUT),
        int(region.gapped),
    )


def counted_messages(rules: Rules, claim: Claim) -> Tuples:
    """The verifier's messages whose multiplicities the statement carries, in order: regions, registers,
    words of a public input, words of the environment, holes."""
    regions = regions_of(rules, claim)
    found: Tuples = [
        (Bus.REGION, region_message(number, region, claim)) for number, region in enumerate(regions)
    ]
    found += [
        (Bus.INIT, (REGISTER_KEY + number, value & 0xFFFFFFFF, value >> 32))
        for number, value in enumerate(rules.start_registers(claim))
    ]
    if claim.public_input is not None:
        start = next((r.start for r in regions if r.kind is RegionKind.INPUT), 0)
        found += [(Bus.INIT, values) for values in _keyed_words(start, claim.public_input)]
    environment = _keyed_words(HIDDEN_KEY + ENVIRONMENT_WORD, claim.environment)
    found += [(Bus.INIT, values) for values in environment]
    found += [(Bus.HOLE, values) for values in hole_messages(regions)]
    return found


def output_messages(outputs: bytes) -> Tuples:
    """The final words of the output region that the verifier consumes: the length, then the bytes."""
    words = len(outputs).to_bytes(8, "little") + outputs
    return [(Bus.OUT, values) for values in _keyed_words(HIDDEN_KEY + OUTPUT_WORD, words)]


def _keyed_words(start: int, data: bytes) -> list[tuple[int, int, int]]:
    """Key, low and high half of each word of the data, padded with zeros; the keys count from `start`."""
    padded = data + bytes(-len(data) % 8)
    words = (int.from_bytes(padded[at : at + 8], "little") for at in range(0, len(padded), 8))
    return [(start + number, word & 0xFFFFFFFF, word >> 32) for number, word in enumerate(words)]


def check_claim(statement: Statement) -> None:
    """Refuse a claim, a count or a length outside its range."""
    claim, rules = statement.claim, statement.program.rules
    for name, limit in (
        ("input_length", 1 << 32),
        ("instruction_offset", 1 << 32),
        ("heap_size", 1 << 32),
        ("budget", 1 << 32),
    ):
        if getattr(claim, name) >= limit:
            raise StatementError(f"the claim's {name} is {getattr(claim, name)}, not below {limit}")
    if claim.public_input is not None and len(claim.public_input) != claim.input_length:
        raise StatementError(
            f"the public input has {len(claim.public_input)} bytes, the claim says {claim.input_length}"
        )
    if len(statement.outputs) > MAX_OUTPUT_BYTES:
        raise StatementError(
            f"{len(statement.outputs)} bytes of output; at most {MAX_OUTPUT_BYTES} are possible"
        )
    for name in ("instructions", "memory_operations"):
        if getattr(statement, name) >= MAX_CLK:
            raise StatementError(f"the statement has {getattr(statement, name)} {name}, not below 2^36")
    expected = len(counted_messages(rules, claim))
    if len(statement.multiplicities) != expected:
        raise StatementError(f"{len(statement.multiplicities)} multiplicities, expected {expected}")
    if any(count >= MAX_MULTIPLICITY for count in statement.multiplicities):
        raise StatementError("a multiplicity is not below 2^32")


def check_instances(system: System, statement: Statement, segments: Sequence[Sequence[Instance]]) -> None:
    """Compare the instances of every segment, and their air values, with the statement.

    Raises StatementError where an air is missing or stands in the wrong segment, where the state at the end
    of a segment is not that at the start of the next, or where the end is not the stated outcome.
    """
    committed = dict(statement.program.log_heights)
    mandatory = {
        air.name
        for air in system.airs
        if air.name == "Boundary" or air.fixed or (air.program and air.name in committed)
    }
    run_wide = mandatory | {air.name for air in system.airs if air.program}
    values: Callable[[Instance], dict[str, int]] = lambda instance: dict(  # noqa: E731
        zip(system.airs[instance.air].air_values, instance.air_values, strict=True)
    )
    rules = statement.program.rules
    state = {"pc": rules.entry, "c0": 0, "c1": 0, "clk": 0, "units": 0}
    if not segments:
        raise StatementError("the proof has no segment")
    for index, instances in enumerate(segments):
        is_last = index == len(segments) - 1
        _check_shapes(system, index, instances)
        here = {system.airs[instance.air].name: instance for instance in instances}
        if len(here) != len(instances):
            raise StatementError(f"segment {index} has two instances of one air")
        if "Main" not in here:
            raise StatementError(f"segment {index} has no Main instance")
        wrong = run_wide & set(here) if not is_last else mandatory - set(here)
        if wrong:
            verb = "lacks" if is_last else "must not have"
            raise StatementError(f"segment {index} {verb} {', '.join(sorted(wrong))}")
        main = values(here["Main"])
        for name, expected in state.items():
            if main[f"start_{name}"] != expected:
                raise StatementError(
                    f"segment {index} starts with {name} = {main[f'start_{name}']}, expected {expected}"
                )
        state = {name: main[f"end_{name}"] for name in state}
        if not main["start_clk"] <= state["clk"] < MAX_CLK:
            raise StatementError(
                f"segment {index} ends at step {state['clk']}, not below 2^36 or before its start"
            )
        height = 1 << here["Main"].log_height
        if not is_last and state["clk"] - main["start_clk"] != height:
            raise StatementError(
                f"segment {index} has {state['clk'] - main['start_clk']} steps in {height} rows,"
                " but is not the last"
            )
        if main["start_units"] > state["units"]:
            raise StatementError(f"segment {index} counts compute units backwards")
        if "Carry" in here and values(here["Carry"])["start_time"] != 4 * main["start_clk"]:
            raise StatementError(f"segment {index} has a Carry instance that starts at another time")
    _check_end(statement, state)


def _check_shapes(system: System, segment: int, instances: Sequence[Instance]) -> None:
    """Refuse what the checks below could not read: it comes from the proof as it is."""
    for instance in instances:
        if instance.air >= len(system.airs):
            raise StatementError(
                f"segment {segment} has an instance of air {instance.air}, which there is not"
            )
        air, count = system.airs[instance.air], len(instance.air_values)
        if count != len(air.air_values):
            raise StatementError(
                f"{air.name} in segment {segment} has {count} air values, expected {len(air.air_values)}"
            )


def _check_end(statement: Statement, state: dict[str, int]) -> None:
    """The end of the last segment must be the stated outcome (arrangement notes 5, 12.8 to 12.10)."""
    rules, budget, outcome = statement.program.rules, statement.claim.budget, statement.outcome
    if state["clk"] != statement.steps or state["units"] != statement.compute_units:
        raise StatementError(
            f"the run has {state['clk']} steps and {state['units']} compute units, stated are"
            f" {statement.steps} and {statement.compute_units}"
        )
    if state["c0"] >= 1 << 32 or state["c1"] >= 1 << 32:
        raise StatementError("the last result is not two 32-bit halves")
    if state["units"] > budget:
        raise StatementError(f"{state['units']} compute units exceed the budget of {budget}")
    pc = state["pc"]
    proven: Outcome
    if pc == EXIT_PC:
        proven = Exit(state["c0"] | state["c1"] << 32)
    elif pc == FAULT_PC:
        if state["c1"] not in set(map(int, FaultKind)) or state["c1"] == FaultKind.BUDGET_EXCEEDED:
            raise StatementError(f"the run ended with unknown fault {state['c1']}")
        proven = Fault(FaultKind(state["c1"]), state["c0"] // 8)
    elif pc % 8 == 0 and pc // 8 <= rules.num_slots and state["units"] == budget:
        proven = Fault(FaultKind.BUDGET_EXCEEDED, pc // 8)
    else:
        raise StatementError(f"the run stops at pc {pc:#x}, which is no end")
    if proven != outcome:
        raise StatementError(f"the run ended with {proven}, stated is {outcome}")
