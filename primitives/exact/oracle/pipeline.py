"""Section 2: a whole round, from rows to the aggregate, the round's products, scores and selection weights."""

import kernels
import pre
import products
import rules
import scores

PAIRS = ("Nnm", "Krum", "MultiKrum", "Bulyan", "MinimumDiameter", "GeometricMedian", "CentredClipping")


class TooFew(Exception):
    """A stage has fewer rows than it needs: (stage, rows, needed)."""


def tolerated(parameters, n):
    ppm = parameters.get("f_ppm", parameters.get("trim_ppm", 0))
    return ppm * n // 10**6


def split(named):
    """("Krum", {"f_ppm": 1}) of {"Krum": {"f_ppm": 1}} or of "Krum"."""
    if isinstance(named, str):
        return named, {}
    ((name, parameters),) = named.items()
    return name, parameters


class Rows:
    """The rows that a stage is given, by coordinate, with their weights."""

    def __init__(self, rows, weights, shifts):
        self.columns, self.weights, self.shifts = [list(c) for c in zip(*rows)], list(weights), shifts

    def rows(self):
        return [list(row) for row in zip(*self.columns)]

    def gram(self):
        return products.gram(self.rows(), self.shifts)

    def apply(self, maps, mixes):
        """Every map makes one new row; stat coordinates stay unless rows are mixed."""
        self.columns = [
            column if s is None and not mixes else kernels.map_columns(maps, column)
            for column, s in zip(self.columns, self.shifts)
        ]
        if mixes:
            self.weights = [1] * len(maps)


def aggregate(rows, weights, shifts, s_max, pre_stages, rule, seed):
    """The aggregate and the selection weights."""
    n, state = len(rows), Rows(rows, weights, shifts)
    mixed = False
    for stage, (name, parameters) in enumerate(pre_stages):
        r, f = len(state.weights), tolerated(parameters, n)
        need(stage, r, pre.least_rows(name, f, parameters))
        state.apply(pre.maps(name, parameters, r, state.gram, f, s_max, seed, stage), pre.mixes(name))
        mixed = mixed or pre.mixes(name)
    name, parameters = rule
    f = tolerated(parameters, n)
    need(len(pre_stages), len(state.weights), rules.least_rows(name, f))
    train = rules.kernel(name, parameters, state.weights, state.gram, f, s_max)
    stat = rules.stat_kernel(name, train)
    out = [kernels.run(stat if s is None else train, column) for column, s in zip(state.columns, shifts)]
    return out, [] if mixed else selection(name, train, n)


def need(stage, rows, least):
    if rows < least:
        raise TooFew(stage, rows, least)


def selection(name, kernel, n):
    if kernel[0] == "weighted":
        return kernel[1]
    return [int(i in kernel[1]) for i in range(n)] if name == "Bulyan" else []


def run(case):
    """Everything that a round without a server optimiser decides, or {"aborted": stage}."""
    shifts, s_max = products.shifts_of(case["roles"], case["scales"])
    stages, rule = [split(x) for x in case["pre"]], split(case["rule"])
    seed = bytes.fromhex(case["seed"])
    try:
        out, chosen = aggregate(case["rows"], case["weights"], shifts, s_max, stages, rule, seed)
    except TooFew as fault:
        return {"aborted": fault.args[0]}
    pairs = (stages + [rule])[0][0] in PAIRS
    previous = case.get("previous")
    flag = products.flags(pairs, previous is not None)
    values = products.entries(case["rows"], out, previous, shifts, pairs)
    return {"aggregate": out, "selection": chosen, "flags": flag, "products": values} | {
        "scores": scores.scores(len(case["rows"]), flag, values)
    }
