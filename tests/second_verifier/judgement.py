"""Sections 6 and 8 of docs/security.md, and the verdict: a verifier that follows it and shares no code.

`judge` returns the reason why a proof is refused, or "" if it is accepted.
"""

import json

from second_verifier.arithmetic import H, Refused, need
from second_verifier.protocol import verify_stark
from second_verifier.system import read_file


def is_number(v, limit=2**64):
    return type(v) is int and 0 <= v < limit


def canonical(v):
    return json.dumps(v, sort_keys=True, separators=(",", ":"))


def load(text, keys):
    try:
        v = json.loads(text)
        same = canonical(v).encode() == (text.encode() if isinstance(text, str) else text)
    except (ValueError, RecursionError, TypeError):
        raise Refused("no JSON") from None
    need(same and type(v) is dict and set(v) == set(keys.split()), "a text is not in canonical form")
    return v


def hexadecimal(v):
    need(type(v) is str and len(v) % 2 == 0 and set(v) <= set("0123456789abcdef"), "no hexadecimal text")
    return bytes.fromhex(v)


SCALARS = ("input_length", "instruction_offset", "heap_size", "budget")


def read_statement(header):
    s = load(
        header,
        "rules cap log_heights input_length instruction_offset heap_size budget public_input outcome steps"
        " compute_units outputs multiplicities",
    )
    need(all(is_number(s[name], 2**32) for name in SCALARS), "a scalar of the claim")
    need(is_number(s["steps"]) and is_number(s["compute_units"]), "steps or units")
    for name in ("cap", "log_heights", "multiplicities", "outcome"):
        need(type(s[name]) is list, f"{name} is no list")
    s["nodes"] = [hexadecimal(node) for node in s["cap"]]
    for pair in s["log_heights"]:
        need(
            type(pair) is list and len(pair) == 2 and type(pair[0]) is str and is_number(pair[1]),
            "log_heights",
        )
    names = [name for name, _ in s["log_heights"]]
    need(names == sorted(set(names)), "names of log_heights out of order")
    need(len(s["outcome"]) == 2 and is_number(s["outcome"][0], 16) and is_number(s["outcome"][1]), "outcome")
    need(all(is_number(m, 2**32) for m in s["multiplicities"]), "a multiplicity")
    s["bytes"] = hexadecimal(s["outputs"])
    need(len(s["bytes"]) <= 1024, "too many outputs")
    s["public"] = None if s["public_input"] is None else hexadecimal(s["public_input"])
    need(s["public"] is None or len(s["public"]) == s["input_length"], "length of the public input")
    need(type(s["rules"]) is str, "rules are no text")
    r = load(s["rules"], "target num_slots entry regions registers")
    need(type(r["target"]) is str and is_number(r["num_slots"]) and is_number(r["entry"]), "rules")
    need(type(r["regions"]) is list and type(r["registers"]) is list, "rules")

    def quantity(v):
        return is_number(v) or (type(v) is str and v in SCALARS)

    for row in r["regions"]:
        need(type(row) is list and len(row) == 5 and is_number(row[0], 5) and is_number(row[1]), "a region")
        need(quantity(row[2]) and is_number(row[3], 2) and is_number(row[4], 2), "a region")
    for row in r["registers"]:
        need(
            type(row) is list and len(row) == 4 and is_number(row[0], 16) and is_number(row[1]), "a register"
        )
        need(quantity(row[2]) and is_number(row[3], 2), "a register")
    return s, r


def halves(word):
    return word % 2**32, word >> 32


def as_words(data):
    data += bytes(-len(data) % 8)
    return [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]


