"""Section 12: f32 as bits, every result the exact one rounded once, to nearest and ties to even. One NaN."""

from math import isqrt

NAN, INFINITY, SIGN = 0x7FC00000, 0x7F800000, 1 << 31
ZERO, ONE, MINUS_INFINITY = 0, 0x3F800000, 0xFF800000


def is_nan(a):
    return a & ~SIGN > INFINITY


def is_finite(a):
    return a & INFINITY != INFINITY


def split(a):
    """(m, e) of a finite number: |a| = m · 2^e."""
    field = a >> 23 & 0xFF
    return (a & 0x7FFFFF | 1 << 23, field - 150) if field else (a & 0x7FFFFF, -149)


def nearest(sign, m, e):
    """The f32 nearest to m · 2^e, m ≥ 0, with this sign bit; infinite if that is beyond the largest."""
    if m == 0:
        return sign
    last = max(m.bit_length() + e - 24, -149)
    cut = last - e
    if cut <= 0:
        m <<= -cut
    else:
        rest, half = m & (1 << cut) - 1, 1 << cut - 1
        m >>= cut
        m += rest > half or (rest == half and m & 1)
    # A mantissa that rounding has carried to 2^24 raises the exponent by itself; so does a smallest normal one.
    return sign | min((last + 149 << 23) + m, INFINITY)


def from_int(n):
    return nearest(SIGN if n < 0 else 0, abs(n), 0)


def neg(a):
    return NAN if is_nan(a) else a ^ SIGN


def absolute(a):
    return NAN if is_nan(a) else a & ~SIGN


def total(sign_a, ma, ea, sign_b, mb, eb):
    """The sum of two finite numbers."""
    e = min(ea, eb)
    ma, mb = ma << ea - e, mb << eb - e
    s = (-ma if sign_a else ma) + (-mb if sign_b else mb)
    if s == 0:
        return SIGN if sign_a and sign_b else 0
    return nearest(SIGN if s < 0 else 0, abs(s), e)


def add(a, b):
    if is_nan(a) or is_nan(b):
        return NAN
    if not is_finite(a):
        return a if is_finite(b) or a == b else NAN
    if not is_finite(b):
        return b
    return total(a & SIGN, *split(a), b & SIGN, *split(b))


def sub(a, b):
    return add(a, neg(b))


def mul(a, b):
    sign = (a ^ b) & SIGN
    if is_finite(a) and is_finite(b):
        (ma, ea), (mb, eb) = split(a), split(b)
        return nearest(sign, ma * mb, ea + eb)
    if is_nan(a) or is_nan(b) or a & ~SIGN == 0 or b & ~SIGN == 0:
        return NAN
    return sign | INFINITY


def fma(a, b, c):
    """a · b + c, rounded once."""
    if is_finite(a) and is_finite(b) and is_finite(c):
        (ma, ea), (mb, eb) = split(a), split(b)
        return total((a ^ b) & SIGN, ma * mb, ea + eb, c & SIGN, *split(c))
    if is_finite(a) and is_finite(b):
        return NAN if is_nan(c) else c
    return add(mul(a, b), c)


def div(a, b):
    sign = (a ^ b) & SIGN
    if is_nan(a) or is_nan(b):
        return NAN
    if not is_finite(a):
        return sign | INFINITY if is_finite(b) else NAN
    if not is_finite(b):
        return sign
    (ma, ea), (mb, eb) = split(a), split(b)
    if mb == 0:
        return sign | INFINITY if ma else NAN
    # 2^50 times the quotient has at least 26 bits; the last bit says whether there is more.
    quotient, rest = divmod(ma << 50, mb)
    return nearest(sign, 2 * quotient + (rest > 0), ea - eb - 51)


def sqrt(a):
    if is_nan(a):
        return NAN
    if a & ~SIGN == 0 or a == INFINITY:
        return a
    if a & SIGN:
        return NAN
    m, e = split(a)
    k = 80 + (e & 1)
    root = isqrt(m << k)
    return nearest(0, 2 * root + (root * root != m << k), (e - k) // 2 - 1)


def order(a):
    """An integer that rises with the number; both zeros have 0."""
    return -(a & ~SIGN) if a & SIGN else a


def less(a, b):
    return not is_nan(a) and not is_nan(b) and order(a) < order(b)


def equal(a, b):
    return not is_nan(a) and not is_nan(b) and order(a) == order(b)


def strict(a):
    """As `order`, but −0 below +0."""
    return -(a & ~SIGN) - 1 if a & SIGN else a


def minimum(a, b):
    if is_nan(a) or is_nan(b):
        return NAN
    return min(a, b, key=strict)


def maximum(a, b):
    if is_nan(a) or is_nan(b):
        return NAN
    return max(a, b, key=strict)
