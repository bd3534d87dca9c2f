"""Section 5: what each rule selects, as a kernel, from the Gram matrix of the rows that it is given."""

from math import isqrt

import diameter
from pre import radius
from products import distances

W = 1 << 31


def least_sums(d, rows, neighbours):
    """(s_i, i) of each row of `rows`: the sum of its least squared distances to others of them."""
    return [(sum(sorted(d[i][j] for j in rows if j != i)[:neighbours]), i) for i in rows]


def krum(g, f):
    r = len(g)
    _, best = min(least_sums(distances(g), range(r), r - f - 2))
    return ("weighted", [int(i == best) for i in range(r)], 1)


def multi_krum(g, f):
    r = len(g)
    chosen = {i for _, i in sorted(least_sums(distances(g), range(r), r - f - 2))[: r - f]}
    return ("weighted", [int(i in chosen) for i in range(r)], r - f)


def bulyan(g, f):
    r, d = len(g), distances(g)
    remaining, selected = list(range(r)), []
    for _ in range(r - 2 * f):
        _, best = min(least_sums(d, remaining, max(0, len(remaining) - f - 2)))
        remaining.remove(best)
        selected.append(best)
    return ("around", sorted(selected), r - 4 * f)


def minimum_diameter(g, f):
    chosen = set(diameter.search(distances(g), f))
    return ("weighted", [int(i in chosen) for i in range(len(g))], len(g) - f)


def squared_distances(g, c, den):
    """|den · x_i − Σ c_j x_j|² of each row."""
    inner = [sum(cj * gij for cj, gij in zip(c, row)) for row in g]
    whole = sum(ci * x for ci, x in zip(c, inner))
    out = [den * den * g[i][i] - 2 * den * inner[i] + whole for i in range(len(g))]
    assert min(out) >= 0
    return out


def geometric_median(g, nu, iterations, s_max):
    least = radius(nu, s_max)
    c, den = [0] * len(g), 1
    for _ in range(iterations):
        lengths = [isqrt(e) // den for e in squared_distances(g, c, den)]
        v = [(1 << 96) // max(least, d) for d in lengths]
        total = sum(v)
        c = [x * W // total for x in v]
        den = sum(c)
    return ("weighted", c, den)


def centred_clipping(g, tau, iterations, s_max):
    r, t = len(g), radius(tau, s_max) ** 2
    a = [0] * r
    for _ in range(iterations):
        factors = [W if e <= t * W * W else isqrt((t << 124) // e) for e in squared_distances(g, a, W)]
        rest = r * W - sum(factors)
        a = [(x * rest + y * W) // (r * W) for x, y in zip(a, factors)]
    return ("weighted", a, W)


def least_rows(name, f):
    f = f or 0
    return {
        "TrimmedMean": 2 * f + 1,
        "MeaMed": 2 * f + 1,
        "Krum": 2 * f + 3,
        "MultiKrum": 2 * f + 3,
        "Bulyan": 4 * f + 3,
        "MinimumDiameter": 2 * f + 1,
    }.get(name, 1)


def kernel(name, parameters, weights, g, f, s_max):
    """The kernel of the train tensors. `g` makes the Gram matrix when somebody needs it."""
    r = len(weights)
    if name == "WeightedMean":
        return ("weighted", weights, sum(weights))
    if name == "Median":
        return ("sorted", (r - 1) // 2, r // 2 + 1)
    if name == "TrimmedMean":
        return ("sorted", f, r - f)
    if name == "MeaMed":
        return ("around", list(range(r)), r - f)
    by_distance = {"Krum": krum, "MultiKrum": multi_krum, "Bulyan": bulyan, "MinimumDiameter": minimum_diameter}
    if name in by_distance:
        return by_distance[name](g(), f)
    if name == "GeometricMedian":
        return geometric_median(g(), parameters["nu"], parameters["iterations"], s_max)
    return centred_clipping(g(), parameters["tau"], parameters["iterations"], s_max)


def stat_kernel(name, train):
    """The kernel of the stat tensors: the same one, but for centred clipping."""
    if name != "CentredClipping":
        return train
    a = train[1]
    return ("weighted", a, sum(a)) if sum(a) else ("weighted", [1] * len(a), len(a))
