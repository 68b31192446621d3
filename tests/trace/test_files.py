"""Trace files: written as a stream, read back as they were, and every change of one is noticed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from traced_runs import EBPF_SOURCES, ebpf, tour
from zisk_py import Trace
from zisk_py.errors import InputError, LimitError
from zisk_py.limits import Limits
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.trace import Filter, OpcodeWitness, TraceMismatch, VmStateSnapshot, check_file, write_file
from zisk_py.trace.codec import from_json, to_json
from zisk_py.trace.document import DIGEST, WITNESSES, Head, Tail
from zisk_py.trace.validation import ValidationResult

SEED_KEYS = {
    "document": {
        "initial_state",
        "final_state",
        "opcode_witnesses",
        "program_hash",
        "total_compute_units",
        "total_instructions",
        "success",
        "total_constraints",
        "mathematical_proof_valid",
        "state_reconstruction_valid",
    },
    "witness": {
        "opcode",
        "pre_state",
        "post_state",
        "operands",
        "memory_operations",
        "program_counter",
        "next_program_counter",
        "compute_units_consumed",
        "instruction_bytes",
        "step_number",
    },
    "state": {"registers", "pc", "memory_data", "step_count", "compute_units"},
    "operation": {"address", "data", "op_type", "size", "bounds_valid"},
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("traces") / "execution_trace.json"
    write_file(tour(), path)
    return path


def test_any_json_parser_reads_the_keys_that_users_know(document: Path) -> None:
    parsed = json.loads(document.read_text())
    assert parsed.keys() == {*Head._fields, WITNESSES, *Tail._fields, DIGEST}
    assert parsed.keys() >= SEED_KEYS["document"]
    for witness in parsed[WITNESSES]:
        assert witness.keys() >= SEED_KEYS["witness"]
        assert witness["pre_state"].keys() == SEED_KEYS["state"] == set(VmStateSnapshot._fields)
        assert all(operation.keys() == SEED_KEYS["operation"] for operation in witness["memory_operations"])
    assert parsed["program_hash"] == tour().program.id
    assert parsed["total_instructions"] == len(parsed[WITNESSES])
    assert parsed["success"] is True
    assert parsed["outcome"] == {"kind": "exit", "code": parsed["final_state"]["registers"][0]}


def test_what_is_written_is_read(document: Path) -> None:
    lines = document.read_text().splitlines()
    start = lines.index(f'"{WITNESSES}": [') + 1
    read = [from_json(OpcodeWitness, line.rstrip(",")) for line in lines[start : lines.index("],")]]
    assert read == list(tour())
    assert [to_json(witness) for witness in read] == [
        line.rstrip(",") for line in lines[start : start + len(read)]
    ]
    tail = check_file(document)
    assert tail == check_file(document, tour())
    assert tail.validation == ValidationResult(
        *[True] * 6, constraints=None, totals=True, state_reconstruction=True
    )


def test_writing_again_gives_the_same_file(document: Path, tmp_path: Path) -> None:
    write_file(tour(), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == document.read_bytes()


@pytest.mark.parametrize(
    ("kept", "meets"),
    [
        (Filter(first=3, last=7), lambda w: 3 <= w.step_number <= 7),
        (Filter(pcs=(0, 15)), lambda w: w.program_counter in (0, 15)),
        (Filter(opcodes=("call", "0x7b")), lambda w: w.opcode in (0x85, 0x7B)),
        (Filter(opcodes=("exit",), first=20), lambda w: w.opcode_name == "exit" and w.step_number >= 20),
        (Filter(opcodes=("xor",)), lambda w: False),
    ],
    ids=["steps", "slots", "opcodes", "both", "nothing"],
)
def test_filters_keep_what_they_say(
    kept: Filter, meets: Callable[[OpcodeWitness], bool], tmp_path: Path
) -> None:
    path = tmp_path / "filtered.json"
    tail = write_file(tour(), path, kept=kept)
    expected = [witness for witness in tour() if meets(witness)]
    parsed = json.loads(path.read_text())
    assert [w["step_number"] for w in parsed[WITNESSES]] == [w.step_number for w in expected]
    assert tail.recorded_instructions == len(expected)
    assert tail.validation.state_reconstruction  # of the whole run
    assert check_file(path) == check_file(path, tour()) == tail


def test_constraints_are_all_those_of_the_airs_of_an_instruction(tmp_path: Path) -> None:
    trace, path = tour().again(constraints=True), tmp_path / "constraints.json"
    tail = write_file(trace, path)
    assert tail.validation.constraints
    assert check_file(path) == check_file(path, tour()) == tail
    texts = {air.name: [c.source.text for c in air.constraints] for air in constraint_system().airs}
    by_name = {w["opcode_name"]: w["constraints"] for w in json.loads(path.read_text())[WITNESSES]}
    assert {name: [part["air"] for part in parts] for name, parts in by_name.items()}.items() >= {
        "stxb": ["Main", "Narrow"],
        "stxdw": ["Main"],
        "add": ["Main", "AddCompare"],
        "mul32": ["Main", "AddCompare", "Arith"],
    }.items()
    assert all(part["satisfied"] == texts[part["air"]] for parts in by_name.values() for part in parts)


def test_a_run_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text("old")
    with pytest.raises(LimitError):
        write_file(Trace(ebpf("loop: ja loop\nexit"), limits=Limits(steps=100)), path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.json"]


def test_a_file_that_is_not_there_is_no_trace(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        check_file(tmp_path / "nothing.json")


# ---- Every change is noticed ----

# What a file alone cannot tell, so that only its digest, or the run, shows a change of it.
ONLY_BY_THE_RUN = {
    "program_hash": "the digest of a program that is not in the file",
    "regions": "kinds, sizes and rights of memory where no access comes near",
    "total_constraints": "rows of the ROM, which are not in the file",
    "opcode_witnesses.memory_operations": "a syscall with a read less",
}
ONLY_BY_THE_DIGEST = {"mathematical_proof_valid": "the proof is a file of its own, and `verify` judges it"}


def changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return ("0" if value[0] != "0" else "1") + value[1:] if value else "00"
    return True if value is None else None


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every number, text and truth value."""
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if items is None:
        yield path
        return
    for key, part in items:
        yield from leaves(part, (*path, key))


