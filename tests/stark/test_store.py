"""A proof that an earlier attempt has begun: the same bytes, nothing done twice, no record believed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from small_proofs import Case, fibonacci_case, lookup_case

from zisk_py.stark import FAST, stage1
from zisk_py.stark.errors import ProverError, VerifierError
from zisk_py.stark.hashing import DIGEST_SIZE
from zisk_py.stark.prover import _SegmentTask
from zisk_py.stark.store import DamagedRecord, NoStore, seal, unseal


class Memory:
    """A store that may end the attempt that uses it after some records."""

    def __init__(self, saves: int | None = None) -> None:
        self.records: dict[str, bytes] = {}
        self.saves = saves

    def load(self, name: str) -> bytes | None:
        return self.records.get(name)

    def save(self, name: str, data: bytes) -> None:
        if self.saves is not None and len(self.records) >= self.saves:
            raise Ended
        self.records[name] = data


class Ended(Exception):
    """The attempt ends here."""


def begun(case: Case, saves: int | None = None) -> Memory:
    """What an attempt leaves that ends when it would save one record more."""
    memory = Memory(saves)
    if saves is None:
        case.prove(store=memory)
    else:
        with pytest.raises(Ended):
            case.prove(store=memory)
        memory.saves = None
    return memory


@pytest.fixture(scope="module")
def lookup() -> Case:
    return lookup_case()


@pytest.fixture(scope="module")
def full(lookup: Case) -> Memory:
    return begun(lookup)


NAMES = ["segment-0.stage1", "segment-1.stage1", "segment-0.body", "segment-1.body"]


def test_each_segment_leaves_a_record_of_either_pass_and_the_bytes_are_the_same(
    lookup: Case, full: Memory
) -> None:
    assert list(full.records) == NAMES
    assert lookup.prove(store=Memory()) == lookup.data


@pytest.mark.parametrize("saves", range(len(NAMES)))
@pytest.mark.parametrize("threads", [1, 2])
def test_an_attempt_goes_on_where_one_has_ended(lookup: Case, saves: int, threads: int) -> None:
    memory = begun(lookup, saves)
    assert lookup.prove(store=memory, threads=threads) == lookup.data
    assert list(memory.records) == NAMES


@pytest.mark.parametrize("lost", [[name] for name in NAMES] + [NAMES[:2], NAMES[2:]])
def test_a_lost_record_is_made_again(lookup: Case, full: Memory, lost: Sequence[str]) -> None:
    memory = Memory()
    memory.records = {name: record for name, record in full.records.items() if name not in lost}
    assert lookup.prove(store=memory) == lookup.data
    assert memory.records == full.records


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is done: commitments to traces, and segments that are proven."""
    done: list[str] = []
    commit, prove = stage1.commit_stage1, _SegmentTask.prove
    monkeypatch.setattr(stage1, "commit_stage1", lambda *given: (done.append("commit"), commit(*given))[1])
    monkeypatch.setattr(_SegmentTask, "prove", lambda *given: (done.append("prove"), prove(*given))[1])
    return done


@pytest.mark.parametrize("saves", range(len(NAMES) + 1))
def test_nothing_is_done_twice(lookup: Case, full: Memory, saves: int, work: list[str]) -> None:
    memory = Memory()
    memory.records = {name: full.records[name] for name in NAMES[:saves]}
    lookup.prove(store=memory)
    bodies = min(2, 4 - saves)
    assert work.count("commit") == max(0, 2 - saves) + bodies
    assert work.count("prove") == bodies


def test_the_traces_of_a_segment_that_is_done_are_made_once(lookup: Case, full: Memory) -> None:
    made: list[int] = []
    segments = [
        lambda number=number, segment=segment: (made.append(number), segment())[1]
        for number, segment in enumerate(lookup.segments)
    ]
    replace(lookup, segments=segments).prove(store=full)
    assert made == [0, 1]


def test_a_proof_of_one_segment_stores_nothing() -> None:
    case, memory = fibonacci_case(), Memory()
    assert case.prove(store=memory) == case.data
    assert memory.records == {}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [0, DIGEST_SIZE - 1, DIGEST_SIZE, -1])
