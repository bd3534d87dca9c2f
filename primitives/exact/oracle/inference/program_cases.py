"""Random programs with a request: `any_program(rng)`. Nodes are cases of `cases`, and what reads their results."""

import json
import struct

from . import arithmetic as f
from .cases import MAKERS
from .programs import BINARY, COMPARE, LOGIC, REDUCE, UNARY, encoded, operation, results_of
from .tensor import CODES
from .values import Numbers, count

NAMES = {v: k for k, v in UNARY.items()} | {"sqrt": "Sqrt"}
# Operations whose rules hold if each size is replaced by an expression, the same for the same size.
ANY_SIZE = {"add", "sub", "mul", "div", "min", "max", "where", "softmax", "layer_norm", "rms_norm", "batch_norm", "matmul", "gather", "concat",
            "expand", "arg_max", "transpose", "cast", "not", "quantize", "dequantize", "dynamic_quantize", "matmul_integer", "resize"}
ANY_SIZE |= set(COMPARE.values()) | set(LOGIC.values()) | set(NAMES) | {f"reduce_{name}" for name in REDUCE.values()}


def real(bits):
    return f"{bits:08X}"


def stride(window):
    return dict(zip(("step", "dilation", "before", "after"), window))


def node_of(name, p):
    """The operation of a case; none where section 18 has none like it."""
    windows = {"strides": [stride(w) for w in p["strides"]]} if "strides" in p else {}
    for table, kind in ((BINARY, "Binary"), (COMPARE, "Compare"), (LOGIC, "Logic")):
        for known, own in table.items():
            if own == name:
                return {kind: known}
    if name in NAMES:
        return {"Unary": NAMES[name]}
    if name.startswith("reduce_"):
        how = next(known for known, own in REDUCE.items() if own == name[7:])
        return {"Reduce": {"axes": p["axes"], "how": how, "keep": bool(p["keep"])}}
    plain = {"linear": "Linear", "matmul": "MatMul", "where": "Where", "not": "Not", "lstm": "Lstm", "quantize": "QuantizeLinear",
             "dequantize": "DequantizeLinear", "dynamic_quantize": "DynamicQuantizeLinear", "matmul_integer": "MatMulInteger"}
    if name in plain:
        return plain[name]
    if name in ("layer_norm", "rms_norm", "batch_norm"):
        return {{"l": "LayerNorm", "r": "RmsNorm", "b": "BatchNorm"}[name[0]]: {"epsilon": real(p["epsilon"])}}
    axis = {"softmax": "Softmax", "gather": "Gather", "concat": "Concat"}
    if name in axis:
        return {axis[name]: {"axis": p["axis"]}}
    return {
        "clip": lambda: {"Unary": {"Clip": {"high": real(p["high"]), "low": real(p["low"])}}},
        "hard_sigmoid": lambda: {"Unary": {"HardSigmoid": {"alpha": real(p["alpha"]), "beta": real(p["beta"])}}},
        "attention": lambda: {"Attention": {"causal": p["first"] is not None, "scale": real(p["scale"])}},
        "rope": lambda: {"Rope": {"largest": p["largest"]}},
        "gru": lambda: {"Gru": {"linear_before_reset": bool(p["linear_before_reset"])}},
        "conv": lambda: {"Conv": {"groups": p["groups"]} | windows},
        "conv_transpose": lambda: {"ConvTranspose": {"extra": p["extra"], "groups": p["groups"]} | windows},
        "max_pool": lambda: {"MaxPool": {"ceil": p["ceil"], "kernel": p["kernel"]} | windows},
        "average_pool": lambda: {
            "AveragePool": {"ceil": p["ceil"], "include_padding": p["count_include_pad"], "kernel": p["kernel"]} | windows
        },
        "arg_max": lambda: {"ArgMax": {"axis": p["axis"], "keep": bool(p["keep"])}},
        "top_k": lambda: {"TopK": {"axis": p["axis"], "k": p["k"], "largest": bool(p["largest"])}},
        "slice": lambda: {"Slice": {"axis": p["axis"], "count": p["count"], "start": p["start"], "step": p["step"]}},
        "split": lambda: {"Split": {"axis": p["axis"], "sizes": p["sizes"]}},
        "reshape": lambda: {"Reshape": {"shape": p["shape"]}},
        "expand": lambda: {"Expand": {"shape": p["shape"]}},
        "transpose": lambda: {"Transpose": {"order": p["order"]}},
        "resize": lambda: {"Resize": {"axis": p["axis"], "scale": p["scale"]}},
        "cast": lambda: {"Cast": {"to": p["to"]}},
    }[name]()


def draw(rng):
    """A case that a program can have: (operation, inputs, which of them is a constant)."""
    while True:
        name = rng.choice([name for name in MAKERS if name != "sample"])
        x, p = MAKERS[name](Numbers(rng))
        if any(t["type"] == "f32" and any(map(f.is_nan, t["values"])) for t in x):
            continue
        constant = None
        if name == "rope":
            if p["first"]:
                continue
            constant = 1
            x.append({"type": "f32", "shape": [len(p["inverse"])], "values": p["inverse"]})
        if name == "attention" and p["first"] is not None and x[0]["shape"][0] != x[1]["shape"][0]:
            continue
        if name == "pad":
            fill = p["fill"] and p["fill"].capitalize()
            if fill is None:
                (value,) = x.pop()["values"]
                fill = {"Constant": real(value)} if x[0]["type"] == "f32" else {"Integer": value}
                if abs(value) >= 1 << 53 and "Integer" in fill:
                    continue
            op = {"Pad": {"after": p["after"], "axis": p["axis"], "before": p["before"], "fill": fill}}
        else:
            op = node_of(name, p)
        return name, op, x, constant


