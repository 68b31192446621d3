"""The claim of a run: the scalars that its start depends on."""

from zisk_py.errors import InputError
from zisk_py.isa.rules import NO_BUDGET, Claim, Quantity, Rules
from zisk_py.transpiler.bpf.input_buffer import instruction_offset

DEFAULT_BUDGET = 1_400_000  # compute units: the most that a Solana transaction may ask for
DEFAULT_HEAP_SIZE = 32 * 1024
MAX_INPUT_BYTES = 1 << 30


def make_claim(rules: Rules, data: bytes, *, budget: int | None = None, public: bool = False) -> Claim:
    """The claim for a run on `data`; with `public` the input itself is part of it.

    `budget` is in compute units; None is the target's default. A target without a budget of its own takes
    one all the same. Raises InputError on a budget that is negative or above 2^32 - 1, or too long an input.
    """
    quantities = {rule.quantity for rule in rules.registers} | {rule.size for rule in rules.regions}
    if budget is None:
        budget = DEFAULT_BUDGET if Quantity.BUDGET in quantities else NO_BUDGET
    if not 0 <= budget <= NO_BUDGET:
        raise InputError(f"the budget {budget} is out of range; give 0 to {NO_BUDGET} compute units")
    if len(data) > MAX_INPUT_BYTES:
        raise InputError(f"the input has {len(data)} bytes; at most {MAX_INPUT_BYTES} fit")
    return Claim(
        input_length=len(data),
        instruction_offset=instruction_offset(data) if Quantity.INSTRUCTION_OFFSET in quantities else 0,
        heap_size=DEFAULT_HEAP_SIZE if Quantity.HEAP_SIZE in quantities else 0,
        budget=budget,
        public_input=data if public else None,
    )
