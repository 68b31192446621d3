"""Sections 9.2 to 10 of docs/security.md: transcript, identity, openings, folds, bits."""

import math

from second_verifier.arithmetic import (
    NIL,
    ONE,
    H,
    P,
    X,
    absorb,
    challenge,
    flat,
    kadd,
    kinv,
    kmul,
    kpow,
    kscale,
    ksub,
    le,
    need,
    point,
    rev,
    root,
    start,
    words,
)
from second_verifier.system import PROFILES, base, elements, lay_out, read_body, reader


def bits_of(key, shapes, messages, q, g):
    rho, size_k = 0.5, 3 * math.log2(P)
    airs = key["airs"]
    terms = messages + sum(
        len(airs[o["air"]]["interactions"]) << o["n"] for _, opened, _, _ in shapes for o in opened
    )
    kinds = set()
    for _, opened, classes, _ in shapes:
        count = [
            (s, sum(o["width"] + len(o["next"]) + len(o["bound"]) for o in opened if o["n"] + 1 == s))
            for s in classes
        ]
        outputs = sum(len(airs[o["air"]]["code"][1]) for o in opened)
        kinds.add((tuple(count), outputs, tuple(o["n"] for o in opened)))

    def least(theta, lists, slope, constant):
        errors = [terms * (key["W"] + 3)]
        for count, outputs, heights in kinds:
            ca = {s: slope * 2.0**s + constant for s, _ in count}
            errors += [
                lists**2 / 2 * 2 ** max(heights),
                lists * outputs,
                lists * sum(3 * (2**n + 1) + 2**n - 1 for n in heights),
                sum(ca[s] * (c - 1) for s, c in count),
                sum(ca[s] * 8 for s, _ in count),
            ]
        return min(128.0, g - q * math.log2(1 - theta), *(size_k - math.log2(e) for e in errors if e > 0))

    best = least((1 - rho) / 2, 1, (1 - rho) / 2, 1)
    for m in range(3, 400):
        h, r = m + 0.5, math.sqrt(rho)
        theta = 1 - r * (1 + 1 / (2 * m))
        best = max(best, least(theta, h / r, (2 * h**5 + 3 * h * theta * rho) / (3 * rho**1.5), h / r))
    return best


def verify_stark(key, header_facts, data, messages, min_bits, allow_test):
    """Everything but the meaning of the statement. `header_facts`: cap of the program, its log heights."""
    cap, heights = header_facts
    airs = key["airs"]
    profile, header, segments = data
    name = profile.decode("latin-1")
    need(name in PROFILES and (name != "test" or allow_test), "the profile is not accepted")
    q, g = PROFILES[name]
    need(key["publics"] == 0, "the system has public values")
    named = [air["name"] for air in airs if air["program"]]
    need(sorted(heights) == sorted(named), "the program's airs are others")
    need(all(5 <= heights[one] <= 24 for one in named), "a height of the program")
    need(len(cap) == 64 and all(len(node) == 32 for node in cap), "the cap of the program")
    seen = set()
    for segment in segments:
        numbers = [air for air, _, _ in segment["instances"]]
        need(numbers == sorted(set(numbers)) and numbers[-1] < len(airs), "instances")
        for a, n, values in segment["instances"]:
            air = airs[a]
            need(5 <= n <= 24 and air["log_height"] in (None, n), "a height")
            need(not air["program"] or heights[air["name"]] == n, "a height of program columns")
            need(len(values) == len(air["air_values"]), "number of air values")
            if air["fixed"] or air["program"]:
                need(a not in seen, "a table twice")
                seen.add(a)
    for bus, values, _ in messages:
        need(key["widths"].get(bus) == len(values) and all(0 <= v < P for v in values), "a message")
    shapes = [lay_out(key, heights, segment["instances"]) for segment in segments]
    bodies = [read_body(segment["body"], shape) for segment, shape in zip(segments, shapes, strict=True)]
    need(bits_of(key, shapes, len(messages), q, g) >= min_bits, "too few bits")

    t = start("zisk-py stark 1")
    absorb(t, "profile", profile)
    absorb(t, "parameters", le(q, g))
    absorb(t, "key", key["digest"])
    absorb(t, "program", b"".join(cap))
    absorb(t, "program heights", le(*(heights[one] for one in named)))
    absorb(t, "publics", b"")
    absorb(t, "segments", le(len(segments)))
    omegas = []
    for segment, body in zip(segments, bodies, strict=True):
        absorb(t, "instances", le(*(v for a, n, _ in segment["instances"] for v in (a, n))))
        for _, _, values in segment["instances"]:
            absorb(t, "air values", le(*values))
        absorb(t, "stage 1", b"".join(segment["cap"]))
        omegas.append(point(t, "omega", {n for _, n, _ in segment["instances"]}))
        for values in body["omega"]:
            absorb(t, "binding", flat(values))
    absorb(t, "header", header)
    absorb(t, "messages", le(*(v for bus, values, m in messages for v in (bus, m % P, len(values), *values))))
    alpha, beta = challenge(t, "alpha"), challenge(t, "beta")
    W = key["W"]
    beta_powers = [kpow(beta, i) for i in range(W + 1)]
    offset = {bus: kadd(alpha, kscale(beta_powers[W], bus + 1)) for bus in key["widths"]}
    shared = beta_powers[1:W] + [offset[bus] for bus in sorted(offset)]

    total = NIL
    for i, (segment, shape, body) in enumerate(zip(segments, shapes, bodies, strict=True)):
        f = start("segment")
        absorb(f, "trunk", t[0])
        absorb(f, "branch", le(i))
        verify_segment(f, key, cap, segment, shape, body, omegas[i], shared, q, g)
        for one in body["totals"]:
            total = kadd(total, one)
    for bus, values, m in messages:
        d = offset[bus]
        for k, v in enumerate(values):
            d = ksub(d, kscale(beta_powers[k], v))
        need(d != NIL, "a denominator is 0")
        total = kadd(total, kscale(kinv(d), m % P))
    need(total == NIL, "the buses do not balance")


