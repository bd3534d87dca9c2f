"""Section 18: programs. A file is read in its one form; its nodes are run by the operations of sections 14 to 17."""

import json
import struct
from math import prod

import blake3

from . import arithmetic as f
from . import images, moves, quantised, rows, sequences
from .tensor import Fault, Refused, Tensor, require

MOST = (1 << 53) - 1
TYPES = {"f32": 4, "i64": 8, "i32": 4, "i8": 1, "u8": 1, "bool": 1}


class Malformed(Exception):
    """These bytes are no program."""


def need(condition):
    if not condition:
        raise Malformed


# Members: what each must be.


def whole(low, high):
    def check(value):
        need(type(value) is int and low <= value <= high)

    return check


U32, U64, I64 = whole(0, (1 << 32) - 1), whole(0, (1 << 64) - 1), whole(-(1 << 63), (1 << 63) - 1)


def flag(value):
    need(type(value) is bool)


def text(value):
    need(type(value) is str)


def real(value):
    need(type(value) is str and len(value) == 8 and all(c in "0123456789ABCDEF" for c in value) and not f.is_nan(int(value, 16)))


def element(value):
    need(type(value) is str and value in TYPES)


def many(item):
    def check(value):
        need(type(value) is list)
        for one in value:
            item(one)

    return check


def two(item):
    def check(value):
        many(item)(value)
        need(len(value) == 2)

    return check


def members(**of):
    def check(value):
        need(type(value) is dict and value.keys() == of.keys())
        for name, item in of.items():
            item(value[name])

    return check


def named(names, **of):
    """One of these names, or an object of one member, the name, whose value is as said."""

    def check(value):
        if type(value) is str:
            need(value in names.split())
        else:
            need(type(value) is dict and len(value) == 1)
            (name, inner), = value.items()
            need(name in of)
            of[name](inner)

    return check


# Expressions: an integer, or an array of products.


def form(e, depth=0):
    """Checks that it is in the one form; its products as (factors, coefficient), comparable."""
    if type(e) is int:
        need(abs(e) <= MOST)
        return [([], e)] if e else []
    need(type(e) is list and 1 <= len(e) <= 64)
    terms = []
    for product in e:
        need(type(product) is list and 1 <= len(product) <= 9)
        coefficient = product[0]
        need(type(coefficient) is int and 1 <= abs(coefficient) <= MOST)
        factors = [factor(x, depth) for x in product[1:]]
        need(factors == sorted(factors))
        terms.append((factors, coefficient))
    need(all(a[0] < b[0] for a, b in zip(terms, terms[1:])))
    need(terms[-1][0])
    return terms


def factor(x, depth):
    if type(x) is str:
        need(len(x.encode()) <= 32)
        return (0, x.encode())
    members(floor=lambda value: None, of=whole(2, MOST))(x)
    need(depth < 16)
    terms, k = form(x["floor"], depth + 1), x["of"]
    need(any(factors for factors, _ in terms))
    need(all(0 < c < k if not factors else c % k for factors, c in terms))
    return (1, terms, k)


def parts(e):
    if type(e) is int:
        return 1 + (e != 0)
    return 1 + sum(1 + sum(1 if type(x) is str else parts(x["floor"]) for x in product[1:]) for product in e)


def expression(e):
    form(e)
    need(parts(e) <= 1024)


def names_in(e):
    if type(e) is int:
        return set()
    return {name for product in e for x in product[1:] for name in ([x] if type(x) is str else names_in(x["floor"]))}


def line(e):
    """(dimension, a, b) of a · dimension + b."""
    if type(e) is int:
        return None
    slopes, number = [p for p in e if len(p) > 1], [p[0] for p in e if len(p) == 1]
    if len(slopes) != 1 or len(slopes[0]) != 2 or type(slopes[0][1]) is not str:
        return None
    return slopes[0][1], slopes[0][0], sum(number)


def fits(n):
    require(-(1 << 63) <= n < 1 << 63)
    return n


