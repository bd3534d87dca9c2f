"""What a pipeline is: its parameters' ranges, its SCALE encoding, and which numbers of updates it can run for.

Pipelines are written as FORMAT.md says. `split` takes a stage apart: ("Krum", {"f_ppm": 1}).
"""

import struct

import pre
import rules

PRE = {"Clip": ["tau"], "Arc": ["f_ppm"], "Nnm": ["f_ppm"], "Bucketing": ["size"]}
RULES = {
    "WeightedMean": [],
    "Median": [],
    "TrimmedMean": ["trim_ppm"],
    "MeaMed": ["f_ppm"],
    "Krum": ["f_ppm"],
    "MultiKrum": ["f_ppm"],
    "Bulyan": ["f_ppm"],
    "MinimumDiameter": ["f_ppm"],
    "GeometricMedian": ["nu", "iterations"],
    "CentredClipping": ["tau", "iterations"],
}
SERVERS = {
    "Plain": [],
    "Momentum": ["eta", "beta"],
    "Adagrad": ["eta", "beta1", "tau"],
    "Adam": ["eta", "beta1", "beta2", "tau", "bias_correction"],
    "Yogi": ["eta", "beta1", "beta2", "tau"],
}
PAIRS = ("Nnm", "Krum", "MultiKrum", "Bulyan", "MinimumDiameter", "GeometricMedian", "CentredClipping")
STAGE_RANGES = {"tau": (1, 2**32 - 1), "nu": (1, 2**32 - 1), "f_ppm": (0, 499_999), "trim_ppm": (0, 499_999)}
STAGE_RANGES |= {"size": (1, 2**32 - 1), "iterations": (1, 64)}
BETA = (0, 10**6 - 1)
SERVER_RANGES = {"eta": (1, 1 << 24), "beta": BETA, "beta1": BETA, "beta2": BETA, "tau": (1, 1 << 24)}
SERVER_RANGES |= {"bias_correction": (0, 1)}
MOST_UPDATES = 1024


class Refused(Exception):
    """Its argument is the error of FORMAT.md: "parameter", "rows", "products" or "finite"."""


def split(named):
    if isinstance(named, str):
        return named, {}
    ((name, parameters),) = named.items()
    return name, parameters


def stages(pipeline):
    """The pre-aggregators in order."""
    if pipeline["pre"] == "None":
        return []
    number, what = split(pipeline["pre"])
    return [split(x) for x in ([what] if number == "One" else what)]


def check_parameters(table, ranges, name, parameters):
    if set(parameters) != set(table[name]):
        raise KeyError(f"{name} takes {table[name]}, not {list(parameters)}")
    for key, x in parameters.items():
        low, high = ranges[key]
        if not low <= x <= high:
            raise Refused("parameter")


def check_server(named):
    check_parameters(SERVERS, SERVER_RANGES, *split(named))


def tolerated(parameters, n):
    """f of a stage; None if it takes none."""
    for key in ("f_ppm", "trim_ppm"):
        if key in parameters:
            return parameters[key] * n // 10**6
    return None


def check(pipeline, n):
    """Refuses what cannot run for n updates."""
    for stage in stages(pipeline):
        check_parameters(PRE, STAGE_RANGES, *stage)
    name, parameters = split(pipeline["rule"])
    check_parameters(RULES, STAGE_RANGES, name, parameters)
    check_server(pipeline["server"])
    if not 1 <= n <= MOST_UPDATES:
        raise Refused("rows")
    r = n
    for stage, arguments in stages(pipeline):
        if r < pre.least_rows(stage, tolerated(arguments, n), arguments):
            raise Refused("rows")
        r = pre.rows_after(stage, arguments, r)
    f = tolerated(parameters, n)
    if r < rules.least_rows(name, f) or (name == "MinimumDiameter" and f > 24):
        raise Refused("rows")


def can_run(pipeline, n):
    try:
        check(pipeline, n)
    except Refused:
        return False
    return True


def has_pairs(pipeline):
    first = (stages(pipeline) + [split(pipeline["rule"])])[0]
    return first[0] in PAIRS


def least_tolerated(pipeline, n):
    found = [tolerated(x, n) for _, x in stages(pipeline) + [split(pipeline["rule"])]]
    return min((f for f in found if f is not None), default=0)


def encode(table, name, parameters):
    out = bytes([list(table).index(name)])
    for key in table[name]:
        out += struct.pack("<B" if key in ("iterations", "bias_correction") else "<I", parameters[key])
    return out


def scale_encoding(pipeline):
    parts = stages(pipeline)
    out = bytes([len(parts)]) + b"".join(encode(PRE, *part) for part in parts)
    return out + encode(RULES, *split(pipeline["rule"])) + encode(SERVERS, *split(pipeline["server"]))
