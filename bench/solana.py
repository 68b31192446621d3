"""Six programs at the rate of this package and of LiteSVM's compiled code; then token transfers, proven.

python bench/solana.py [--token spl_token.so]

LiteSVM runs the same file in transactions of one instruction. It is timed in two ways: the whole transaction,
and that less an empty program's on the same account. Ours is the time of `Program.execute`, which transpiles
nothing and keeps no trace. Every time is the best of several.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from solders.account import Account
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.input_buffer import InputAccount, serialize
from zisk_py.transpiler.bpf.versions import SBPF_V0
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

sys.path.append(str(Path(__file__).parents[1] / "tests"))


from bpf_programs import ACCOUNT_DATA, sbpf_file
from deployed.comparison import input_of
from deployed.programs import program
from deployed.tables import CASES

BUDGET = 1_400_000
DATA_BYTES = 128 << 10
HASHED_BYTES = 16 << 10
RUNS = 10
END = "mov r0, 0\nexit"


def loop(turns: int, *body: str, before: str = "") -> str:
    """A loop that counts r2 down."""
    lines = "\n".join(body)
    return f"{before}\nmov r2, {turns}\nloop:\n{lines}\nsub r2, 1\njne r2, 0, loop\n{END}"


DATA = f"lddw r1, {ACCOUNT_DATA:#x}"
RECURSION = f"""
ja start
f: stxdw [r10-8], r1
jeq r1, 0, done
sub r1, 1
call f
ldxdw r0, [r10-8]
done: exit
start: mov r6, 1024
again: mov r1, 17
call f
sub r6, 1
jne r6, 0, again
{END}
"""
HASHING = f"""
{DATA}
stxdw [r10-16], r1
mov r1, {HASHED_BYTES}
stxdw [r10-8], r1
mov r1, r10
add r1, -16
mov r2, 1
mov r3, r10
add r3, -48
syscall sol_sha256
{END}
"""
WORKLOADS = {
    "byte loads": loop(DATA_BYTES, "ldxb r3, [r1+0]", "add r0, r3", "add r1, 1", before=DATA),
    "stack": loop(DATA_BYTES, "stxdw [r10-8], r2", "ldxdw r3, [r10-8]"),
    "empty loop": loop(DATA_BYTES),
    "recursion, 18 frames": RECURSION,
    "64-bit loads": loop(DATA_BYTES // 2, "ldxdw r3, [r1+0]", before=DATA),
    "hashing": HASHING,
}
HASHING_NAME = "hashing"  # its rates are those of bytes, all others those of instructions


def best(action: Callable[[], object]) -> float:
    """Seconds of the fastest of several calls."""
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


class Machine:
    """A LiteSVM with one program and one account of DATA_BYTES."""

    def __init__(self, file: bytes) -> None:
        self.svm = LiteSVM().with_sigverify(False).with_blockhash_check(False).with_transaction_history(0)
        self.program, self.account, payer = Pubkey(b"\x09" * 32), Pubkey(b"\x77" * 32), Keypair()
        self.svm.airdrop(payer.pubkey(), 10**12)
        self.svm.add_program(self.program, file)
        self.svm.set_account(self.account, Account(10**10, bytes(DATA_BYTES), self.program))
        call = Instruction(self.program, b"", [AccountMeta(self.account, False, True)])
        blockhash = self.svm.latest_blockhash()
        instructions = [set_compute_unit_limit(BUDGET), call]
        message = Message.new_with_blockhash(instructions, payer.pubkey(), blockhash)
        self.transaction = Transaction([payer], message, blockhash)

    def run(self) -> int:
        """Compute units of the program. Raises RuntimeError if it fails."""
        result = self.svm.send_transaction(self.transaction)
        if hasattr(result, "err"):
            raise RuntimeError(f"LiteSVM refuses a workload: {result.err()}")
        return int(result.compute_units_consumed())

    def input(self) -> bytes:
        """What the program is given."""
        account = InputAccount(
            bytes(self.account), bytes(self.program), 10**10, bytes(DATA_BYTES), is_writable=True
        )
        return serialize([account], b"", bytes(self.program))


def report_workloads() -> None:
    """A line for each workload, all rates in million a second."""
    empty = Machine(sbpf_file(END, SBPF_V0))
    fixed = best(empty.run)
    print(f"a transaction of an empty program takes LiteSVM {fixed * 1e6:.0f} us; rates in million a second")
    print(
        f"{'':22} {'instructions':>12} {'our steps':>10} {'steps/s':>8} {'instr/s':>8} "
        f"{'LiteSVM':>8} {'net':>8} {'our time / net':>15}"
    )
    for name, source in WORKLOADS.items():
        file = sbpf_file(source, SBPF_V0)
        machine, ours = Machine(file), Program(transpile(file))
        data = machine.input()
        run = ours.execute(data, budget=BUDGET)
        if run.outcome != Exit(0):
            raise RuntimeError(f"{name} ends with {run.outcome}")
        machine.run()
        here, there = best(lambda p=ours, d=data: p.execute(d, budget=BUDGET)), best(machine.run)
        net = max(there - fixed, 1e-9)
        work = HASHED_BYTES if name == HASHING_NAME else run.compute_units
        rates = " ".join(f"{work / seconds / 1e6:8.1f}" for seconds in (here, there, net))
        print(
            f"{name:22} {work:12,} {run.steps:10,} {run.steps / here / 1e6:8.1f} {rates} {here / net:15.1f}",
            flush=True,
        )
        if name == HASHING_NAME:
            print(f"    of bytes; {run.steps * 64 / HASHED_BYTES:,.0f} steps for 64 of them")


def report_transfer(name: str, loaded: Program) -> None:
    """Prove and verify a token transfer."""
    data = input_of(CASES["p-token/transfer"])
    start = time.perf_counter()
    loaded.id  # noqa: B018 - committed once for all proofs
    committed = time.perf_counter()
    proof = loaded.prove(data)
    proven = time.perf_counter()
    stated = proof.verify(loaded).statement
    end = time.perf_counter()
    print(
        f"{name} transfer: {stated.outcome}, {stated.compute_units:,} units, {stated.steps:,} steps, "
        f"program committed in {committed - start:.2f} s, proven in {proven - committed:.2f} s, "
        f"{proof.size:,} bytes, verified in {end - proven:.2f} s"
    )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--token", type=Path, metavar="FILE", help="the classic token program, to prove too")
    arguments = parser.parse_args()
    report_workloads()
    report_transfer("p-token", program("p-token"))
    if arguments.token:
        report_transfer(str(arguments.token), Program.load(arguments.token))


if __name__ == "__main__":
    main()
