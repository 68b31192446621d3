"""ECDSA on secp256k1 with Python's integers: signatures of every kind, and the key that one stands for."""

import random
from dataclasses import dataclass, replace

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
G = (
    55066263022277343669578718895168534326250603453777594175500187360389116729240,
    32670510020758816978083085130507043184471273380659243275938904335757337482424,
)

AffinePoint = tuple[int, int] | None  # None is infinity


def add(one: AffinePoint, other: AffinePoint) -> AffinePoint:
    """The sum of two points."""
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = 3 * one[0] ** 2 * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope**2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def multiply(scalar: int, point: AffinePoint) -> AffinePoint:
    """A multiple of a point."""
    total = None
    for bit in f"{scalar:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def negate(point: AffinePoint) -> AffinePoint:
    """The opposite point."""
    return None if point is None else (point[0], -point[1] % P)


def lift(x: int, is_odd: int) -> AffinePoint:
    """The point with that x and parity of y; None if there is none."""
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if x >= P or (y * y - x**3 - 7) % P:
        return None
    return x, y if y % 2 == is_odd else P - y


@dataclass(frozen=True)
class Signature:
    """A hash and a signature, as numbers, with the recovery id."""

    hash: int
    r: int
    s: int
    id: int = 0

    def to_bytes(self) -> bytes:
        """Hash and signature."""
        return b"".join(value.to_bytes(32, "big") for value in (self.hash, self.r, self.s))

    def key(self) -> bytes | int:
        """The public key, 64 bytes; or the number of the error."""
        if self.id >= 4:
            return 2
        x = self.r + (N if self.id & 2 else 0)
        point = lift(x, self.id & 1)
        if not (0 < self.r < N and 0 < self.s < N) or point is None:
            return 3
        inverse = pow(self.r, -1, N)
        key = add(multiply(-self.hash * inverse % N, G), multiply(self.s * inverse % N, point))
        return 3 if key is None else b"".join(value.to_bytes(32, "big") for value in key)


def sign(rng: random.Random, hash_: int | None = None) -> Signature:
    """A random signature of a hash, or of a random one."""
    key, nonce = rng.randrange(1, N), rng.randrange(1, N)
    hash_ = rng.getrandbits(256) if hash_ is None else hash_
    point = multiply(nonce, G)
    assert point is not None
    r = point[0] % N
    s = pow(nonce, -1, N) * (hash_ + r * key) % N
    return Signature(hash_, r, s, point[1] % 2 | (2 if point[0] >= N else 0))


def with_scalars(of_generator: int, of_point: int, point: AffinePoint) -> Signature:
    """The signature whose key is of_generator * G + of_point * point."""
    assert point is not None
    r = point[0] % N
    hash_ = -of_generator * r % N
    return Signature(hash_, r, of_point * r % N, point[1] % 2 | (2 if point[0] >= N else 0))


def edge_signatures() -> dict[str, Signature]:
    """Signatures at the ends of what can be, and beyond; and such whose sums meet every case of addition."""
    rng = random.Random(7)
    good = sign(rng)
    point = lift(good.r, good.id & 1)
    # The least numbers from which r + N is the x of a point; r - 1 + N too, or not.
    above = next(r for r in range(1, 1000) if lift(r + N, 0) is not None)
    no_x = next(r for r in range(1, 1000) if lift(r, 0) is None)
    half = pow(2, -1, N)
    ends = {
        "good": good,
        "the other id": replace(good, id=good.id ^ 1),
        "high s": replace(good, s=N - good.s, id=good.id ^ 1),
        "id 2 with an r too large": replace(good, id=2),
        "id 4": replace(good, id=4),
        "id 2^64 - 1": replace(good, id=(1 << 64) - 1),
        "id 256": replace(good, id=256),
        "id 4 and no signature": replace(good, id=4, r=0),
        "r = 0": replace(good, r=0),
        "s = 0": replace(good, s=0),
        "r = N": replace(good, r=N),
        "s = N": replace(good, s=N),
        "r = N - 1": replace(good, r=N - 1),
        "s = N - 1": replace(good, s=N - 1),
        "r = 2^256 - 1": replace(good, r=2**256 - 1),
        "s = 2^256 - 1": replace(good, s=2**256 - 1),
        "s = 1": replace(good, s=1),
        "r is no x": replace(good, r=no_x, id=0),
        "r + N is an x": replace(good, r=above, id=2),
        "r + N is an x of odd y": replace(good, r=above, id=3),
        "r + N is no x": replace(good, r=next(r for r in range(1, 1000) if lift(r + N, 0) is None), id=2),
        "r + N = P": replace(good, r=P - N, id=2),
        "r + N = P - 1": replace(good, r=P - N - 1, id=2),
        "hash 0": sign(rng, 0),
        "hash N": sign(rng, N),
        "hash 2^256 - 1": sign(rng, 2**256 - 1),
        "R = G": with_scalars(5, 7, G),
        "R = -G": with_scalars(5, 7, negate(G)),
        "infinity": with_scalars(3, N - 3, G),
        "infinity from opposite halves": with_scalars(3, 3, negate(G)),
        "infinity of large scalars": with_scalars(N - 3, 3, G),
        "G + G": with_scalars(1, 1, G),
        "127 G + 127 G": with_scalars(127, 127, G),
        "3 G from halves": with_scalars(half * 3 % N, half * 3 % N, G),
        "through infinity": with_scalars((1 << 40) * 15 + 1, (N - 15 * (1 << 40)) % N, G),
        "-15 R + 15 G, then more": with_scalars(15 << 20 | 1, N - (15 << 20), G),
    }
    cube_root = next(root for base in range(2, 9) if (root := pow(base, (N - 1) // 3, N)) != 1)
    scalars = {
        "1": 1,
        "2": 2,
        "2^128": 2**128,
        "all ones": 2**255 - 1,
        "2^255": 2**255,
        "N - 1": N - 1,
        "N - 2^128": N - 2**128,
        "cube root of 1": cube_root,
        "- cube root": N - cube_root,
        "cube root - 1": cube_root - 1,
    }
    for name, scalar in scalars.items():
        ends[f"{name} R"] = with_scalars(0, scalar, point)
        ends[f"{name} G + R"] = with_scalars(scalar, 1, point)
    return ends
