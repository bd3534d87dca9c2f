"""The set of minimum diameter (section 5), twice: over all sets, and by vertex covers where they are too many."""

from itertools import combinations
from math import comb


def brute_force(d, f):
    """All sets of r − f rows, in lexicographic order: the first of least diameter."""
    r = len(d)
    return min(combinations(range(r), r - f), key=lambda kept: max(d[i][j] for i in kept for j in kept))


def cover_exists(edges, budget):
    """True if `budget` vertices touch every edge; edges: {vertex: set of neighbours}, symmetric, no empty sets."""
    edges = {v: set(n) for v, n in edges.items()}
    while edges:
        if budget <= 0:
            return False
        v = max(edges, key=lambda x: (len(edges[x]), -x))
        degree = len(edges[v])
        if degree <= 2:
            return budget >= paths_and_cycles(edges)
        if sum(map(len, edges.values())) > 2 * budget * degree:
            return False
        if degree <= budget and cover_exists(without(edges, edges[v]), budget - degree):
            return True  # v stays, all its neighbours go
        edges, budget = without(edges, {v}), budget - 1
    return budget >= 0


def without(edges, gone):
    left = {v: n - gone for v, n in edges.items() if v not in gone}
    return {v: n for v, n in left.items() if n}


def paths_and_cycles(edges):
    """Least cover of a graph of degree two: half the edges of each component, upwards for a cycle."""
    total, seen = 0, set()
    for start in edges:
        if start in seen:
            continue
        component, todo = {start}, [start]
        while todo:
            for n in edges[todo.pop()] - component:
                component.add(n)
                todo.append(n)
        seen |= component
        count = sum(len(edges[v]) for v in component) // 2
        cycle = count == len(component)
        total += (count + 1) // 2 if cycle else len(component) // 2
    return total


def by_covers(d, f):
    """The least threshold whose graph "farther than that" has a cover of f rows; then, row by row, keep what can be kept."""
    r = len(d)

    def far(t):
        graph = {i: {j for j in range(r) if d[i][j] > t} for i in range(r)}
        return {i: n for i, n in graph.items() if n}

    values = sorted({0} | {x for row in d for x in row})
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if cover_exists(far(values[middle]), f):
            high = middle
        else:
            low = middle + 1
    edges, budget, kept, gone = far(values[low]), f, [], set()
    for i in range(r):
        if len(kept) == r - f:
            break
        if i in gone:
            continue
        out = edges.get(i, set())
        if len(out) <= budget and cover_exists(without(edges, out), budget - len(out)):
            kept.append(i)
            gone |= out
            edges, budget = without(edges, out), budget - len(out)
        else:
            gone.add(i)
            edges, budget = without(edges, {i}), budget - 1
    return tuple(kept)


def search(d, f):
    return brute_force(d, f) if comb(len(d), f) <= 300 else by_covers(d, f)