def refusal(op, x):
    """Whether the operation does not take its operands for their shapes and parameters."""
    from .programs import APPLY, tensor, value
    from .tensor import Fault, Refused

    name, p = operation(op)
    try:
        APPLY[name]([tensor(t) for t in x], p, lambda e: value(e, {}))
    except Refused:
        return True
    except Fault:
        pass
    return False


def sized(size, of, name):
    """A size as an expression of a dimension, which has the size `of`."""
    return [[1, name]] if size == of else size


class Builder:
    def __init__(self, rng):
        self.rng = rng
        self.dimensions, self.inputs, self.tensors, self.constants, self.nodes = [], [], [], [], []
        self.request, self.weights, self.data = [], [], []

    def source(self, t, constant, shape):
        """("i" | "t" | "c", number) of a new value."""
        kind = "c" if constant else self.rng.choice("iiitc")
        if any(type(e) is not int for e in shape):
            kind = "i"
        if kind == "i":
            self.inputs.append({"name": f"x{len(self.inputs)}", "shape": shape, "type": t["type"]})
            self.request.append(t)
        elif kind == "t":
            self.tensors.append({"name": f"layer/{len(self.tensors)}.é", "shape": t["shape"], "type": t["type"]})
            self.weights.append(t)
        else:
            self.constants.append({"shape": t["shape"], "type": t["type"]})
            self.data.append(struct.pack(f"<{count(t['shape'])}{CODES[t['type']]}", *t["values"]))
        return kind, len({"i": self.inputs, "t": self.tensors, "c": self.constants}[kind]) - 1

    def node(self, op, operands):
        self.nodes.append((op, operands))
        return [(len(self.nodes) - 1, i) for i in range(results_of(op))]

    def add(self):
        name, op, x, constant = draw(self.rng)
        if refusal(op, x):
            return
        shapes = [t["shape"] for t in x]
        sizes = sorted({d for shape in shapes for d in shape if d > 1})
        if name in ANY_SIZE and sizes and len(self.dimensions) < 8 and self.rng.randrange(3):
            of, dimension = self.rng.choice(sizes), f"d_{len(self.dimensions)}"
            elementwise = name not in ("gather", "matmul_integer")
            self.dimensions.append({"max": of + elementwise * self.rng.randrange(4), "min": of, "name": dimension})
            shapes = [[sized(d, of, dimension) for d in shape] for shape in shapes]
            kind, p = operation(op)
            if kind == "Expand":
                op = {"Expand": {"shape": [sized(d, of, dimension) for d in p["shape"]]}}
        operands = [self.source(t, i == constant, shape) for i, (t, shape) in enumerate(zip(x, shapes))]
        results = self.node(op, operands)
        if name in NAMES and self.rng.randrange(2):
            more = self.node({"Unary": self.rng.choice(["Neg", "Abs", "Relu", "Square", "Tanh"])}, results)
            self.node({"Binary": self.rng.choice(["Add", "Mul", "Max", "Sub"])}, [more[0], operands[0]])
        elif self.rng.randrange(3) == 0:
            self.node({"Compare": self.rng.choice(list(COMPARE))}, [results[-1], results[-1]])

    def case(self):
        firsts = {"i": 0, "t": len(self.inputs), "c": len(self.inputs) + len(self.tensors)}
        before = [firsts["c"] + len(self.constants)]
        for op, _ in self.nodes:
            before.append(before[-1] + results_of(op))
        number = lambda value: (firsts[value[0]] if type(value[0]) is str else before[value[0]]) + value[1]
        read = {value for _, operands in self.nodes for value in operands}
        made = [(i, j) for i, (op, _) in enumerate(self.nodes) for j in range(results_of(op))]
        header = {
            "constants": self.constants, "dimensions": self.dimensions, "inputs": self.inputs, "quorate_program": 1,
            "nodes": [{"in": [number(value) for value in operands], "op": op} for op, operands in self.nodes],
            "outputs": [{"name": f"y{i}", "value": number(value)} for i, value in enumerate(v for v in made if v not in read)],
            "tensors": self.tensors,
        }
        if self.rng.randrange(4) == 0:
            header["tokenizer"] = self.rng.randbytes(32).hex()
        return {"op": "program", "file": encoded(header, b"".join(self.data)).hex(), "inputs": self.request, "tensors": self.weights}


def any_program(rng):
    while True:
        builder = Builder(rng)
        for _ in range(rng.randint(1, 4)):
            builder.add()
        if builder.nodes:
            return builder.case()


def names_in(case):
    """The operations of a case's program."""
    from .programs import Program

    return {json.dumps(op) if kind in ("Unary", "Binary", "Compare", "Logic") else kind
            for op, kind in ((node["op"], operation(node["op"])[0]) for node in Program(bytes.fromhex(case["file"])).nodes)}
