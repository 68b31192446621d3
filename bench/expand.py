"""Rate of EXPAND on the mix of bench/execute.py, on one core.

python bench/expand.py [million steps]
"""

import sys

from execute import rate, run

from zisk_py import emulator
from zisk_py.isa.rules import Claim


def main() -> None:
    """Print the rate."""
    rom, execution = run(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
    regions = rom.rules.start_regions(Claim(0))
    counts = [emulator.count(rom, regions, chunk) for chunk in execution.chunks]
    arrivals, _ = emulator.merge(counts)
    pairs = list(zip(execution.chunks, arrivals, strict=True))
    million = rate(lambda: sum(len(emulator.expand(rom, regions, *pair).steps) for pair in pairs))
    print(f"EXPAND {million:.1f} M steps/s ({execution.steps} steps)")


if __name__ == "__main__":
    main()
