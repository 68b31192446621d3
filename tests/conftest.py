"""What all tests share: hypothesis draws the same examples in every run; no setting of the user counts."""

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

SETTINGS = ("ZISK_CHUNK_SIZE", "ZISK_THREADS", "ZISK_LOG", "ZISK_MAX_MEMORY", "ZISK_TIMEOUT")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the environment variables that change what a command does; keep no compilations."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZISK_PY_CACHE", "")
