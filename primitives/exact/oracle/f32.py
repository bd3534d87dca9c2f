"""IEEE 754 binary32 on its bits, by integers alone: every operation exact, then rounded once to nearest, ties to even.

A finite number is a pair (m, e) that stands for m · 2^e. None stands for what is not finite.
"""

from math import isqrt

INFINITY = 0x7F800000
MANTISSA = 0x7FFFFF
SIGN = 1 << 31


def decode(bits):
    """(m, e) of these bits; None if infinite or NaN."""
    field, fraction = bits >> 23 & 0xFF, bits & MANTISSA
    if field == 0xFF:
        return None
    m = fraction if field == 0 else fraction | 1 << 23
    return (-m if bits & SIGN else m), max(field, 1) - 150


def nearest(num, den, exponent, negative_zero=False):
    """Bits of the f32 nearest to num / den · 2^exponent (den > 0); None if that is infinite."""
    sign = SIGN if num < 0 or (num == 0 and negative_zero) else 0
    num = abs(num)
    if num == 0:
        return sign
    # The exponent of the last place: 24 bits are kept, but none below 2^-149.
    top = num.bit_length() - den.bit_length()
    if (num << max(0, -top)) >= (den << max(0, top)):
        top += 1
    # num / den < 2^top and >= 2^(top - 1)
    last = max(top + exponent - 24, -149)
    shift = exponent - last
    num, den = (num << shift, den) if shift >= 0 else (num, den << -shift)
    m, rest = divmod(num, den)
    m += 2 * rest > den or (2 * rest == den and m & 1)
    if m == 1 << 24:
        m, last = 1 << 23, last + 1
    if m < 1 << 23:
        return sign | m  # subnormal: last is -149
    field = last + 150
    return None if field >= 0xFF else sign | field << 23 | m & MANTISSA


def from_int(n):
    return nearest(n, 1, 0)


def canonical(bits):
    """These bits; None if they are not finite."""
    return None if bits is None or bits & INFINITY == INFINITY else bits


def neg(a):
    return None if a is None else a ^ SIGN


def add(a, b):
    if a is None or b is None:
        return None
    (ma, ea), (mb, eb) = decode(a), decode(b)
    e = min(ea, eb)
    total = (ma << ea - e) + (mb << eb - e)
    # An exact zero is +0 unless both are -0.
    return nearest(total, 1, e, a == b == SIGN)


def sub(a, b):
    return add(a, neg(b))


def mul(a, b):
    if a is None or b is None:
        return None
    (ma, ea), (mb, eb) = decode(a), decode(b)
    return nearest(ma * mb, 1, ea + eb, bool((a ^ b) & SIGN))


def div(a, b):
    """None also for a divisor of zero: the result is infinite or NaN."""
    if a is None or b is None or b & ~SIGN == 0:
        return None
    (ma, ea), (mb, eb) = decode(a), decode(b)
    if mb < 0:
        ma, mb = -ma, -mb
    return nearest(ma, mb, ea - eb, bool((a ^ b) & SIGN))


def sqrt(a):
    """None for numbers below zero. The root of ±0 is ±0."""
    if a is None or a & ~SIGN == 0:
        return a
    m, e = decode(a)
    if m < 0:
        return None
    # An even exponent, and so many bits that the root has 40 of them: more than 25, so that one
    # bit below the root says on which side of every tie the irrational one lies.
    k = 80 - m.bit_length()
    k += (e - k) & 1
    m, e = m << k, e - k
    root = isqrt(m)
    return nearest(2 * root + (root * root != m), 1, e // 2 - 1)


def less(a, b):
    """a < b of finite numbers."""
    (ma, ea), (mb, eb) = decode(a), decode(b)
    e = min(ea, eb)
    return ma << ea - e < mb << eb - e
