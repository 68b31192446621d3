"""System calls: the few of Linux that a static program makes to read, write, get memory and end.

The number is in a7, arguments in a0 to a5, the answer comes back in a0: negative numbers are errors, as on
Linux. A call that the table does not have is a fault, and its number is then the run's output.
"""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.memory_map import OUTPUT_WORD
from zisk_py.isa.operations import ADD, EQ, LTU, SUB
from zisk_py.transpiler.riscv.context import BREAK, CALLER, INPUT_POSITION, Context, into, x
from zisk_py.transpiler.riscv.encodings import Instruction
from zisk_py.transpiler.riscv.hidden_layout import ERROR_STREAM, MAX_STREAM_BYTES, OUTPUT_STREAM
from zisk_py.transpiler.riscv.layout import (
    INPUT_BASE,
    INPUT_LENGTH_REGISTER,
    ZISK_OUTPUT,
    ZISK_OUTPUT_BYTES,
    heap_range,
    stack_top,
)
from zisk_py.transpiler.riscv.program import Convention
from zisk_py.transpiler.riscv.ranges import check_range
from zisk_py.transpiler.riscv.streams import append, take_input
from zisk_py.transpiler.rom_builder import EXIT, Label

A0, A1, A2, A7 = (x(number) for number in (10, 11, 12, 17))
SP = 2
ECALL_SLOTS = 2
NUMBER_BYTES = 8  # of an unknown call's number, as output
STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR = range(3)
NO_FILE, BAD_FILE, BAD_ADDRESS, NO_TERMINAL, NO_ROOM, NO_SEEKING = 2, 9, 14, 25, 28, 29  # errno
STAT_BYTES, MODE_OFFSET, PIPE_MODE = (
    128,
    16,
    0o10600,
)  # of struct stat: a pipe has no place and is no terminal


def emit_start(context: Context) -> None:
    """What is done before the first instruction: registers get what the convention gives them."""
    builder = context.builder
    builder.begin_routine(Label("start"))
    builder.copy(immediate(stack_top(context.program)), into(SP))
    builder.copy(immediate(heap_range(context.program)[0]), BREAK)
    if context.program.convention is Convention.ZISK:
        builder.copy(immediate(INPUT_BASE), A0)
        builder.copy(immediate(ZISK_OUTPUT), A1)
    builder.end(builder.slot_label(context.program.slot(context.program.entry)))


def lower_system_call(context: Context, instruction: Instruction) -> None:
    """Remember the slot and go to the routine that all calls share."""
    calls = context.routine("system call", _emit_system_call)
    context.builder.copy(immediate(context.slot_of(instruction)), CALLER, then=calls)


def _emit_system_call(context: Context) -> None:
    builder = context.builder
    for number, (name, emit) in SYSTEM_CALLS.items():
        builder.branch(EQ, A7, immediate(number), context.routine(name, emit))
    for number, answer in ANSWERS.items():
        following = Label("another call")
        builder.branch(EQ, A7, immediate(number), None, following)
        _answer(context, immediate(answer))
        builder.place(following)
    builder.copy(A7, hidden(OUTPUT_WORD + 1))
    builder.copy(immediate(NUMBER_BYTES), hidden(OUTPUT_WORD))
    builder.fault_at(FaultKind.UNKNOWN_SYSTEM_CALL, CALLER)


def _answer(context: Context, value: Operand) -> None:
    """Go on behind the call with the value in a0."""
    if value != A0:
        context.builder.copy(value, A0)
    context.builder.jump_to_slot(ADD, CALLER, immediate(ECALL_SLOTS))


def _answer_with_error(context: Context, label: Label, error: int) -> None:
    context.builder.place(label)
    _answer(context, immediate(-error))


