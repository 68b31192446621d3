"""How long the zkVM's own constraint files take to compile: anew, and from the cache. Targets: 2 s, 0.1 s."""

import tempfile
import time
import warnings
from pathlib import Path

from zisk_py.pil.cache import compile_cached
from zisk_py.pil.errors import PilWarning
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.constraint_system import root_source
from zisk_py.statemachines.shipped import FOLDER


def main() -> None:
    """Print both times, the best of three."""
    warnings.simplefilter("ignore", PilWarning)
    times: dict[str, list[float]] = {"compiled": [], "cached": []}
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            for what in times:
                start = time.perf_counter()
                compile_cached(
                    root_source(), constants=pil_constants(), include=[FOLDER], folder=Path(folder)
                )
                times[what].append(time.perf_counter() - start)
    for what, seconds in times.items():
        print(f"{what:10} {min(seconds):6.3f} s")


if __name__ == "__main__":
    main()
