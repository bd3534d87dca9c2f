"""Sections 15.1 to 15.3: matrix products, elementwise operations, softmax and normalisations."""

from . import arithmetic as f
from .functions import FUNCTIONS, exp, hard_sigmoid
from .tensor import RANGES, Fault, Tensor, along, broadcast, broadcast_shape, chain, f32, require, s32, s32_squares


def linear(x, w, bias=None):
    require(len(x.shape) >= 1 and len(w.shape) == 2 and x.shape[-1] == w.shape[1])
    n, k = w.shape
    require(bias is None or bias.shape == [n])
    out = []
    for row in range(0, len(x.data), k):
        for j in range(n):
            acc = chain(zip(x.data[row : row + k], w.data[j * k : j * k + k]))
            out.append(acc if bias is None else f.add(acc, bias.data[j]))
    return f32(x.shape[:-1] + [n], out)


def matmul(a, b):
    require(len(a.shape) >= 2 and len(b.shape) >= 2)
    (m, k), (k2, n) = a.shape[-2:], b.shape[-2:]
    require(k == k2)
    batch = broadcast_shape(a.shape[:-2], b.shape[:-2])
    left = Tensor("i64", a.shape[:-2], range(0, len(a.data), m * k))
    right = Tensor("i64", b.shape[:-2], range(0, len(b.data), k * n))
    out = []
    for i, j in zip(broadcast(left, batch), broadcast(right, batch)):
        for row in range(m):
            for column in range(n):
                out.append(chain((a.data[i + row * k + l], b.data[j + l * n + column]) for l in range(k)))
    return f32(batch + [m, n], out)


BINARY = {"add": f.add, "sub": f.sub, "mul": f.mul, "div": f.div, "min": f.minimum, "max": f.maximum}


WHOLE = {"add": int.__add__, "sub": int.__sub__, "mul": int.__mul__}
LOGIC = {"and": int.__and__, "or": int.__or__, "xor": int.__xor__}


def binary(name, a, b):
    require(a.dtype == b.dtype)
    if a.dtype != "f32":
        return whole(name, a, b)
    shape = broadcast_shape(a.shape, b.shape)
    return f32(shape, map(BINARY[name], broadcast(a, shape), broadcast(b, shape)))


def whole(name, a, b):
    """Integers, exactly."""
    require(name in WHOLE and a.dtype in ("i64", "i32"))
    shape, (low, high) = broadcast_shape(a.shape, b.shape), RANGES[a.dtype]
    data = list(map(WHOLE[name], broadcast(a, shape), broadcast(b, shape)))
    if not all(low <= value <= high for value in data):
        raise Fault("Range")
    return Tensor(a.dtype, shape, data)


def logic(name, a, b):
    require(a.dtype == b.dtype == "bool")
    shape = broadcast_shape(a.shape, b.shape)
    return Tensor("bool", shape, map(LOGIC[name], broadcast(a, shape), broadcast(b, shape)))


def opposite(x):
    require(x.dtype == "bool")
    return Tensor("bool", x.shape, [1 - v for v in x.data])


COMPARE = {
    "equal": lambda less, equal: equal,
    "less": lambda less, equal: less,
    "less_equal": lambda less, equal: less or equal,
    "greater": lambda less, equal: not less and not equal,
    "greater_equal": lambda less, equal: not less,
}


def compare(name, a, b):
    require(a.dtype == b.dtype)
    shape = broadcast_shape(a.shape, b.shape)
    less, equal = (f.less, f.equal) if a.dtype == "f32" else (int.__lt__, int.__eq__)
    pairs = zip(broadcast(a, shape), broadcast(b, shape))
    return Tensor("bool", shape, [int(COMPARE[name](less(x, y), equal(x, y))) for x, y in pairs])


def where(c, a, b):
    require(c.dtype == "bool" and a.dtype == b.dtype)
    shape = broadcast_shape(broadcast_shape(c.shape, a.shape), b.shape)
    triples = zip(broadcast(c, shape), broadcast(a, shape), broadcast(b, shape))
    return Tensor(a.dtype, shape, [x if condition else y for condition, x, y in triples])


UNARY = dict(FUNCTIONS, neg=f.neg, abs=f.absolute, relu=lambda x: f.maximum(x, 0))


def unary(name, x):
    return f32(x.shape, map(UNARY[name], x.data))


def clip(x, low, high):
    return f32(x.shape, [f.minimum(f.maximum(v, low), high) for v in x.data])


def hard_sigmoids(x, alpha, beta):
    return f32(x.shape, [hard_sigmoid(v, alpha, beta) for v in x.data])


def greatest(values):
    top = values[0]
    for v in values[1:]:
        top = f.maximum(top, v)
    return top


def least(values):
    low = values[0]
    for v in values[1:]:
        low = f.minimum(low, v)
    return low


def softmax_row(values):
    m = greatest(values)
    e = [exp(f.sub(v, m)) for v in values]
    r = f.div(f.ONE, s32(e))
    return [f.mul(v, r) for v in e]


def softmax(x, axis):
    out = list(x.data)
    for row in along(x.shape, axis):
        for at, value in zip(row, softmax_row([x.data[at] for at in row])):
            out[at] = value
    return f32(x.shape, out)


def inverse_root(square_sum, n, eps):
    return f.div(f.ONE, f.sqrt(f.add(f.div(square_sum, f.from_int(n)), eps)))


def layer_norm(x, g, b, eps):
    require(len(x.shape) >= 1)
    n = x.shape[-1]
    require(g.shape == [n] and (b is None or b.shape == [n]))
    out = []
    for row in range(0, len(x.data), n):
        values = x.data[row : row + n]
        m = f.div(s32(values), f.from_int(n))
        d = [f.sub(v, m) for v in values]
        r = inverse_root(s32_squares(d), n, eps)
        for i, v in enumerate(d):
            v = f.mul(v, r)
            out.append(f.mul(v, g.data[i]) if b is None else f.fma(v, g.data[i], b.data[i]))
    return f32(x.shape, out)


def rms_norm(x, g, eps):
    require(len(x.shape) >= 1)
    n = x.shape[-1]
    require(g.shape == [n])
    out = []
    for row in range(0, len(x.data), n):
        values = x.data[row : row + n]
        r = inverse_root(s32_squares(values), n, eps)
        out += [f.mul(f.mul(v, r), w) for v, w in zip(values, g.data)]
    return f32(x.shape, out)


def batch_norm(x, g, b, mean, variance, eps):
    require(len(x.shape) >= 1)
    c = x.shape[-1]
    require(all(t.shape == [c] for t in (g, b, mean, variance)))
    out = []
    for i, v in enumerate(x.data):
        i %= c
        scale = f.div(g.data[i], f.sqrt(f.add(variance.data[i], eps)))
        out.append(f.fma(f.sub(v, mean.data[i]), scale, b.data[i]))
    return f32(x.shape, out)