def test_a_record_with_a_changed_byte_is_refused(lookup: Case, full: Memory, name: str, place: int) -> None:
    record = bytearray(full.records[name])
    record[place] ^= 1
    refuse(lookup, full, name, bytes(record))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 1, DIGEST_SIZE, -1])
def test_a_record_that_is_cut_off_is_refused(lookup: Case, full: Memory, name: str, size: int) -> None:
    refuse(lookup, full, name, full.records[name][:size])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_record_under_the_name_of_another_is_refused(
    lookup: Case, full: Memory, name: str, other: str
) -> None:
    if name == other:
        assert lookup.prove(store=full) == lookup.data
    else:
        refuse(lookup, full, name, full.records[other])


@pytest.mark.parametrize("name", NAMES)
def test_a_record_of_another_proof_is_refused(lookup: Case, full: Memory, name: str) -> None:
    other = Memory()
    lookup.prove(FAST, store=other)
    refuse(lookup, full, name, other.records[name])


def test_a_body_of_another_statement_is_refused(lookup: Case, full: Memory) -> None:
    memory = Memory()
    memory.records = dict(full.records)
    with pytest.raises(DamagedRecord, match=r"segment-0\.body"):
        lookup.prove(header=b"another statement", store=memory)


def test_a_record_of_other_traces_is_refused(lookup: Case, full: Memory) -> None:
    """Of the same shapes: only the commitment of pass 2 can tell."""
    segments = [lookup.segments[0], changed(lookup)]
    memory = Memory()
    memory.records = {name: full.records[name] for name in NAMES[:2]}
    with pytest.raises(ProverError, match="segment 1 gave other traces the second time"):
        replace(lookup, segments=segments).prove(store=memory)


def changed(case: Case) -> object:
    """The second segment with one cell changed."""

    def make() -> object:
        traces = case.segments[1]()
        matrix = traces[0].matrix.copy()
        matrix[0, 0] += 1
        return [replace(traces[0], matrix=matrix), *traces[1:]]

    return make


def refuse(case: Case, full: Memory, name: str, record: bytes) -> None:
    """The record is refused by its name, and everything else stays as it was."""
    memory = Memory()
    memory.records = full.records | {name: record}
    with pytest.raises(DamagedRecord, match=f"the record {name} is damaged or of another proof; remove it"):
        case.prove(store=memory)
    assert memory.records == full.records | {name: record}


# Whoever can write records can seal what they like: no proof comes of it, or one that is refused.


def resealed(case: Case, full: Memory, name: str, change: object) -> Memory:
    """The records with one changed and sealed again, at the place where the prover opens it."""
    places: dict[str, bytes] = {}

    def watch(name: str, place: bytes, record: bytes) -> bytes:
        places[name] = place
        return unseal(name, place, record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage1, "unseal", watch)
        patch.setattr("zisk_py.stark.prover.unseal", watch)
        case.prove(store=full)
    memory = Memory()
    data = full.records[name][DIGEST_SIZE:]
    memory.records = full.records | {name: seal(places[name], change(data))}  # type: ignore[operator]
    return memory


def flip(place: int) -> object:
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


CHANGES = {
    "first": flip(0),
    "number": flip(600),
    "last": flip(-9),
    "cut": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "too large": lambda data: data[:-8] + b"\xff" * 8,
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("keep_bodies", [True, False])
def test_a_forged_record_gives_no_proof_that_is_accepted(
    lookup: Case, full: Memory, name: str, change: str, keep_bodies: bool
) -> None:
    memory = resealed(lookup, full, name, CHANGES[change])
    if not keep_bodies:
        memory.records = {n: r for n, r in memory.records.items() if n == name or "body" not in n}
    try:
        data = lookup.prove(store=memory)
    except (DamagedRecord, ProverError):
        return
    with pytest.raises(VerifierError):
        lookup.verify(data)


def test_no_store_keeps_nothing() -> None:
    store = NoStore()
    store.save("name", b"data")
    assert store.load("name") is None
