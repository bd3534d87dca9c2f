"""Section 21: players, variants, scores and measures of an assessment, from numbers."""

from math import isqrt

import grid

ALL = 1 << 31
MILLION = 10**6


def lower(values):
    return sorted(values)[(len(values) - 1) // 2]


def upper(values):
    return sorted(values)[len(values) // 2]


def grouped(case):
    """For each organisation, ascending: its number and its updates."""
    out = {}
    for update, organisation in enumerate(case["organisations"]):
        out.setdefault(organisation, []).append(update)
    return sorted(out.items())


def players(case):
    weights, tensors = case["weights"], case["tensors"]
    train = [t for t in tensors if t["role"] == "train"]
    s_max = max(t["scale"] for t in train)
    out = []
    for organisation, updates in grouped(case):
        total = sum(weights[i] for i in updates)
        rows = [[grid.mean(sum(weights[i] * t["rows"][i][k] for i in updates), total) for k in range(len(t["base"]))] for t in train]
        norm = sum(q * q * 4 ** (s_max - t["scale"]) for t, row in zip(train, rows) for q in row)
        out.append({"organisation": organisation, "weight": max(weights[i] for i in updates), "rows": rows, "norm": norm})
    middle, all_weights = lower([p["norm"] for p in out]), sum(p["weight"] for p in out)
    for p in out:
        p["lambda"] = min(ALL, isqrt((middle << 62) // p["norm"])) if p["norm"] else 0
        p["share"] = p["weight"] * p["lambda"] // all_weights

    def variant(chosen):
        values, of = [], iter(range(len(train)))
        for t in tensors:
            if t["role"] != "train":
                values.append(t["base"])
                continue
            at = next(of)
            sums = [sum(out[k]["share"] * out[k]["rows"][at][c] for k in chosen) for c in range(len(t["base"]))]
            values.append([grid.apply(b, grid.mean(s, ALL), t["scale"]) for b, s in zip(t["base"], sums, strict=True)])
        return values

    everybody = set(range(len(out)))
    variants = {"all": variant(everybody), "alone": [variant({k}) for k in sorted(everybody)]}
    variants["without"] = [variant(everybody - {k}) for k in sorted(everybody)]
    return {"players": [p | {"norm": str(p["norm"])} for p in out], "variants": variants}


def scores(case):
    weights = case["weights"]
    values, factors, parts = [], [], [0] * len(weights)
    pp = int(case["pp"]) if case["pp"] is not None else None
    for k, (organisation, updates) in enumerate(grouped(case)):
        worth = []
        for shard in case["shards"]:
            if shard["supplier"] != organisation:
                twice = (shard["none"] - shard["alone"][k]) + (shard["without"][k] - shard["all"])
                worth.append((twice << 16) // shard["rows"])
        value = lower(worth) if worth else 0
        total = sum(weights[i] for i in updates)
        factor, bound = ALL, total * total * int(case["norms"][k]) * (pp or 0)
        if pp is not None and bound:
            along = sum(weights[i] * int(case["up"][i]) for i in updates)
            factor = ALL - min(ALL, (along * along << 31) // bound)
        for i in updates:
            parts[i] = (max(0, value) * factor << 32) * weights[i] // total
        values.append(value)
        factors.append(factor)
    most = max(parts)
    return {"values": values, "factors": factors, "scores": [MILLION * part // most if most else 0 for part in parts]}


def measures(case):
    sets = case["sets"]

    def losses(of):
        return lower([grid.mean(of(s), s["rows"]) for s in sets])

    def right(name):
        return upper([MILLION * s[name] // s["rows"] for s in sets])

    out = {"sets": len(sets), "loss_before": losses(lambda s: s["loss_before"]), "loss": losses(lambda s: s["loss"])}
    out["increase"] = losses(lambda s: s["loss"] - s["loss_before"])
    return out | {"correct_before": right("correct_before"), "correct": right("correct")}


def counting(case):
    """Which rows of each shard count; a row is any number."""
    shards, out = case["shards"], []
    for at, rows in enumerate(shards):
        others = set(case["benchmark"]).union(*(set(shard) for i, shard in enumerate(shards) if i != at))
        out.append([row not in others and row not in rows[:i] for i, row in enumerate(rows)])
    return {"counting": out}


PARTS = {"players": players, "scores": scores, "measures": measures, "rows": counting}


def answer(case):
    return PARTS[case["part"]](case)