def containers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every entry of an object or list."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from containers(part, (*path, key))


def shape(place: tuple[Any, ...]) -> str:
    """A place without its indexes."""
    return ".".join(part for part in place if isinstance(part, str))


def some_of(places: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The first and the last place of each shape."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for place in places:
        found.setdefault(shape(place), []).append(place)
    return [same[i] for same in found.values() for i in sorted({0, len(same) - 1})]


def with_change(parsed: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy in which `change(container, key)` was done at a place."""
    copy = json.loads(json.dumps(parsed))
    place = copy
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return copy


def replace(container: Any, key: Any) -> None:
    container[key] = changed(container[key])


def remove(container: Any, key: Any) -> None:
    del container[key]


def as_file(parsed: dict[str, Any], sealed: bool) -> bytes:
    """The document in its layout; sealed: with the digest that belongs to it."""
    lines = ["{"]
    for key, value in parsed.items():
        if key == WITNESSES:
            lines += [f'"{key}": [', ",\n".join(json.dumps(witness) for witness in value), "],"]
        elif key != DIGEST:
            lines.append(f'"{key}": {json.dumps(value)},')
    text = "\n".join(lines) + "\n"
    digest = hashlib.blake2s(text.encode()).hexdigest() if sealed else parsed.get(DIGEST, "")
    return f'{text}"{DIGEST}": "{digest}"\n}}\n'.encode()


def test_the_layout_of_the_tests_is_that_of_the_files(document: Path) -> None:
    assert as_file(json.loads(document.read_text()), sealed=True) == document.read_bytes()


CHANGES = {"replace": (leaves, replace), "remove": (containers, remove)}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("choose", [some_of, pytest.param(list, marks=pytest.mark.slow)])
def test_every_change_is_noticed(
    document: Path, tmp_path: Path, name: str, choose: Callable[[Iterable[Any]], list[Any]]
) -> None:
    parsed, path = json.loads(document.read_text()), tmp_path / "changed.json"
    find, change = CHANGES[name]
    for place in choose(find(parsed)):
        path.write_bytes(as_file(with_change(parsed, place, change), sealed=False))
        with pytest.raises(TraceMismatch, match=r"changed\.json, line \d+: "):
            check_file(path)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("choose", [some_of, pytest.param(list, marks=pytest.mark.slow)])
def test_every_change_under_a_new_digest_is_noticed(
    document: Path, tmp_path: Path, name: str, choose: Callable[[Iterable[Any]], list[Any]]
) -> None:
    parsed, path = json.loads(document.read_text()), tmp_path / "changed.json"
    find, change = CHANGES[name]
    del parsed[DIGEST]
    missed = []
    for place in choose(find(parsed)):
        path.write_bytes(as_file(with_change(parsed, place, change), sealed=True))
        try:
            check_file(path)
        except TraceMismatch:
            continue
        missed.append(place)
    known = ONLY_BY_THE_RUN | ONLY_BY_THE_DIGEST
    assert [place for place in missed if shape(place) not in known and place[0] != "regions"] == []
    for place in missed:
        if shape(place) not in ONLY_BY_THE_DIGEST:
            path.write_bytes(as_file(with_change(parsed, place, change), sealed=True))
            with pytest.raises(TraceMismatch, match="not of this run"):
                check_file(path, tour())


@pytest.mark.parametrize("part", ["the first line", "a half", "all but the last line", "one line more"])
def test_a_file_with_another_end_is_noticed(document: Path, tmp_path: Path, part: str) -> None:
    lines = document.read_bytes().splitlines(keepends=True)
    ends = {
        "the first line": lines[:1],
        "a half": lines[: len(lines) // 2],
        "all but the last line": lines[:-1],
        "one line more": [*lines, b"\n"],
    }
    path = tmp_path / "changed.json"
    path.write_bytes(b"".join(ends[part]))
    with pytest.raises(TraceMismatch, match=r"line \d+"):
        check_file(path)


@pytest.mark.parametrize("text", [b"", b"\n", b"{}\n", b"{\n" + b"[" * 100_000, b"{\n\xff\xfe\n"])
def test_what_is_no_trace_at_all_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "changed.json"
    path.write_bytes(text)
    with pytest.raises(TraceMismatch, match=r"line \d+"):
        check_file(path)


def test_the_message_names_the_step_and_the_field(document: Path, tmp_path: Path) -> None:
    parsed, path = json.loads(document.read_text()), tmp_path / "changed.json"
    parsed[WITNESSES][5]["post_state"]["registers"][3] += 1
    path.write_bytes(as_file(parsed, sealed=True))
    with pytest.raises(TraceMismatch, match=r"step 6: .*registers\[3\]"):
        check_file(path)


def test_the_trace_of_another_run_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "loop.json"
    write_file(Trace(ebpf(EBPF_SOURCES["loop"])), path)
    with pytest.raises(TraceMismatch, match="not of this run"):
        check_file(path, Trace(ebpf(EBPF_SOURCES["loop"]), budget=20))
    with pytest.raises(TraceMismatch, match="program_hash"):
        check_file(path, Trace(ebpf(EBPF_SOURCES["exit"])))
