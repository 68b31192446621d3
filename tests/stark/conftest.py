"""Make the modules beside it importable, and share one proof among the tests that only read it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_proofs import Case, lookup_case


@pytest.fixture(scope="session")
def case() -> Case:
    """Two segments of the system with buses, a fixed table, a program table and verifier messages."""
    return lookup_case()
