"""Writes input.bin: a day, and the document of someone who is of age on it."""

from pathlib import Path

TODAY = "2026-11-21"
DOCUMENT = "name Ada Example\nborn 2004-02-29\nnumber X0123456\n"


def make_input(today: str = TODAY, document: str = DOCUMENT) -> bytes:
    """What the program reads."""
    return f"{today}\n{document}".encode()


if __name__ == "__main__":
    Path(__file__).with_name("input.bin").write_bytes(make_input())
