"""Section 22: which programs are causal, and the shapes and operations of a program at sizes at which it does not run."""

from math import prod

from . import tensor as tensors
from .programs import APPLY, cost, expressions_of, names_in, operation, results_of, value
from .tensor import Tensor


def harmless(dtype, shape):
    """A tensor that no operation finds a fault of values in but NaN."""
    return Tensor(dtype, shape, [0x3F800000 if dtype == "f32" else 0] * prod(shape))


def probe(program, sizes):
    """The types and shapes of all values at these sizes, and each node's floating-point operations; Refused if they do not fit."""
    entries = [(entry["type"], [value(e, sizes) for e in entry["shape"]]) for entry in program.inputs]
    entries += [(entry["type"], entry["shape"]) for entry in program.tensors]
    with tensors.any_value():
        values = [harmless(*entry) for entry in entries]
        values += [harmless(c.dtype, c.shape) for c in program.constants]
        costs = []
        for node in program.nodes:
            name, p = operation(node["op"])
            operands = [values[i] for i in node["in"]]
            if name == "Rope":
                # Whether it takes these angles depends on the constant.
                operands[1] = program.constants[node["in"][1] - len(entries)]
            results = APPLY[name](operands, p, lambda e: value(e, sizes))
            costs.append(cost(name, p, operands, results))
            values += [harmless(y.dtype, y.shape) for y in results]
    return [(x.dtype, x.shape) for x in values], costs


def fixed_nodes(program):
    """Of each node whether all its operands are fixed."""
    with_rows = [True] * len(program.inputs) + [False] * (len(program.tensors) + len(program.constants))
    out = []
    for node in program.nodes:
        rows = any(with_rows[i] for i in node["in"])
        with_rows += [rows] * results_of(node["op"])
        out.append(not rows)
    return out


def dimension(program):
    """The dimension of a causal program; None if it is not causal."""
    dimensions = program.header["dimensions"]
    if len(dimensions) != 1 or dimensions[0]["min"] != 1:
        return None
    d = dimensions[0]["name"]
    values, _ = probe(program, {d: 1})
    return d if follows(program, d, [shape for _, shape in values]) else None


def is_rows(shape, d):
    """Whether the first axis is d, and no other one has it."""
    return bool(shape) and shape[0] == [[1, d]] and not any(map(names_in, shape[1:]))


def follows(program, d, shapes):
    with_rows = [True] * len(program.inputs) + [False] * (len(program.tensors) + len(program.constants))
    if not all(is_rows(entry["shape"], d) for entry in program.inputs):
        return False
    for node in program.nodes:
        name, p = operation(node["op"])
        operands = [(with_rows[i], shapes[i]) for i in node["in"]]
        expressions = list(expressions_of(node["op"]))
        rows = any(row for row, _ in operands)
        if not rows and any(map(names_in, expressions)):
            return False
        if rows:
            if name in ("Reshape", "Expand"):
                if not is_rows(p["shape"], d):
                    return False
            elif any(map(names_in, expressions)):
                return False
            if not causal(name, p, operands):
                return False
        with_rows += [rows] * results_of(node["op"])
    return all(with_rows[output["value"]] for output in program.header["outputs"])


def causal(name, p, operands):
    """Whether row t of the results depends on rows 0 … t alone: the table. Operands are (whether it has rows, its shape)."""
    rows = [row for row, _ in operands]
    ranks = [len(shape) for _, shape in operands]
    first_alone = rows[0] and not any(rows[1:])
    if name in ("Unary", "Not", "Cast", "MaxPool", "AveragePool", "Reshape"):
        return True
    if name in ("Binary", "Compare", "Logic", "Where", "QuantizeLinear", "DequantizeLinear"):
        return all(
            len(shape) == max(ranks) if row else len(shape) < max(ranks) or shape[0] == 1 for row, shape in operands
        )
    if name in ("Linear", "MatMulInteger", "LayerNorm", "RmsNorm", "BatchNorm"):
        return first_alone and ranks[0] >= 2
    if name in ("Conv", "ConvTranspose"):
        return first_alone
    if name == "MatMul":
        if rows == [True, True]:
            return ranks[0] == ranks[1] >= 3
        return first_alone and (ranks[1] < ranks[0] or ranks == [2, 2] or (ranks[0] == ranks[1] and operands[1][1][0] == 1))
    if name in ("Softmax", "ArgMax", "TopK", "Slice", "Split", "Pad", "Resize"):
        return p["axis"] > 0
    if name == "Reduce":
        return 0 not in p["axes"]
    if name == "Transpose":
        return p["order"][0] == 0
    if name == "Concat":
        return p["axis"] > 0 and all(rows)
    if name == "Gather":
        return (rows == [False, True] and p["axis"] == 0) or (rows == [True, False] and p["axis"] > 0)
    if name == "Expand":
        return len(p["shape"]) == ranks[0]
    if name == "Rope":
        return rows == [True, False]
    if name == "Attention":
        return p["causal"] and rows == [True, True, True]
    return False