def verify_segment(f, key, program_cap, segment, shape, body, omega, shared, q, g):
    trees, opened, classes, rounds = shape
    absorb(f, "stage 2", b"".join(body["cap3"]))
    absorb(f, "terminals", flat(body["totals"]))
    lam = challenge(f, "lambda")
    absorb(f, "quotient", b"".join(body["cap4"]))
    zeta = point(f, "zeta", {o["n"] for o in opened})
    for values in body["zeta"]:
        absorb(f, "evaluations", flat(values))
    totals = iter(body["totals"])
    for o, (_, n, air_values), claims in zip(opened, segment["instances"], body["zeta"], strict=True):
        air = key["airs"][o["air"]]
        share = kscale(next(totals), pow(1 << n, -1, P)) if air["groups"] else NIL
        check_identity(air, o, n, air_values, claims, [share, *shared], lam, zeta)
    delta = challenge(f, "delta")
    betas = []
    for cap in body["folds"]:
        absorb(f, "fold", b"".join(cap))
        betas.append(challenge(f, "fold"))
    for coefficients in body["finals"]:
        absorb(f, "final polynomial", flat(coefficients))
    work = int.from_bytes(H(b"ziskwork", f[0] + le(body["nonce"]))[:8], "little")
    need(work < 1 << (64 - g), "too little work")
    absorb(f, "nonce", le(body["nonce"]))
    stream = words(f, "queries")
    S = classes[0]
    positions = [next(stream) % (1 << S) for _ in range(q)]

    take = reader(body["openings"])
    caps = [key["cap"], program_cap, segment["cap"], body["cap3"], body["cap4"]]
    rows = {}
    for r, matrices in trees.items():

        def row(m, place, r=r, matrices=matrices):
            rows[r, m, place] = base(take, matrices[m][1])
            return rows[r, m, place]

        climb(take, [s for s, _ in matrices], S, positions, row, caps[r])
    known = [
        deep(opened, body, rows, s, S, positions, zeta, omega, delta) for s in classes
    ]  # per class: element by position
    for now, beta, cap in zip(rounds, betas, body["folds"], strict=True):
        leaves = {}

        def row(m, place, now=now, leaves=leaves):
            c, a, _ = now[m]
            spots = range(place << a, (place + 1) << a)
            read = iter(elements(take, sum(spot not in known[c] for spot in spots)))
            leaf = [known[c][spot] if spot in known[c] else next(read) for spot in spots]
            leaves[m, place] = leaf
            return [v for e in leaf for v in e]

        climb(take, [s for _, _, s in now], S, positions, row, cap)
        for c, _, _ in now:
            known[c] = {}
        for (m, place), leaf in leaves.items():
            c, a, s = now[m]
            known[c][place] = fold(leaf, place, a, s + a, beta)
    need(not take(None), "bytes follow the openings")
    for coefficients, found in zip(body["finals"], known, strict=True):
        for r, value in found.items():
            u, sum_, step = pow(root(6), rev(r, 6), P), NIL, 1
            for coefficient in coefficients:
                sum_, step = kadd(sum_, kscale(coefficient, step)), step * u % P
            need(sum_ == value, "off the final polynomial")


