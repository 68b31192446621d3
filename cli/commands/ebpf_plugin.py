"""`zisk-py ebpf-plugin`: runs one eBPF program for the runner of bpf_conformance.

The runner executes a path, so the same is installed as `zisk-py-ebpf-plugin`. It starts the plug-in once for
each test: nothing of the prover is imported here.
"""

import sys

import click

from zisk_py.cli.endings import BAD_INPUT, DONE, GUEST_FAULT, exit_code
from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output, number
from zisk_py.errors import ZiskError

# The tests want a helper 5 that returns; Linux has bpf_ktime_get_ns there.
HELPERS = {5: "mov r0, r1\nexit"}
CHUNK_SIZE = 1 << 18
MAX_STEPS = 1 << 24  # no test has more than a thousand


@click.command("ebpf-plugin")
@click.argument("memory", default="")
@click.option("--elf", is_flag=True, help="Standard input is a relocatable object, not bytecode.")
@output_options()
def command(output: Output, memory: str, elf: bool) -> int:
    """Run an eBPF program for bpf_conformance.

    The program comes on standard input and MEMORY, which r1 points to, as an argument, both as hex bytes.
    Prints r0 in hex, or the reason why there is none.
    """
    try:
        data, program = bytes.fromhex(memory), bytes.fromhex(sys.stdin.read())
    except ValueError as error:
        print(f"memory and program must be hex bytes: {error}", file=output.streams.err)
        return BAD_INPUT
    try:
        return _run(output, program, data, "auto" if elf else "ebpf")
    except ZiskError as error:
        print(error, file=output.streams.err)
        return exit_code(error)


def _run(output: Output, program: bytes, data: bytes, target: str) -> int:
    from zisk_py import emulator
    from zisk_py.isa.faults import Exit
    from zisk_py.transpiler.bpf.platform import Platform
    from zisk_py.transpiler.claims import make_claim
    from zisk_py.transpiler.front_end import transpile

    rom = transpile(program, target, platform=Platform(HELPERS))
    claim = make_claim(rom.rules, data)
    run = emulator.execute(rom, claim, data, chunk_size=CHUNK_SIZE, max_steps=MAX_STEPS, keep_chunks=False)
    if isinstance(run.outcome, Exit):
        code = run.outcome.code
        if output.form == "json":
            output.results([number("r0", code)])
        else:
            output.line(f"{code:x}")
        return DONE
    print(f"{run.outcome.kind.name} at slot {run.outcome.pc}", file=output.streams.err)
    return GUEST_FAULT


def run() -> None:
    """The entry point of `zisk-py-ebpf-plugin`."""
    from zisk_py.cli.main import main

    sys.exit(main(["ebpf-plugin", *sys.argv[1:]], sys.stdout, sys.stderr))