def own_messages(s, r):
    """Section 8.2: (bus, values, multiplicity)."""

    def amount(v):
        return s[v] if type(v) is str else v

    guest = []
    for kind, address, size, writable, gapped in r["regions"]:
        need(address % 8 == 0, "a region is not aligned")
        if amount(size):
            guest.append((address, kind, amount(size), writable, gapped))
    guest.sort(key=lambda region: region[0])
    ends = [address // 8 + (size + 7) // 8 for address, _, size, _, _ in guest]
    need(all(address + size <= 2**48 - 2**32 for address, _, size, _, _ in guest), "a region is too high")
    need(all(e < g[0] // 8 for e, g in zip(ends, guest[1:], strict=False)), "regions touch")
    need(len(guest) <= 12, "too many regions")
    regions = [(2**29 + address // 8, *rest) for address, *rest in guest]
    regions += [(2**59, 4, 128, 1, 0), (2**59 + 16, 1, 384, 1, 0)]
    regions += [(2**60, 1, 8 * 2**16, 1, 0), (2**60 + 2**20, 3, 8 + 1024, 1, 0)]
    public, found = s["public"], []
    for i, (begin, kind, size, writable, gapped) in enumerate(regions):
        whole = 2 if gapped else writable
        last = 8 + 8 * whole + size % 8 if size % 8 else whole
        is_init = kind in (0, 4) or (kind == 2 and public is not None)
        rules = (int(is_init), int(kind == 2 and public is None), int(kind == 3), gapped)
        found.append((6, (i, begin, (size + 7) // 8, whole, last, *rules)))
    registers = [0] * 16
    for n, low, plus, zero in r["registers"]:
        if not (zero and s["input_length"] == 0):
            registers[n] = (low + amount(plus)) % 2**64
    found += [(7, (2**59 + n, *halves(v))) for n, v in enumerate(registers)]
    if public is not None:
        begin = next((one[0] for one in regions if one[1] == 2), 0)
        found += [(7, (begin + i, *halves(word))) for i, word in enumerate(as_words(public))]
    for kind in (1, 2):
        low, legal = 0, [g for g in guest if g[3] or kind == 1]
        for address, _, size, _, _ in legal:
            if address:
                found.append((9, (kind, 0, *halves(low), *halves(address - 1))))
            low = address + size
        found.append((9, (kind, 0, *halves(low), *halves(2**64 - 1))))
        found += [(9, (kind, 1, *halves(a), *halves(a + size - 1))) for a, _, size, _, gap in legal if gap]
    need(len(found) == len(s["multiplicities"]), "number of multiplicities")
    counted = [(*m, count) for m, count in zip(found, s["multiplicities"], strict=True) if count]
    final = [len(s["bytes"]), *as_words(s["bytes"])]
    return counted + [(8, (2**60 + 2**20 + i, *halves(word)), -1) for i, word in enumerate(final)]


def check_instances(airs, s, r, segments):
    """Section 8.3."""
    run_wide = {air["name"] for air in airs if air["name"] == "Boundary" or air["fixed"] or air["program"]}
    state = {"pc": r["entry"], "c0": 0, "c1": 0, "clk": 0, "units": 0}
    for i, segment in enumerate(segments):
        last, here = i == len(segments) - 1, {}
        for a, n, values in segment["instances"]:
            need(a < len(airs) and airs[a]["name"] not in here, "an air")
            names = airs[a]["air_values"]
            need(len(names) == len(values), "number of air values")
            here[airs[a]["name"]] = {"height": 1 << n, **dict(zip(names, values, strict=True))}
        need("Main" in here, "no Main")
        need(run_wide <= set(here) if last else not run_wide & set(here), "run-wide airs")
        main = here["Main"]
        need(all(main["start_" + name] == v for name, v in state.items()), "a segment does not continue")
        state = {name: main["end_" + name] for name in state}
        need(main["start_clk"] <= state["clk"] < 2**36, "steps of a segment")
        need(last or state["clk"] - main["start_clk"] == main["height"], "a segment is not full")
        need(main["start_units"] <= state["units"], "units go backwards")
        need("Carry" not in here or here["Carry"]["start_time"] == 4 * main["start_clk"], "time of Carry")
    need(state["clk"] == s["steps"] and state["units"] == s["compute_units"], "steps or units at the end")
    need(
        state["units"] <= s["budget"] and max(state["c0"], state["c1"]) < 2**32, "units or result at the end"
    )
    pc = state["pc"]
    if pc == 2**31 + 1:
        end = [0, state["c0"] + 2**32 * state["c1"]]
    elif pc == 2**31 + 2:
        need(1 <= state["c1"] <= 15 and state["c1"] != 8, "no such fault")
        end = [state["c1"], state["c0"] // 8]
    else:
        need(pc % 8 == 0 and pc // 8 <= r["num_slots"] and state["units"] == s["budget"], "no end")
        end = [8, pc // 8]
    need(end == s["outcome"], "another outcome")


def judge(key, program_id, data, min_bits=100, allow_test=False):
    """Why the proof is refused, or "" if it is accepted. `key` is what read_key returns."""
    try:
        file = read_file(data)
        s, r = read_statement(file[1])
        text = json.dumps([s["rules"], s["cap"], s["log_heights"]], separators=(",", ":"))
        need(H(b"zkprogid", key["digest"] + text.encode()).hex() == program_id, "another program")
        messages = own_messages(s, r)
        check_instances(key["airs"], s, r, file[2])
        verify_stark(key, (s["nodes"], dict(s["log_heights"])), file, messages, min_bits, allow_test)
    except Refused as refused:
        return str(refused)
    return ""
