"""The cases of golden/infer.json after FORMAT.md, "inference": a digest of each, or its fault."""

import re

import blake3

from . import arithmetic as f
from . import images, moves, quantised, rows, sequences
from .tensor import Fault, Tensor, f32

SPECIAL = """00000000 80000000 3f800000 bf800000 3f800001 bf800001 3f7fffff 4b800000 cb800000 33800000 b3800000 33c00000"""
MASK = (1 << 64) - 1


class Inputs:
    """SplitMix64 and what is drawn from it."""

    def __init__(self, seed):
        self.state, self.hard = seed, seed > 3

    def word(self):
        self.state = self.state + 0x9E3779B97F4A7C15 & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def below(self, bound):
        return self.word() % bound

    def special(self, n):
        return int(SPECIAL.split()[self.below(n)], 16)

    def subnormal(self):
        bits = self.below(1 << 23)
        return bits | self.below(2) << 31

    def uniform(self, exponent=0):
        n = self.below(1 << 24) - (1 << 23)
        return f.nearest(f.SIGN if n < 0 else 0, abs(n), exponent - 22)

    def value(self):
        k = self.below(32)
        if not self.hard:
            return self.special(6) if k == 0 else self.subnormal() if k == 8 else self.uniform()
        if k < 8:
            return self.special(12)
        if k <= 11:
            return self.subnormal()
        if k == 12 and self.below(256) == 0:
            return f.INFINITY | self.below(2) << 31
        return self.uniform(self.below(49) - 24) if k >= 13 else self.uniform()

    def tensor(self, *shape):
        count = 1
        for d in shape:
            count *= d
        return f32(shape, [self.value() for _ in range(count)])

    def integers(self, dtype, *shape):
        """Small ones, whose products the type has, for the first seeds."""
        bits, count = 64 if dtype == "i64" else 32, 1
        for d in shape:
            count *= d
        data = []
        for _ in range(count):
            word = self.word() & (1 << bits) - 1
            shift = self.below(bits) if self.hard else bits // 2 + 1 + self.below(bits // 2 - 1)
            data.append((word - (word >> bits - 1 << bits)) >> shift)
        return Tensor(dtype, shape, data)

    def bools(self, *shape):
        count = 1
        for d in shape:
            count *= d
        return Tensor("bool", shape, [self.below(2) for _ in range(count)])

    def magnitudes(self, *shape, plus=0):
        t = self.tensor(*shape)
        return f32(shape, [f.add(f.absolute(v), plus) for v in t.data])

    def bytes(self, dtype, *shape):
        count = 1
        for d in shape:
            count *= d
        data = [self.below(256) for _ in range(count)]
        return Tensor(dtype, shape, [v - 256 if dtype == "i8" and v > 127 else v for v in data])


