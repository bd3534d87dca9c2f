"""ByzFL 0.0.11 against the oracle."""

import random

import byzfl_numpy
import kernels
import margins
import numpy as np
import pre
import products
import rules
from rounds import SCALE, UNIT, Round

aggregators, preaggregators = byzfl_numpy.load()
PEER = "ByzFL"
NOTES = {
    "MultiKrum": "ByzFL sums n − f − 1 distances: asked with f + 1, so it keeps n − f − 1 rows; the oracle's first n − f − 1 are taken",
    "Krum": "ByzFL sums n − f − 1 distances: asked with f + 1",
    "MDA": "same ties: the lexicographically first set",
    "GeometricMedian": "unweighted, same start",
    "CenteredClipping": "a new object each time: ours keeps no state",
    "Bucketing": "ByzFL's random permutation replaced by section 4's",
    "Meamed": "coordinates with a near tie skipped",
}


def column_wise(r, kernel, rows=None):
    return [kernels.run(kernel, column) for column in zip(*(rows or r.q))]


def skip(tally, rule):
    tally.line(PEER, rule, NOTES.get(rule, ""))
    tally.skip(PEER, rule)


def compare(tally, r, rule, kernel, theirs, bound, compared=None):
    tally.line(PEER, rule, NOTES.get(rule, ""))
    tally.compare(PEER, rule, column_wise(r, kernel), theirs, bound, compared)


def by_coordinate(tally, r, f):
    everyone = list(range(r.n))
    compare(tally, r, "Average", ("weighted", [1] * r.n, r.n), aggregators.Average()(r.x), 1.001)
    compare(tally, r, "Median", ("sorted", (r.n - 1) // 2, r.n // 2 + 1), aggregators.Median()(r.x), 1.001)
    compare(tally, r, "TrMean", ("sorted", f, r.n - f), aggregators.TrMean(f)(r.x), 1.001)
    mask = margins.around(r.q, r.n - f, r.width)
    compare(tally, r, "Meamed", ("around", everyone, r.n - f), aggregators.Meamed(f)(r.x), 1.001, mask)


def by_distance(tally, r, f):
    g = r.gram()
    if r.n >= 2 * f + 3:
        krum_rules(tally, r, f, g)
    if margins.diameter(r, f):
        compare(tally, r, "MDA", rules.minimum_diameter(g, f), aggregators.MDA(f)(r.x), 1.001)
    else:
        skip(tally, "MDA")


def krum_rules(tally, r, f, g):
    neighbours = r.n - f - 2
    if margins.krum(r, f, 1, neighbours):
        compare(tally, r, "Krum", rules.krum(g, f), aggregators.Krum(f + 1)(r.x), 0.501)
    else:
        skip(tally, "Krum")
    fewer = r.n - f - 1
    if margins.krum(r, f, fewer, neighbours):
        first = sorted(rules.least_sums(products.distances(g), range(r.n), neighbours))[:fewer]
        chosen = {i for _, i in first}
        kernel = ("weighted", [int(i in chosen) for i in range(r.n)], fewer)
        compare(tally, r, "MultiKrum", kernel, aggregators.MultiKrum(f + 1)(r.x), 1.001)
    else:
        skip(tally, "MultiKrum")


def by_steps(tally, rng, r):
    g, iterations = r.gram(), rng.choice([1, 2, 3, 8])
    length = int(rng.uniform(0.01, 0.5) * 65536)  # in units of 2^-16 of the model's
    bound = 4  # the worst case is √width a step, but roundings of either sign add up
    theirs = aggregators.GeometricMedian(nu=length / 65536 / UNIT, T=iterations)(r.x)
    compare(tally, r, "GeometricMedian", rules.geometric_median(g, length, iterations, SCALE), theirs, bound)
    theirs = aggregators.CenteredClipping(tau=length / 65536 / UNIT, L=iterations)(r.x)
    compare(tally, r, "CenteredClipping", rules.centred_clipping(g, length, iterations, SCALE), theirs, bound)


def compare_rows(tally, r, name, maps, theirs, bound):
    tally.line(PEER, name, NOTES.get(name, ""))
    ours = zip(*(kernels.map_columns(maps, column) for column in zip(*r.q)))
    tally.compare(PEER, name, [q for row in ours for q in row], list(np.ravel(theirs)), bound)


def mixing(tally, rng, r, f):
    g = r.gram()
    bound = 3  # as in by_steps
    length = int(rng.uniform(0.01, 0.5) * 65536)
    limit = pre.radius(length, SCALE) ** 2
    compare_rows(tally, r, "Clipping", pre.clip(g, limit), preaggregators.Clipping(length / 65536 / UNIT)(r.x.copy()), bound)
    compare_rows(tally, r, "ARC", pre.arc(g, f), preaggregators.ARC(f)(r.x.copy()), bound)
    if margins.mixing(r, f):
        compare_rows(tally, r, "NNM", pre.nearest_mixing(g, f), preaggregators.NNM(f)(r.x), 1.001)
    else:
        skip(tally, "NNM")
    bucket(tally, rng, r)


def bucket(tally, rng, r):
    size, seed = rng.randint(1, r.n), rng.randbytes(32)
    order = pre.permutation(seed, 0, r.n)
    shuffle, np.random.permutation = np.random.permutation, lambda rows: rows[order]
    try:
        theirs = preaggregators.Bucketing(size)(r.x)
    finally:
        np.random.permutation = shuffle
    compare_rows(tally, r, "Bucketing", pre.bucketing(r.n, size, seed, 0), theirs, 1.001)


def run(tally, cases, seed):
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    for _ in range(cases):
        n = rng.randint(5, 13)
        r = Round(numbers, n, rng.choice([8, 32, 100]))
        f = rng.randint(1, (n - 3) // 2)
        by_coordinate(tally, r, f)
        by_distance(tally, r, f)
        by_steps(tally, rng, r)
        mixing(tally, rng, r, f)