def _exit(context: Context) -> None:
    """a0 is the exit code. A program for ZisK that wrote nothing to a stream has its outputs in memory."""
    builder = context.builder
    if context.program.convention is Convention.ZISK:
        end, output = Label("end"), immediate(ZISK_OUTPUT)
        builder.branch(EQ, hidden(OUTPUT_WORD), immediate(0), None, end)
        for number in range(ZISK_OUTPUT_BYTES // 8):
            builder.load(output, 8 * number, 8, hidden(OUTPUT_WORD + 1 + number))
        builder.copy(immediate(ZISK_OUTPUT_BYTES), hidden(OUTPUT_WORD))
        builder.place(end)
    builder.copy(A0, then=EXIT)


def _read(context: Context) -> None:
    """a0 file, a1 where to, a2 how many bytes at most."""
    builder, bad, enough = context.builder, Label("bad file"), Label("as much as is wanted")
    address, left, count, no_place = (*(context.temporary(i) for i in (1, 2, 3)), Label("bad address"))
    builder.branch(EQ, A0, immediate(STANDARD_INPUT), None, bad)
    builder.compute(SUB, register(INPUT_LENGTH_REGISTER), INPUT_POSITION, count)
    builder.branch(LTU, count, A2, enough)
    builder.copy(A2, count)
    builder.place(enough)
    check_range(context, A1, count, is_written=True, otherwise=no_place)
    builder.copy(A1, address)
    builder.copy(count, left)
    take_input(context, address, left)
    _answer(context, count)
    _answer_with_error(context, bad, BAD_FILE)
    _answer_with_error(context, no_place, BAD_ADDRESS)


def _write(context: Context) -> None:
    """a0 file, a1 where from, a2 how many bytes: all of them, or none where there is no room."""
    builder = context.builder
    stream, address, left = (context.temporary(i) for i in (0, 1, 2))
    most, bad, full = context.temporary(3), Label("bad file"), Label("no room")
    fits, no_place = Label("fits"), Label("bad address")
    _find_stream(context, stream, most, bad)
    builder.load(stream, 0, 8, left, guest=False)
    builder.compute(SUB, most, left)
    builder.branch(LTU, LAST_C, A2, full, fits)
    builder.place(fits)
    check_range(context, A1, A2, is_written=False, otherwise=no_place)
    builder.copy(A1, address)
    builder.copy(A2, left)
    append(context, stream, address, left)
    _answer(context, A2)
    _answer_with_error(context, full, NO_ROOM)
    _answer_with_error(context, bad, BAD_FILE)
    _answer_with_error(context, no_place, BAD_ADDRESS)


def _find_stream(context: Context, stream: Operand, most: Operand, bad: Label) -> None:
    builder, found = context.builder, Label("stream")
    for number, words in ((STANDARD_OUTPUT, OUTPUT_STREAM), (STANDARD_ERROR, ERROR_STREAM)):
        other = Label("another stream")
        builder.branch(EQ, A0, immediate(number), None, other)
        builder.copy(immediate(words), stream)
        builder.copy(immediate(MAX_STREAM_BYTES[words]), most, then=found)
        builder.place(other)
    builder.end(bad)
    builder.place(found)


def _set_break(context: Context) -> None:
    """a0 is where the heap shall end; the answer is where it ends, as before if there is no such place."""
    builder, same = context.builder, Label("as before")
    start, end = heap_range(context.program)
    builder.branch(LTU, A0, immediate(start), same)
    builder.branch(LTU, immediate(end), A0, same)
    builder.copy(A0, BREAK)
    builder.place(same)
    _answer(context, BREAK)


def _describe_file(context: Context) -> None:
    """a0 file, a1 where its description goes: every file is a pipe."""
    builder, bad, no_place = context.builder, Label("bad file"), Label("bad address")
    builder.branch(LTU, immediate(STANDARD_ERROR), A0, bad)
    check_range(context, A1, immediate(STAT_BYTES), is_written=True, otherwise=no_place)
    for offset in range(0, STAT_BYTES, 8):
        builder.store(A1, offset, 8, immediate(PIPE_MODE if offset == MODE_OFFSET else 0))
    _answer(context, immediate(0))
    _answer_with_error(context, bad, BAD_FILE)
    _answer_with_error(context, no_place, BAD_ADDRESS)


SYSTEM_CALLS: dict[int, tuple[str, Callable[[Context], None]]] = {
    63: ("read", _read),
    64: ("write", _write),
    80: ("fstat", _describe_file),
    93: ("exit", _exit),
    94: ("exit_group", _exit),
    214: ("brk", _set_break),
}
ANSWERS = {
    29: -NO_TERMINAL,  # ioctl
    48: -NO_FILE,  # faccessat
    56: -NO_FILE,  # openat
    57: 0,  # close
    62: -NO_SEEKING,  # lseek
    96: 1,  # set_tid_address: the thread
    172: 1,  # getpid
    1024: -NO_FILE,  # open, of newlib
}
