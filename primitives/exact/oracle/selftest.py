#!/usr/bin/env python3
"""Checks of the oracle against itself and against Python's own arithmetic: `python3 selftest.py [--seed S]`. Fails by assertion."""

import argparse
import json
import random
import struct
from fractions import Fraction
from itertools import combinations
from math import sqrt

import blake3
import diameter
import f32
import generate
import grid
import ops
from inference import arithmetic


def number(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def bits_of(x):
    """Bits of the f32 nearest to a Python float, None if that is infinite. f64 has more than twice the bits of f32 and two: of one
    operation on f32 values the second rounding changes nothing."""
    try:
        return struct.unpack("<I", struct.pack("<f", x))[0]
    except OverflowError:
        return None


def some_bits(rng):
    while True:
        bits = rng.choice([rng.getrandbits(32), rng.getrandbits(24), 0x3F000000 + rng.getrandbits(25), 0, 1, 0x7F7FFFFF])
        bits ^= rng.getrandbits(1) << 31
        if f32.decode(bits) is not None:
            return bits


def floats(rng, cases):
    for _ in range(cases):
        a, b = some_bits(rng), some_bits(rng)
        x, y = number(a), number(b)
        assert f32.add(a, b) == bits_of(x + y), (a, b)
        assert f32.sub(a, b) == bits_of(x - y), (a, b)
        assert f32.mul(a, b) == bits_of(x * y), (a, b)
        assert f32.div(a, b) == (bits_of(x / y) if y else None), (a, b)
        assert f32.sqrt(a) == (bits_of(sqrt(x)) if x >= 0 else None), a
        assert f32.less(a, b) == (x < y)
        n, d = rng.getrandbits(40) - (1 << 39), rng.randint(1, 1 << 20)
        assert abs(Fraction(n, d) - grid.mean(n, d)) <= Fraction(1, 2)
        assert grid.mean(n, d) == round(Fraction(n, d))


def exact(bits):
    return Fraction(number(bits))


def inference_floats(rng, cases):
    """fma beside the exact rational, the others beside Python's f64, infinities and signed zeros included."""
    infinite, nan = arithmetic.INFINITY, arithmetic.NAN

    def rounded(x, negative):
        bits = bits_of_fraction(x)
        return bits | arithmetic.SIGN if negative else bits

    def bits_of_fraction(x):
        """Between the two f32 around |x|: the nearer, then the even."""
        x = abs(x)
        low, high = 0, infinite
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if exact(middle) <= x else (low, middle)
        upper = exact(high) if high != infinite else Fraction(1 << 128)
        below, above = x - exact(low), upper - x
        return low if below < above or (below == above and low % 2 == 0) else high

    for _ in range(cases):
        a, b, c = (some_bits(rng) for _ in range(3))
        if rng.random() < 0.5:
            # Where the product nearly cancels.
            c = arithmetic.mul(a, b) ^ 1 << 31
            c = c - rng.randint(0, 2) if c & ~arithmetic.SIGN > 2 else c
        if not all(arithmetic.is_finite(v) for v in (a, b, c)):
            continue
        product, sum_ = exact(a) * exact(b), exact(a) * exact(b) + exact(c)
        negative = sum_ < 0 or (sum_ == 0 and (a ^ b) >> 31 and c >> 31)
        assert arithmetic.fma(a, b, c) == rounded(sum_, negative), (a, b, c)
        assert arithmetic.mul(a, b) == rounded(product, (a ^ b) >> 31), (a, b)
        assert arithmetic.add(a, b) == rounded(exact(a) + exact(b), exact(a) + exact(b) < 0 or a == b == 1 << 31), (a, b)
        if exact(b):
            assert arithmetic.div(a, b) == rounded(exact(a) / exact(b), (a ^ b) >> 31), (a, b)
        if exact(a) >= 0:
            assert arithmetic.sqrt(a) == f32.sqrt(a), a
    one, minus = arithmetic.ONE, arithmetic.MINUS_INFINITY
    for got, expected in (
        (arithmetic.fma(0, infinite, one), nan),
        (arithmetic.fma(one, one, minus), minus),
        (arithmetic.fma(one, infinite, minus), nan),
        (arithmetic.add(infinite, minus), nan),
        (arithmetic.div(one, 1 << 31), minus),
        (arithmetic.div(0, 0), nan),
        (arithmetic.div(infinite, infinite), nan),
        (arithmetic.div(minus, 0), minus),
        (arithmetic.div(one, minus), 1 << 31),
        (arithmetic.sqrt(1 << 31), 1 << 31),
        (arithmetic.sqrt(minus), nan),
        (arithmetic.minimum(0, 1 << 31), 1 << 31),
        (arithmetic.maximum(1 << 31, 0), 0),
        (arithmetic.maximum(0x7F800001, one), nan),
    ):
        assert got == expected, (got, expected)


def hashes():
    """The first bytes of the published vectors of 0 and 1 bytes, whose inputs count up modulo 251."""
    for length, start in ((0, "af1349b9f5f9a1a6a0404dea36dcc949"), (1, "2d3adedff11b61f14c886e35afa03673")):
        assert blake3.blake3(bytes(i % 251 for i in range(length))).hex().startswith(start)
    for length in (0, 64, 65, 1024, 1025, 5000):
        stream = blake3.words(bytes(length))
        assert struct.pack("<8I", *(next(stream) for _ in range(8))) == blake3.blake3(bytes(length))
    # The published vectors' keyed and derived outputs of one byte.
    key, context = b"whats the Elvish word for friend", "BLAKE3 2019-12-27 16:29:52 test vectors context"
    assert blake3.keyed(key, b"\0").hex().startswith("6d7878dfff2f485635d39013278ae14f")
    assert blake3.derived(context, b"\0").hex().startswith("b3e2e340a117a499c6cf2398a19ee0d2")


def diameters(rng, cases):
    for _ in range(cases):
        r = rng.randrange(1, 12)
        f = rng.randint(0, (r - 1) // 2)
        most, d = rng.choice([2, 4, 50]), [[0] * r for _ in range(r)]
        for i, j in combinations(range(r), 2):
            d[i][j] = d[j][i] = rng.randrange(most)
        assert diameter.by_covers(d, f) == diameter.brute_force(d, f), (d, f)


def goldens():
    """What lies in golden/ is what this oracle answers."""
    for path in sorted(generate.GOLDEN.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            pair = json.loads(line)
            assert ops.answer(pair["case"]) == pair["answer"], path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=3000)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    floats(rng, 10 * arguments.cases)
    inference_floats(rng, arguments.cases)
    hashes()
    diameters(rng, arguments.cases)
    goldens()
    print(f"seed {arguments.seed}: all equal")


if __name__ == "__main__":
    main()
