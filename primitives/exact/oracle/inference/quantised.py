"""Sections 15.9 and 16: quantised operations and sampling."""

import struct

import blake3

from . import arithmetic as f
from .moves import first
from .rows import greatest, least, softmax_row
from .tensor import RANGES, Fault, Tensor, broadcast, f32, require

LIMIT = 33_025
MASK = (1 << 64) - 1


def half_even(a):
    """RHE of a finite f32."""
    m, e = f.split(a)
    if e >= 0:
        m <<= e
    else:
        whole, rest, half = m >> -e, m & (1 << -e) - 1, 1 << -e - 1
        m = whole + (rest > half or (rest == half and whole & 1))
    return -m if a & f.SIGN else m


def saturated(n, dtype):
    low, high = RANGES[dtype]
    return min(max(n, low), high)


def quantised(x, scale, zero, dtype):
    quotient = f.div(x, scale)
    if f.is_nan(quotient):
        raise Fault("NaN")
    if not f.is_finite(quotient):
        return RANGES[dtype][quotient == f.INFINITY]
    return saturated(half_even(quotient) + zero, dtype)


def quantize(x, scale, zero):
    require(zero.dtype in ("u8", "i8"))
    triples = zip(x.data, broadcast(scale, x.shape), broadcast(zero, x.shape))
    return Tensor(zero.dtype, x.shape, [quantised(v, s, z, zero.dtype) for v, s, z in triples])


def dequantize(q, scale, zero):
    require(q.dtype in ("u8", "i8", "i32") and (zero is None or zero.dtype == q.dtype))
    zeros = [0] * len(q.data) if zero is None else broadcast(zero, q.shape)
    triples = zip(q.data, broadcast(scale, q.shape), zeros)
    return f32(q.shape, [f.mul(f.from_int(v - z), s) for v, s, z in triples])


def dynamic_quantize(x):
    low, high = least([0, *x.data]), greatest([0, *x.data])
    t = f.div(f.sub(high, low), f.from_int(255))
    if t == f.INFINITY:
        raise Fault("NaN")
    scale = f.ONE if t == 0 else t
    zero = saturated(half_even(f.div(f.sub(0, low), scale)), "u8")
    y = [quantised(v, scale, zero, "u8") for v in x.data]
    return [Tensor("u8", x.shape, y), f32([], [scale]), Tensor("u8", [], [zero])]


def matmul_integer(a, a_zero, w, w_zero):
    require(a.dtype in ("u8", "i8") and w.dtype in ("u8", "i8") and a_zero.dtype == a.dtype and w_zero.dtype == w.dtype)
    require(len(a.shape) >= 1 and len(w.shape) == 2 and a.shape[-1] == w.shape[1] and w.shape[1] <= LIMIT)
    n, k = w.shape
    require(a_zero.shape == [])
    zeros, za = broadcast(w_zero, [n]), a_zero.data[0]
    out = []
    for row in range(0, len(a.data), k):
        for j in range(n):
            pairs = zip(a.data[row : row + k], w.data[j * k : j * k + k])
            out.append(sum((x - za) * (y - zeros[j]) for x, y in pairs))
    return Tensor("i32", a.shape[:-1] + [n], out)


def uniform(bound, seed, position):
    """Uniform below `bound`, from BLAKE3's extended output."""
    words = blake3.words(b"quorate/sample/1" + seed + struct.pack("<Q", position))
    while True:
        x = next(words) | next(words) << 32
        if x < (1 << 64) - (1 << 64) % bound:
            return x % bound


def sample(logits, temperature, k, seed, position):
    """The token; `temperature` None is Argmax."""
    require(len(logits.shape) == 1 and len(logits.data) <= 1 << 24)
    if temperature is None:
        return first(logits.data, "f32", True)[0]
    require(f.is_finite(temperature) and f.less(0, temperature) and 1 <= k < 1 << 32)
    scaled = [f.div(v, temperature) for v in logits.data]
    tokens = first(scaled, "f32", True)[: min(k, len(scaled))]
    p = softmax_row([scaled[token] for token in tokens])
    if any(map(f.is_nan, p)):
        raise Fault("NaN")
    weights = []
    for v in p:
        m, e = f.split(v)
        weights.append(m << e + 31 if e >= -31 else m >> -e - 31)
    u = uniform(sum(weights), seed, position)
    for token, w in zip(tokens, weights):
        u -= w
        if u < 0:
            return token
