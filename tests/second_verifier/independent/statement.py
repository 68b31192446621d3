"""The text of the statement (section 8.1): claim, result, and the rules of the program."""

from typing import NamedTuple

from .refusal import Refused, require
from .stream import Cap
from .values import WORD, canonical, cap, exactly, hexadecimal, items, number, text

SCALARS = ("input_length", "instruction_offset", "heap_size", "budget")
COUNTS = ("instructions", "memory_operations")
RESULT_KEYS = {"outcome", "steps", "compute_units", "outputs", *COUNTS}
STATEMENT_KEYS = {*SCALARS, *RESULT_KEYS, "rules", "cap", "log_heights"}
STATEMENT_KEYS |= {"public_input", "environment", "multiplicities"}
QUANTITIES = {*SCALARS, "environment_length"}
RULE_KEYS = {"target", "num_slots", "entry", "regions", "registers"}
IMAGE, ZERO, INPUT, OUTPUT, REGISTERS, ENVIRONMENT = range(6)
LARGEST_COUNT = 2**36
LONGEST_ENVIRONMENT, LONGEST_OUTPUT = 2**16, 2**22  # bytes
Quantity = int | str


class RegionRule(NamedTuple):
    """A region of memory, its size maybe a quantity of the claim."""

    kind: int
    address: int
    size: Quantity
    writable: bool
    gapped: bool


THE_ENVIRONMENT = RegionRule(ENVIRONMENT, 0, "environment_length", True, False)


class RegisterRule(NamedTuple):
    """What a register starts with."""

    register: int
    base: int
    quantity: Quantity
    zero_if_empty: bool


class Rules(NamedTuple):
    """The rules of a program."""

    target: str
    num_slots: int
    entry: int
    regions: tuple[RegionRule, ...]
    registers: tuple[RegisterRule, ...]


class Statement(NamedTuple):
    """The header of a proof."""

    rules_text: str
    rules: Rules
    cap: Cap
    log_heights: tuple[tuple[str, int], ...]
    scalars: dict[str, int]
    public_input: bytes | None
    environment: bytes
    outcome: tuple[int, int]
    steps: int
    compute_units: int
    counts: tuple[int, ...]
    outputs: bytes
    multiplicities: tuple[int, ...]

    def amount(self, quantity: Quantity) -> int:
        """A quantity of a rule, by the claim."""
        if quantity == "environment_length":
            return len(self.environment)
        return self.scalars[quantity] if isinstance(quantity, str) else quantity


def read_statement(header: bytes) -> Statement:
    """The statement of a header."""
    try:
        found = exactly(canonical(header.decode("ascii")), STATEMENT_KEYS)
    except UnicodeDecodeError as error:
        raise Refused("the header is not ASCII") from error
    rules_text = text(found["rules"])
    statement = Statement(
        rules_text=rules_text,
        rules=_read_rules(rules_text),
        cap=cap(found["cap"]),
        log_heights=tuple(map(_read_height, items(found["log_heights"]))),
        scalars={name: number(found[name], 2**32) for name in SCALARS},
        public_input=None if found["public_input"] is None else hexadecimal(found["public_input"]),
        environment=hexadecimal(found["environment"]),
        outcome=_read_outcome(found["outcome"]),
        steps=number(found["steps"]),
        compute_units=number(found["compute_units"]),
        counts=tuple(number(found[name], LARGEST_COUNT) for name in COUNTS),
        outputs=hexadecimal(found["outputs"]),
        multiplicities=tuple(number(value, 2**32) for value in items(found["multiplicities"])),
    )
    names = [name for name, _ in statement.log_heights]
    require(names == sorted(set(names)), "names of the log heights do not ascend")
    require(len(statement.outputs) <= LONGEST_OUTPUT, "there are too many outputs")
    require(len(statement.environment) <= LONGEST_ENVIRONMENT, "the environment is too long")
    require(len(statement.environment) % 8 == 0, "the environment ends within a word")
    reads = any(rule.kind == ENVIRONMENT for rule in statement.rules.regions)
    require(reads or not statement.environment, "there is an environment that nobody reads")
    if statement.public_input is not None:
        require(
            len(statement.public_input) == statement.scalars["input_length"], "the input has another length"
        )
    return statement


def _read_height(value: object) -> tuple[str, int]:
    """The log height of an air with program columns."""
    name, height = items(value, 2)
    return text(name), number(height)


def _read_outcome(value: object) -> tuple[int, int]:
    """An exit or a fault."""
    kind, detail = items(value, 2)
    return number(kind, 32), number(detail)


def _read_rules(rules_text: str) -> Rules:
    """The rules, again canonical JSON."""
    found = exactly(canonical(rules_text), RULE_KEYS)
    rules = Rules(
        target=text(found["target"]),
        num_slots=number(found["num_slots"]),
        entry=number(found["entry"]),
        regions=tuple(map(_read_region, items(found["regions"]))),
        registers=tuple(map(_read_register, items(found["registers"]))),
    )
    _check_unambiguous(rules)
    return rules


def _check_unambiguous(rules: Rules) -> None:
    """Refuse rules under which one input could have two runs."""
    registers = [rule.register for rule in rules.registers]
    require(len(registers) == len(set(registers)), "a register has two rules")
    inputs = [rule for rule in rules.regions if rule.kind == INPUT]
    require(len(inputs) <= 1, "there are two regions for the input")
    gapped = [rule for rule in rules.regions if rule.gapped]
    require(len(gapped) <= 1, "there are two gapped regions")
    require(all(rule.writable for rule in gapped), "a gapped region is not writable")
    environments = [rule for rule in rules.regions if rule.kind == ENVIRONMENT]
    require(environments in ([], [THE_ENVIRONMENT]), "the environment has two rules or a wrong one")


def _read_region(value: object) -> RegionRule:
    """A row of the regions."""
    kind, address, size, writable, gapped = items(value, 5)
    return RegionRule(number(kind, 6), number(address), _quantity(size), _flag(writable), _flag(gapped))


def _read_register(value: object) -> RegisterRule:
    """A row of the registers."""
    register, base, quantity, zero = items(value, 4)
    return RegisterRule(number(register, 16), number(base), _quantity(quantity), _flag(zero))


def _flag(value: object) -> bool:
    """A 0 or a 1."""
    return number(value, 2) == 1


def _quantity(value: object) -> Quantity:
    """A number or the name of a quantity of the claim."""
    if isinstance(value, str):
        require(value in QUANTITIES, "a quantity is none of the claim")
        return value
    return number(value, WORD)