def value(e, sizes):
    if type(e) is int:
        return e
    total = 0
    for coefficient, *factors in e:
        for x in factors:
            coefficient = fits(coefficient * (sizes[x] if type(x) is str else value(x["floor"], sizes) // x["of"]))
        total = fits(total + coefficient)
    return total


STRIDE = members(after=U32, before=U32, dilation=U32, step=U32)
WINDOW = {"strides": two(STRIDE)}
AXIS, EPSILON, SHAPE = {"axis": U32}, {"epsilon": real}, {"shape": many(expression)}
UNARY = {
    "Abs": "abs", "Cos": "cos", "Cube": "pow3", "Erf": "erf", "Exp": "exp", "Gelu": "gelu", "GeluTanh": "gelu_tanh", "Log": "log",
    "Neg": "neg", "Relu": "relu", "Sigmoid": "sigmoid", "Silu": "silu", "Sin": "sin", "Sqrt": "pow_half", "Square": "pow2", "Tanh": "tanh",
}
BINARY = {"Add": "add", "Div": "div", "Max": "max", "Min": "min", "Mul": "mul", "Sub": "sub"}
COMPARE = {"Equal": "equal", "Greater": "greater", "GreaterOrEqual": "greater_equal", "Less": "less", "LessOrEqual": "less_equal"}
LOGIC = {"And": "and", "Or": "or", "Xor": "xor"}
REDUCE = {"L1": "l1", "L2": "l2", "Max": "max", "Mean": "mean", "Min": "min", "Sum": "sum", "SumSquare": "sum_square"}
OPERATION = named(
    "DequantizeLinear DynamicQuantizeLinear Linear Lstm MatMul MatMulInteger Not QuantizeLinear Where",
    ArgMax=members(**AXIS, keep=flag),
    Attention=members(causal=flag, scale=real),
    AveragePool=members(ceil=flag, include_padding=flag, kernel=two(U32), **WINDOW),
    BatchNorm=members(**EPSILON),
    Binary=named(" ".join(BINARY)),
    Cast=members(to=element),
    Compare=named(" ".join(COMPARE)),
    Concat=members(**AXIS),
    Conv=members(groups=U32, **WINDOW),
    ConvTranspose=members(extra=two(U32), groups=U32, **WINDOW),
    Expand=members(**SHAPE),
    Gather=members(**AXIS),
    Gru=members(linear_before_reset=flag),
    LayerNorm=members(**EPSILON),
    Logic=named(" ".join(LOGIC)),
    MaxPool=members(ceil=flag, kernel=two(U32), **WINDOW),
    Pad=members(after=U32, **AXIS, before=U32, fill=named("Edge Reflect", Constant=real, Integer=I64)),
    Reduce=members(axes=many(U32), how=named(" ".join(REDUCE)), keep=flag),
    Reshape=members(**SHAPE),
    Resize=members(**AXIS, scale=U32),
    RmsNorm=members(**EPSILON),
    Rope=members(largest=U32),
    Slice=members(**AXIS, count=expression, start=expression, step=I64),
    Softmax=members(**AXIS),
    Split=members(**AXIS, sizes=many(expression)),
    TopK=members(**AXIS, k=expression, largest=flag),
    Transpose=members(order=many(U32)),
    Unary=named(" ".join(UNARY), Clip=members(high=real, low=real), HardSigmoid=members(alpha=real, beta=real)),
)
TENSOR = dict(shape=many(U64), type=element)
HEADER = dict(
    constants=many(members(**TENSOR)),
    dimensions=many(members(max=U32, min=U32, name=text)),
    inputs=many(members(name=text, shape=many(expression), type=element)),
    nodes=many(members(**{"in": many(U32), "op": OPERATION})),
    outputs=many(members(name=text, value=U32)),
    quorate_program=whole(1, 1),
    tensors=many(members(name=text, **TENSOR)),
)


def refuse(*_):
    raise Malformed


def encoded(header, data):
    body = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    length = -(-(len(body) + 8) // 1024) * 1024
    return struct.pack("<Q", length - 8) + body.ljust(length - 8) + data


def operation(op):
    """Its name and its parameters."""
    return (op, None) if type(op) is str else next(iter(op.items()))


def results_of(op):
    name, p = operation(op)
    return {"Lstm": 3, "Gru": 2, "TopK": 2, "DynamicQuantizeLinear": 3}.get(name) or (len(p["sizes"]) if name == "Split" else 1)


def expressions_of(op):
    _, p = operation(op)
    if type(p) is dict:
        for name in ("count", "start", "k"):
            yield from [p[name]] if name in p else []
        for name in ("shape", "sizes"):
            yield from p.get(name, [])


class Program:
    def __init__(self, file):
        need(len(file) >= 8)
        length = struct.unpack("<Q", file[:8])[0] + 8
        need(length <= 4 << 20 and length % 1024 == 0 and length <= len(file))
        try:
            self.header = json.loads(file[8:length].decode(), parse_float=refuse, parse_constant=refuse)
            need(type(self.header) is dict)
            of = HEADER | ({"tokenizer": root} if "tokenizer" in self.header else {})
            members(**of)(self.header)
            need(encoded(self.header, file[length:]) == file)
        except (ValueError, RecursionError):
            raise Malformed from None
        self.root = blake3.blake3(file)
        self.inputs, self.tensors, self.nodes = (self.header[name] for name in ("inputs", "tensors", "nodes"))
        self.constants = []
        data = file[length:]
        for entry in self.header["constants"]:
            size = prod(entry["shape"]) * TYPES[entry["type"]]
            need(size <= len(data))
            self.constants.append(constant(entry, data[:size]))
            data = data[size:]
        need(not data)
        self.names()
        self.dimensions()
        self.graph()

    def names(self):
        for what, most in (("dimensions", 32), ("inputs", 1024), ("tensors", 1024), ("outputs", 1024)):
            names = [entry["name"] for entry in self.header[what]]
            need(len(set(names)) == len(names) and all(1 <= len(name.encode()) <= most for name in names))
        for entry in self.tensors:
            need(tensor_shape(entry["shape"]))
        need(all(len(entry["shape"]) <= 8 for entry in self.inputs))

    def dimensions(self):
        known = set()
        for d in self.header["dimensions"]:
            need(1 <= d["min"] <= d["max"] < 1 << 31 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in d["name"]))
            known.add(d["name"])
        need(len(known) <= 8)
        axes = [e for entry in self.inputs for e in entry["shape"]]
        for e in axes + [e for node in self.nodes for e in expressions_of(node["op"])]:
            need(names_in(e) <= known)
        need(known == {found[0] for found in map(line, axes) if found})

    def graph(self):
        sources = len(self.inputs) + len(self.tensors) + len(self.constants)
        count, firsts = sources, []
        need(len(self.nodes) <= 65536)
        for node in self.nodes:
            need(len(node["in"]) <= 1024 and all(value < count for value in node["in"]))
            firsts.append(count)
            count += results_of(node["op"])
            name, p = operation(node["op"])
            if name == "Rope":
                self.frequencies(node["in"], p["largest"])
        need(count <= 262144 and self.header["outputs"])
        live = {output["value"] for output in self.header["outputs"]}
        need(all(value < count for value in live))
        for node, first in reversed(list(zip(self.nodes, firsts))):
            need(any(first + i in live for i in range(results_of(node["op"]))))
            live |= set(node["in"])
        need(all(value in live for value in range(sources)))

    def frequencies(self, operands, largest):
        first = len(self.inputs) + len(self.tensors)
        need(len(operands) > 1 and first <= operands[1] < first + len(self.constants) and largest <= 1 << 24)
        for v in self.constants[operands[1] - first].data:
            angle = f.absolute(f.mul(f.from_int(largest), v))
            need(f.less(angle, 0x46000000) or f.equal(angle, 0x46000000))

    def sizes(self, shapes):
        """The dimensions' sizes that give the inputs these shapes."""
        require(len(shapes) == len(self.inputs))
        pairs = []
        for entry, shape in zip(self.inputs, shapes):
            require(len(entry["shape"]) == len(shape))
            pairs += zip(entry["shape"], shape)
        sizes = {}
        for e, size in pairs:
            found = line(e)
            if found and found[0] not in sizes and (size - found[2]) % found[1] == 0:
                sizes[found[0]] = (size - found[2]) // found[1]
        for d in self.header["dimensions"]:
            require(d["min"] <= sizes.get(d["name"], 0) <= d["max"])
        require(all(value(e, sizes) == size for e, size in pairs))
        return sizes

    def run(self, inputs, tensors):
        """The outputs or a fault, and the floating-point operations."""
        sizes = self.sizes([x.shape for x in inputs])
        require(all(x.dtype == entry["type"] for x, entry in zip(inputs, self.inputs)))
        require([(x.dtype, x.shape) for x in tensors] == [(entry["type"], entry["shape"]) for entry in self.tensors])
        values, flops = inputs + tensors + self.constants, 0
        for node in self.nodes:
            name, p = operation(node["op"])
            operands = [values[i] for i in node["in"]]
            results = APPLY[name](operands, p, lambda e: value(e, sizes))
            flops += cost(name, p, operands, results)
            values += results
        return [values[output["value"]] for output in self.header["outputs"]], flops


def root(value):
    need(type(value) is str and len(value) == 64 and all(c in "0123456789abcdef" for c in value))


def tensor_shape(shape):
    return len(shape) <= 8 and 1 <= prod(shape) < 1 << 31


def constant(entry, data):
    need(tensor_shape(entry["shape"]))
    try:
        return from_bytes(entry["type"], entry["shape"], data)
    except (Fault, Refused):
        raise Malformed from None


def from_bytes(dtype, shape, data):
    code = {"f32": "I", "i64": "q", "i32": "i", "i8": "b", "u8": "B", "bool": "B"}[dtype]
    values = struct.unpack(f"<{len(data) // TYPES[dtype]}{code}", data)
    require(dtype != "bool" or all(v <= 1 for v in values))
    return Tensor(dtype, shape, values)


def bits(real_text):
    return int(real_text, 16)


def strides(p, most_padding=65535):
    out = []
    for s in p["strides"]:
        require(1 <= s["step"] <= 65535 and 1 <= s["dilation"] <= 65535 and max(s["before"], s["after"]) <= most_padding)
        out.append((s["step"], s["dilation"], s["before"], s["after"]))
    return out


def floats(*tensors):
    require(all(t.dtype == "f32" for t in tensors))


def optional(x, i):
    return x[i] if i < len(x) else None


def given(least, most=None):
    """Operands are so many."""

    def wrap(run):
        def checked(x, p, at):
            require(least <= len(x) <= (most or least))
            return run(x, p, at)

        return checked

    return wrap


def of_floats(least, most=None):
    """The same, all of them f32; one result."""

    def wrap(run):
        @given(least, most)
        def checked(x, p, at):
            floats(*x)
            return [run(x, p)]

        return checked

    return wrap


def moved(run):
    return given(1)(lambda x, p, at: [run(x[0], p, at)])


def unary(x, p):
    if type(p) is str:
        return rows.unary(UNARY[p], x[0])
    name, p = operation(p)
    if name == "Clip":
        return rows.clip(x[0], bits(p["low"]), bits(p["high"]))
    return rows.hard_sigmoids(x[0], bits(p["alpha"]), bits(p["beta"]))


def attention(x, p):
    require(not p["causal"] or x[0].shape[:1] == x[1].shape[:1])
    return sequences.attention(*x[:3], bits(p["scale"]), optional(x, 3), 0 if p["causal"] else None)


def lstm(x, p, at):
    require(len(x) in (5, 7))
    floats(*x)
    return sequences.lstm(*x[:3], x[5:] or None, *x[3:5])


def gru(x, p, at):
    require(len(x) in (4, 6))
    floats(*x)
    return sequences.gru(*x[:3], x[4:] or None, x[3], p["linear_before_reset"])


def rope(x, p):
    require(len(x[1].shape) == 1)
    return sequences.rope(x[0], 0, x[1].data, p["largest"])


def pad(x, p, at):
    fill = p["fill"]
    if type(fill) is str:
        return moves.pad(x, p["axis"], p["before"], p["after"], fill.lower())
    (kind, number), = fill.items()
    require((kind == "Constant") == (x.dtype == "f32"))
    if kind == "Integer":
        low, high = moves.RANGES[x.dtype]
        require(low <= number <= high and abs(number) <= MOST)
    return moves.pad(x, p["axis"], p["before"], p["after"], None, bits(number) if kind == "Constant" else number)


APPLY = {
    "ArgMax": moved(lambda x, p, at: moves.arg_max(x, p["axis"], p["keep"])),
    "Attention": of_floats(3, 4)(attention),
    "AveragePool": of_floats(1)(lambda x, p: images.pool("average_pool", x[0], p["kernel"], strides(p, 1023), p["ceil"], p["include_padding"])),
    "BatchNorm": of_floats(5)(lambda x, p: rows.batch_norm(*x, bits(p["epsilon"]))),
    "Binary": given(2)(lambda x, p, at: [rows.binary(BINARY[p], *x)]),
    "Cast": moved(lambda x, p, at: moves.cast(x, p["to"])),
    "Compare": given(2)(lambda x, p, at: [rows.compare(COMPARE[p], *x)]),
    "Concat": given(1, 1024)(lambda x, p, at: [moves.concat(x, p["axis"])]),
    "Conv": of_floats(2, 3)(lambda x, p: images.conv(x[0], x[1], optional(x, 2), p["groups"], strides(p))),
    "ConvTranspose": of_floats(2, 3)(
        lambda x, p: images.conv_transpose(x[0], x[1], optional(x, 2), p["groups"], strides(p), p["extra"])
    ),
    "DequantizeLinear": given(2, 3)(lambda x, p, at: [quantised.dequantize(x[0], x[1], optional(x, 2))]),
    "DynamicQuantizeLinear": given(1)(lambda x, p, at: quantised.dynamic_quantize(*x)),
    "Expand": moved(lambda x, p, at: moves.expand(x, [at(e) for e in p["shape"]])),
    "Gather": given(2)(lambda x, p, at: [moves.gather(*x, p["axis"])]),
    "Gru": gru,
    "LayerNorm": of_floats(2, 3)(lambda x, p: rows.layer_norm(x[0], x[1], optional(x, 2), bits(p["epsilon"]))),
    "Linear": of_floats(2, 3)(lambda x, p: rows.linear(*x)),
    "Logic": given(2)(lambda x, p, at: [rows.logic(LOGIC[p], *x)]),
    "Lstm": lstm,
    "MatMul": of_floats(2)(lambda x, p: rows.matmul(*x)),
    "MatMulInteger": given(4)(lambda x, p, at: [quantised.matmul_integer(*x)]),
    "MaxPool": of_floats(1)(lambda x, p: images.pool("max_pool", x[0], p["kernel"], strides(p, 1023), p["ceil"])),
    "Not": given(1)(lambda x, p, at: [rows.opposite(*x)]),
    "Pad": moved(pad),
    "QuantizeLinear": given(3)(lambda x, p, at: [quantised.quantize(*x)]),
    "Reduce": of_floats(1)(lambda x, p: moves.reduce(REDUCE[p["how"]], x[0], p["axes"], p["keep"])),
    "Reshape": moved(lambda x, p, at: moves.reshape(x, [at(e) for e in p["shape"]])),
    "Resize": moved(lambda x, p, at: moves.resize_nearest(x, p["axis"], p["scale"])),
    "RmsNorm": of_floats(2)(lambda x, p: rows.rms_norm(*x, bits(p["epsilon"]))),
    "Rope": of_floats(2)(rope),
    "Slice": moved(lambda x, p, at: moves.slice_(x, p["axis"], at(p["start"]), p["step"], at(p["count"]))),
    "Softmax": of_floats(1)(lambda x, p: rows.softmax(x[0], p["axis"])),
    "Split": given(1)(lambda x, p, at: moves.split(x[0], p["axis"], [at(e) for e in p["sizes"]])),
    "TopK": given(1)(lambda x, p, at: moves.top_k(x[0], at(p["k"]), p["axis"], p["largest"])),
    "Transpose": moved(lambda x, p, at: moves.transpose(x, p["order"])),
    "Unary": of_floats(1)(unary),
    "Where": given(3)(lambda x, p, at: [rows.where(*x)]),
}


MOVES = "Concat Expand Gather Pad Resize Slice Split Transpose".split()


def cost(name, p, x, y):
    """Arithmetic, and what memory takes."""
    if name == "Reshape":
        return 0
    if name in MOVES:
        return 256 * len((x if name == "Split" else y)[0].data) + (1024 * len(x[1].data) if name == "Gather" else 0)
    moved = sum(TYPES[t.dtype] * len(t.data) for t in [*x, *y])
    return arithmetic_cost(name, p, x, y) + 512 * apart(name, p, x[0]) + 32 * len(y[0].data) + moved


def apart(name, p, x):
    """Elements that are read along other axes than the last ones."""
    rank = len(x.shape)
    axes = p["axes"] if name == "Reduce" else [p["axis"]] if name in ("Softmax", "ArgMax", "TopK") else []
    return 0 if axes == list(range(rank - len(axes), rank)) else len(x.data)


def arithmetic_cost(name, p, x, y):
    made, read = len(y[0].data), len(x[0].data)
    if name in ("Linear", "MatMulInteger"):
        return (2 * x[0].shape[-1] + 64) * made
    if name == "MatMul":
        return (2 * x[0].shape[-1] + 64) * made + 2048 * prod(y[0].shape[:-2])
    if name in ("Conv", "ConvTranspose"):
        return (2 * prod(x[1].shape[1:]) + 64) * made
    if name == "Attention":
        (t, h, d), s, e = x[0].shape, x[1].shape[0], x[2].shape[2]
        return t * h * (s * (2 * (d + e) + 20) + 256)
    if name in ("Lstm", "Gru"):
        (t, b, i), (g, hidden) = x[0].shape, x[2].shape
        return t * (32768 + b * (g * (2 * (i + hidden) + 20) + 1024))
    if name in ("MaxPool", "AveragePool"):
        return made * prod(p["kernel"])
    if name == "Unary":
        return 0 if p in ("Abs", "Cube", "Neg", "Relu", "Sqrt", "Square") or "Clip" in p else 16 * made
    if name in ("TopK", "ArgMax"):
        return 256 * read + 4096 * made
    if name == "Softmax":
        return 20 * made + 1024 * (made // x[0].shape[p["axis"]])
    if name in ("LayerNorm", "RmsNorm", "BatchNorm"):
        return 8 * made + 1024 * (made // x[0].shape[-1])
    if name == "Reduce":
        return read + 64 * made
    of_made = {"Cast": 64, "Where": 64, "Rope": 8}
    of_read = {"QuantizeLinear": 4, "DequantizeLinear": 4, "DynamicQuantizeLinear": 4}
    return of_read[name] * read if name in of_read else of_made.get(name, 0) * made


def tensor(case):
    return Tensor(case["type"], case["shape"], case["values"])


def answer(case):
    """FORMAT.md, "program"."""
    try:
        program = Program(bytes.fromhex(case["file"]))
    except Malformed:
        return {"fault": "file"}
    out = {"root": program.root.hex()}
    try:
        outputs, flops = program.run([tensor(t) for t in case["inputs"]], [tensor(t) for t in case["tensors"]])
        written = [{"type": t.dtype, "shape": t.shape, "values": t.data} for t in outputs]
        return out | {"flops": str(flops), "outputs": written}
    except Fault as fault:
        return out | {"fault": str(fault)}
    except Refused:
        return out | {"fault": "refused"}
