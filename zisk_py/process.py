"""The memory of the process that we run in: what it uses, and what it may come to use."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
UNLIMITED = 1 << 60  # bytes; control groups of the first version say "no limit" with a number above this


def used_memory() -> int:
    """Bytes that this process has in memory now (where the system does not tell, the most it ever had)."""
    try:
        pages = int((ROOT / "proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """The most bytes that this process has had in memory so far.

    What getrusage tells counts the process that started this one too, so it is asked only where there is no
    /proc.
    """
    for line in _text(ROOT / "proc/self/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def available_memory() -> int:
    """Bytes that this process can have in all, what it already uses included.

    The least of its address space, its control groups and those above them, and what the machine has free.
    """
    return min(_bounds())


def _bounds() -> Iterator[int]:
    yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY:
        yield space
    yield from _group_bounds(ROOT / "sys/fs/cgroup", _text(ROOT / "proc/self/cgroup"))
    for line in _text(ROOT / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024 + used_memory()


def _group_bounds(mount: Path, groups: str) -> Iterator[int]:
    """The limits of the groups in the text of /proc/self/cgroup, and of all above them.

    A container may see only its own part of the tree: a group that is not there has no limit of its own.
    """
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folder, name = mount, "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = mount / "memory", "memory.limit_in_bytes"
        else:
            continue
        own = folder / path.lstrip("/")
        for group in (own, *own.parents):
            limit = _text(group / name).strip()
            if limit.isdecimal() and int(limit) < UNLIMITED:
                yield int(limit)
            if group == folder:
                break


def _text(path: Path) -> str:
    """A file of the system; empty where there is none."""
    try:
        return path.read_text()
    except OSError:
        return ""
