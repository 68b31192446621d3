"""Section 4 of docs/security.md: numbers, hash, transcript. Tuples of three integers and plain loops."""

from hashlib import blake2s

P = 2**64 - 2**32 + 1
ONE, NIL, X = (1, 0, 0), (0, 0, 0), (0, 1, 0)


class Refused(Exception):
    """The proof is not accepted."""


def need(holds, reason):
    if not holds:
        raise Refused(reason)


def kmul(a, b):
    c = [0] * 5
    for i in range(3):
        for j in range(3):
            c[i + j] += a[i] * b[j]
    return (c[0] + c[3]) % P, (c[1] + c[3] + c[4]) % P, (c[2] + c[4]) % P


def kadd(a, b):
    return (a[0] + b[0]) % P, (a[1] + b[1]) % P, (a[2] + b[2]) % P


def ksub(a, b):
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P, (a[2] - b[2]) % P


def kscale(a, s):
    return a[0] * s % P, a[1] * s % P, a[2] * s % P


def kpow(a, n):
    r = ONE
    for bit in bin(n)[2:]:
        r = kmul(r, r)
        if bit == "1":
            r = kmul(r, a)
    return r


X_P = kpow(X, P)  # x^p, so that a -> a^p is linear in the coordinates
X_2P = kmul(X_P, X_P)


def conjugate(a):
    return kadd(kadd((a[0], 0, 0), kscale(X_P, a[1])), kscale(X_2P, a[2]))


def kinv(a):
    b = conjugate(a)
    b = kmul(b, conjugate(b))
    norm = kmul(a, b)  # a * a^p * a^(p^2), in F
    return kscale(b, pow(norm[0], -1, P))


def root(n):
    return pow(7, (P - 1) >> n, P)


def rev(i, n):
    r = 0
    for _ in range(n):
        r, i = 2 * r + i % 2, i // 2
    return r


def H(tag, data):
    return blake2s(data, person=tag).digest()


def le(*numbers):
    return b"".join(n.to_bytes(8, "little") for n in numbers)


def flat(elements):
    return le(*(c for e in elements for c in e))


def absorb(t, tag, data):
    t[0] = H(b"ziskfsab", t[0] + le(len(tag)) + tag.encode() + le(len(data)) + data)


def start(name):
    t = [bytes(32)]
    absorb(t, "protocol", name.encode())
    return t


def words(t, label):
    absorb(t, "challenge", label.encode())
    counter = 0
    while True:
        block = H(b"ziskfssq", t[0] + le(counter))
        for i in range(0, 32, 8):
            yield int.from_bytes(block[i : i + 8], "little")
        counter += 1


def challenge(t, label):
    found = []
    for word in words(t, label):
        if word < P:
            found.append(word)
        if len(found) == 3:
            return tuple(found)


def point(t, label, heights):
    while True:
        z = challenge(t, label)
        inside = False
        for n in heights:
            zn = kpow(z, 1 << n)
            inside |= zn == ONE or kmul(zn, zn) == (pow(7, 2 << n, P), 0, 0)
        if not inside:
            return z
