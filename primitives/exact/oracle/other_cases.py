"""Random cases of everything that is neither a round nor a server step, and the mixture of all."""

import cases
import products
import server_cases
from cases import number_of_updates
from files import tensor
from policy import PRE, RULES, STAGE_RANGES
from rules import least_rows


def wild_stage(rng, table):
    """A stage with parameters around the ends of their ranges, some beyond."""
    name = rng.choice(list(table))
    if not table[name]:
        return name
    out = {}
    for key in table[name]:
        low, high = STAGE_RANGES[key]
        past = rng.choice([low - 1, high + 1]) if rng.random() < 0.1 else low
        most = 255 if key == "iterations" else (1 << 32) - 1
        past = min(max(past, 0), most)
        usual = rng.choice([2, 3, 5, 10]) if key == "size" else rng.randint(low, high)
        out[key] = rng.choice([past, low, high, usual, usual, usual, 100_000, 200_000]) if key != "iterations" else rng.choice([past, usual])
    return {name: out}


def wild_server(rng):
    chosen = server_cases.server(rng)
    if chosen != "Plain" and rng.random() < 0.15:
        (parameters,) = chosen.values()
        key = rng.choice([k for k in parameters if k != "bias_correction"])
        parameters[key] = rng.choice([0, (1 << 24) + 1, 10**6, 10**6 - 1, (1 << 32) - 1])
    return chosen


def wild_pipeline(rng):
    number = rng.randrange(3)
    parts = [wild_stage(rng, PRE) for _ in range(number)]
    pre = ["None", {"One": parts[:1] and parts[0]}, {"Two": parts}][number]
    return {"pre": pre, "rule": wild_stage(rng, RULES), "server": wild_server(rng)}


def edge_pipeline(rng):
    """A rule with exactly f = 24 or 25, or as many rows as it needs for some f, or one fewer: (pipeline, n)."""
    name = rng.choice(["TrimmedMean", "MeaMed", "Krum", "MultiKrum", "Bulyan", "MinimumDiameter", "MinimumDiameter"])
    f = rng.choice([24, 25]) if name == "MinimumDiameter" else rng.randint(0, 100)
    n = max(1, least_rows(name, f) - rng.randrange(2))
    n = rng.choice([n, rng.randint(n, 1024)]) if name == "MinimumDiameter" else n
    ppm = min(-(-f * 10**6 // n), 499_999)
    key = "trim_ppm" if name == "TrimmedMean" else "f_ppm"
    return {"pre": "None", "rule": {name: {key: ppm}}, "server": "Plain"}, n


def check_case(rng):
    if rng.random() < 0.2:
        chosen, n = edge_pipeline(rng)
        return {"op": "check", "pipeline": chosen, "n": n}
    n = rng.choice([0, 1, 2, 3, 1024, 1025, number_of_updates(rng), rng.randint(1, 200)])
    if rng.random() < 0.5 and n:
        chosen = cases.pipeline(rng, n, lambda: rng.randint(1, (1 << 32) - 1)) | {"server": wild_server(rng)}
    else:
        chosen = wild_pipeline(rng)
    return {"op": "check", "pipeline": chosen, "n": n}


def range_case(rng):
    case = check_case(rng)
    n = min(max(case["n"], 1), 1024)
    low = rng.choice([n, max(1, n - rng.randint(0, 10))])
    return {"op": "range", "pipeline": case["pipeline"], "min": low, "max": min(1024, low + rng.choice([0, 1, 5, 40]))}


# Found by search: number of the seed and stage of shuffles of 1,024 rows that refuse a word.
REFUSING = [(6695, 0), (92_917, 1), (136_659, 0), (137_563, 1)]


def refusing_permutation(number, stage):
    seed = number.to_bytes(32, "little").hex()
    return lambda rng: {"op": "permutation", "r": 1024, "seed": seed, "stage": stage}


def permutation_case(rng):
    r = rng.choice([1, 2, 3, 4, 5, 16, 17, 100, 1024, rng.randint(1, 1024)])
    return {"op": "permutation", "r": r, "seed": rng.randbytes(32).hex(), "stage": rng.randrange(2)}


def detail_case(rng, tiles=None):
    """Products of real rows, cut into tiles."""
    n, flag = rng.choice([1, 2, 3, 5, 8]), rng.randrange(4)
    partials = []
    for _ in range(tiles or rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 13])):
        rows = [[rng.choice([-1, 1]) * rng.getrandbits(rng.randint(1, 30)) for _ in range(3)] for _ in range(n + 2)]
        previous = rows[n + 1] if flag & 2 else None
        values = products.entries(rows[:n], rows[n], previous, [0, 0, 1], bool(flag & 1))
        partials.append(list(map(str, values)))
    selection = rng.choice([[], [rng.randint(0, 1 << 31) for _ in range(n)]])
    return {"op": "detail", "updates": n, "flags": flag, "partials": partials, "selection": selection}


NAMES = ["w", "bn.weight", "\U0001f600", "\uff5e", "é", "__", "Z", "z", "\x7f", '"\\/\b\t\n\f\r\0\x1f', "head", "x" * 300]


def state_case(rng):
    names = rng.sample(NAMES, rng.randint(1, len(NAMES)))
    specs = [tensor(names[0], scale=rng.randint(-16, 40))]
    for name in names[1:]:
        role, shape = rng.choice(["Train", "Stat", "Const"]), [rng.randint(1, 9) for _ in range(rng.randrange(4))]
        dtype = rng.choice(["I64", "BOOL", "F16"]) if role == "Const" else "F32"
        original = rng.choice(["F32", "BF16", "F64"]) if role != "Const" else dtype
        scale = 0 if role == "Const" else rng.randint(-16, 40)
        specs.append(tensor(name, role, shape, dtype, scale, original, rng.choice([[], ["tied." + name]])))
    chosen = server_cases.server(rng, rng.choice(["Momentum", "Adagrad", "Adam", "Yogi"]))
    return {"op": "state_header", "server": chosen, "tensors": specs}


def masked_case(rng):
    bits, width = rng.choice([32, 64]), rng.randint(1, 6)
    rows = [[str(rng.choice([rng.getrandbits(bits), (1 << bits) - 1])) for _ in range(width)] for _ in range(rng.randint(1, 9))]
    return {"op": "masked", "bits": bits, "rows": rows}


MIX = [cases.round_case] * 12 + [server_cases.server_case] * 4 + [check_case] * 2 + [range_case, permutation_case]
MIX += [detail_case, state_case, masked_case]


def any_case(rng):
    return cases.large_case(rng) if rng.random() < 0.01 else rng.choice(MIX)(rng)
