"""Section 1: between f32 (as bits) and grid integers. What is refused is a string that names the fault."""

import f32

Q_MAX = 1 << 30


def mean(num, den):
    """RHE(num / den): the nearest integer, ties to the even one."""
    floor, rest = divmod(num, den)
    return floor + (2 * rest > den or (2 * rest == den and floor & 1))


def half_even(m, e):
    """RHE(m · 2^e)."""
    return m << e if e >= 0 else mean(m, 1 << -e)


def quantize(bits, scale):
    x = f32.decode(bits)
    if x is None:
        return "NonFinite"
    q = half_even(x[0], x[1] + scale)
    return q if abs(q) <= Q_MAX else "OutOfRange"


def apply(base, a, scale):
    x = f32.decode(base)
    if x is None:
        return "NonFiniteBase"
    if a == 0:
        return base
    e = min(x[1], -scale)
    bits = f32.nearest((x[0] << x[1] - e) + (a << -scale - e), 1, e)
    return "NonFiniteResult" if bits is None else bits


def dequantize(a, scale):
    return f32.nearest(a, 1, -scale)


def step(new, base, scale):
    if f32.decode(new) is None or f32.decode(base) is None:
        return "NonFinite"
    (mn, en), (mb, eb) = f32.decode(new), f32.decode(base)
    e = min(en, eb)
    q = half_even((mn << en - e) - (mb << eb - e), e + scale)
    return max(-Q_MAX, min(Q_MAX, q))
