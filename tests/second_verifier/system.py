"""Sections 5, 7 and 9.1 of docs/security.md: the shipped system with its programs, the proof file, shapes."""

import json
import zlib

from second_verifier.arithmetic import P, absorb, le, need, start


def read_key(shipped):
    """The shipped file as a dictionary: airs with programs, widths of buses, W, fixed cap, digest."""
    fields = json.loads(zlib.decompress(shipped))
    system = json.loads(fields["system"])
    cap = [bytes.fromhex(node) for node in fields["fixed_cap"]]
    airs = system["airs"]
    widths = {m[0]: len(m[3]) for air in airs for m in air["interactions"]}
    W = max(widths.values(), default=1)
    bus_index = {bus: W + i for i, bus in enumerate(sorted(widths))}
    t = start("zisk-py stark 1")
    absorb(t, "field", le(P) + b"x^3 - x - 1")
    absorb(t, "shape", le(1, 3, 2, 6, 3, 5, 24))
    absorb(t, "buses", le(*(n for bus in sorted(widths) for n in (bus, widths[bus], W))))
    absorb(t, "counts", le(len(airs), len(system["publics"])))
    for air in airs:
        reduce_air(air, bus_index)
        counts = [len(air[name]) for name in ("columns", "fixed", "program", "air_values")]
        absorb(t, "air", air["name"].encode())
        absorb(t, "widths", le(*counts, 3 * air["groups"], len(air["interactions"])))
        absorb(t, "height", b"" if air["log_height"] is None else le(air["log_height"]))
        nodes, outputs = air["code"]
        absorb(t, "constraints", le(len(nodes), len(outputs), *(n for node in nodes for n in node), *outputs))
    absorb(t, "fixed", b"".join(cap))
    return {
        "airs": airs,
        "widths": widths,
        "W": W,
        "cap": cap,
        "digest": t[0],
        "publics": len(system["publics"]),
    }


def reduce_air(air, bus_index):
    """Add `groups`, `code` (nodes, outputs) and `next` (columns read one row further, by kind)."""
    nodes = [tuple(node) for node in air["nodes"]]
    at = {node: i for i, node in enumerate(nodes)}

    def node(kind, a, b=0):
        if (kind, a, b) not in at:
            at[kind, a, b] = len(nodes)
            nodes.append((kind, a, b))
        return at[kind, a, b]

    deg = []
    for kind, a, b in nodes:
        deg.append(
            deg[a] + deg[b]
            if kind == 10
            else max(deg[a], deg[b])
            if kind in (8, 9)
            else deg[a]
            if kind == 11
            else int(kind in (1, 2, 3, 4, 5))
        )

    def group_degree(members):
        e = [max(deg[v] for v in m[3]) for m in members]
        return max(1 + sum(e), *(deg[m[2]] + sum(e) - own for m, own in zip(members, e, strict=True)))

    groups = []
    for m in air["interactions"]:
        for group in groups:
            if group_degree([*group, m]) <= 3:
                group.append(m)
                break
        else:
            groups.append([m])
    pairs = []
    for group in groups:
        n = d = None
        for bus, sign, m, values in group:
            own = node(12, bus_index[bus])
            for k, v in enumerate(values):
                own = node(9, own, node(10, node(12, k), v) if k else v)
            m = node(11, m) if sign < 0 else m
            if n is None:
                n, d = m, own
            else:
                left = node(10, n, own)
                n, d = node(8, left, node(10, m, d)), node(10, d, own)
        pairs.append((n, d))
    outputs = [c[0] for c in air["constraints"]]
    shares = None
    for g, (n, d) in enumerate(pairs):
        s = node(13, g)
        if g < len(pairs) - 1:
            shares = s if shares is None else node(8, shares, s)
        else:
            s = node(9, node(13, g, 1), s)
            s = s if shares is None else node(9, s, shares)
            s = node(8, s, node(12, 0))
        outputs.append(node(9, node(10, s, d), n))
    used = set(outputs)
    for i in reversed(range(len(nodes))):
        kind, a, b = nodes[i]
        if i in used and kind >= 8 and kind <= 11:
            used |= {a} if kind == 11 else {a, b}
    number, kept = {}, []
    for i in sorted(used):
        kind, a, b = nodes[i]
        number[i] = len(kept)
        kept.append((kind, number[a] if 8 <= kind <= 11 else a, number[b] if 8 <= kind <= 10 else b))
    air["groups"] = len(groups)
    air["code"] = kept, [number[i] for i in outputs]
    air["next"] = {kind: sorted({a for k, a, b in kept if k == kind and b == 1}) for kind in (1, 2, 3, 13)}


