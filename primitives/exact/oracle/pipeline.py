"""Section 2: a whole round, from rows to the aggregate, the round's products, scores and selection weights."""

import kernels
import policy
import pre
import products
import rules
import scores


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


def aggregate(pipeline, rows, weights, shifts, s_max, seed):
    """The aggregate, the selection weights and the rows after every pre-aggregator."""
    n, state, between = len(rows), Rows(rows, weights, shifts), []
    mixed = False
    for stage, (name, parameters) in enumerate(policy.stages(pipeline)):
        f = policy.tolerated(parameters, n)
        maps = pre.maps(name, parameters, len(state.weights), state.gram, f, s_max, seed, stage)
        state.apply(maps, pre.mixes(name))
        mixed = mixed or pre.mixes(name)
        between.append(state.rows())
    name, parameters = policy.split(pipeline["rule"])
    f = policy.tolerated(parameters, n)
    train = rules.kernel(name, parameters, state.weights, state.gram, f, s_max)
    stat = rules.stat_kernel(name, train)
    out = [kernels.run(stat if s is None else train, column) for column, s in zip(state.columns, shifts)]
    return out, [] if mixed else selection(name, train, n), between


def selection(name, kernel, n):
    if kernel[0] == "weighted":
        return kernel[1]
    return [int(i in kernel[1]) for i in range(n)] if name == "Bulyan" else []


def run(pipeline, roles, scales, rows, weights, seed, previous=None):
    """What a round decides before its server optimiser. `rows` by update, `roles` and `scales` by coordinate; of `previous` the
    train coordinates count."""
    policy.check(pipeline, len(rows))
    shifts, s_max = products.shifts_of(roles, scales)
    out, chosen, between = aggregate(pipeline, rows, weights, shifts, s_max, seed)
    pairs = policy.has_pairs(pipeline)
    flag = products.flags(pairs, previous is not None)
    values = products.entries(rows, out, previous, shifts, pairs)
    ratings = scores.scores(len(rows), flag, values)
    return {"aggregate": out, "selection": chosen, "stages": between, "flags": flag, "products": values, "scores": ratings}
