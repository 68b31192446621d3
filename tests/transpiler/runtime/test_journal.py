"""The reader of journals takes what the format allows, and nothing else."""

import random

import pytest

from runtime_runs import EVERYTHING, OTHER, Case, account
from zisk_py.isa.journal import (
    LENGTHS,
    PER_ACCOUNT,
    AccountMeta,
    Journal,
    JournalAccount,
    MalformedJournal,
    Section,
)

DIGEST = bytes(range(32))
ACCOUNT = JournalAccount(b"\1" * 32, b"\2" * 32, 3, b"four")


def sample(section: Section) -> bytes:
    """A content that the section may have."""
    if section in (Section.PRE_ACCOUNTS, Section.POST_ACCOUNTS):
        return ACCOUNT.to_bytes()
    return bytes(range(LENGTHS.get(section, 5)))


WHOLE = Journal(
    3, tuple((tag, sample(tag)) for tag in Section for _ in range(2 if tag in PER_ACCOUNT else 1))
)


@pytest.mark.parametrize("journal", [Journal(0), WHOLE], ids=["empty", "whole"])
def test_a_journal_is_read_as_it_was_written(journal):
    assert Journal.from_bytes(journal.to_bytes()) == journal


def test_sections_are_found_by_their_tag():
    assert WHOLE[Section.PRE_HASHES] == (DIGEST, DIGEST)
    assert WHOLE[Section.RETURN_DATA] == (bytes(range(5)),)
    assert WHOLE.accounts(Section.POST_ACCOUNTS) == (ACCOUNT, ACCOUNT)
    assert Journal(0)[Section.PROGRAM_ID] == ()
    assert Journal(0).account_metas == ()


def test_metas_name_signers_and_repetitions():
    accounts = [account(1, is_signer=True), account(2, owner=OTHER, writable=False), 0]
    journal = Journal.from_bytes(Case("", accounts).run({Section.ACCOUNT_METAS}).outputs)
    assert journal.account_metas == (
        AccountMeta(True, True, False),
        AccountMeta(False, False, False),
        AccountMeta(False, False, False, repeats=0),
    )


@pytest.mark.parametrize(
    "content", [b"\xff\2" + bytes(6), b"\xff" + bytes(6) + b"\1", b"\1\1" + bytes(6), b"\1", b"\xff\1"]
)
def test_a_meta_that_says_nothing_is_refused(content):
    with pytest.raises(MalformedJournal, match="says nothing"):
        _ = Journal(0, ((Section.ACCOUNT_METAS, content),)).account_metas


@pytest.mark.parametrize("content", [b"", bytes(79), ACCOUNT.to_bytes()[:-1], ACCOUNT.to_bytes() + b"\0"])
def test_an_account_of_another_length_is_refused(content):
    with pytest.raises(MalformedJournal, match="account"):
        JournalAccount.from_bytes(content)


def changed(sections: list[tuple[int, bytes]]) -> bytes:
    """The bytes of a journal that nobody may have written."""
    return Journal(0, tuple(sections)).to_bytes()  # type: ignore[arg-type]


REFUSED = {
    "nothing": b"",
    "half_a_header": bytes(4),
    "no_whole_words": WHOLE.to_bytes() + b"\0",
    "no_section": WHOLE.to_bytes() + bytes(8),
    "an_unknown_tag": changed([(max(Section) + 1, b"")]),
    "a_truncated_section": changed([(Section.RETURN_DATA, bytes(20))])[:-8],
    "padding_that_is_not_zero": changed([(Section.RETURN_DATA, bytes(5))])[:-1] + b"\1",
    "a_short_digest": changed([(Section.PRE_HASHES, bytes(31))]),
    "a_long_id": changed([(Section.PROGRAM_ID, bytes(33))]),
    "sections_out_of_order": changed([(Section.LOGS, b""), (Section.RETURN_DATA, b"")]),
    "a_section_twice": changed([(Section.LOGS, b""), (Section.LOGS, b"")]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_outputs_that_are_no_journal_are_refused(name):
    with pytest.raises(MalformedJournal):
        Journal.from_bytes(REFUSED[name])


def test_a_changed_journal_is_another_journal_or_none():
    outputs = Case("", [account(1, 5), account(2, 8)]).run(EVERYTHING).outputs
    honest, rng = Journal.from_bytes(outputs), random.Random(4)
    for place in range(len(outputs)):
        other = bytearray(outputs)
        other[place] ^= 1 << rng.randrange(8)
        try:
            assert Journal.from_bytes(bytes(other)) != honest
        except MalformedJournal:
            continue
