"""Flower 1.42 (flwr.server.strategy) against the oracle."""

import logging
import random

import kernels
import margins
import numpy as np
import rules
import server
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.server import strategy as flower
from flwr.server.strategy import aggregate
from rounds import SCALE, UNIT, Round

logging.getLogger("flwr").setLevel(logging.ERROR)
PEER = "Flower"
NOTES = {
    "FedTrimmedAvg": "given (f + 1/2) / n, since int(0.29 · 100) is 28",
    "MultiKrum": "all with one example: Flower weights the rows that it keeps",
    "Bulyan": "near ties skipped, and rounds with f = 1, where Flower counts one neighbour and the paper none in the last pick",
    "FedAvgM": "one client holds base + D exactly",
    "FedAdagrad": "as FedAvgM; v starts from τ², as in the paper, instead of 0",
    "FedAdam": "as FedAdagrad; Flower corrects the bias always, and with t + 1: told the round before",
    "FedYogi": "as FedAdagrad",
}


def results(rows, weights):
    ok = Status(Code.OK, "")
    return [(None, FitRes(ok, ndarrays_to_parameters([row]), int(w), {})) for row, w in zip(rows, weights)]


def fit(chosen, rows, weights=None, server_round=1):
    """The array that a strategy makes of the clients' arrays."""
    parameters, _ = chosen.aggregate_fit(server_round, results(rows, weights or [1] * len(rows)), [])
    return parameters_to_ndarrays(parameters)[0]


def skip(tally, rule):
    tally.line(PEER, rule, NOTES.get(rule, ""))
    tally.skip(PEER, rule)


def compare(tally, r, rule, kernel, theirs, bound, compared=None):
    tally.line(PEER, rule, NOTES.get(rule, ""))
    tally.compare(PEER, rule, [kernels.run(kernel, c) for c in zip(*r.q)], theirs, bound, compared)


