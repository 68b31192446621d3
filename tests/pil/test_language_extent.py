"""How much of the language is tested."""

import subprocess
import sys
from pathlib import Path


def test_the_language_has_at_least_150_tests() -> None:
    files = sorted(map(str, Path(__file__).parent.glob("test_language_[anvlr]*.py")))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert sum("::" in line for line in listed.splitlines()) >= 150
