"""Writes the tables of the grammar that ship: `python -m zisk_py.pil.build FILE`."""

import sys
from pathlib import Path

from zisk_py.pil.grammar import write_tables

if __name__ == "__main__":
    write_tables(Path(sys.argv[1]))
