"""Rules and claim: what fixes the state in which a run starts.

The rules are part of the program (and of its id); the claim is the few scalars that differ from run
to run. Registers and regions at the start follow from the two, for the emulator and the verifier
alike. Standard library only: the verifier uses this module.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    GUEST_ADDRESS_LIMIT,
    HIDDEN_KEY,
    MAX_ENVIRONMENT_BYTES,
    MAX_OUTPUT_BYTES,
    MAX_REGIONS,
    NUM_HIDDEN_WORDS,
    NUM_INITIAL_REGISTERS,
    NUM_REGISTERS,
    OUTPUT_WORD,
    REGISTER_KEY,
    Region,
    RegionKind,
    guest_key,
    is_continued,
)

JOURNAL_SUFFIX = "-solana"  # of the target of a program whose outputs are a journal, see `isa.journal`
NO_BUDGET = (1 << 32) - 1  # the budget of targets that have none


class Quantity(Enum):
    """A value that the claim gives; every other quantity in the rules is a plain integer."""

    INPUT_LENGTH = "input_length"
    INSTRUCTION_OFFSET = "instruction_offset"
    HEAP_SIZE = "heap_size"
    BUDGET = "budget"
    ENVIRONMENT_LENGTH = "environment_length"


@dataclass(frozen=True, slots=True)
class Claim:
    """The scalars of one run. `public_input` is the input itself where that is public.

    `environment` is what the run can read of the world around it, in whole words; it is always public.
    """

    input_length: int
    instruction_offset: int = 0
    heap_size: int = 0
    budget: int = NO_BUDGET
    public_input: bytes | None = None
    environment: bytes = b""

    @property
    def environment_length(self) -> int:
        """Bytes of the environment."""
        return len(self.environment)

    def quantity(self, quantity: "int | Quantity") -> int:
        """The value of a constant or of a quantity of this claim."""
        return quantity if isinstance(quantity, int) else int(getattr(self, quantity.value))


@dataclass(frozen=True, slots=True)
class RegionRule:
    """A guest region; its size may depend on the claim. That of the environment is `ENVIRONMENT_RULE`."""

    kind: RegionKind
    address: int
    size: int | Quantity
    writable: bool
    gapped: bool = False


# Hidden words have no address: the rule says only that the program reads the environment.
ENVIRONMENT_RULE = RegionRule(RegionKind.ENVIRONMENT, 0, Quantity.ENVIRONMENT_LENGTH, writable=True)


@dataclass(frozen=True, slots=True)
class RegisterRule:
    """Register `number` starts at `base` plus a quantity."""

    number: int
    base: int
    quantity: int | Quantity = 0
    zero_if_empty_input: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a program's id fixes besides its rows and its image.

    Raises InputError for rules under which one input could have two runs.
    """

    target: str  # "ebpf", "sbpf-v0", "sbpf-v3", ...
    num_slots: int  # instructions start at pc 8*slot, slot <= num_slots (one phantom)
    entry: int  # pc
    regions: tuple[RegionRule, ...]
    registers: tuple[RegisterRule, ...]

    def __post_init__(self) -> None:
        """Check what does not depend on a claim."""
        numbers = [rule.number for rule in self.registers]
        if len(set(numbers)) < len(numbers):
            raise InputError("a register has two rules for its start; give each one rule at most")
        gapped = [rule for rule in self.regions if rule.gapped]
        # An access may skip the gap between any two words of gapped regions, and store to each of them.
        if len(gapped) > 1 or not all(rule.writable for rule in gapped):
            raise InputError("one region at most may have gaps, and it must be writable")
        if sum(rule.kind is RegionKind.INPUT for rule in self.regions) > 1:
            raise InputError("the rules name two regions for the input; one is possible")
        environments = [rule for rule in self.regions if rule.kind is RegionKind.ENVIRONMENT]
        if environments not in ([], [ENVIRONMENT_RULE]):
            raise InputError("the rules name the environment twice or otherwise than it is; build them anew")

    @property
    def has_journal(self) -> bool:
        """Whether the outputs of a run are a journal."""
        return self.target.endswith(JOURNAL_SUFFIX)

    @property
    def has_environment(self) -> bool:
        """Whether the program reads the environment."""
        return ENVIRONMENT_RULE in self.regions

    def start_registers(self, claim: Claim) -> tuple[int, ...]:
        """The values of registers 0..15 at the start."""
        values = [0] * NUM_INITIAL_REGISTERS
        for rule in self.registers:
            if not (rule.zero_if_empty_input and claim.input_length == 0):
                values[rule.number] = (rule.base + claim.quantity(rule.quantity)) % (1 << 64)
        return tuple(values)

    def start_regions(self, claim: Claim) -> tuple[Region, ...]:
        """All regions of the run in ascending order of keys; empty ones are left out.

        Raises InputError where regions overlap, touch without `is_continued`, are misaligned or too high, or
        are too many, where a public input does not fill its region, and where the environment is none of this
        program.
        """
        guest = [
            Region(rule.kind, guest_key(rule.address), size, rule.writable, rule.gapped)
            for rule in self.regions
            if rule.kind is not RegionKind.ENVIRONMENT and (size := claim.quantity(rule.size)) > 0
        ]
        guest.sort(key=lambda region: region.start)
        for rule in self.regions:
            if rule.address % 8:
                raise InputError(f"the region at {rule.address:#x} does not start at a multiple of 8")
            # Words of the input past the end would be initial values of the next region.
            is_public = rule.kind is RegionKind.INPUT and claim.public_input is not None
            if is_public and claim.quantity(rule.size) != claim.input_length:
                raise InputError(f"the region at {rule.address:#x} is not as long as the public input")
        for region in guest:
            if region.address + region.size > GUEST_ADDRESS_LIMIT:
                raise InputError(f"the region at {region.address:#x} ends above 2^48 - 2^32")
        for low, high in pairwise(guest):
            if low.start + low.num_words >= high.start and not is_continued(low, high):
                raise InputError(f"the regions at {low.address:#x} and {high.address:#x} overlap or touch")
        own = (
            Region(
                RegionKind.REGISTERS,
                REGISTER_KEY,
                8 * NUM_INITIAL_REGISTERS,
                writable=True,
            ),
            Region(
                RegionKind.ZERO,
                REGISTER_KEY + NUM_INITIAL_REGISTERS,
                8 * (NUM_REGISTERS - NUM_INITIAL_REGISTERS),
                writable=True,
            ),
            Region(RegionKind.ZERO, HIDDEN_KEY, 8 * NUM_HIDDEN_WORDS, writable=True),
            Region(
                RegionKind.OUTPUT,
                HIDDEN_KEY + OUTPUT_WORD,
                8 + MAX_OUTPUT_BYTES,
                writable=True,
            ),
            *self._environment_region(claim.environment),
        )
        if len(guest) + len(own) > MAX_REGIONS:
            raise InputError(f"{len(guest)} guest regions; at most {MAX_REGIONS - len(own)} fit")
        return (*guest, *own)

    def _environment_region(self, environment: bytes) -> tuple[Region, ...]:
        """The region of the environment, none where it is empty."""
        if not environment:
            return ()
        if not self.has_environment:
            raise InputError("the program reads no environment; leave it out")
        if len(environment) % 8 or len(environment) > MAX_ENVIRONMENT_BYTES:
            raise InputError(
                f"the environment has {len(environment)} bytes; give a multiple of 8 up to "
                f"{MAX_ENVIRONMENT_BYTES}"
            )
        start = HIDDEN_KEY + ENVIRONMENT_WORD
        return (Region(RegionKind.ENVIRONMENT, start, len(environment), writable=True),)

    def to_json(self) -> str:
        """Canonical text; part of the program's id."""
        return json.dumps(
            {
                "target": self.target,
                "num_slots": self.num_slots,
                "entry": self.entry,
                "regions": [
                    [
                        r.kind.value,
                        r.address,
                        _plain(r.size),
                        int(r.writable),
                        int(r.gapped),
                    ]
                    for r in self.regions
                ],
                "registers": [
                    [r.number, r.base, _plain(r.quantity), int(r.zero_if_empty_input)] for r in self.registers
                ],
            },
            sort_keys=True,
            separators=(",", ":"),
        )

    @staticmethod
    def from_json(text: str) -> "Rules":
        """Read what `to_json` wrote. Raises InputError on anything else."""
        try:
            fields = json.loads(text)
            rules = Rules(
                str(fields["target"]),
                _natural(fields["num_slots"]),
                _natural(fields["entry"]),
                tuple(
                    RegionRule(
                        RegionKind(_natural(kind)),
                        _natural(address),
                        _quantity(size),
                        bool(writable),
                        bool(gapped),
                    )
                    for kind, address, size, writable, gapped in _rows(fields["regions"])
                ),
                tuple(
                    RegisterRule(_register(number), _natural(base), _quantity(quantity), bool(zero))
                    for number, base, quantity, zero in _rows(fields["registers"])
                ),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"the program's rules cannot be read: {error}") from error
        if rules.to_json() != text:
            raise InputError("the program's rules are not in canonical form")
        return rules


def _rows(value: object) -> Sequence[Sequence[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise ValueError("a table of lists was expected")
    return value


def _plain(quantity: int | Quantity) -> int | str:
    return quantity if isinstance(quantity, int) else quantity.value


def _natural(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 64:
        raise ValueError(f"{value!r} is not an unsigned 64-bit integer")
    return value


def _register(value: object) -> int:
    if _natural(value) >= NUM_INITIAL_REGISTERS:
        raise ValueError(f"register {value!r} has no initial value")
    return _natural(value)


def _quantity(value: object) -> int | Quantity:
    return Quantity(value) if isinstance(value, str) else _natural(value)
