"""Writes the compiled constraint system that ships: `python -m zisk_py.statemachines.build FILE`."""

import sys
from pathlib import Path

from zisk_py.statemachines.constraint_system import write_shipped

if __name__ == "__main__":
    write_shipped(Path(sys.argv[1]))
