"""Make the tests of machines importable: their lists of free cells are used here too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "statemachines"))
