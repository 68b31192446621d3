"""Tells before a run why it would end with MALFORMED_INPUT, as far as that is known then."""

from collections.abc import Iterator

from zisk_py.errors import InputError
from zisk_py.isa.journal import (
    ACCOUNT_BYTES,
    HEADER_BYTES,
    LENGTHS,
    MAX_JOURNAL_BYTES,
    META_BYTES,
    SECTION_HEADER_BYTES,
    Section,
)
from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS
from zisk_py.transpiler.bpf.input_buffer import Place, Places, find_places
from zisk_py.transpiler.bpf.runtime.records import DATA, RECORDS
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime


class UnfitInput(InputError):
    """An input that the rows around the program refuse."""


def check_input(runtime: SolanaRuntime, data: bytes) -> None:
    """Raise UnfitInput where the input is no list of accounts, or is more than there is room for.

    The sizes are those before the run: a program that makes its accounts grow, returns data or logs may need
    more room in the journal.
    """
    places, loader = find_places(data, runtime.loader), runtime.loader.value
    if places is None:
        raise UnfitInput(
            f"the input of {len(data)} bytes is no list of accounts as the {loader} loader has it; "
            "write it with `serialize`"
        )
    sizes = [place.size for place in places.accounts if isinstance(place, Place)]
    words, most = sum(DATA + (size + 7) // 8 for size in sizes), NUM_HIDDEN_WORDS - RECORDS
    if words > most:
        raise UnfitInput(
            f"the {len(sizes)} accounts have {sum(sizes)} bytes of data, which take {words} words of {most}; "
            "use smaller accounts"
        )
    needed = HEADER_BYTES + sum(
        SECTION_HEADER_BYTES + (length + 7) // 8 * 8
        for section in runtime.publish
        for length in _lengths(section, places, sizes)
    )
    if needed > MAX_JOURNAL_BYTES:
        raise UnfitInput(
            f"what is to be published takes {needed} bytes, and {MAX_JOURNAL_BYTES} fit; "
            "publish hashes in place of accounts"
        )


def _lengths(section: Section, places: Places, sizes: list[int]) -> Iterator[int]:
    """Of the sections with that tag; of those that depend on the run, the least."""
    match section:
        case Section.PRE_ACCOUNTS | Section.POST_ACCOUNTS:
            yield from (ACCOUNT_BYTES + size for size in sizes)
        case Section.PRE_HASHES | Section.POST_HASHES:
            yield from (LENGTHS[section] for _ in sizes)
        case Section.INSTRUCTION:
            yield places.instruction_length
        case Section.ACCOUNT_METAS:
            yield META_BYTES * len(places.accounts)
        case _:
            yield LENGTHS.get(section, 0)
