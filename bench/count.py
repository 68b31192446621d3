"""Rate of COUNT on the mix of bench/execute.py, on one core.

python bench/count.py [million steps]
"""

import sys

from execute import rate, run

from zisk_py import emulator
from zisk_py.isa.rules import Claim


def main() -> None:
    """Print the rate."""
    rom, execution = run(float(sys.argv[1]) if len(sys.argv) > 1 else 20)
    regions = rom.rules.start_regions(Claim(0))
    million = rate(
        lambda: sum(emulator.count(rom, regions, chunk).streams["steps"] for chunk in execution.chunks)
    )
    print(f"COUNT {million:.1f} M steps/s ({execution.steps} steps)")


if __name__ == "__main__":
    main()
