"""Files with one fault, two or none, for the answer to be the first of them (section 8, "Checking")."""

import struct

import f32
import files
from files import tensor
from grid import Q_MAX


def specs(rng):
    scale = rng.choice([-16, 24, 40])
    out = [tensor("w", shape=(rng.randint(1, 4), 2), scale=scale)]
    if rng.random() < 0.7:
        out.append(tensor("s", "Stat", (rng.randint(1, 5),), scale=rng.choice([0, 12])))
    if rng.random() < 0.7:
        # Not far from the other one: no model has scales whose products are too wide.
        out.append(tensor("a", shape=(), scale=scale + 4 if scale < 0 else scale - 4))
    if rng.random() < 0.5:
        out.append(tensor("c", "Const", (3,), rng.choice(["U8", "F32", "F64"])))
    rng.shuffle(out)
    return out


def value(rng, scale):
    """Bits of a value within the grid of this scale."""
    return f32.nearest(rng.choice([-1, 1]) * rng.choice([0, Q_MAX, rng.getrandbits(24)]), 1, -scale)


def bad_value(rng, scale):
    beyond = f32.nearest(Q_MAX + 128, 1, -scale)
    return rng.choice([0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, beyond, beyond | 1 << 31])


def fault_case(rng):
    """{"op": "file"}: the tensors of a model, the kind of the file and its bytes."""
    kind, tensors = rng.choice(["model", "delta"]), specs(rng)
    group = tensors if kind == "model" else [t for t in tensors if t["role"] != "Const"]
    names = [rng.randbytes(32), rng.randbytes(32)]
    # Now and then one that was made against another version, or by another account.
    other = [name if rng.random() < 0.9 else name[:20] + rng.randbytes(12) for name in names]
    head, _ = files.header("model", tensors) if kind == "model" else files.update_header(tensors, other)
    data = bytearray(head)
    positions = []
    for t in files.ordered(group):
        if t["role"] == "Const":
            data += rng.randbytes(files.size(t))
            continue
        for _ in range(files.size(t) // 4):
            positions.append((len(data), t["scale"]))
            data += struct.pack("<I", value(rng, t["scale"]))
    for _ in range(rng.choice([0, 1, 1, 2])):
        spoil(rng, data, head, positions)
    named = {"base": names[0].hex(), "contributor": names[1].hex()} if kind == "delta" else {}
    return {"op": "file", "kind": kind, "tensors": tensors} | named | {"bytes": bytes(data).hex()}


def spoil(rng, data, head, positions):
    kind = rng.randrange(6)
    if kind == 0:
        name = rng.choice([head.find(b'\\"base') + 11, head.find(b'\\"contributor') + 18])
        at = rng.choice([0, 7, 8, rng.randrange(len(head)), len(head) - 1, name + rng.randrange(64)])
        if at < len(data):
            data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[rng.choice([rng.randrange(len(data) + 1), len(head), len(data) - 1, len(data) - 4]) :]
    elif kind == 2:
        data += bytes(rng.choice([1, 4, 2000]))
    else:
        at, scale = rng.choice(positions)
        if at + 4 <= len(data):
            data[at : at + 4] = struct.pack("<I", bad_value(rng, scale))
