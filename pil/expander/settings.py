"""What the caller of a compilation can choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How a program is run.

    include        folders in which files are searched.
    features       names for which `#pragma feature name` keeps the statement after it.
    fixed          values of fixed columns that the program leaves to its caller, by air and by column
                   (`S`, or `S[0]` of an array): as many ints as the air has rows.
    missing_files  take zeros for those that are missing, and for missing files of them: no error. The airs
                   can then be counted and shown; a proof of them proves nothing.
    record_uses    keep where each name is used and declared, for editors.
    max_work       how much the program may do, as `zisk_py.pil.expander.machine` counts it; None: MAX_WORK.
    """

    include: Sequence[Path] = ()
    features: frozenset[str] = frozenset()
    fixed: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    missing_files: bool = False
    record_uses: bool = False
    max_work: int | None = None
