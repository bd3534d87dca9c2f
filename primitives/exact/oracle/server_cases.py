"""Random steps of server optimisers: values and states of all sizes, ties, subnormals, states from earlier steps."""

import ops
from f32 import SIGN


def server(rng, name=None):
    name = name or rng.choice(["Plain", "Momentum", "Adagrad", "Adam", "Adam", "Yogi", "Yogi"])
    if name == "Plain":
        return name
    beta = lambda: rng.choice([0, 1, 500_000, 900_000, 990_000, 999_000, 999_999, rng.randrange(10**6)])
    eta = rng.choice([1, 10_000, 100_000, 10**6, 1 << 24, rng.randint(1, 1 << 24)])
    if name == "Momentum":
        return {name: {"eta": eta, "beta": beta()}}
    out = {"eta": eta, "beta1": beta()}
    if name != "Adagrad":
        out["beta2"] = beta()
    out["tau"] = rng.choice([1, 1000, 10**6, 1 << 24, rng.randint(1, 1 << 24)])
    if name == "Adam":
        out["bias_correction"] = rng.random() < 0.5
    return {name: out}


def bits(rng, non_negative=False):
    """A finite f32."""
    kind = rng.randrange(5)
    if kind == 0:
        x = rng.choice([0, 0, 1, 0x7FFFFF, 0x800000, 0x3F800000, 0x7F7FFFFF])
    elif kind == 1:
        x = rng.getrandbits(24)
    elif kind == 2:
        x = rng.randrange(0x7F800000)
    else:
        x = rng.randint(0x2F800000, 0x43800000)
    return x if non_negative else x ^ (rng.getrandbits(1) << 31)


def aggregate(rng):
    return rng.choice([0, 1, -1, 1 << 30, -(1 << 30), rng.choice([-1, 1]) * rng.getrandbits(rng.randint(1, 30))])


def server_case(rng):
    """One step: without a state, from an arbitrary one, or from the one that up to three steps left."""
    chosen = server(rng)
    case = {"op": "server", "server": chosen, "powers": None, "tensors": []}
    for i in range(rng.choice([1, 1, 2])):
        role = "train" if i == 0 else rng.choice(["train", "stat"])
        width = rng.randint(1, 8)
        fields = {"role": role, "scale": rng.choice([24, 24, rng.randint(-16, 40)])}
        fields |= {"base": [bits(rng) for _ in range(width)], "aggregate": [aggregate(rng) for _ in range(width)]}
        case["tensors"].append(fields | {"m": None, "v": None})
    kind = rng.randrange(4)
    if kind == 0 and chosen != "Plain":
        arbitrary_state(rng, case)
    for _ in range(kind if kind > 1 else 0):
        if not advance(rng, case):
            break
    return case


def arbitrary_state(rng, case):
    ((name, parameters),) = case["server"].items()
    hostile = rng.random() < 0.1
    some = lambda positive: rng.choice([0x7F800000, 0x7FC00000, SIGN | 0x3F800000, bits(rng)]) if hostile else bits(rng, positive)
    for t in case["tensors"]:
        if t["role"] == "train":
            t["m"] = [some(False) for _ in t["base"]]
            if name != "Momentum":
                t["v"] = [some(True) for _ in t["base"]]
    if parameters.get("bias_correction"):
        case["powers"] = [rng.choice([bits(rng), rng.randint(0x3F000000, 0x3F7FFFFF), 0x3F800000]) for _ in range(2)]


def advance(rng, case):
    """The round after: bases and states are what the step gave."""
    out = ops.answer(case)
    if "error" in out:
        return False
    for i, t in enumerate(case["tensors"]):
        t["base"], t["m"], t["v"] = out["values"][i], out["m"][i], out["v"][i]
        if rng.random() < 0.5:
            t["aggregate"] = [aggregate(rng) for _ in t["base"]]
    case["powers"] = out["powers"]
    return True


