"""An instruction of a deployed program, here and in LiteSVM."""

import struct

from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

import litesvm_runs
from bpf_programs import Ended, difference, execute_rom
from deployed.cases import Case
from deployed.programs import PROGRAMS, loader_of, program
from litesvm_runs import BUDGET, LiteRun
from zisk_py.isa.faults import Exit, FaultKind, Outcome
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Place, find_places, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS

State = tuple[int, bytes, bytes]  # lamports, owner, data


def input_of(case: Case) -> bytes:
    """What the program is given."""
    loader = loader_of(case.program)
    return serialize(case.accounts, case.instruction, PROGRAMS[case.program].key, loader)


def run_here(case: Case) -> Ended:
    """Execute the instruction with this package."""
    return execute_rom(program(case.program).rom, input_of(case), BUDGET)


def run_there(case: Case) -> LiteRun:
    """Execute the instruction in LiteSVM."""
    named = [case.accounts[a] if isinstance(a, int) else a for a in case.accounts]
    accounts = [account for account in named if isinstance(account, InputAccount)]
    address = Pubkey.from_string(PROGRAMS[case.program].address)
    return litesvm_runs.run_in(LiteSVM(), address, case.instruction, accounts)


def states_here(case: Case, run: Ended) -> list[State]:
    """The accounts that are no repetitions, as the run left them."""
    memory = run.memory[INPUT_ADDRESS]
    places = find_places(input_of(case), loader_of(case.program))
    assert places is not None
    found = []
    for place in places.accounts:
        if isinstance(place, Place):
            (lamports,) = struct.unpack_from("<Q", memory, place.lamports)
            (length,) = struct.unpack_from("<Q", memory, place.length)
            owner = memory[place.owner : place.owner + 32]
            found.append((lamports, owner, memory[place.data : place.data + length]))
    return found


def states_there(case: Case, run: LiteRun) -> list[State | None]:
    """The same accounts in LiteSVM; None for one that is gone."""
    return [
        account and (account.lamports, bytes(account.owner), bytes(account.data))
        for given, account in zip(case.accounts, run.accounts, strict=True)
        if isinstance(given, InputAccount)
    ]


def is_end(case: Case, outcome: Outcome) -> bool:
    """Whether the outcome is that of the case."""
    if isinstance(case.ends, FaultKind):
        return not isinstance(outcome, Exit) and outcome.kind is case.ends
    return outcome == Exit(case.ends)


def disagreement(case: Case, ours: Ended, theirs: LiteRun) -> str:
    """What differs in outcome, compute units, logs, return data and accounts; "" if nothing."""
    found = difference(ours, theirs)
    return found if found or theirs.failure else state_difference(case, ours, theirs)


def state_difference(case: Case, ours: Ended, theirs: LiteRun) -> str:
    """The first account that differs after a success; "" if none does."""
    pairs = zip(states_here(case, ours), states_there(case, theirs), strict=True)
    for number, (here, there) in enumerate(pairs):
        if here != there and not (there is None and here[0] == 0):
            return f"account {number} is {here}, in LiteSVM it is {there}"
    return ""
