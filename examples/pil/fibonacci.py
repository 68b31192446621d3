"""Prove the thousandth number of Fibonacci, modulo p = 2^64 - 2^32 + 1."""

from pathlib import Path

from zisk_py import pil, stark

FILE = Path(__file__).with_suffix(".pil")
P = 2**64 - 2**32 + 1


def witness(rows: int) -> dict[str, dict[str, list[int]]]:
    """The two columns."""
    a, b = [1], [1]
    for _ in range(rows - 1):
        a, b = [*a, b[-1]], [*b, (a[-1] + b[-1]) % P]
    return {"Fibonacci": {"a": a, "b": b}}


def main() -> None:
    """Compile, check, prove, verify."""
    system = pil.compile(FILE)
    columns = witness(1024)
    out = columns["Fibonacci"]["a"][-1]
    trace = system.trace(columns, publics={"out": out})
    print(pil.check(trace))
    proof = stark.prove(trace)
    stark.verify(system.key, proof, publics={"out": out})
    print(f"number 1024 is {out} (mod p), proven with {len(proof)} bytes")


if __name__ == "__main__":
    main()