def check_identity(air, o, n, air_values, claims, challenges, lam, zeta):
    """Section 9.3."""
    w, N = o["width"], 1 << n
    begin = {kind: o["begin"].get(r) for r, kind in enumerate((2, 3, 1, 13))}
    following = dict(zip(o["next"], claims[w:], strict=True))
    power = kpow(zeta, N)
    Z, u = ksub(power, ONE), pow(root(n), -1, P)
    ends = {
        4: kmul(Z, kinv(kscale(ksub(zeta, ONE), N))),
        5: kmul(kscale(Z, u), kinv(kscale(ksub(zeta, (u, 0, 0)), N))),
    }

    def joined(get, at):
        return kadd(kadd(get(at), kmul(X, get(at + 1))), kmul((0, 0, 1), get(at + 2)))

    v = []
    for kind, a, b in air["code"][0]:
        if kind == 0:
            v.append((a % P, 0, 0))
        elif kind in (1, 2, 3):
            v.append((following if b else claims)[begin[kind] + a])
        elif kind in ends:
            v.append(ends[kind])
        elif kind == 6:
            v.append((air_values[a], 0, 0))
        elif kind == 8:
            v.append(kadd(v[a], v[b]))
        elif kind == 9:
            v.append(ksub(v[a], v[b]))
        elif kind == 10:
            v.append(kmul(v[a], v[b]))
        elif kind == 11:
            v.append(ksub(NIL, v[a]))
        elif kind == 12:
            v.append(challenges[a])
        else:
            v.append(joined((following if b else claims).__getitem__, begin[13] + 3 * a))
    left, factor = NIL, ONE
    for output in air["code"][1]:
        left, factor = kadd(left, kmul(factor, v[output])), kmul(factor, lam)
    at = o["begin"][4]
    q0, q1 = joined(claims.__getitem__, at), joined(claims.__getitem__, at + 3)
    need(left == kmul(Z, kadd(q0, kmul(power, q1))), f"the identity of {air['name']}")


def climb(take, sizes, S, positions, row, cap):
    """Section 4, openings of a tree; row(matrix, position) reads a row."""
    top = max(sizes)
    here = sorted({r >> (S - top) if top <= S else r << (top - S) for r in positions})
    nodes = {}
    for level in range(top, 5, -1):
        matrices = [m for m, s in enumerate(sizes) if s == level]
        if matrices:
            for r in here:
                leaf = H(b"ziskleaf", le(*(v for m in matrices for v in row(m, r))))
                nodes[r] = leaf if level == top else H(b"ziskinjt", nodes[r] + leaf)
        if level == 6:
            need(all(cap[r] == nodes[r] for r in here), "rows are not under the cap")
            return
        above = {}
        for r in here:
            if r // 2 not in above:
                other = nodes[r ^ 1] if r ^ 1 in nodes else take(32)
                above[r // 2] = H(b"zisknode", other + nodes[r] if r % 2 else nodes[r] + other)
        nodes, here = above, sorted(above)


def deep(opened, body, rows, s, S, positions, zeta, omega, delta):
    """Section 9.4: R by position, for the class of log size s."""
    members = [i for i, o in enumerate(opened) if o["n"] + 1 == s]
    lists = [[], [], []]  # per point: (member, column, claim)
    for i in members:
        o = opened[i]
        w = o["width"]
        lists[0] += [(i, c, body["zeta"][i][c]) for c in range(w)]
        lists[1] += [(i, c, claim) for c, claim in zip(o["next"], body["zeta"][i][w:], strict=True)]
        lists[2] += [(i, c, claim) for c, claim in zip(o["bound"], body["omega"][i], strict=True)]
    points = [zeta, kscale(zeta, root(s - 1)), omega]
    factor, weighted = ONE, []
    for entries in lists:
        now, claimed = [], NIL
        for i, c, claim in entries:
            now.append((i, c, factor))
            claimed = kadd(claimed, kmul(factor, claim))
            factor = kmul(factor, delta)
        weighted.append((now, claimed))
    found = {}
    for r in {position >> (S - s) for position in positions}:
        row = {i: [v for t, m, _ in opened[i]["parts"] for v in rows[t, m, r]] for i in members}
        x, value = (7 * pow(root(s), rev(r, s), P) % P, 0, 0), NIL
        for z, (now, claimed) in zip(points, weighted, strict=True):
            top = [sum(w[j] * row[i][c] for i, c, w in now) % P for j in range(3)]
            value = kadd(value, kmul(ksub(top, claimed), kinv(ksub(x, z))))
        found[r] = value
    return found


def fold(leaf, place, a, s, beta):
    """Section 9.4: the element at `place` after folding by 2^a, from log size s."""
    u = [pow(root(s), rev((place << a) + i, s), P) for i in range(1 << a)]
    half = (P + 1) // 2
    while len(leaf) > 1:
        pairs = range(0, len(leaf), 2)
        leaf = [
            kadd(
                kscale(kadd(leaf[i], leaf[i + 1]), half),
                kmul(beta, kscale(ksub(leaf[i], leaf[i + 1]), half * pow(u[i], -1, P))),
            )
            for i in pairs
        ]
        u, beta = [u[i] * u[i] % P for i in pairs], kmul(beta, beta)
    return leaf[0]