PROFILES = {"fast": (161, 20), "secure": (223, 20), "test": (8, 2)}


def reader(data):
    """take(n): the next n bytes; take(None): all that is left."""
    place = 0

    def take(n):
        nonlocal place
        n = len(data) - place if n is None else n
        need(place + n <= len(data), "too short")
        place += n
        return data[place - n : place]

    return take


def number(take, size, low=0, high=None):
    n = int.from_bytes(take(size), "little")
    need(n >= low and (high is None or n <= high), "a count is out of range")
    return n


def base(take, count):
    data = take(8 * count)
    values = [int.from_bytes(data[i : i + 8], "little") for i in range(0, 8 * count, 8)]
    need(all(v < P for v in values), "a number is not below p")
    return values


def elements(take, count):
    v = base(take, 3 * count)
    return [tuple(v[i : i + 3]) for i in range(0, 3 * count, 3)]


def cap_of(take):
    return [take(32) for _ in range(64)]


def read_file(data):
    take = reader(data)
    need(take(14) == b"zisk-py proof\n" and number(take, 2) == 1, "no proof of version 1")
    profile = take(number(take, 1, 1, 16))
    header = take(number(take, 4, 0, 2**26))
    segments = []
    for _ in range(number(take, 4, 1, 2**16)):
        instances = []
        for _ in range(number(take, 2, 1, 1024)):
            air, n = number(take, 2), number(take, 1)
            instances.append((air, n, base(take, number(take, 2, 0, 1024))))
        segments.append({"instances": instances, "cap": cap_of(take)})
    for segment in segments:
        segment["body"] = take(number(take, 4))
    need(not take(None), "bytes follow")
    return profile, header, segments


def lay_out(key, heights, instances):
    """Trees as lists of (log size, width); per instance its parts and what is opened; classes; folds."""
    airs = key["airs"]
    here = {air: n for air, n, _ in instances}
    trees, parts = {}, {air: [] for air in here}
    width = {
        0: lambda air: len(air["fixed"]),
        1: lambda air: len(air["program"]),
        2: lambda air: len(air["columns"]),
        3: lambda air: 3 * air["groups"],
        4: lambda air: 6,
    }
    for r in range(5):
        if not any(width[r](airs[a]) for a in here):
            continue
        matrices = []
        for a, air in enumerate(airs):
            w = width[r](air)
            if w and (a in here or r < 2):
                if a in here:
                    parts[a].append((r, len(matrices), w))
                n = (
                    here[a]
                    if a in here
                    else air["log_height"]
                    if air["log_height"] is not None
                    else heights[air["name"]]
                )
                matrices.append((n + 1, w))
        trees[r] = matrices
    opened = []
    for a, n, _ in instances:
        following, bound, first, begin = [], [], 0, {}
        for r, _, w in parts[a]:
            begin[r] = first
            kind = {0: 2, 1: 3, 2: 1, 3: 13, 4: None}[r]
            read = airs[a]["next"].get(kind, [])
            following += (
                [first + 3 * c + i for c in read for i in range(3)]
                if kind == 13
                else [first + c for c in read]
            )
            bound += range(first, first + w) if r == 2 else []
            first += w
        opened.append(
            {
                "air": a,
                "n": n,
                "parts": parts[a],
                "width": first,
                "next": following,
                "bound": bound,
                "begin": begin,
            }
        )
    classes = sorted({n + 1 for _, n, _ in instances}, reverse=True)
    rounds, sizes = [], classes[:]
    while max(sizes) > 6:
        now = []
        for c, s in enumerate(sizes):
            if s > 6:
                a = min(3, s - 6)
                sizes[c] -= a
                now.append((c, a, s - a))
        rounds.append(now)
    return trees, opened, classes, rounds


def read_body(data, shape):
    trees, opened, classes, rounds = shape
    take = reader(data)
    totals = len(trees.get(3, []))
    return {
        "omega": [elements(take, len(o["bound"])) for o in opened],
        "cap3": cap_of(take) if totals else [],
        "totals": elements(take, totals),
        "cap4": cap_of(take),
        "zeta": [elements(take, o["width"] + len(o["next"])) for o in opened],
        "folds": [cap_of(take) for _ in rounds],
        "finals": [elements(take, 32) for _ in classes],
        "nonce": number(take, 8),
        "openings": take(None),
    }
