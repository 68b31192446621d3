"""What a caller is told while a run is executed and proven: phases, in steps of the program."""

from collections.abc import Callable, Sequence
from itertools import accumulate

from zisk_py.stark.prover import Phase

Progress = Callable[[str, int, int], None]  # phase, steps done, steps in all (0: not known yet)

COMMIT, PROVE = "commit", "prove"
_PARTS: list[str] = [phase.value for phase in Phase if phase is not Phase.COMMIT]


class ProofProgress:
    """Translates what the prover says of phases and segments into steps.

    A segment of k steps that is at part i of n of its proof counts as k * i / n steps.
    """

    def __init__(self, progress: Progress, segment_steps: Sequence[int]) -> None:
        """`segment_steps` has the number of steps of each segment."""
        self._progress = progress
        self._before = [0, *accumulate(segment_steps)]
        self._is_committed = False

    @property
    def _total(self) -> int:
        return self._before[-1]

    def __call__(self, phase: str, segment: int, count: int) -> None:
        """The prover begins that phase of that segment."""
        if phase == Phase.COMMIT:
            self._progress(COMMIT, self._before[segment], self._total)
            return
        if not self._is_committed:
            self._is_committed = True
            self._progress(COMMIT, self._total, self._total)
        start, end = self._before[segment], self._before[segment + 1]
        part = _PARTS.index(phase)
        self._progress(PROVE, start + (end - start) * part // len(_PARTS), self._total)

    def finish(self) -> None:
        """The proof is complete."""
        self._progress(PROVE, self._total, self._total)
