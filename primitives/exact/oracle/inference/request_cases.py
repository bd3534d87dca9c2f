"""Random requests (section 22): `any_request(rng)`, and programs that are causal or nearly so: `any_causal(rng)`."""

import struct

from . import arithmetic as f
from .program_cases import any_program, real
from .programs import Program, encoded, results_of
from .requests import answer
from .tensor import CODES
from .values import WILD, Numbers, count

STRIDE = {"after": 0, "before": 0, "dilation": 1, "step": 1}
WIDE = {"after": 1, "before": 1, "dilation": 1, "step": 1}
PLENTY, ALL = (1 << 64) - 1, (1 << 32) - 1
D = [[1, "d"]]


class Causal:
    """A program over rows [d, h], grown layer by layer. Values are (list, number)."""

    def __init__(self, rng, h):
        self.rng, self.numbers, self.h = rng, Numbers(rng, calm=rng.randrange(4) > 0), h
        self.inputs, self.tensors, self.weights, self.constants, self.data, self.nodes = [], [], [], [], [], []

    def source(self, t, constant=False):
        if constant or self.rng.randrange(4) == 0:
            if t["type"] == "f32":
                t["values"] = [0 if f.is_nan(v) else v for v in t["values"]]
            self.constants.append({"shape": t["shape"], "type": t["type"]})
            self.data.append(struct.pack(f"<{count(t['shape'])}{CODES[t['type']]}", *t["values"]))
            return "c", len(self.constants) - 1
        self.tensors.append({"name": f"t{len(self.tensors)}", "shape": t["shape"], "type": t["type"]})
        self.weights.append(t)
        return "t", len(self.tensors) - 1

    def fixed(self, shape):
        value = self.source(self.numbers.f32(shape, ["model"] * 30 + WILD))
        # Now and then a value that is computed, once and for all rows.
        if self.rng.randrange(3) == 0:
            value = self.node({"Unary": self.rng.choice(["Tanh", "Neg", "Abs", "Sigmoid"])}, value)
        return value

    def node(self, op, *operands):
        self.nodes.append((op, operands))
        return "n", len(self.nodes) - 1, 0

    def result(self, value, i):
        return value[0], value[1], i

    def linear(self, x, wide, to):
        bias = [self.fixed([to])] if self.rng.randrange(2) else []
        return self.node("Linear", x, self.fixed([to, wide]), *bias)

    def reshape(self, x, *tail):
        return self.node({"Reshape": {"shape": [D, *tail]}}, x)

    def attention(self, x, causal=True):
        heads, width = self.rng.choice([(1, 2), (2, 2), (2, 4)])
        q, k, v = (self.reshape(self.linear(x, self.h, heads * width), heads, width) for _ in range(3))
        if self.rng.randrange(2):
            inverse = {"type": "f32", "shape": [width // 2], "values": [0x3D000000, 0x3A800000][: width // 2]}
            angles = self.source(inverse, constant=True)
            q, k = (self.node({"Rope": {"largest": 100_000}}, x, angles) for x in (q, k))
        y = self.node({"Attention": {"causal": causal, "scale": self.rng.choice(["3F000000", "3F3504F3"])}}, q, k, v)
        return self.linear(self.reshape(y, heads * width), heads * width, self.h)

    def layer(self, x, name):
        h, rng, node = self.h, self.rng, self.node
        epsilon = {"epsilon": "3727C5AC"}
        if name == "linear":
            return node({"Unary": rng.choice(["Relu", "Silu", "Gelu", "Tanh", "Erf", "Exp", "Log"])}, self.linear(x, h, h))
        if name == "norm":
            kind = rng.choice(["LayerNorm", "RmsNorm", "BatchNorm"])
            more = {"LayerNorm": rng.choice([1, 2]), "RmsNorm": 1, "BatchNorm": 3}[kind]
            variance = [node({"Unary": "Square"}, self.fixed([h]))] if kind == "BatchNorm" else []
            return node({kind: epsilon}, x, *(self.fixed([h]) for _ in range(more)), *variance)
        if name == "binary":
            other = self.fixed(rng.choice([[h], [1, h], [], [1]]))
            pair = [x, other] if rng.randrange(2) else [other, x]
            return node({"Binary": rng.choice(["Add", "Sub", "Mul", "Min", "Max", "Div"])}, *pair)
        if name == "residual":
            return node({"Binary": "Add"}, x, self.attention(x) if rng.randrange(2) else self.linear(x, h, h))
        if name == "split":
            parts = node({"Split": {"axis": 1, "sizes": [1, h - 1]}}, x)
            return node({"Concat": {"axis": 1}}, self.result(parts, 1), parts)
        if name == "slice":
            twice = node({"Concat": {"axis": 1}}, x, x)
            return node({"Slice": {"axis": 1, "count": h, "start": 2 * h - 1, "step": -1}}, twice)
        if name == "pad":
            fill = rng.choice(["Edge", {"Constant": "3F800000"}])
            wide = node({"Pad": {"after": 2, "axis": 1, "before": 0, "fill": fill}}, x)
            return node({"Slice": {"axis": 1, "count": h, "start": 2, "step": 1}}, wide)
        if name == "reduce":
            how = {"axes": [1], "how": rng.choice(["Sum", "Mean", "Max", "L2"]), "keep": True}
            wide = node({"Expand": {"shape": [D, h]}}, node({"Reduce": how}, x))
            return node({"Binary": "Sub"}, x, wide)
        if name == "choose":
            indices = node({"ArgMax": {"axis": 1, "keep": False}}, x)
            return node({"Binary": "Add"}, x, node({"Gather": {"axis": 0}}, self.fixed([h, h]), indices))
        if name == "top":
            return node({"TopK": {"axis": 1, "k": h, "largest": True}}, x)
        if name == "where":
            condition = node({"Compare": "Less"}, x, self.fixed([h]))
            return node("Where", node("Not", condition) if rng.randrange(2) else condition, x, self.fixed(rng.choice([[], [h]])))
        if name == "cast":
            whole = node({"Cast": {"to": rng.choice(["i64", "i32", "i32", "i8"])}}, x)
            return node({"Binary": "Add"}, x, node({"Cast": {"to": "f32"}}, whole))
        if name == "transpose":
            turned = node({"Transpose": {"order": [0, 2, 1]}}, self.reshape(x, h, 1))
            return self.reshape(turned, h)
        if name == "matmul":
            if rng.randrange(2):
                shape = rng.choice([[h, h], [1, h, h]])
                return self.reshape(node("MatMul", self.reshape(x, 1, h), self.fixed(shape)), h)
            square = node("MatMul", self.reshape(x, h, 1), self.reshape(x, 1, h))
            return node({"Reduce": {"axes": [1], "how": "Mean", "keep": False}}, square)
        if name == "image":
            image, strides = self.reshape(x, 1, h, 1), [STRIDE, WIDE]
            op = rng.choice([{"Conv": {"groups": 1, "strides": strides}}, {"MaxPool": {"ceil": False, "kernel": [1, 3], "strides": strides}},
                             {"AveragePool": {"ceil": False, "include_padding": True, "kernel": [1, 3], "strides": strides}}])
            return self.reshape(node(op, image, *([self.fixed([1, 1, 3, 1])] if "Conv" in op else [])), h)
        if name == "quantised":
            scale = self.source({"type": "f32", "shape": [], "values": [0x3D000000]}, constant=True)
            zero = self.source({"type": "u8", "shape": [], "values": [128]}, constant=True)
            q = node("QuantizeLinear", x, scale, zero)
            if rng.randrange(2):
                return node("DequantizeLinear", q, scale, zero)
            w = self.source({"type": "i8", "shape": [h, h], "values": [rng.randint(-128, 127) for _ in range(h * h)]})
            w_zero = self.source({"type": "i8", "shape": [], "values": [1]}, constant=True)
            return node("DequantizeLinear", node("MatMulInteger", q, zero, w, w_zero), scale)
        if name == "softmax":
            return node({"Softmax": {"axis": 1}}, x)
        return self.attention(x)

    def spoil(self, x, name):
        """Something that is not causal, or that section 22 does not take for causal."""
        h, node = self.h, self.node
        row = {"type": "f32", "shape": [1, h], "values": [f.ONE] * h}
        if name == "attention":
            return self.attention(x, causal=False)
        if name == "softmax":
            return node({"Softmax": {"axis": 0}}, x)
        if name == "reduce":
            return node({"Binary": "Add"}, x, node({"Reduce": {"axes": [0], "how": "Mean", "keep": True}}, x))
        if name == "reverse":
            return node({"Slice": {"axis": 0, "count": D, "start": [[-1], [1, "d"]], "step": -1}}, x)
        if name == "expand":
            return node({"Binary": "Add"}, x, node({"Expand": {"shape": [D, h]}}, self.source(row)))
        if name == "first":
            first = node({"Slice": {"axis": 0, "count": 1, "start": 0, "step": 1}}, x)
            return node({"Binary": "Add"}, x, first)
        if name == "transpose":
            return node({"Transpose": {"order": [1, 0]}}, node({"Transpose": {"order": [1, 0]}}, x))
        if name == "reshape":
            flat = node({"Reshape": {"shape": [[[h, "d"]]]}}, x)
            return self.reshape(flat, h)
        if name == "matmul":
            return self.reshape(node("MatMul", self.fixed([h, h]), self.reshape(x, h, 1)), h)
        if name == "dynamic":
            q = node("DynamicQuantizeLinear", x)
            return node("DequantizeLinear", q, self.result(q, 1), self.result(q, 2))
        if name == "gru":
            y = node({"Gru": {"linear_before_reset": False}}, self.reshape(x, 1, h), self.fixed([3, h]), self.fixed([3, 1]), self.fixed([1, 1]))
            return node({"Binary": "Add"}, x, self.reshape(y, 1))
        if name == "gather":
            first = self.source({"type": "i64", "shape": [1], "values": [0]}, constant=True)
            return node({"Binary": "Add"}, x, node({"Gather": {"axis": 0}}, x, first))
        return x

    def case(self, outputs, dimensions):
        firsts = {"i": 0, "t": len(self.inputs), "c": len(self.inputs) + len(self.tensors)}
        before = [firsts["c"] + len(self.constants)]
        for op, _ in self.nodes:
            before.append(before[-1] + results_of(op))
        number = lambda v: before[v[1]] + v[2] if v[0] == "n" else firsts[v[0]] + v[1]
        header = {
            "constants": self.constants, "dimensions": dimensions, "inputs": self.inputs, "quorate_program": 1,
            "nodes": [{"in": [number(v) for v in operands], "op": op} for op, operands in self.nodes],
            "outputs": [{"name": f"y{i}", "value": number(v)} for i, v in enumerate(outputs)],
            "tensors": self.tensors,
        }
        return encoded(header, b"".join(self.data)).hex()


LAYERS = """linear norm binary residual split slice pad reduce choose top where cast transpose matmul image quantised softmax attention""".split()
SPOILERS = "attention softmax reduce reverse expand first transpose reshape matmul dynamic gru gather minimum fixed second short".split()


def any_causal(rng, spoilt=False):
    """(file, tensors of the version, vocabulary, largest size): a program that generates tokens, or one that is not causal."""
    h, vocabulary = rng.randint(2, 5), rng.randint(2, 7)
    spoiler = rng.choice(SPOILERS) if spoilt else None
    most = rng.choice([1, 2, 3, 5, 8, 16, 16, 64, 64, 4096, 100_000, 100_000])
    p = Causal(rng, h)
    p.inputs.append({"name": "tokens", "shape": [D], "type": "i64"})
    x = p.node({"Gather": {"axis": 0}}, p.fixed([vocabulary, h]), ("i", 0))
    layers = [rng.choice(LAYERS) for _ in range(rng.randint(0, 4))]
    at = rng.randint(0, len(layers))
    for i, layer in enumerate(layers + [None]):
        if i == at and spoiler:
            x = p.spoil(x, spoiler)
        if layer:
            x = p.layer(x, layer)
    if spoiler == "second":
        # An input that is the same for all rows.
        p.inputs.append({"name": "x", "shape": [h], "type": "f32"})
        x = p.node({"Binary": "Add"}, x, ("i", 1))
    logits = p.linear(x, h, vocabulary)
    outputs = [logits] + ([x] if rng.randrange(4) == 0 else [])
    if spoiler == "fixed":
        outputs.append(p.node({"Unary": "Neg"}, p.fixed([2])))
    if spoiler == "short":
        # Causal, but its first output is no row of logits.
        outputs = [p.node({"ArgMax": {"axis": 1, "keep": False}}, logits)]
    least = 2 if spoiler == "minimum" else 1
    return p.case(outputs, [{"max": max(most, least), "min": least, "name": "d"}]), p.weights, vocabulary, most


def row_of(program, sizes, inputs):
    out = b"".join(struct.pack("<I", sizes[d["name"]]) for d in program.header["dimensions"])
    return out + b"".join(struct.pack(f"<{count(t['shape'])}{CODES[t['type']]}", *t["values"]) for t in inputs)


def spoilt_blob(rng, blob):
    kind = rng.randrange(4)
    if kind == 0:
        return blob[: rng.randrange(len(blob) + 1)]
    if kind == 1:
        return blob + rng.randbytes(rng.randint(1, 8))
    if kind == 2 and len(blob) > 36:
        # Another size.
        return blob[:32] + struct.pack("<I", rng.choice([0, 1, 2, 3, 1 << 31, (1 << 32) - 1])) + blob[36:]
    at = rng.randrange(len(blob))
    return blob[:at] + bytes([rng.choice([0, 1, 2, 0x7F, 0xFF])]) + blob[at + 1 :]


def spoilt_tensors(rng, tensors):
    """The version lacks one, has it with another type or shape, or with bytes that no tensor has."""
    out = [dict(t) for t in tensors]
    at, kind = rng.randrange(len(out)), rng.randrange(4)
    t = out[at]
    if kind == 0:
        out[at] = None
    elif kind == 1:
        t["shape"] = t["shape"] + [1]
    elif kind == 2:
        t["type"] = {"f32": "i32", "i32": "f32", "i8": "u8", "u8": "i8"}.get(t["type"], "u8")
        edge = {"i8": (-128, 127), "u8": (0, 255), "i32": (-(1 << 31), (1 << 31) - 1), "f32": (0, 0x7F000000)}[t["type"]]
        t["values"] = [min(max(v - (v >> 31 << 32) if t["type"] == "i32" else v, edge[0]), edge[1]) for v in t["values"]]
    else:
        bad = {"f32": 0x7FC00001, "bool": 2}.get(t["type"])
        if bad is not None:
            t["values"] = [bad] + t["values"][1:]
    return out


def any_sampler(rng):
    if rng.randrange(2):
        return "Argmax"
    temperature = rng.choice([f.ONE, f.ONE, 0x3F000000, 0x40000000, 0x00000001, 0x7F7FFFFF])
    if rng.randrange(12) == 0:
        temperature = rng.choice([0, f.SIGN, f.INFINITY, f.NAN, f.ONE | f.SIGN])
    return {"Draw": {"temperature": temperature, "top_k": rng.choice([1, 2, 3, 5, 40, (1 << 32) - 1] + [0] * (rng.randrange(8) == 0))}}


def generating(rng):
    file, tensors, vocabulary, largest = any_causal(rng, spoilt=rng.randrange(10) == 0)
    program = Program(bytes.fromhex(file))
    most = rng.choice([1, 2, 3, 4, 6])
    length = rng.randint(1, 5) if rng.randrange(6) else rng.randint(1, 12)
    if rng.randrange(4) == 0:
        length = max(1, largest - most) if largest < 20 else length
    if rng.randrange(40) == 0:
        most = rng.choice([0, 1000, 65535, 65536, 65537])
    # So many that what they cost shows.
    if largest == 100_000 and rng.randrange(2):
        most = rng.randint(1000, 65536)
    tokens = [rng.randrange(vocabulary) for _ in range(length)]
    if rng.randrange(20) == 0:
        tokens[rng.randrange(length)] = rng.choice([vocabulary, -1, -vocabulary, -vocabulary - 1, 1 << 62])
    inputs = [{"type": "i64", "shape": [length], "values": tokens}]
    if len(program.inputs) > 1:
        inputs.append({"type": "f32", "shape": program.inputs[1]["shape"], "values": [f.ONE] * program.inputs[1]["shape"][0]})
    stop = rng.choice([None, rng.randrange(vocabulary), rng.randrange(vocabulary), (1 << 32) - 1])
    task = {"Generate": {"most": most, "sampler": any_sampler(rng), "stop": stop}}
    return program, file, tensors, row_of(program, {"d": length}, inputs), task


def running(rng):
    case = any_program(rng)
    program = Program(bytes.fromhex(case["file"]))
    row = row_of(program, program.sizes([t["shape"] for t in case["inputs"]]), case["inputs"])
    return program, case["file"], case["tensors"], row, "Run"


def any_request(rng):
    make = generating if rng.randrange(3) else running
    program, file, tensors, row, task = make(rng)
    blob = rng.randbytes(32) + row
    if rng.randrange(8) == 0:
        blob = spoilt_blob(rng, blob)
    if tensors and rng.randrange(16) == 0:
        tensors = spoilt_tensors(rng, tensors)
    case = {"op": "request", "part": "answer", "file": file, "tensors": tensors, "number": str(rng.getrandbits(rng.choice([8, 64]))),
            "seed": rng.randbytes(32).hex(), "blob": blob.hex(), "task": task, "paid": str(PLENTY), "memory": ALL}
    if task != "Run" and task["Generate"]["most"] > 50:
        # Too many to run them all.
        if rng.randrange(2):
            case["paid"] = "0"
        else:
            needed = int(answer(case | {"paid": "0"}).get("memory", 1))
            case["memory"] = rng.choice([needed - 1, needed // 2])
    elif rng.randrange(3) == 0:
        needs = answer(case | {"tensors": [None] * len(tensors)})
        needed = int(needs.get("operations", 1))
        if rng.randrange(4):
            case["paid"] = str(rng.choice([needed, needed, needed - 1, needed + 1, 0]))
        else:
            needed = int(needs.get("memory", 1))
            case["memory"] = rng.choice([needed, needed, needed - 1, needed + 1])
    return case


def any_program_for_causality(rng):
    if rng.randrange(6) == 0:
        file = any_program(rng)["file"]
    else:
        file = any_causal(rng, spoilt=rng.randrange(2) == 0)[0]
    return {"op": "request", "part": "causal", "file": file}


def kind(case, found):
    """What a case is, and how it ends."""
    if "blob" not in case:
        return f"causal {found['causal']}"
    task = case["task"] if case["task"] == "Run" else "Draw" if case["task"]["Generate"]["sampler"] != "Argmax" else "Argmax"
    unfit = "malformed" if found["malformed"] else "without memory" if int(found["memory"]) > case["memory"] else "unfit"
    end = {0: "answered", 1: "NaN", 2: "Index", 3: "Range", 255: unfit}
    return f"{task} {end[bytes.fromhex(found['blob'])[32]]}"


def any_case(rng):
    return any_request(rng) if rng.randrange(4) else any_program_for_causality(rng)
