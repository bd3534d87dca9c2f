"""Random and adversarial rounds. Everything comes from one random.Random, so a seed names a case."""

from grid import Q_MAX
from policy import PAIRS, PRE, RULES

PPM_END = 500_000
U32 = (1 << 32) - 1


def tensors(rng, most=5):
    """Roles, scales and lengths, at least one of them train, within the sum of section 3."""
    top = rng.choice([-16, 0, 12, 24, 24, 40, rng.randint(-16, 40)])
    while True:
        out = []
        for _ in range(rng.choice([1, 1, 2, 3, 4])):
            below = rng.choice([0, 0, 0, 1, 2, 5, 12, 16, 17])
            fields = {"role": rng.choice(["train"] * 3 + ["stat"]), "scale": max(-16, top - below)}
            out.append(fields | {"len": rng.randint(1, most)})
        trained = [t for t in out if t["role"] == "train"]
        if not trained:
            continue
        finest = max(t["scale"] for t in trained)
        total = sum(t["len"] << 2 * (finest - t["scale"]) for t in trained)
        if total + sum(t["len"] for t in out if t["role"] == "stat") <= 1 << 35:
            return out


def clamp(x):
    return max(-Q_MAX, min(Q_MAX, x))


def rows(rng, n, width):
    """n rows of grid integers in one of the shapes that break things."""
    reach = rng.choice([1, 2, 3, 10, 1000, 1 << 20, 1 << 24, Q_MAX])
    kind = rng.choice(["cluster", "cluster", "cluster", "random", "equal", "corners", "units", "copies", "line"])
    centre = [rng.randint(-reach, reach) for _ in range(width)]
    noise = max(1, reach // rng.choice([1, 3, 10, 1000]))
    out = []
    for i in range(n):
        if kind == "cluster":
            out.append([clamp(c + rng.randint(-noise, noise)) for c in centre])
        elif kind == "random":
            out.append([rng.randint(-reach, reach) for _ in range(width)])
        elif kind == "equal":
            out.append(list(centre))
        elif kind == "corners":
            out.append([rng.choice([-Q_MAX, Q_MAX, 0, Q_MAX - 1]) for _ in range(width)])
        elif kind == "units":
            out.append([reach * (k == i % width) for k in range(width)])
        elif kind == "copies":
            out.append(list(rng.choice(out)) if out and rng.random() < 0.7 else [rng.randint(-reach, reach) for _ in centre])
        else:
            out.append([clamp(c * i) for c in centre])
    return spoil(rng, out, width)


def spoil(rng, out, width):
    """Some rows become outliers, zeros, opposites."""
    for _ in range(rng.choice([0, 0, 1, 1, 2, len(out) // 4])):
        i = rng.randrange(len(out))
        sign = rng.choice([-1, 1])
        out[i] = rng.choice([[0] * width, [-q for q in out[i]], [sign * Q_MAX] * width, [clamp(q * 100) for q in out[i]]])
    return out


def f_ppm(rng, n, limit):
    """Parts per million for some f ≤ limit: the least and the greatest of them too."""
    f = rng.choice([0, limit, limit, rng.randint(0, max(0, limit))])
    f = max(0, f)
    low, high = -(-f * 10**6 // n), min(-(-(f + 1) * 10**6 // n), PPM_END) - 1
    return max(0, min(PPM_END - 1, rng.choice([low, high, rng.randint(min(low, high), max(low, high))])))


def length(rng, sample, roles, scales):
    """A u32 length of the order of the norms of the rows, or an extreme one."""
    finest = max(s for role, s in zip(roles, scales) if role == "train")
    row = rng.choice(sample)
    square = sum(q * q << 2 * (finest - s) for role, s, q in zip(roles, scales, row) if role == "train")
    typical = int(square**0.5 * 2.0 ** (16 - finest) * rng.choice([0.01, 0.3, 0.9, 1.0, 1.1, 3.0]))
    return max(1, min(U32, rng.choice([typical, typical, typical, typical, 1, 65536, U32, rng.randint(1, U32)])))


def stage(rng, name, n, r, length):
    if name == "Bucketing":
        return {name: {"size": rng.choice([1, 2, 2, 3, r, rng.randint(1, r)])}}
    if name == "Clip":
        return {name: {"tau": length()}}
    return {name: {"f_ppm": f_ppm(rng, n, (r - 1) // 2)}}


def rule(rng, name, n, r, length):
    if name in ("WeightedMean", "Median"):
        return name
    if name == "TrimmedMean":
        return {name: {"trim_ppm": f_ppm(rng, n, (r - 1) // 2)}}
    if name in ("GeometricMedian", "CentredClipping"):
        key = "nu" if name == "GeometricMedian" else "tau"
        return {name: {key: length(), "iterations": rng.choice([1, 1, 2, 3, 5, 8, 64 if r < 10 else 9])}}
    limit = {"Krum": (r - 3) // 2, "MultiKrum": (r - 3) // 2, "Bulyan": (r - 3) // 4}.get(name, (r - 1) // 2)
    limit = min(limit, 24) if name == "MinimumDiameter" else limit
    return {name: {"f_ppm": f_ppm(rng, n, limit)}}


def pipeline(rng, n, length):
    """Any rule behind none, one or two pre-aggregators, mostly able to run for n updates."""
    parts, r = [], n
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        parts.append(stage(rng, rng.choice(list(PRE)), n, r, length))
        r = rows_after(parts, n)
    pre = "None" if not parts else {"One": parts[0]} if len(parts) == 1 else {"Two": parts}
    chosen = rule(rng, rng.choice(list(RULES) + list(PAIRS[1:])), n, r, length)
    return {"pre": pre, "rule": chosen, "server": "Plain"}


def rows_after(parts, r):
    for named in parts:
        if "Bucketing" in named:
            r = -(-r // named["Bucketing"]["size"])
    return r


def number_of_updates(rng):
    return rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 20, 24, 31, rng.randint(1, 40)])


def round_case(rng, n=None, most=5):
    n = n or number_of_updates(rng)
    specs = tensors(rng, most)
    roles = [t["role"] for t in specs for _ in range(t["len"])]
    scales = [t["scale"] for t in specs for _ in range(t["len"])]
    sample = rows(rng, n, len(roles))
    if rng.random() < 0.05:  # what no checked update contains: products may exceed their limit
        sample[rng.randrange(n)] = [rng.choice([-(1 << 31), (1 << 31) - 1]) for _ in roles]
    previous = None
    if rng.random() < 0.5:
        other = rows(rng, 1, len(roles))[0]
        previous = rng.choice([other, other, [0] * len(roles), rng.choice(sample), [q // 2 for q in sample[0]]])
    case = {"op": "round", "pipeline": pipeline(rng, n, lambda: length(rng, sample, roles, scales))}
    case["weights"] = [rng.choice([1, 2, rng.randint(1, 1 << 20), 1 << 20]) for _ in range(n)]
    case |= {"seed": rng.randbytes(32).hex(), "tensors": []}
    at = 0
    for t in specs:
        cut = slice(at, at + t["len"])
        at += t["len"]
        p = previous[cut] if previous and t["role"] == "train" else None
        fields = {"role": t["role"], "scale": t["scale"], "rows": [row[cut] for row in sample], "previous": p}
        case["tensors"].append(fields)
    return case


def large_case(rng, n=None):
    """More rows than the usual ones, few coordinates. Bulyan's text taken literally is cubic: not beyond 128."""
    case = round_case(rng, n or rng.choice([64, 100, 128]), most=2)
    while len(case["weights"]) > 128 and "Bulyan" in case["pipeline"]["rule"]:
        case = round_case(rng, n, most=2)
    return case


def parts(pipeline):
    """The pre-aggregators of a pipeline as they are written in it."""
    if pipeline["pre"] == "None":
        return []
    ((number, what),) = pipeline["pre"].items()
    return [what] if number == "One" else what


def name(named):
    return named if isinstance(named, str) else next(iter(named))
