"""How clear a selection is: the gap between what is taken and what is left, to be larger than what rounding may move."""

from itertools import combinations

import products
import rules


def gap(ordered, taken):
    """Between the last taken and the first left of sorted scores."""
    return ordered[taken] - ordered[taken - 1] if taken < len(ordered) else float("inf")


def moved(r, score, neighbours):
    """By how much rounding may move a sum of `neighbours` squared distances: Σ (2 d √width + width), by Cauchy and Schwarz."""
    return 2 * (neighbours * score * r.width) ** 0.5 + neighbours * r.width


def clear(r, scores, taken, neighbours):
    """True if the `taken` least of these sorted scores are the least for x too."""
    if taken >= len(scores):
        return True
    last, first = scores[taken - 1], scores[taken]
    return first - last > moved(r, last, neighbours) + moved(r, first, neighbours)


def krum(r, f, taken, neighbours):
    """True if the `taken` best rows are the same for x and q."""
    scores = sorted(rules.least_sums(products.distances(r.gram()), range(r.n), neighbours))
    return clear(r, [s for s, _ in scores], taken, neighbours)


def bulyan(r, f):
    """True if every step's pick is clear, and none is decided without a distance (Flower counts one neighbour there). Without a
    tolerated row the order of the picks does not matter."""
    d = products.distances(r.gram())
    remaining = list(range(r.n)) if f else []
    for _ in range(r.n - 2 * f if f else 0):
        neighbours = len(remaining) - f - 2
        if neighbours < 1:
            return False
        scores = sorted(rules.least_sums(d, remaining, neighbours))
        # With one neighbour the nearest two tie exactly, also for a peer: both take the first of them.
        tied = neighbours == 1 and scores[0][0] == d[scores[0][1]][scores[1][1]]
        if not clear(r, [s for s, _ in scores], 2 if tied else 1, neighbours):
            return False
        remaining.remove(scores[0][1])
    return True


def diameter(r, f):
    """True if no other diameter is near the least one."""
    d, bound = products.distances(r.gram()), r.distance_bound()
    kept = combinations(range(r.n), r.n - f)
    diameters = sorted({max((d[i][j] for i, j in combinations(rows, 2)), default=0) for rows in kept})
    return gap(diameters, 1) > 2 * bound


def mixing(r, f):
    d, bound = products.distances(r.gram()), r.distance_bound()
    return all(gap(sorted(row), r.n - f) > 2 * bound for row in d)


def around(rows, keep, width):
    """Mask of the coordinates where the kept values are clear: distances to the median move by at most two units."""
    mask = []
    for k in range(width):
        values = sorted(row[k] for row in rows)
        middle = values[(len(values) - 1) // 2] + values[len(values) // 2]
        mask.append(gap(sorted(abs(2 * q - middle) for q in values), keep) > 8)
    return mask
