"""Section 10: the tree over partial products and the detail blob."""

import struct

from blake3 import blake3
from products import form


def leaf(index, n, flag, values):
    return blake3(b"quorate/products/leaf/1" + struct.pack("<Q", index) + form(n, flag, values))


def tree(n, flag, partials, first=0):
    """Root and sum of the partials, the first of them being tile `first`."""
    if len(partials) == 1:
        return leaf(first, n, flag, partials[0]), partials[0]
    half = 1 << (len(partials) - 1).bit_length() - 1
    left, a = tree(n, flag, partials[:half], first)
    right, b = tree(n, flag, partials[half:], first + half)
    total = [x + y for x, y in zip(a, b, strict=True)]
    return blake3(b"quorate/products/node/1" + left + right + form(n, flag, total)), total


def compact(n):
    """SCALE compact integer."""
    if n < 1 << 6:
        return struct.pack("<B", n << 2)
    if n < 1 << 14:
        return struct.pack("<H", n << 2 | 1)
    assert n < 1 << 30
    return struct.pack("<I", n << 2 | 2)


def u32s(values):
    return compact(len(values)) + b"".join(struct.pack("<I", x) for x in values)


def blob(scores, selection, flag, partials):
    n = len(scores)
    root, total = tree(n, flag, partials)
    leaves = [leaf(i, n, flag, p) for i, p in enumerate(partials)]
    out = b"\x02" + u32s(scores) + u32s(selection) + bytes([flag])
    out += compact(len(total)) + b"".join(x.to_bytes(16, "little", signed=True) for x in total)
    return out + compact(len(leaves)) + b"".join(leaves) + root
