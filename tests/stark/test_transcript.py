from itertools import combinations

import pytest

from zisk_py.field.goldilocks import P
from zisk_py.stark import hashing
from zisk_py.stark.transcript import Transcript


def after(*absorbs: tuple[str, bytes]) -> bytes:
    transcript = Transcript("test")
    for tag, data in absorbs:
        transcript.absorb(tag, data)
    return transcript.state


def test_different_sequences_of_absorbs_give_different_states() -> None:
    sequences = [
        (),
        (("a", b""),),
        (("a", b"\0"),),
        (("a", b"\0\0"),),
        (("a", b"bc"),),
        (("ab", b"c"),),
        (("a", b""), ("a", b"")),
        (("a", b"b"), ("", b"c")),
        (("", b"ab"),),
    ]
    for one, other in combinations(sequences, 2):
        assert after(*one) != after(*other)


def test_trailing_zeros_are_not_ignored() -> None:
    one, other = Transcript("test"), Transcript("test")
    one.absorb_integers("numbers", [5, 7])
    other.absorb_integers("numbers", [5, 7, 0, 0])
    assert one.challenge("x") != other.challenge("x")


def test_the_protocol_is_bound() -> None:
    assert Transcript("one").challenge("x") != Transcript("two").challenge("x")


def test_a_challenge_depends_on_its_label_and_on_those_before() -> None:
    transcript = Transcript("test")
    first, second = transcript.challenge("x"), transcript.challenge("x")
    assert len({first, second, Transcript("test").challenge("y")}) == 3
    assert first == Transcript("test").challenge("x")


def test_everything_absorbed_matters_however_much_it_is() -> None:
    states = set()
    for changed in range(100):
        transcript = Transcript("test")
        transcript.absorb_integers("numbers", [int(i == changed) for i in range(100)])
        states.add(transcript.state)
    assert len(states) == 100


def test_coordinates_are_canonical() -> None:
    transcript = Transcript("test")
    assert all(0 <= c < P for _ in range(200) for c in transcript.challenge("x"))


def test_words_that_are_not_below_p_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    transcript = Transcript("test")
    words = iter([P, 1, 2**64 - 1, P - 1, P + 5, 3, 4])
    monkeypatch.setattr(Transcript, "_words", lambda self, label: words)
    assert transcript.challenge("x") == (1, P - 1, 3)


def test_indices_are_within_their_bits_and_keep_repetitions() -> None:
    transcript = Transcript("test")
    indices = transcript.indices("queries", 300, 6)
    assert len(indices) == 300
    assert set(indices) <= set(range(64))
    # 300 draws of 64 values: the expected number of a value is 4.7, and chi-square has 63 degrees of freedom
    chi = sum((indices.count(v) - 300 / 64) ** 2 / (300 / 64) for v in range(64))
    assert 25 < chi < 115


def test_forks_differ_by_their_trunk_and_by_their_index() -> None:
    trunk = Transcript("test")
    one, other = trunk.fork("segment", 0), trunk.fork("segment", 1)
    trunk.absorb("a", b"b")
    assert len({one.state, other.state, trunk.fork("segment", 0).state, trunk.state}) == 4


@pytest.mark.parametrize("bits", [0, 1, 8, 31, 32, 33, 63])
def test_work_is_compared_exactly(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (bits - 1, bits, bits + 1):
        monkeypatch.setattr("zisk_py.stark.transcript.work", lambda state, nonce, found=found: found)
        assert Transcript("test").spend(0, bits) == (found >= bits)


def test_work_counts_the_leading_zero_bits() -> None:
    for nonce in range(200):
        value = int.from_bytes(
            hashing.digest(hashing.GRIND, bytes(32) + nonce.to_bytes(8, "little"))[:8], "little"
        )
        assert hashing.work(bytes(32), nonce) == len(f"{value:064b}") - len(f"{value:064b}".lstrip("0"))


def test_a_nonce_changes_what_follows() -> None:
    one, other = Transcript("test"), Transcript("test")
    assert one.spend(1, 0)
    assert other.spend(2, 0)
    assert one.indices("queries", 4, 30) != other.indices("queries", 4, 30)


def test_purposes_of_the_hash_are_separate() -> None:
    tree = [hashing.LEAF, hashing.NODE, hashing.INJECT]
    persons = [*tree, hashing.TRANSCRIPT, hashing.SQUEEZE, hashing.GRIND, hashing.RECORD]
    assert len({hashing.digest(person, bytes(64)) for person in persons}) == len(persons)
