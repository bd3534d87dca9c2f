"""Section 7: one score per update from the round's products alone, and effective shares."""

from math import isqrt

import products

MILLION = 10**6


def scores(n, flag, values):
    """Parts per million; "Inconsistent" if the products belong to no vectors."""
    g = products.read(n, flag, values)
    aa, pp = g["a", "a"], g.get(("p", "p"), 0)
    norms = [g[i, i] for i in range(n)]
    if min(norms + [aa, pp]) < 0:
        return "Inconsistent"
    project = pp > 0
    pp = pp if project else 1
    ap = g["a", "p"] if project else 0
    middle = sorted(norms)[(n - 1) // 2]
    out = []
    for i in range(n):
        uu, ua, up = norms[i], g[i, "a"], g[i, "p"] if project else 0
        d = pp * ua - up * ap
        u, a = pp * uu - up * up, pp * aa - ap * ap
        if u < 0 or a < 0 or d * d > u * a:
            return "Inconsistent"
        cosine = isqrt(d * d * MILLION**2 // (u * a)) if d > 0 else 0
        factor = min(1 << 31, isqrt((middle << 62) // uu)) if uu else 0
        out.append(cosine * factor // (1 << 31))
    return out


def shares(ratings, weights):
    """Effective share of each update in parts per million."""
    total = sum(w * r for w, r in zip(weights, ratings, strict=True))
    return [MILLION * w * r // total if total else 0 for w, r in zip(weights, ratings)]
