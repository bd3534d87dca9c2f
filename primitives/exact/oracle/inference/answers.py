"""Answers to cases of one operation (FORMAT.md, "infer")."""

from . import images, moves, quantised, rows, sequences
from .tensor import Fault, Refused, Tensor


def one(y):
    return [y]


def biases(x, first):
    return x[first:] or None


def optional(x, i):
    return x[i] if i < len(x) else None


def sample(x, p):
    token = quantised.sample(x[0], p["temperature"], p["top_k"], bytes.fromhex(p["seed"]), p["position"])
    return one(Tensor("i64", [], [token]))


def pool(name):
    return lambda x, p: one(images.pool(name, x[0], p["kernel"], p["strides"], p["ceil"], p.get("count_include_pad", False)))


def pad(x, p):
    fill = x[1].data[0] if p["fill"] is None else None
    return one(moves.pad(x[0], p["axis"], p["before"], p["after"], p["fill"], fill))


OPERATIONS = {
    "linear": lambda x, p: one(rows.linear(*x)),
    "matmul": lambda x, p: one(rows.matmul(*x)),
    "not": lambda x, p: one(rows.opposite(*x)),
    "where": lambda x, p: one(rows.where(*x)),
    "hard_sigmoid": lambda x, p: one(rows.hard_sigmoids(x[0], p["alpha"], p["beta"])),
    "clip": lambda x, p: one(rows.clip(x[0], p["low"], p["high"])),
    "softmax": lambda x, p: one(rows.softmax(x[0], p["axis"])),
    "layer_norm": lambda x, p: one(rows.layer_norm(x[0], x[1], optional(x, 2), p["epsilon"])),
    "rms_norm": lambda x, p: one(rows.rms_norm(*x, p["epsilon"])),
    "batch_norm": lambda x, p: one(rows.batch_norm(*x, p["epsilon"])),
    "rope": lambda x, p: one(sequences.rope(x[0], p["first"], p["inverse"], p["largest"])),
    "attention": lambda x, p: one(sequences.attention(*x[:3], p["scale"], optional(x, 3), p["first"])),
    "lstm": lambda x, p: sequences.lstm(*x[:3], biases(x, 5), *x[3:5]),
    "gru": lambda x, p: sequences.gru(*x[:3], biases(x, 4), x[3], p["linear_before_reset"]),
    "conv": lambda x, p: one(images.conv(x[0], x[1], optional(x, 2), p["groups"], p["strides"])),
    "conv_transpose": lambda x, p: one(images.conv_transpose(x[0], x[1], optional(x, 2), p["groups"], p["strides"], p["extra"])),
    "max_pool": pool("max_pool"),
    "average_pool": pool("average_pool"),
    "arg_max": lambda x, p: one(moves.arg_max(x[0], p["axis"], p["keep"])),
    "top_k": lambda x, p: moves.top_k(x[0], p["k"], p["axis"], p["largest"]),
    "gather": lambda x, p: one(moves.gather(*x, p["axis"])),
    "concat": lambda x, p: one(moves.concat(x, p["axis"])),
    "slice": lambda x, p: one(moves.slice_(x[0], p["axis"], p["start"], p["step"], p["count"])),
    "split": lambda x, p: moves.split(x[0], p["axis"], p["sizes"]),
    "reshape": lambda x, p: one(moves.reshape(x[0], p["shape"])),
    "expand": lambda x, p: one(moves.expand(x[0], p["shape"])),
    "transpose": lambda x, p: one(moves.transpose(x[0], p["order"])),
    "pad": pad,
    "resize": lambda x, p: one(moves.resize_nearest(x[0], p["axis"], p["scale"])),
    "cast": lambda x, p: one(moves.cast(x[0], p["to"])),
    "quantize": lambda x, p: one(quantised.quantize(*x)),
    "dequantize": lambda x, p: one(quantised.dequantize(x[0], x[1], optional(x, 2))),
    "dynamic_quantize": lambda x, p: quantised.dynamic_quantize(x[0]),
    "matmul_integer": lambda x, p: one(quantised.matmul_integer(*x)),
    "sample": sample,
}
OPERATIONS |= {name: lambda x, p, name=name: one(rows.binary(name, *x)) for name in rows.BINARY}
OPERATIONS |= {name: lambda x, p, name=name: one(rows.logic(name, *x)) for name in rows.LOGIC}
OPERATIONS |= {name: lambda x, p, name=name: one(rows.compare(name, *x)) for name in rows.COMPARE}
OPERATIONS |= {name: lambda x, p, name=name: one(rows.unary(name, *x)) for name in rows.UNARY}
OPERATIONS |= {f"reduce_{name}": lambda x, p, name=name: one(moves.reduce(name, x[0], p["axes"], p["keep"])) for name in moves.REDUCE}


def written(t):
    return {"type": t.dtype, "shape": t.shape, "values": t.data}


def answer(case):
    try:
        inputs = [Tensor(t["type"], t["shape"], t["values"]) for t in case["inputs"]]
        return {"outputs": [written(t) for t in OPERATIONS[case["name"]](inputs, case["parameters"])]}
    except Fault as fault:
        return {"fault": str(fault)}
    except Refused:
        return {"fault": "refused"}