def decimal(num, den):
    return f.nearest(0, (num << 200) // den * 2 + ((num << 200) % den > 0), -201)


def scalar(dtype, value):
    return Tensor(dtype, [], [value])


def images_case(op, s, r):
    windows = [(2, 1, 1, 2), (1, 2, 2, 1)]
    b, h, w, c, n, g, kh, kw = s
    x, weights, bias = r.tensor(b, h, w, c), r.tensor(n, kh, kw, c // g), r.tensor(n)
    if op == "conv":
        return [images.conv(x, weights, bias, g, windows)]
    return [images.conv_transpose(x, weights, bias, g, windows, (1, 0))]


def pool_case(op, s, r):
    name, _, rest = op.partition(" ")
    x = r.tensor(*s)
    kernel, windows, ceil = ((3, 2), [(2, 1, 1, 2), (1, 1, 0, 0)], True) if s == [2, 7, 6, 3] else ((7, 7), [(2, 1, 1, 2)] * 2, False)
    return [images.pool(name, x, kernel, windows, ceil, rest == "count_include_pad")]


def recurrent_case(op, s, r):
    steps, batch, inputs, hidden = s
    gates = 4 if op == "lstm" else 3
    x, w, rec = r.tensor(steps, batch, inputs), r.tensor(gates * hidden, inputs), r.tensor(gates * hidden, hidden)
    biases = [r.tensor(gates * hidden) for _ in range(2)]
    h, c = r.tensor(batch, hidden), r.tensor(batch, hidden)
    if op == "lstm":
        return sequences.lstm(x, w, rec, biases, h, c)
    return sequences.gru(x, w, rec, biases, h, op.endswith("reset"))


def attention_case(op, s, r):
    steps, keys, heads, groups, d = s
    q, k, v = r.tensor(steps, heads, d), r.tensor(keys, groups, d), r.tensor(keys, groups, d)
    scale = decimal(1, 8)
    if op.endswith("causal"):
        return [sequences.attention(q, k, v, scale, None, keys - steps)]
    return [sequences.attention(q, k, v, scale, r.tensor(steps, keys), None)]


def quantised_case(op, s, r):
    if op == "quantize":
        x = r.tensor(*s)
        return [quantised.quantize(x, r.magnitudes(s[1], plus=decimal(1, 64)), scalar("i8", 3))]
    if op == "dequantize":
        q = r.bytes("u8", *s)
        return [quantised.dequantize(q, r.tensor(s[1]), scalar("u8", 128))]
    if op == "dynamic_quantize":
        y, scale, zero = quantised.dynamic_quantize(r.tensor(*s))
        return [y, scale, zero]
    m, k, n = s
    a, w, zeros = r.bytes("u8", m, k), r.bytes("i8", n, k), r.bytes("i8", n)
    return [quantised.matmul_integer(a, scalar("u8", 131), w, zeros)]


def whole_case(op, s, r):
    name, _, dtype = op.partition(" ")
    if name == "not":
        return [rows.opposite(r.bools(*s))]
    if name in rows.LOGIC:
        a = r.bools(*s)
        return [rows.logic(name, a, r.bools(5, 1))]
    a = r.integers(dtype, *s)
    return [rows.whole(name, a, r.integers(dtype, 5, 1))]


def row_case(op, s, r):
    if op == "linear":
        m, k, n = s
        x, w = r.tensor(m, k), r.tensor(n, k)
        return [rows.linear(x, w, r.tensor(n))]
    if op == "matmul":
        b, m, k, n = s
        a = r.tensor(b, m, k)
        return [rows.matmul(a, r.tensor(k, n))]
    x = r.tensor(*s)
    if op in ("div", "less"):
        if op == "less":
            return [rows.compare("less", x, r.tensor(33))]
        return [rows.binary("div", x, r.magnitudes(33, plus=decimal(1, 8)))]
    if op in rows.BINARY:
        return [rows.binary(op, x, r.tensor(5, 1))]
    if op == "clip":
        return [rows.clip(x, f.neg(decimal(1, 2)), f.ONE)]
    if op in ("sqrt", "log"):
        return [rows.unary(op, f32(s, map(f.absolute, x.data)))]
    if op == "softmax":
        return [rows.softmax(x, 1)]
    if op == "layer_norm":
        g = r.tensor(s[1])
        return [rows.layer_norm(x, g, r.tensor(s[1]), decimal(1, 10**12))]
    if op == "rms_norm":
        return [rows.rms_norm(x, r.tensor(s[1]), decimal(1, 10**5))]
    if op == "batch_norm":
        g, b, mean = (r.tensor(s[-1]) for _ in range(3))
        return [rows.batch_norm(x, g, b, mean, r.magnitudes(s[-1]), decimal(1, 10**5))]
    return [rows.unary(op, x)]


def move_case(op, s, r):
    x = r.tensor(*s)
    if op.startswith("reduce"):
        return [moves.reduce(op.split()[1], x, [1, 3], False)]
    if op == "top_k":
        return moves.top_k(x, 9, 1, True)
    if op == "gather":
        return [moves.gather(x, Tensor("i64", [3, 4], [r.below(62) - 31 for _ in range(12)]), 0)]
    if op == "transpose":
        return [moves.transpose(x, [2, 0, 1])]
    if op == "pad reflect":
        return [moves.pad(x, 1, 4, 2, "reflect")]
    if op == "resize_nearest":
        return [moves.resize_nearest(x, 1, 3)]
    if op == "cast i64":
        return [moves.cast(f32(s, [f.mul(v, f.from_int(1000)) for v in x.data]), "i64")]
    if op == "rope":
        return [sequences.rope(x, 100, [decimal(1, 10**i) for i in range(4)], 4096)]
    assert op == "sample", op
    tokens = [quantised.sample(x, decimal(3, 4), 40, bytes([9] * 32), position) for position in range(64)]
    return [Tensor("i64", [64], tokens)]


FAMILIES = [
    ("and or xor not", whole_case),
    ("conv conv_transpose", images_case),
    ("max_pool average_pool", pool_case),
    ("lstm gru", recurrent_case),
    ("attention", attention_case),
    ("quantize dequantize dynamic_quantize matmul_integer", quantised_case),
    ("reduce top_k gather transpose pad resize_nearest cast rope sample", move_case),
]


def digest(name):
    """The digest or fault of `<op> [<shape>] <seed>`."""
    op, shape, seed = re.fullmatch(r"(.*) \[(.*)\] (\d+)", name).groups()
    whole = op.endswith((" i64", " i32")) and op.split()[0] in rows.WHOLE
    family = whole_case if whole else next((make for ops, make in FAMILIES if op.split()[0] in ops.split()), row_case)
    try:
        results = family(op, [int(d) for d in shape.split(",")], Inputs(int(seed)))
    except Fault as fault:
        return str(fault)
    return blake3.blake3(b"".join(t.bytes() for t in results)).hex()
