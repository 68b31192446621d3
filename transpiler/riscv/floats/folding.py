"""Constants in the code of a routine, and what is not needed where an operand may be any number.

RISC-V makes a constant of 64 bits by several instructions; a row of the ROM just has it. What an instruction
computes from constants is found by its own rule and the meaning of the operations, not by another table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zisk_py.isa.instruction import LAST_C, Operand, Source
from zisk_py.isa.operations import Operation
from zisk_py.transpiler.riscv.arithmetic import Lowering
from zisk_py.transpiler.riscv.context import Context, x
from zisk_py.transpiler.riscv.encodings import Form, Instruction
from zisk_py.transpiler.riscv.program import RiscvProgram
from zisk_py.transpiler.rom_builder import Label, RomBuilder

RETURN_ADDRESS = 1
RESULTS = frozenset({RETURN_ADDRESS, 10, 11})  # what is needed where a routine ends: ra, a0, a1
ARGUMENTS = RESULTS | {12, 13}  # where it goes on as another one
JUMPS = (Form.JUMP, Form.JUMP_REGISTER, Form.BRANCH)

Constants = Mapping[int, int]  # number of a register -> its value


@dataclass(frozen=True, slots=True)
class Folded:
    """An instruction that is needed, or a jump, and what is known of its registers."""

    instruction: Instruction
    constants: Constants  # before it
    value: int | None  # what it puts into rd, where that is always the same


def fold(code: Sequence[Instruction], program: RiscvProgram, rules: Mapping[str, Lowering]) -> list[Folded]:
    """What is left of the code of a routine, which starts at its first instruction."""
    known = _find_constants(code, program, rules)
    reached = [one for one in code if one.address in known]
    values = {one.address: _evaluate(one, known[one.address], program, rules) for one in reached}
    needed = _find_needed(reached, known, values)
    return [Folded(one, known[one.address], values[one.address]) for one in reached if one.address in needed]


def successors(instruction: Instruction) -> tuple[int, ...]:
    """The addresses that may be next; none behind a computed jump."""
    target, following = instruction.address + instruction.imm, instruction.address + instruction.size
    match instruction.encoding.form:
        case Form.JUMP_REGISTER:
            return ()
        case Form.JUMP:
            return (target,)
        case Form.BRANCH:
            return (target, following)
    return (following,)


def _find_constants(
    code: Sequence[Instruction], program: RiscvProgram, rules: Mapping[str, Lowering]
) -> dict[int, Constants]:
    """Address of each instruction in reach -> the registers that have one value on all ways there."""
    at = {one.address: one for one in code}
    known: dict[int, Constants] = {code[0].address: {}}
    waiting = [code[0].address]
    while waiting:
        instruction = at[waiting.pop()]
        before = known[instruction.address]
        value = _evaluate(instruction, before, program, rules)
        after = {number: constant for number, constant in before.items() if number != instruction.rd}
        if value is not None:
            after[instruction.rd] = value
        for address in successors(instruction):
            if address in at:
                found = known.get(address)
                merged = after if found is None else dict(found.items() & after.items())
                if merged != found:
                    known[address] = merged
                    waiting.append(address)
    return known


def _find_needed(
    code: Sequence[Instruction], known: Mapping[int, Constants], values: Mapping[int, int | None]
) -> set[int]:
    """Addresses of jumps, and of instructions whose result something may use."""
    used: dict[int, frozenset[int]] = {one.address: frozenset() for one in code}  # before the instruction
    needed: set[int] = set()
    is_changed = True
    while is_changed:
        is_changed = False
        for one in reversed(code):
            ways = [used.get(address, ARGUMENTS) for address in successors(one)]
            after = frozenset().union(*ways) if ways else RESULTS
            if one.encoding.form in JUMPS or one.rd in after:
                needed.add(one.address)
                after -= {one.rd}
                if values[one.address] is None:
                    after |= _sources(one) - known[one.address].keys()
            if after != used[one.address]:
                used[one.address], is_changed = after, True
    return needed


def _sources(instruction: Instruction) -> frozenset[int]:
    fields = instruction.encoding.form.layout.fields
    return frozenset(getattr(instruction, name) for name in ("rs1", "rs2") if name in fields) - {0}


def _evaluate(
    instruction: Instruction, known: Constants, program: RiscvProgram, rules: Mapping[str, Lowering]
) -> int | None:
    """What an instruction puts into rd, if that follows from what is known."""
    if instruction.encoding.form in JUMPS or not _sources(instruction) <= known.keys():
        return None
    rows = _Calculation({x(number): value for number, value in known.items()})
    rules[instruction.encoding.name](Context(program, rows), instruction)
    return None if rows.has_branches else rows.values.get(x(instruction.rd))


class _Calculation(RomBuilder):
    """Computes the rows that are added instead of keeping them."""

    def __init__(self, values: dict[Operand, int]) -> None:
        """Start with the values of some registers."""
        super().__init__()
        self.values = values
        self.has_branches = False
        self._last = 0

    def place(self, label: Label) -> None:
        """Only branches go to labels."""

    def end(self, then: Label) -> None:
        """Only branches go to labels."""

    def _add(self, fields: dict[str, object], then: Label | None, branch: Label | None) -> None:
        op, a, b, key = fields["op"], fields["a"], fields["b"], fields.get("store_key")
        assert isinstance(op, Operation)
        assert isinstance(a, Operand)
        assert isinstance(b, Operand)
        self.has_branches |= branch is not None
        if not self.has_branches:
            self._last, _ = op.semantics(self._value(a), self._value(b))
            if isinstance(key, int):
                self.values[Operand(Source.KEYED, key)] = self._last

    def _value(self, operand: Operand) -> int:
        if operand.source is Source.IMMEDIATE:
            return operand.value
        return self._last if operand == LAST_C else self.values[operand]
