"""Prove a greatest common divisor: each machine gets the rows of its own work."""

from pathlib import Path

from zisk_py import pil, stark

FILE = Path(__file__).with_suffix(".pil")
P = 2**64 - 2**32 + 1
ROWS = 32  # the most steps that numbers of 16 bits need are 23


def witness(a: int, b: int) -> dict[str, dict[str, list[int]]]:
    """The columns of both machines; rows without work are the last state, or zeros."""
    euclid: dict[str, list[int]] = {name: [] for name in ("x", "y", "rest", "live", "inverse")}
    divide: dict[str, list[int]] = {name: [] for name in ("x", "y", "quotient", "rest", "used")}
    x, y = a, b
    for _ in range(ROWS):
        quotient, rest = divmod(x, y) if y else (0, 0)
        step = {"x": x, "y": y, "rest": rest, "live": int(y > 0), "inverse": pow(y, P - 2, P)}
        work = {"x": x, "y": y, "quotient": quotient, "rest": rest, "used": 1}
        for name, column in euclid.items():
            column.append(step[name])
        for name, column in divide.items():
            column.append(work[name] if y else 0)
        x, y = (y, rest) if y else (x, y)
    return {"Euclid": euclid, "Divide": divide}


def main() -> None:
    """Compile, check, prove, verify."""
    system = pil.compile(FILE)
    columns = witness(46368, 28656)
    publics = {"a": 46368, "b": 28656, "gcd": columns["Euclid"]["x"][-1]}
    trace = system.trace(columns, publics)
    print(pil.check(trace))
    proof = stark.prove(trace)
    stark.verify(system.key, proof, publics)
    print(f"the greatest common divisor is {publics['gcd']}, proven with {len(proof)} bytes")


if __name__ == "__main__":
    main()
