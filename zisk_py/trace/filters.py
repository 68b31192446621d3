"""Which instructions of a run are kept."""

from typing import NamedTuple

from zisk_py.trace.witness import OpcodeWitness


class Filter(NamedTuple):
    """What an instruction must meet; an empty or missing part allows all.

    pcs      slots
    opcodes  names or numbers, as text: "add", "0x07"
    first    the first step
    last     the last step
    """

    pcs: tuple[int, ...] = ()
    opcodes: tuple[str, ...] = ()
    first: int = 0
    last: int = (1 << 64) - 1

    def allows(self, witness: OpcodeWitness) -> bool:
        """Whether the instruction is kept."""
        return (
            self.first <= witness.step_number <= self.last
            and (not self.pcs or witness.program_counter in self.pcs)
            and (
                not self.opcodes
                or witness.opcode_name in self.opcodes
                or f"{witness.opcode:#04x}" in self.opcodes
            )
        )


ALL = Filter()
