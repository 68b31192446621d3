"""All targets, each in a module of its subject; as a program: their names."""

from fuzz import checkpoints, constraints, fixtures, objects, programs, proofs, riscv
from fuzz.registry import TARGETS

__all__ = ["TARGETS", "checkpoints", "constraints", "fixtures", "objects", "programs", "proofs", "riscv"]

if __name__ == "__main__":
    print(*TARGETS)
