"""Section 4: pre-aggregators, as maps from rows to rows."""

from math import isqrt

from blake3 import words
from products import distances

W = 1 << 31


def permutation(seed, stage, r):
    """The shuffle of bucketing: Fisher and Yates from the end, numbers without bias."""
    stream = words(b"quorate/bucketing/1" + seed + bytes([stage]))
    order = list(range(r))
    for i in range(r - 1, 0, -1):
        limit = (1 << 32) - (1 << 32) % (i + 1)
        x = next(stream)
        while x >= limit:
            x = next(stream)
        j = x % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def radius(x, s_max):
    """A length parameter on the grid of the products."""
    shift = s_max - 16
    return max(1, x << shift if shift >= 0 else x >> -shift)


def clip(g, limit):
    """Rows whose squared norm exceeds `limit` (squared) are scaled down to it."""
    out = []
    for i in range(len(g)):
        norm = g[i][i]
        factor = W if norm <= limit else isqrt((limit << 62) // norm)
        out.append(([(i, factor)], W))
    return out


def arc(g, f):
    r = len(g)
    k = 2 * f * (r - f) // r
    norms = sorted(g[i][i] for i in range(r))
    return clip(g, norms[r - k - 1])


def nearest_mixing(g, f):
    r, d = len(g), distances(g)
    return [([(j, 1) for j in sorted(range(r), key=lambda j: (d[i][j], j))[: r - f]], r - f) for i in range(r)]


def bucketing(r, size, seed, stage):
    order = permutation(seed, stage, r)
    buckets = [order[at : at + size] for at in range(0, r, size)]
    return [([(j, 1) for j in bucket], len(bucket)) for bucket in buckets]


def least_rows(name, f, parameters):
    """How many rows this stage needs."""
    return parameters["size"] if name == "Bucketing" else 2 * (f or 0) + 1


def rows_after(name, parameters, r):
    return -(-r // parameters["size"]) if name == "Bucketing" else r


def maps(name, parameters, r, g, f, s_max, seed, stage):
    """One map for each new row. `g` makes the Gram matrix of the r rows when somebody needs it."""
    if name == "Clip":
        return clip(g(), radius(parameters["tau"], s_max) ** 2)
    if name == "Arc":
        return arc(g(), f)
    if name == "Nnm":
        return nearest_mixing(g(), f)
    return bucketing(r, parameters["size"], seed, stage)


def mixes(name):
    """True where new rows are mixtures: stat tensors follow, weights become 1, selections have no owner."""
    return name in ("Nnm", "Bucketing")
