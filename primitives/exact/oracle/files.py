"""Section 8: canonical files. A tensor is a dict: name, role ("Train", "Stat" or "Const"), shape, dtype, scale, original_dtype,
aliases."""

import json
import struct
from math import prod

from grid import quantize

SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2}
SIZES |= {"I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}


def tensor(name, role="Train", shape=(3,), dtype="F32", scale=24, original=None, aliases=()):
    fields = {"name": name, "role": role, "shape": list(shape), "dtype": dtype, "scale": scale}
    return fields | {"original_dtype": original or dtype, "aliases": list(aliases)}


def canonical(thing):
    """RFC 8785 of objects, arrays, strings and integers."""
    if isinstance(thing, dict):
        keys = sorted(thing, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(thing[key]) for key in keys) + "}"
    if isinstance(thing, list):
        return "[" + ",".join(map(canonical, thing)) + "]"
    return json.dumps(thing, ensure_ascii=False)


def ordered(tensors):
    return sorted(tensors, key=lambda t: (t["role"] == "Const", t["name"].encode()))


def size(t):
    return SIZES[t["dtype"]] * prod(t["shape"])


def header(kind, tensors, length=0, names=None):
    """The header's bytes, at least `length` of them, and the length of the data. A version's has room for that of its updates.
    `names`: base and contributor of an update."""
    if kind == "model":
        length = len(header("delta", [t for t in tensors if t["role"] != "Const"], length, [bytes(32)] * 2)[0])
    top, meaning, at = {}, {}, 0
    for t in ordered(tensors):
        top[t["name"]] = {"dtype": t["dtype"], "shape": t["shape"], "data_offsets": [at, at + size(t)]}
        at += size(t)
        meaning[t["name"]] = {
            "role": t["role"].lower(),
            "scale": 0 if t["role"] == "Const" else t["scale"],
            "original_dtype": t["original_dtype"],
            "aliases": sorted(t["aliases"], key=str.encode),
        }
    named = {"base": names[0].hex(), "contributor": names[1].hex()} if kind == "delta" else {}
    top["__metadata__"] = {"quorate": canonical(named | {"format": 1, "kind": kind, "tensors": meaning})}
    text = canonical(top).encode()
    length = max(length, -(-(8 + len(text)) // 1024) * 1024)
    return struct.pack("<Q", length - 8) + text.ljust(length - 8), at


def update_header(tensors, names):
    """Of an update to a version of the model with these tensors: as long as the model's. `names`: that version's root and the contributor's account."""
    length = len(header("model", tensors)[0])
    return header("delta", [t for t in tensors if t["role"] != "Const"], length, names)


def state_tensors(tensors, server, bias_correction=False):
    """The tensors of the state of section 6 beside a version of the model with these tensors."""
    out = []
    for prefix in ("m.",) if server == "Momentum" else ("m.", "v."):
        out += [t | {"name": prefix + t["name"], "aliases": []} for t in tensors if t["role"] == "Train"]
    return out + ([tensor("powers", "Const", (2,), scale=0)] if bias_correction else [])


def check(kind, tensors, data, names=None):
    """The first fault of a file in the order of its bytes, None if there is none: SCALE as a list of a name and its fields."""
    head, length = header("model", tensors) if kind == "model" else update_header(tensors, names)
    if data[: len(head)] != head[: len(data)]:
        return [header_fault(kind, tensors, names, head, data)]
    at, end = len(head), len(head) + length
    for number, t in enumerate(t for t in ordered(tensors) if t["role"] != "Const"):
        for index in range(prod(t["shape"])):
            if at + 4 > len(data):
                return ["Length", end, len(data)]
            fault = fault_of(kind, int.from_bytes(data[at : at + 4], "little"), t["scale"])
            if fault:
                return [fault, number, index]
            at += 4
    return None if len(data) == end else ["Length", end, min(len(data), end + 1)]


def header_fault(kind, tensors, names, head, data):
    """Of a file whose header is not `head`: another digit of a name where they begin to differ, or something else."""
    if kind == "model":
        return "Header"
    first = next(at for at, (a, b) in enumerate(zip(head, data)) if a != b)
    if data[first] not in b"0123456789abcdef":
        return "Header"
    for which, fault in enumerate(["OtherBase", "OtherContributor"]):
        zeros, ones = (update_header(tensors, names[:which] + [bytes([byte]) * 32] + names[which + 1 :])[0] for byte in (0x00, 0xFF))
        if zeros[first] != ones[first]:
            return fault
    return "Header"


def fault_of(kind, bits, scale):
    q = quantize(bits, scale)
    return q if q == "NonFinite" or (q == "OutOfRange" and kind == "delta") else None
