"""Section 13. Constants are copied from the text."""

from .arithmetic import (INFINITY, MINUS_INFINITY, NAN, ONE, SIGN, absolute, add, div, equal, fma, from_int, is_nan, less, maximum,
                         minimum, mul, neg, split, sqrt, sub)


def numbers(text):
    return [int(word, 16) for word in text.split()]


EXP = numbers("3AB427E9 3C091DF7 3D2AADCD 3E2AAA47 3EFFFFFC")
TANH = numbers("3AE28F2F BBFA70AB 3CAFA8B5 BD5CBBBB 3E0886C3 BEAAAAA4")
ERF_NEAR = numbers("38A89070 BA5343F9 3BAA2B6F BCDC0117 3DE716B6 BEC093A0 3E0375D4")
ERF_FAR = numbers("37B5BAB4 B9E73EDE 3B89BB45 BCCE7A1A 3DDE07A4 3F221B09 3F9095F1 B9449AB8")
LOG = numbers("BDBC6148 3E0A7ACF BE04EB88 3E103486 BE2A3AD5 3E4CDE68 BE80019F 3EAAAA93 BEFFFFFD")
SIN = numbers("363BEFFC B9502431 3C0888B2 BE2AAAAB")
COS = numbers("37CCF482 BAB60615 3D2AAAA5 BF000000 3F800000")
SHIFTER, TWO, HALF = 0x4B400000, 0x40000000, 0x3F000000


def horner(t, coefficients):
    p = coefficients[0]
    for c in coefficients[1:]:
        p = fma(p, t, c)
    return p


def integer(n):
    """The integer that an f32 is."""
    m, e = split(n)
    m = m << e if e >= 0 else m >> -e
    return -m if n & SIGN else m


def power(k):
    """2^k, normal."""
    return k + 127 << 23


def signed(y, x):
    return y if is_nan(y) else y | x & SIGN


def exp(x):
    if is_nan(x):
        return NAN
    if less(0x42B17217, x):
        return INFINITY
    if less(x, 0xC2CFF1B6):
        return 0
    n = sub(fma(x, 0x3FB8AA3B, SHIFTER), SHIFTER)
    k = integer(n)
    r = fma(n, 0xB5BFBE8E, fma(n, 0xBF317200, x))
    e = add(fma(mul(r, r), horner(r, EXP), r), ONE)
    h = k // 2
    return mul(mul(e, power(h)), power(k - h))


def tanh(x):
    b = absolute(x)
    if less(0x41200000, b):
        b = 0x41200000
    s = mul(b, b)
    u = fma(mul(b, s), horner(s, TANH), b)
    v = sub(ONE, div(TWO, add(exp(add(b, b)), ONE)))
    return signed(u if less(b, 0x3F400000) else v, x)


def erf(x):
    b = absolute(x)
    if less(0x40800000, b):
        b = 0x40800000
    u = fma(b, horner(mul(b, b), ERF_NEAR), b)
    v = sub(ONE, exp(neg(horner(b, ERF_FAR))))
    return signed(u if less(b, 0x3F780000) else v, x)


def log(x):
    if is_nan(x) or less(x, 0):
        return NAN
    if equal(x, 0):
        return MINUS_INFINITY
    if x == INFINITY:
        return x
    small = less(x, 0x00800000)
    v = mul(x, 0x4B000000) if small else x
    k = v - 0x3F30A3D7 >> 23
    m = v - (k << 23)
    n = sub(from_int(k), from_int(23 if small else 0))
    t = sub(m, ONE)
    q = fma(horner(t, LOG), mul(t, t), mul(n, 0x35BFBE8E))
    return fma(n, 0x3F317200, add(q, t))


def quarter(x, d):
    a = absolute(x)
    if is_nan(x) or less(0x46000000, a):
        return NAN
    n = sub(fma(a, 0x3F22F983, SHIFTER), SHIFTER)
    j = integer(n) + d
    r = fma(n, 0x26F72CED, fma(n, 0x333BBD2E, fma(n, 0xBFC90FDB, a)))
    s = mul(r, r)
    y = horner(s, COS) if j & 1 else fma(mul(r, s), horner(s, SIN), r)
    return neg(y) if j & 2 else y


def sin(x):
    y = quarter(x, 0)
    return neg(y) if x & SIGN else y


def cos(x):
    return quarter(x, 1)


def sigmoid(x):
    return div(ONE, add(ONE, exp(neg(x))))


def silu(x):
    return mul(x, sigmoid(x))


def hard_sigmoid(x, alpha, beta):
    return maximum(0, minimum(ONE, fma(alpha, x, beta)))


def gelu(x):
    return mul(mul(HALF, x), add(ONE, erf(mul(x, 0x3F3504F3))))


def gelu_tanh(x):
    inner = fma(0x3D372713, mul(mul(x, x), x), x)
    return mul(mul(HALF, x), add(ONE, tanh(mul(0x3F4C422A, inner))))


def pow2(x):
    return mul(x, x)


def pow3(x):
    return mul(mul(x, x), x)


FUNCTIONS = {"exp": exp, "tanh": tanh, "erf": erf, "log": log, "sin": sin, "cos": cos, "sigmoid": sigmoid, "silu": silu,
             "gelu": gelu, "gelu_tanh": gelu_tanh, "pow2": pow2, "pow3": pow3, "pow_half": sqrt, "sqrt": sqrt}
