#!/usr/bin/env python3
"""The coefficients of docs/exactness.md, section 13, as bits of f32, the highest first. Needs mpmath (PyPI).

Each polynomial is a least-squares fit at Chebyshev points, weighted so that the error of the whole function counts in relative terms, which is
close to the minimax polynomial. Coefficients are rounded to f32 from the lowest on; after each one the others are fitted anew.
"""
import struct

from mpmath import cos, erf, erfc, exp, expm1, floor, log, log1p, matrix, mp, mpf, nint, pi, qr_solve, sin, sqrt, tanh

mp.prec = 160
POINTS = 72


def rounded(x):
    """The nearest f32 (by way of f64, whose rounding never meets a tie here)."""
    return mpf(struct.unpack("<f", struct.pack("<f", float(x)))[0])


def bits(x):
    return "%08X" % struct.unpack("<I", struct.pack("<f", float(x)))[0]


def fit(name, target, weight, low, high, degree):
    """Prints the c_i of sum c_i t^i near target(t) for low <= t <= high, and the largest weighted error."""
    middle, half = (mpf(low) + mpf(high)) / 2, (mpf(high) - mpf(low)) / 2
    points = [middle + half * cos(pi * (2 * i + 1) / (2 * POINTS)) for i in range(POINTS)]
    values, weights = [target(t) for t in points], [weight(t) for t in points]
    known = []

    def missing(i):
        return weights[i] * (values[i] - sum(c * points[i] ** k for k, c in enumerate(known)))

    while len(known) <= degree:
        rows = [[weights[i] * t**k for k in range(len(known), degree + 1)] for i, t in enumerate(points)]
        solution, _ = qr_solve(matrix(rows), matrix([missing(i) for i in range(POINTS)]))
        known.append(rounded(solution[0]))
    error = max(abs(missing(i)) for i in range(POINTS))
    print(f"{name:8} {' '.join(bits(c) for c in reversed(known))}  (2^{float(log(error, 2)):.1f})")


def parts(name, x, sizes):
    """Prints x as a sum of f32 with so many bits each."""
    found = []
    for size in sizes:
        rest = x - sum(found)
        unit = mpf(2) ** (floor(log(abs(rest), 2)) + 1 - size)
        found.append(nint(rest / unit) * unit)
    print(f"{name:8} {' '.join(bits(c) for c in found)}")


def odd(function, degree, end, name):
    """function(x) = x + x^3 p(x^2)."""
    fit(name, lambda s: (function(sqrt(s)) - sqrt(s)) / sqrt(s) ** 3, lambda s: sqrt(s) ** 3 / function(sqrt(s)), TINY, end**2, degree)


TINY = mpf(2) ** -30
QUARTER = mpf("0.7858")
TAIL = mpf("0.96875")

parts("ln 2", log(2), [17, 24])
parts("log2 e", 1 / log(2), [24])
parts("pi / 2", pi / 2, [24, 24, 24])
parts("2 / pi", 2 / pi, [24])
parts("sqrt 1/2", sqrt(mpf("0.5")), [24])
parts("sqrt 2/pi", sqrt(2 / pi), [24])
fit("exp", lambda r: (expm1(r) - r) / r**2, lambda r: r**2 / exp(r), -0.3469, 0.3469, 4)
odd(tanh, 5, mpf("0.75"), "tanh")
fit("erf", lambda s: erf(sqrt(s)) / sqrt(s) - 1, lambda s: sqrt(s) / erf(sqrt(s)), TINY, TAIL**2, 6)
fit("erf tail", lambda a: -log(erfc(a)), lambda a: erfc(a) / erf(a), TAIL, 4, 7)
fit("log", lambda t: (log1p(t) - t) / t**2, lambda t: t**2 / log1p(t), mpf("0.69") - 1, mpf("0.38"), 8)
odd(sin, 3, QUARTER, "sin")
fit("cos", lambda s: (cos(sqrt(s)) - 1 + s / 2) / s**2, lambda s: s**2 / cos(sqrt(s)), TINY, QUARTER**2, 2)
