"""Files of `prove` after any operation failed, was the last one, or was undone by a loss of power.

A stand-in for the prover makes the records here; tests/end_to_end has the same with proofs.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from file_events import EVENTS, Disk, Killed, fails_at, full_from, killed_at
from zisk_py.checkpoint import MANIFEST, RECORD, Checkpoint, run_facts
from zisk_py.errors import InputError
from zisk_py.files import is_temporary, write_atomically
from zisk_py.isa.rules import Claim

DATA = bytes(range(256)) * 40
RECORDS = {f"record-{number}": bytes([number]) * 1000 for number in range(4)}
FACTS = run_facts("id", Claim(5), b"input", 1024, "fast")


def proven(folder: Path) -> bool:
    """Do what `prove -o proof --resume kept` does with files; whether every record had to be made."""
    checkpoint = Checkpoint(folder / "kept", FACTS)
    made = 0
    with checkpoint.opened() as store:
        for name, data in RECORDS.items():
            found = store.load(name)
            if found is None:
                store.save(name, data)
                made += 1
            else:
                assert found == data
    write_atomically(folder / "proof", DATA)
    checkpoint.discard()
    return made == len(RECORDS)


def operations_of(folder: Path) -> list[str]:
    with Disk().watched() as disk:
        proven(folder)
    return disk.operations


def left(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def finish(folder: Path) -> None:
    """The proof is whole or absent, all else is known, and the same command ends well."""
    files = left(folder)
    assert files.pop("proof", DATA) == DATA
    unfinished = [name for name in files if is_temporary(folder / name)]
    assert len(unfinished) <= 1
    known = {f"kept/{MANIFEST}", *(f"kept/{name}{RECORD}" for name in RECORDS)}
    assert files.keys() <= known | set(unfinished)
    with Disk().watched():
        proven(folder)
    assert {n: d for n, d in left(folder).items() if n not in unfinished or "/" in n} == {"proof": DATA}
    assert not (folder / "kept").exists()


def test_everything_that_is_watched_happens(tmp_path: Path) -> None:
    assert set(operations_of(tmp_path)) == EVENTS
    finish(tmp_path)


def test_an_operation_that_fails_is_one_sentence_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    count = len(operations_of(tmp_path))
    for number in range(count):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(InputError, match="No space left on device"), Disk(fails_at(number)).watched():
            proven(folder)
        assert not [path for path in folder.rglob("*") if is_temporary(path)]
        finish(folder)
    assert count > 40


def test_a_full_disk_leaves_what_was_done_before(tmp_path: Path) -> None:
    operations = operations_of(tmp_path)
    for number in range(len(operations)):
        folder = tmp_path / str(number)
        folder.mkdir()
        disk = Disk(full_from(number))
        if set(operations[number:]) <= {"unlink", "rmdir"}:
            with disk.watched():
                proven(folder)
        else:
            with pytest.raises(InputError, match="No space left on device"), disk.watched():
                proven(folder)
        assert not [path for path in folder.rglob("*") if is_temporary(path)]
        finish(folder)


@pytest.mark.parametrize("power", ["kept", "lost", "last lost", "last kept", "some lost"])
def test_a_process_that_ends_at_any_operation_can_be_repeated(tmp_path: Path, power: str) -> None:
    chance = Random(power)
    keep: dict[str, Callable[[int], bool]] = {
        "kept": lambda age: True,
        "lost": lambda age: False,
        "last lost": lambda age: age > 0,
        "last kept": lambda age: age == 0,
        "some lost": lambda age: chance.random() < 0.5,
    }
    for number in range(len(operations_of(tmp_path))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(Killed), Disk(killed_at(number)).watched() as disk:
            proven(folder)
        disk.lose_power(keep[power])
        finish(folder)


def test_a_process_that_ends_again_and_again_comes_to_the_end(tmp_path: Path) -> None:
    """Every attempt may do so many operations; each that saves a record is nearer to the end."""
    attempts = 0
    while not (tmp_path / "proof").exists():
        attempts += 1
        try:
            with Disk(killed_at(15)).watched():
                proven(tmp_path)
        except Killed:
            continue
    assert attempts > 2
    finish(tmp_path)


def test_what_was_saved_is_found_after_a_loss_of_power(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", FACTS)
    with Disk().watched() as disk, checkpoint.opened() as store:
        store.save("a", b"1")
        store.save("a", b"2")
        write_atomically(tmp_path / "proof", DATA)
        assert disk.pending == []
        assert store.load("a") == b"2"
        assert store.load("b") is None


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "proof"
    path.write_bytes(b"old")
    with Disk().watched() as disk:
        write_atomically(path, DATA)
    operations = disk.operations
    for number, _ in enumerate(operations[: operations.index("replace") + 1]):
        path.write_bytes(b"old")
        with pytest.raises(InputError, match=f"cannot write {path}"), Disk(fails_at(number)).watched():
            write_atomically(path, DATA)
        assert left(tmp_path) == {"proof": b"old"}


def test_a_name_that_may_be_lost_is_told(tmp_path: Path) -> None:
    with Disk().watched() as disk:
        write_atomically(tmp_path / "other", DATA)
    last = len(disk.operations) - 1
    assert disk.operations[last] == "fsync"
    with pytest.raises(InputError, match="is written, but a loss of power"), Disk(fails_at(last)).watched():
        write_atomically(tmp_path / "proof", DATA)
    assert (tmp_path / "proof").read_bytes() == DATA


def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    with pytest.raises(InputError, match="no regular file"):
        write_atomically(tmp_path / "null", DATA)
    assert (tmp_path / "null").is_symlink()


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("x" * 255), DATA)
    assert left(tmp_path) == {"x" * 255: DATA}
    with pytest.raises(InputError, match="File name too long"):
        write_atomically(tmp_path / ("x" * 256), DATA)


# The folder


def opened(folder: Path, **changes: object) -> None:
    with Checkpoint(folder, {**FACTS, **changes}).opened():
        pass


@pytest.mark.parametrize("fact", FACTS)
def test_a_folder_of_another_proof_is_refused_by_what_differs(tmp_path: Path, fact: str) -> None:
    opened(tmp_path / "kept")
    before = left(tmp_path)
    with pytest.raises(InputError, match=f"keeps another proof, with another {fact}; give the same"):
        opened(tmp_path / "kept", **{fact: "x"})
    assert left(tmp_path) == before
    opened(tmp_path / "kept")


def test_all_that_differs_is_named(tmp_path: Path) -> None:
    opened(tmp_path / "kept", unknown=1)
    with pytest.raises(InputError, match="another budget, chunk_size, unknown;"):
        opened(tmp_path / "kept", budget=1, chunk_size=2)


def test_every_part_of_a_run_is_a_fact() -> None:
    claim = Claim(5)
    seen = {json_of(FACTS)}
    for changes in (
        {"input_length": 6},
        {"instruction_offset": 1},
        {"heap_size": 1},
        {"budget": 1},
        {"environment": bytes(8)},
        {"environment": bytes(16)},
    ):
        seen.add(json_of(run_facts("id", replace(claim, **changes), b"input", 1024, "fast")))
    seen.add(json_of(run_facts("id", replace(claim, public_input=b"input"), b"input", 1024, "fast")))
    seen.add(json_of(run_facts("other", claim, b"input", 1024, "fast")))
    seen.add(json_of(run_facts("id", claim, b"inpuT", 1024, "fast")))
    seen.add(json_of(run_facts("id", claim, b"input", 2048, "fast")))
    seen.add(json_of(run_facts("id", claim, b"input", 1024, "secure")))
    assert len(seen) == 12


def json_of(facts: object) -> str:
    return repr(facts)


@pytest.mark.parametrize("name", ["notes.txt", f"record-1{RECORD}"])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(InputError, match=f"holds {name} and no {MANIFEST}"):
        opened(tmp_path)
    assert left(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"1"])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(text)
    with pytest.raises(InputError, match=f"{MANIFEST} cannot be read; give a new or an empty folder"):
        opened(tmp_path)


def test_a_file_is_no_folder_and_a_folder_in_no_folder_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "kept", tmp_path / "nowhere" / "kept"):
        with pytest.raises(InputError, match=f"cannot use {path}"):
            opened(path)


def test_a_folder_is_used_once_at_a_time(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", FACTS)
    with checkpoint.opened():
        with pytest.raises(InputError, match="another process works in"):
            opened(tmp_path / "kept")
        with pytest.raises(InputError, match="another process works in"):
            checkpoint.discard()
    opened(tmp_path / "kept")


def test_only_our_own_files_are_removed(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "kept", FACTS)
    with checkpoint.opened() as store:
        store.save("a", b"1")
        (tmp_path / "kept" / "proof").write_bytes(DATA)
    checkpoint.discard()
    assert left(tmp_path) == {"kept/proof": DATA}
    checkpoint.discard()


def test_a_folder_that_another_proof_has_taken_is_left_alone(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "kept", FACTS).discard()  # gone already
    opened(tmp_path / "kept", budget=1)
    before = left(tmp_path)
    Checkpoint(tmp_path / "kept", FACTS).discard()
    assert left(tmp_path) == before


def test_the_current_folder_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").mkdir()
    monkeypatch.chdir(tmp_path / "kept")
    opened(Path())
    Checkpoint(Path(), FACTS).discard()
    assert left(tmp_path) == {}