def aggregation(tally, rng, r, f):
    weights = [rng.choice([1, rng.randint(1, 1 << 20)]) for _ in range(r.n)]
    theirs = aggregate.aggregate([([x], w) for x, w in zip(r.x, weights)])[0]
    compare(tally, r, "aggregate", ("weighted", weights, sum(weights)), theirs, 1.001)
    compare(tally, r, "FedAvg", ("weighted", weights, sum(weights)), fit(flower.FedAvg(inplace=False), r.x, weights), 1.001)
    compare(tally, r, "FedMedian", ("sorted", (r.n - 1) // 2, r.n // 2 + 1), fit(flower.FedMedian(), r.x), 1.001)
    trimmed = flower.FedTrimmedAvg(beta=(f + 0.5) / r.n)
    compare(tally, r, "FedTrimmedAvg", ("sorted", f, r.n - f), fit(trimmed, r.x), 1.001)


def selection(tally, r, f):
    g, neighbours = r.gram(), r.n - f - 2
    if margins.krum(r, f, 1, neighbours):
        compare(tally, r, "Krum", rules.krum(g, f), fit(flower.Krum(num_malicious_clients=f), r.x), 0.501)
    else:
        skip(tally, "Krum")
    if margins.krum(r, f, r.n - f, neighbours):
        chosen = flower.Krum(num_malicious_clients=f, num_clients_to_keep=r.n - f)
        compare(tally, r, "MultiKrum", rules.multi_krum(g, f), fit(chosen, r.x), 1.001)
    else:
        skip(tally, "MultiKrum")


def bulyan(tally, r, f):
    if not margins.bulyan(r, f):
        skip(tally, "Bulyan")
        return
    kernel = rules.bulyan(r.gram(), f)
    mask = margins.around([r.q[i] for i in kernel[1]], r.n - 4 * f, r.width)
    chosen = flower.Bulyan(num_malicious_clients=f, to_keep=0)
    compare(tally, r, "Bulyan", kernel, fit(chosen, r.x), 1.001, mask)


def number(bits):
    return float(np.uint32(bits).view(np.float32))


OPTIMISERS = {
    "FedAvgM": ("Momentum", ["eta", "beta"]),
    "FedAdagrad": ("Adagrad", ["eta", "beta1", "tau"]),
    "FedAdam": ("Adam", ["eta", "beta1", "beta2", "tau"]),
    "FedYogi": ("Yogi", ["eta", "beta1", "beta2", "tau"]),
}


def some_parameters(rng, keys):
    """Parts per million and, of tau, per billion."""
    ranges = {"eta": [10_000, 100_000, 10**6], "beta": [500_000, 900_000], "beta1": [0, 500_000, 900_000]}
    ranges |= {"beta2": [900_000, 990_000], "tau": [10**5, 10**6, 10**7]}
    return {key: rng.choice(ranges[key]) for key in keys}


def their_strategy(rule, p, base):
    """A strategy that starts from `base` (f64) and, but for FedAvgM, from v = τ²."""
    start = ndarrays_to_parameters([base])
    if rule == "FedAvgM":
        momentum = {"server_learning_rate": p["eta"] / 1e6, "server_momentum": p["beta"] / 1e6}
        return flower.FedAvgM(initial_parameters=start, **momentum)
    names = {"eta": ("eta", 1e6), "beta1": ("beta_1", 1e6), "beta2": ("beta_2", 1e6), "tau": ("tau", 1e9)}
    given = {names[k][0]: x / names[k][1] for k, x in p.items() if k in names}
    if rule == "FedAdagrad":
        beta_1 = given.pop("beta_1")
    chosen = getattr(flower, rule)(initial_parameters=start, **given)
    if rule == "FedAdagrad":
        chosen.beta_1 = beta_1
    chosen.v_t = [np.full_like(base, (p["tau"] / 1e9) ** 2)]
    return chosen


def rebase(chosen, rule, base):
    """The next round starts from our version, so that only one round's rounding is compared."""
    if rule == "FedAvgM":
        chosen.initial_parameters = ndarrays_to_parameters([base])
    else:
        chosen.current_weights = [base]


def optimiser(tally, rng, numbers, rule, rounds=4, width=24):
    tally.line(PEER, rule, NOTES[rule])
    name, keys = OPTIMISERS[rule]
    p = some_parameters(rng, keys) | ({"bias_correction": True} if name == "Adam" else {})
    base = [int(b) for b in numbers.normal(0, 0.1, width).astype(np.float32).view(np.uint32)]
    chosen = their_strategy(rule, p, np.array([number(b) for b in base]))
    state, powers = [server.fresh(name, p)] * width, None
    slack = np.zeros(width)
    for number_of_round in range(1, rounds + 1):
        a = [int(x) for x in numbers.normal(0, rng.choice([100, 10**4, 10**6]), width)]
        before = np.array([number(b) for b in base])
        d = np.array(a) * UNIT
        rebase(chosen, rule, before)
        theirs = fit(chosen, [before + d], server_round=number_of_round - (name == "Adam"))
        powers = server.next_powers(p, powers)
        eta = server.rate(p, powers)
        out = [server.coordinate(name, p, eta, b, x, SCALE, *s) for b, x, s in zip(base, a, state)]
        base, state = [x[0] for x in out], [x[1:] for x in out]
        after = np.array([number(b) for b in base])
        slack = rounding(name, p, eta, slack, d, state, before)
        worst = np.max(np.abs(after - theirs) / slack[1])
        tally.compare(PEER, rule, [worst], [0.0], 1.0)
        slack = slack[0]


def rounding(name, p, eta, slack, d, state, before):
    """The absolute error of m that f32 may have gathered, and of the new value. Each operation's is 2^-24 of its result."""
    ulp = 2.0**-24
    m = np.array([number(s[0]) for s in state])
    beta = p.get("beta1", p.get("beta")) / 1e6
    weight = 1.0 if name == "Momentum" else 1 - beta
    # β m, (1 − β) D, their sum; the parameters are rounded too.
    slack = beta * slack + 4 * ulp * (np.abs(m) + 2 * weight * np.abs(d))
    divisor = 1.0
    if name != "Momentum":
        divisor = np.sqrt([number(s[1]) for s in state]) + p["tau"] / 1e9
    step = number(eta) / divisor
    # 1 − p₂ loses bits when p₂ is near 1: its error relative to 1 − p₂ ≥ 0.01 is at most 100 ulps a round.
    relative = (400 if name == "Adam" else 24) * ulp
    return slack, step * (slack + relative * np.abs(m)) + 2 * ulp * (np.abs(before) + step * np.abs(m)) + 1e-30


def run(tally, cases, seed):
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    for _ in range(cases):
        n = rng.randint(5, 15)
        r = Round(numbers, n, rng.choice([8, 32, 100]))
        f = rng.randint(1, (n - 3) // 2)
        aggregation(tally, rng, r, f)
        selection(tally, r, f)
        f = rng.choice([0, 1, 2, 2, 2, 3, 3])
        bulyan(tally, Round(numbers, rng.randint(4 * f + 3, 4 * f + 9), 32), f)
        for rule in OPTIMISERS:
            optimiser(tally, rng, numbers, rule)
