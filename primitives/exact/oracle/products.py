"""Section 3: inner products, the round's products and their form for hashing.

A row is a list of grid integers; `shifts` says of each coordinate by how many scales it lies below the largest one of the
train tensors, None of a stat coordinate.
"""

import struct
from itertools import combinations_with_replacement
from operator import mul

LIMIT = 1 << 95


class TooLarge(Exception):
    """An entry beyond 2^95: of rows that a header of section 8 does not allow, or of values beyond 2^30."""


def scaled(row, shifts):
    """The train coordinates of a row on the finest grid."""
    return [q << s for q, s in zip(row, shifts, strict=True) if s is not None]


def dot(x, y):
    """Inner product of scaled rows."""
    total = sum(map(mul, x, y))
    if abs(total) > LIMIT:
        raise TooLarge
    return total


def gram(rows, shifts):
    rows = [scaled(row, shifts) for row in rows]
    out = [[0] * len(rows) for _ in rows]
    for i, x in enumerate(rows):
        for j in range(i, len(rows)):
            out[i][j] = out[j][i] = dot(x, rows[j])
    return out


def distances(g):
    """Squared distances from a Gram matrix."""
    r = range(len(g))
    return [[g[i][i] + g[j][j] - 2 * g[i][j] for j in r] for i in r]


def shifts_of(roles, scales):
    s_max = max(s for role, s in zip(roles, scales) if role == "train")
    return [s_max - s if role == "train" else None for role, s in zip(roles, scales)], s_max


def entries(updates, aggregate, previous, shifts, pairs):
    """The round's products in order, previous None if there is none."""
    p = [] if previous is None else [previous]
    if pairs:
        g = gram(updates + [aggregate] + p, shifts)
        return [x for i, row in enumerate(g) for x in row[i:]]
    u, a, p = ([scaled(row, shifts) for row in rows] for rows in (updates, [aggregate], p))
    out = [dot(x, y) for x in u for y in [x] + a + p]
    return out + [dot(x, y) for x, y in combinations_with_replacement(a + p, 2)]


def flags(pairs, previous):
    return int(bool(pairs)) + 2 * int(bool(previous))


def count(n, flag):
    pairs, p = flag & 1, flag >> 1
    m = n + 1 + p
    return m * (m + 1) // 2 if pairs else n * (2 + p) + (3 if p else 1)


def read(n, flag, values):
    """{(x, y): x·y} with 0 … n − 1 the updates, "a" and "p"; the pairs' own entries only where they are kept."""
    p = ["p"] if flag & 2 else []
    if flag & 1:
        names = list(range(n)) + ["a"] + p
        keys = [(x, y) for i, x in enumerate(names) for y in names[i:]]
    else:
        keys = [(i, y) for i in range(n) for y in [i, "a"] + p]
        keys += [("a", "a")] + ([("a", "p"), ("p", "p")] if p else [])
    return dict(zip(keys, values, strict=True))


def form(n, flag, values):
    assert len(values) == count(n, flag)
    head = struct.pack("<IB", n, flag)
    return head + b"".join(x.to_bytes(16, "little", signed=True) for x in values)
