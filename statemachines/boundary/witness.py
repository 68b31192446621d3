"""Witness of Boundary."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zisk_py.emulator.records import Records, Touch, U64Array
from zisk_py.isa.operations import Operation
from zisk_py.isa.rom import Rom
from zisk_py.pil.system import Air
from zisk_py.statemachines.columns import high, limbs_of, low, matrix_of
from zisk_py.statemachines.errors import WitnessError
from zisk_py.statemachines.machine import Run, Scope, Trace
from zisk_py.statemachines.statement import output_messages, region_message

REGION_COLUMNS = (
    "number",
    "start",
    "words",
    "attribute_whole",
    "attribute_last",
    "is_init",
    "is_private",
    "is_output",
    "gapped",
)
HELD = (*REGION_COLUMNS, "word", "is_last", "attribute")  # rows behind the last word repeat these of it

PIL = Path(__file__).with_name("boundary.pil")


@dataclass(frozen=True)
class Boundary:
    """The machine of initial and final states."""

    name: str = "boundary"
    template: str = "Boundary"
    pil: Path = PIL
    scope: Scope = Scope.RUN
    stream: str = "ledger"
    operations: tuple[Operation, ...] = ()
    program_columns: Callable[[Air, Rom], U64Array] | None = None

    def fill(self, air: Air, records: Records, run: Run, height: int) -> Trace:
        """Fill the instance of a run from its ledger, which has a row for every output word that is read.

        Raises WitnessError if the ledger is empty or has a key that lies in no region.
        """
        num_rows = len(run.ledger)
        if not num_rows:
            raise WitnessError("the ledger is empty: it needs at least the first output word")
        table = region_table(run)
        published = np.array([values[0] for _, values in output_messages(run.outputs)], dtype=np.uint64)
        matrix = matrix_of(air, lambda ledger: boundary_columns(ledger, table, published), run.ledger, height)

        # order = 2^32 * number + word, and its distance to the row before, less one.
        number, word = (matrix[:num_rows, air.column(name)] for name in ("number", "word"))
        order = (number << np.uint64(32)) + word
        for name, limb in limbs_of("step", order[1:] - order[:-1] - np.uint64(1), 3).items():
            matrix[1:num_rows, air.column(name)] = limb
        for name in HELD:
            column = matrix[:, air.column(name)]
            column[num_rows:] = column[num_rows - 1]
        return Trace(air.name, matrix, (int(order[0]), int(order[-1])))


def region_table(run: Run) -> U64Array:
    """The REGION tuples of a run, (regions, len(REGION_COLUMNS)), ascending in start."""
    regions = run.rom.rules.start_regions(run.claim)
    messages = [region_message(number, region, run.claim) for number, region in enumerate(regions)]
    return np.array(messages, dtype=np.uint64)


def boundary_columns(ledger: U64Array, table: U64Array, published: U64Array) -> dict[str, U64Array]:
    """Every column by name for rows of the ledger (rows, len(Touch)); `step`, which looks back, is left zero.

    table      the REGION tuples
    published  the keys of the output words that the verifier reads
    """
    key = ledger[:, Touch.KEY]
    owner = np.searchsorted(table[:, REGION_COLUMNS.index("start")], key, side="right") - 1
    region = dict(zip(REGION_COLUMNS, table[owner].T, strict=True))
    if (owner < 0).any() or (key - region["start"] >= region["words"]).any():
        raise WitnessError("the ledger has a key that lies in no region")

    word = key - region["start"]
    is_last = (word == region["words"] - np.uint64(1)).astype(np.uint64)
    # slack = words - 2 - word + is_last
    slack = region["words"] + is_last - np.uint64(2) - word
    initial, final = ledger[:, Touch.FIRST], ledger[:, Touch.VALUE]

    # limb: the initial value of a private word; (low, 128 * low, high, 0) of a gapped region's word number.
    limb = limbs_of("limb", initial * region["is_private"], 4)
    low_bits = word % np.uint64(1024)
    for name, value in (
        ("limb[0]", low_bits),
        ("limb[1]", np.uint64(128) * low_bits),
        ("limb[2]", word >> np.uint64(10)),
    ):
        limb[name] = np.where(region["gapped"] == 1, value, limb[name])

    return {
        "live": np.ones(len(key), dtype=np.uint64),
        **region,
        "word": word,
        "word_high": word >> np.uint64(16),
        "is_last": is_last,
        "slack_high": slack >> np.uint64(16),
        "attribute": np.where(is_last == 1, region["attribute_last"], region["attribute_whole"]),
        **limbs_of("step", np.zeros_like(key), 3),
        "initial0": low(initial),
        "initial1": high(initial),
        "final0": low(final),
        "final1": high(final),
        "time": ledger[:, Touch.TIME],
        **limb,
        "is_published": np.isin(key, published).astype(np.uint64),
    }


MACHINE = Boundary()
