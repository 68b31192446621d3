"""C sources: headers, compilers, what is refused and how, and that the same source gives the same bytes."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest

from c_programs import NEEDS_CLANG, NEEDS_ZIG, SOLANA_TARGETS, SOURCES, zig_as_compiler
from litesvm_runs import refusal
from zisk_py.emulator.execution import execute
from zisk_py.isa.faults import Exit, Outcome
from zisk_py.transpiler.bpf.lenient_loader import WritableData
from zisk_py.transpiler.bpf.object_merger import DuplicateSymbol
from zisk_py.transpiler.bpf.platform import PACKET_CONTEXTS, Mode
from zisk_py.transpiler.bpf.relocatable import UndefinedSymbol
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.sysvar_syscalls import STRUCTS
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.c.compiler import CLANG_VARIABLE, INCLUDE, CompileError, NoCompiler, find_compiler
from zisk_py.transpiler.c.program_source import (
    TARGETS,
    NoTarget,
    ProgramFile,
    WrongFlag,
    build_program_file,
)
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.elf import MissingEntry
from zisk_py.transpiler.front_end import transpile

BY_TARGET = pytest.mark.parametrize("target", TARGETS)
START = "#include <zisk/solana.h>\n"
ENTRY = "u64 entrypoint(u8 *buffer)"


def make(folder: Path, *texts: str, target: str = "sbpf-v3", **options) -> ProgramFile:
    """Build a program of C texts, one file each."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"source{number}.c")
        paths[-1].write_text(text)
    return build_program_file(paths, target, **options)


def outcome(program: ProgramFile, target: str) -> Outcome:
    """How a run on eight bytes ends, the first of them 2."""
    data = b"\x02" + bytes(7)
    rom = transpile(program.data, target=target, entry=program.entry)
    return execute(rom, make_claim(rom.rules, data), data, chunk_size=1 << 10).outcome


# ---- Headers


def test_the_header_declares_the_syscalls_of_the_table():
    header = (INCLUDE / "zisk" / "solana.h").read_text()
    prototype = r"^(?:_Noreturn )?(?:void|u64) \*?(abort|sol_\w+)\("
    declared = re.findall(prototype, header, re.MULTILINE)
    defined = re.findall(r"static inline \w+ \*?(\w+)\(", header)
    assert Counter(declared) - Counter(defined) == Counter(syscall.name for syscall in SYSCALLS.values())


