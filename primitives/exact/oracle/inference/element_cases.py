"""Disputed pieces of results: `any_pair(rng)` gives a case and whether the claim is right, known from the result as a whole."""

from itertools import product

from . import answers
from .cases import MAKERS
from .programs import COMPARE, LOGIC, REDUCE, UNARY
from .program_cases import node_of
from .rows import BINARY
from .values import Numbers, count

EACH = set(BINARY) | set(COMPARE.values()) | set(LOGIC.values()) | set(UNARY.values()) | {"clip", "hard_sigmoid", "where", "not", "cast"}
ROWS = {"softmax", "layer_norm", "rms_norm", "batch_norm", "linear", "matmul", "arg_max"} | {f"reduce_{name}" for name in REDUCE.values()}
NAMES = sorted(name for name in MAKERS if name in EACH | ROWS)


def flat(shape, at):
    """The row-major number of an element; axes of size 1 and missing ones are broadcast."""
    number = 0
    for size, i in zip(shape, at[len(at) - len(shape) :]):
        number = number * size + (i if size > 1 else 0)
    return number


def take(t, places):
    return {"type": t["type"], "shape": [len(places)], "values": [t["values"][flat(t["shape"], at)] for at in places]}


def along(at, axis, size):
    return [[*at[:axis], i, *at[axis + 1 :]] for i in range(size)]


def pieces(rng, name, x, p, y):
    """The slices that decide a piece of y, and the piece."""
    at = [rng.randrange(size) for size in y["shape"]]
    if name in EACH:
        all_places = list(map(list, product(*map(range, y["shape"]))))
        first = rng.randrange(len(all_places))
        places = all_places[first : first + rng.randint(1, 7)]
        return [take(t, places) for t in x], take(y, places)
    if name == "linear":
        *_, k = x[0]["shape"]
        slices = [take(x[0], along(at, len(at) - 1, k)), take(x[1], [[at[-1], i] for i in range(k)])]
        return slices + [take(b, [at[-1:]]) for b in x[2:]], take(y, [at])
    if name == "matmul":
        *_, k = x[0]["shape"]
        rows, columns = along(at, len(at) - 1, k), along(at, len(at) - 2, k)
        return [take(x[0], rows), take(x[1], columns)], take(y, [at])
    if name == "softmax":
        line = along(at, p["axis"], y["shape"][p["axis"]])
        return [take(x[0], line)], take(y, line)
    if name in ("layer_norm", "rms_norm", "batch_norm"):
        line = along(at, len(at) - 1, y["shape"][-1])
        return [take(x[0], line)] + [take(t, [[i] for i in range(len(line))]) for t in x[1:]], take(y, line)
    axes = p["axes"] if "axes" in p else [p["axis"]]
    shape, kept = x[0]["shape"], iter(at)
    if p["keep"]:
        fixed = dict(enumerate(at))
    else:
        fixed = {axis: next(kept) for axis in range(len(shape)) if axis not in axes}
    ranges = [range(size) if axis in axes else [fixed[axis]] for axis, size in enumerate(shape)]
    return [take(x[0], list(map(list, product(*ranges))))], take(y, [at])


def spoil(rng, claimed):
    """Another value of the type in place of one."""
    i = rng.randrange(count(claimed["shape"]))
    bits = {"f32": 32, "i64": 64, "i32": 32, "i8": 8, "u8": 8, "bool": 1}[claimed["type"]]
    value = claimed["values"][i] ^ (1 << rng.randrange(bits - (claimed["type"] not in ("f32", "u8", "bool"))))
    if claimed["type"] == "f32" and value & 0x7FFFFFFF > 0x7F800000:
        value = claimed["values"][i] ^ 1
    claimed["values"][i] = value


def any_pair(rng, name):
    while True:
        x, p = MAKERS[name](Numbers(rng, True))
        whole = answers.answer({"name": name, "inputs": x, "parameters": p})
        if "fault" in whole:
            continue
        slices, claimed = pieces(rng, name, x, p, whole["outputs"][0])
        right = rng.random() < 0.6
        if not right:
            spoil(rng, claimed)
        return {"op": "element", "operation": node_of(name, p), "slices": slices, "claimed": claimed}, {"right": right}
