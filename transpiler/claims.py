"""The claim of a run: the scalars that its start depends on."""

from zisk_py.errors import InputError
from zisk_py.isa.rules import NO_BUDGET, Claim, Quantity, Rules
from zisk_py.transpiler.bpf.environment import Environment
from zisk_py.transpiler.bpf.input_buffer import instruction_offset

DEFAULT_BUDGET = 1_400_000  # compute units: the most that a Solana transaction may ask for
DEFAULT_HEAP_SIZE = 32 * 1024
HEAP_STEP = 1024  # bytes
MAX_HEAP_SIZE = 256 * 1024
MAX_INPUT_BYTES = 1 << 30


def make_claim(
    rules: Rules,
    data: bytes,
    *,
    budget: int | None = None,
    environment: bytes | None = None,
    heap_size: int | None = None,
    public: bool = False,
) -> Claim:
    """The claim for a run on `data`; with `public` the input itself is part of it.

    budget       compute units; None is the target's default, and a target without one takes one all the same
    environment  what the program can read of the world around it; None is that of a fresh chain
    heap_size    bytes: 32 KiB (None) to 256 KiB, in steps of 1 KiB; only a `SolanaRuntime` charges for more

    Raises InputError on what is out of range, and on an environment or a heap size that the program does not
    ask for.
    """
    quantities = {rule.quantity for rule in rules.registers} | {rule.size for rule in rules.regions}
    if budget is None:
        budget = DEFAULT_BUDGET if Quantity.BUDGET in quantities else NO_BUDGET
    if not 0 <= budget <= NO_BUDGET:
        raise InputError(f"the budget {budget} is out of range; give 0 to {NO_BUDGET} compute units")
    if len(data) > MAX_INPUT_BYTES:
        raise InputError(f"the input has {len(data)} bytes; at most {MAX_INPUT_BYTES} fit")
    has_heap = Quantity.HEAP_SIZE in quantities
    if heap_size is not None and not has_heap:
        raise InputError("the program has no heap; leave its size out")
    size = DEFAULT_HEAP_SIZE if heap_size is None else heap_size
    if not DEFAULT_HEAP_SIZE <= size <= MAX_HEAP_SIZE or size % HEAP_STEP:
        raise InputError(
            f"a heap of {size} bytes is impossible; give {DEFAULT_HEAP_SIZE} to {MAX_HEAP_SIZE}, in steps of "
            f"{HEAP_STEP}"
        )
    if environment is None:
        environment = Environment.default().to_bytes() if rules.has_environment else b""
    elif rules.has_environment and rules.target.startswith("sbpf"):
        Environment.from_bytes(environment)
    claim = Claim(
        input_length=len(data),
        instruction_offset=instruction_offset(data) if Quantity.INSTRUCTION_OFFSET in quantities else 0,
        heap_size=size if has_heap else 0,
        budget=budget,
        public_input=data if public else None,
        environment=environment,
    )
    rules.start_regions(claim)  # refuses an environment that is none of this program
    return claim