@NEEDS_CLANG
@pytest.mark.parametrize(
    ("header", "target"),
    [
        (path, target)
        for path in sorted(INCLUDE.glob("zisk/*.h"))
        for target, version in TARGETS.items()
        if {"solana.h": version.is_sbpf, "ebpf.h": not version.is_sbpf}.get(path.name, True)
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_header_stands_alone_and_gives_no_warning(header: Path, target: str, tmp_path: Path):
    source, messages = tmp_path / "alone.c", io.StringIO()
    source.write_text(2 * f"#include <zisk/{header.name}>\n")
    find_compiler().compile(source, TARGETS[target], ("-Wall", "-Wextra", "-Werror"), messages)
    assert messages.getvalue() == ""


PACKET_FIELDS = {
    Mode.XDP: ("struct xdp_md", ("data", "data_meta"), ("data_end",), ()),
    Mode.SOCKET_FILTER: ("struct __sk_buff", ("data", "data_meta"), ("data_end",), ("len", "wire_len")),
}


@NEEDS_CLANG
@pytest.mark.parametrize("mode", PACKET_CONTEXTS, ids=lambda mode: mode.value)
def test_a_packet_structure_of_the_header_is_that_of_its_mode(mode: Mode, tmp_path: Path):
    context = PACKET_CONTEXTS[mode]
    name, *names = PACKET_FIELDS[mode]
    checks = [f"sizeof({name}) == {context.size}"]
    for fields, offsets in zip(names, (context.starts, context.ends, context.lengths), strict=True):
        checks += [f"offsetof({name}, {f}) == {at}" for f, at in zip(fields, offsets, strict=True)]
    check_constants("zisk/ebpf.h", checks, tmp_path)


@NEEDS_CLANG
@pytest.mark.parametrize("sysvar", [name for name, (words, _) in STRUCTS.items() if len(words) > 1])
def test_a_sysvar_has_the_size_that_the_runtime_writes(sysvar: str, tmp_path: Path):
    words, alignment = STRUCTS[sysvar]
    name = f"struct sol_{sysvar}"
    checks = [f"sizeof({name}) == {8 * len(words)}", f"_Alignof({name}) == {alignment}"]
    check_constants("zisk/solana.h", checks, tmp_path)


def check_constants(header: str, checks: list[str], folder: Path) -> None:
    """Compile assertions."""
    source = folder / "checks.c"
    asserted = "".join(f'_Static_assert({check}, "");\n' for check in checks)
    source.write_text(f"#include <{header}>\n{asserted}")
    assert find_compiler().compile(source, SBPF_V3)


# ---- What is linked


@NEEDS_CLANG
@BY_TARGET
def test_functions_that_nobody_defines_are_there(target: str, tmp_path: Path):
    """As a compiler calls them, or a program that includes no header."""
    text = """
    void *memset(void *, int, unsigned long);
    void *memcpy(void *, const void *, unsigned long);
    int memcmp(const void *, const void *, unsigned long);
    unsigned long long entrypoint(unsigned char *input) {
      unsigned char a[16], b[16];
      memset(a, 7, sizeof a);
      memcpy(b, a, sizeof b);
      return memcmp(a, b, sizeof a) == 0 ? b[15] : 1;
    }
    """
    assert outcome(make(tmp_path, text, target=target), target) == Exit(7)


@NEEDS_CLANG
@BY_TARGET
def test_a_program_that_has_its_own_memset_keeps_it(target: str, tmp_path: Path):
    own = "void *memset(void *place, int value, unsigned long length) { return (void *)(length + value); }"
    text = f"#include <zisk/memory.h>\n{ENTRY} {{ return (u64)memset(buffer, 1, 41); }}"
    program = make(tmp_path, text, own, target=target, entry="entrypoint")
    assert outcome(program, target) == Exit(42)


@NEEDS_CLANG
@BY_TARGET
def test_static_functions_of_two_files_may_have_one_name(target: str, tmp_path: Path):
    helper = "static __attribute__((noinline)) u64 own(u64 x) { return x * NUMBER; }\n"
    head = "#include <zisk/types.h>\nu64 other(u64);\n"
    first = f"{head}#define NUMBER 3\n{helper}{ENTRY} {{ return own(buffer[0]) + other(buffer[0]); }}"
    second = f"{head}#define NUMBER 100\n{helper}u64 other(u64 x) {{ return own(x); }}"
    program = make(tmp_path, first, second, target=target, entry="entrypoint")
    assert outcome(program, target) == Exit(2 * (3 + 100))


@NEEDS_CLANG
def test_a_constant_is_never_at_null(tmp_path: Path):
    text = (
        f"{START}static const u8 FIRST[] = {{1, 2}};\n{ENTRY} {{ const u8 *volatile p = FIRST; return !p; }}"
    )
    assert outcome(make(tmp_path, text), "sbpf-v3") == Exit(0)


@NEEDS_CLANG
@pytest.mark.parametrize("target", SOLANA_TARGETS)
def test_what_the_entry_does_not_reach_is_not_in_the_program(target: str, tmp_path: Path):
    text = f"{START}static u64 counter;\nu64 unused(void) {{ return counter++; }}\n{ENTRY} {{ return 5; }}"
    assert transpile(make(tmp_path, text, target=target).data).rules.num_slots == 2


@NEEDS_CLANG
@pytest.mark.parametrize("target", SOLANA_TARGETS)
def test_litesvm_loads_every_program(target: str, tmp_path: Path):
    for source in sorted(SOURCES.glob("*.c")):
        if "entrypoint" in source.read_text() and "compute" not in source.read_text():
            assert refusal(build_program_file([source], target).data) == ""


@NEEDS_CLANG
@BY_TARGET
@pytest.mark.parametrize("compiler", ["clang", pytest.param("zig", marks=(NEEDS_ZIG, pytest.mark.slow))])
def test_the_same_source_gives_the_same_bytes_anywhere(target: str, compiler: str, tmp_path: Path):
    text = f"{START}{ENTRY} {{ sol_log_(__FILE__, sizeof __FILE__); sol_panic(); }}"
    if target == "ebpf":
        text = f"#include <zisk/types.h>\n{ENTRY} {{ return __FILE__[buffer[0]]; }}"
    clang = zig_as_compiler(tmp_path) if compiler == "zig" else None
    folders = [tmp_path / "one", tmp_path / "another" / "deeper"]
    made = []
    for folder in folders:
        folder.mkdir(parents=True)
        made.append(make(folder, text, target=target, clang=clang, cflags=("-g",)).data)
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]
    assert b"source0.c" in made[0]


# ---- What is refused

# Text behind the header, and what the message says.
UNSUPPORTED = {
    "six arguments": (
        "__attribute__((noinline)) static u64 six(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)"
        "{ return a + b * c + d * e + f * a; }\n"
        f"{ENTRY} {{ u64 *p = (u64 *)buffer; return six(p[0], p[1], p[2], p[3], p[4], p[5]); }}",
        "at most five arguments",
    ),
    "signed division": (f"{ENTRY} {{ i64 *p = (i64 *)buffer; return p[0] / p[1]; }}", "divide_signed"),
    "variable arguments": (
        "__attribute__((noinline)) static u64 last(int n, ...) {"
        " __builtin_va_list l; __builtin_va_start(l, n); return __builtin_va_arg(l, u64); }\n"
        f"{ENTRY} {{ return last(1, buffer); }}",
        "variable number of arguments",
    ),
    "large product": (
        f"{ENTRY} {{ unsigned __int128 x = *(u64 *)buffer; return x * buffer[9] >> 64; }}",
        "multiply_wide",
    ),
    "structure as result": (
        "struct s { u64 a[4]; };\n"
        "__attribute__((noinline)) static struct s f(u64 x) { struct s r = {{x, x, x, x}}; return r; }\n"
        f"{ENTRY} {{ return f(buffer[0]).a[3]; }}",
        "returns at most 64 bits",
    ),
    "structure as argument": (
        "struct s { u64 a[4]; };\n"
        "__attribute__((noinline)) static u64 f(struct s x) { return x.a[3] + x.a[1]; }\n"
        f"{ENTRY} {{ return f(*(struct s *)buffer); }}",
        "pass its address",
    ),
    "floating point": (f"{ENTRY} {{ double *p = (double *)buffer; return p[0] * p[1]; }}", "floating-point"),
    "large copy": (
        f"struct b {{ u64 x[300]; }};\n{ENTRY} {{ struct b *p = (void *)buffer; p[0] = p[1]; return 0; }}",
        "use memcpy",
    ),
    "large frame": (
        f"void fill(u8 *);\n{ENTRY} {{ u8 b[5000]; sol_memset_(b, 1, sizeof b); return b[*buffer]; }}",
        "too large for its frame",
    ),
    "array of any size": (
        f"{ENTRY} {{ u8 b[*buffer]; sol_memset_(b, 1, *buffer); return b[1]; }}",
        "constant size",
    ),
    "computed goto": (
        f"{ENTRY} {{ void *t[] = {{&&a, &&b}}; goto *t[*buffer]; a: return 1; b: return 2; }}",
        "computed goto",
    ),
    "undeclared function": (f"{ENTRY} {{ return missing(buffer); }}", "its messages say why"),
    "a library of this machine": (f"#include <stdio.h>\n{ENTRY} {{ return 0; }}", "its messages say why"),
    "syntax": (f"{ENTRY} {{", "its messages say why"),
}


@NEEDS_CLANG
@pytest.mark.parametrize("compiler", ["clang", pytest.param("zig", marks=(NEEDS_ZIG, pytest.mark.slow))])
@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_bpf_cannot_do_is_said_in_one_sentence(case: str, compiler: str, tmp_path: Path):
    text, advice = UNSUPPORTED[case]
    clang, messages = zig_as_compiler(tmp_path) if compiler == "zig" else None, io.StringIO()
    with pytest.raises(CompileError, match=advice) as refused:
        make(tmp_path, START + text, clang=clang, messages=messages)
    assert "source0.c" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert messages.getvalue()
    assert "Stack dump" not in messages.getvalue()


UNLINKABLE = {
    "variable": (
        f"{START}static u64 counter;\n{ENTRY} {{ return ++counter + *buffer; }}",
        WritableData,
        "counter",
    ),
    "initialized variable": (
        f"{START}u64 total = 7;\n{ENTRY} {{ return total += *buffer; }}",
        WritableData,
        "total",
    ),
    "unknown function": (
        f"{START}u64 sol_sha265(u8 *);\n{ENTRY} {{ return sol_sha265(buffer); }}",
        UndefinedSymbol,
        "sol_sha265",
    ),
    "unknown constant": (
        f"{START}extern const u64 LIMIT;\n{ENTRY} {{ return LIMIT; }}",
        UndefinedSymbol,
        "LIMIT",
    ),
    "no entry": (f"{START}u64 start(u8 *buffer) {{ return *buffer; }}", MissingEntry, "entrypoint"),
}


@NEEDS_CLANG
@pytest.mark.parametrize("target", SOLANA_TARGETS)
@pytest.mark.parametrize("case", UNLINKABLE)
def test_what_cannot_be_linked_is_named(case: str, target: str, tmp_path: Path):
    text, error, name = UNLINKABLE[case]
    with pytest.raises(error, match=name):
        make(tmp_path, text, target=target)


@NEEDS_CLANG
def test_a_function_that_is_there_twice_is_refused_with_both_files(tmp_path: Path):
    with pytest.raises(DuplicateSymbol, match=r"source0.c and source1.c both define 'entrypoint'"):
        make(tmp_path, f"{START}{ENTRY} {{ return 1; }}", f"{START}{ENTRY} {{ return 2; }}")


@NEEDS_CLANG
def test_several_ebpf_functions_need_an_entry(tmp_path: Path):
    program = make(tmp_path, "int first(void) { return 1; }\nint second(void) { return 2; }", target="ebpf")
    with pytest.raises(MissingEntry, match="first, second"):
        transpile(program.data)


@pytest.mark.parametrize("target", ["auto", "sbpf", "sbpf-v1", "sbpf-v2"])
def test_c_needs_a_target_that_it_can_be_built_for(target: str):
    with pytest.raises(NoTarget, match="sbpf-v3, sbpf-v0, ebpf, riscv"):
        build_program_file([SOURCES / "counter.c"], target)


def test_a_flag_that_sbpf_would_not_run_alike_is_refused():
    with pytest.raises(WrongFlag, match="-mcpu=v3"):
        build_program_file([SOURCES / "counter.c"], "sbpf-v3", cflags=("-mcpu=v3",))


# ---- Compilers


def test_without_a_compiler_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv(CLANG_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NoCompiler, match=r"apt install clang.*zisk-py\[c\]"):
        find_compiler()


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_a_compiler_that_is_not_there_is_named(by: str, monkeypatch: pytest.MonkeyPatch):
    if by == "environment":
        monkeypatch.setenv(CLANG_VARIABLE, "none-such")
    with pytest.raises(NoCompiler, match="none-such"):
        find_compiler("none-such" if by == "argument" else None)


def test_a_command_that_is_no_compiler_is_named():
    with pytest.raises(NoCompiler, match="false"):
        find_compiler("false")
