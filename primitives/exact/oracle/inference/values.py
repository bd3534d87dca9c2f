"""Random numbers and shapes for cases."""

import struct
from itertools import count as count_up

from . import arithmetic as f

CRITICAL = [int(word, 16) for word in """
00000000 80000000 3F800000 BF800000 3F800001 BF800001 3F7FFFFF 4B800000 CB800000 33800000 B3800000 33C00000 00000001 80000001 007FFFFF
00800000 80800000 7F7FFFFF FF7FFFFF 3F000000 4B000000 CF000000 4F000000 5F000000 DF000000 3FC00000 40200000 437F0000 00FFFFFF""".split()]
# Where a function of section 13 changes its branch.
BRANCHES = [int(word, 16) for word in """
42B17217 C2CFF1B6 41200000 3F400000 40800000 3F780000 00800000 3F30A3D7 46000000 3FC90FDB 40490FDB 3F490FDB 3EB17218 3F317218 42B00000
C2AEAC50 3FB504F3 40B504F3 34000000 39800000""".split()]


def real(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def any_bits(rng):
    while True:
        bits = rng.getrandbits(32)
        if f.is_finite(bits):
            return bits


def near(rng, bits):
    """This number or one of its neighbours, sometimes with the other sign."""
    return max(0, (bits & ~f.SIGN) + rng.randint(-3, 3)) | (bits & f.SIGN) ^ (rng.getrandbits(1) << 31)


STYLES = {
    "model": lambda rng: real(rng.gauss(0, 1)),
    "critical": lambda rng: rng.choice(CRITICAL),
    "bits": any_bits,
    "few": lambda rng: (rng.randint(120, 134) << 23 | rng.getrandbits(3) << 20) | rng.getrandbits(1) << 31,
    "wide": lambda rng: rng.randint(60, 190) << 23 | rng.getrandbits(23) | rng.getrandbits(1) << 31,
    "subnormal": lambda rng: rng.getrandbits(24) | rng.getrandbits(1) << 31,
    "tiny": lambda rng: rng.getrandbits(9) | rng.getrandbits(1) << 31,
    "vast": lambda rng: rng.randint(0x7F000000, 0x7F7FFFFF) | rng.getrandbits(1) << 31,
    "branch": lambda rng: near(rng, rng.choice(BRANCHES)),
    "ten": lambda rng: real(rng.uniform(-10, 10)),
    "hundred": lambda rng: real(rng.uniform(-110, 110)),
    "thousand": lambda rng: real(rng.uniform(-8192, 8192)),
    "whole": lambda rng: real(rng.randint(-600, 600) / 2),
    "tie": lambda rng: rng.choice([0, f.SIGN, f.ONE, f.ONE | f.SIGN, f.ONE, real(2.0)]),
}
MIXED = ["model"] * 6 + ["critical", "few", "few", "wide", "subnormal", "ten", "tie"]
WILD = MIXED + ["tiny", "vast", "bits", "branch", "hundred", "whole", "critical"]


class Numbers:
    """A source of tensors. A calm one has no infinities and no NaN, so that no value is at fault."""

    def __init__(self, rng, calm=False):
        self.rng, self.calm = rng, calm

    def below(self, n):
        return self.rng.randrange(n)

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def pick(self, *choices):
        return self.rng.choice(choices)

    def size(self, most=6):
        """A dimension, now and then one at the edge of a block of 32."""
        return self.rng.randint(1, most)

    def length(self):
        return self.rng.choice([1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33, 37, 64, 65, 97])

    def shape(self, least=0, most=4):
        if most >= 3 and self.chance(30):
            return [self.pick(1, 1, 2) for _ in range(self.rng.randint(5, 8))]
        return [self.pick(1, 1, 2, 2, 3, 4, 5) for _ in range(self.rng.randint(least, most))]

    def number(self, styles=MIXED):
        return STYLES[self.rng.choice(["model"] if self.calm else styles)](self.rng)

    def f32(self, shape, styles=MIXED, domain=lambda v: True, absolute=False):
        style = STYLES["model" if self.calm else self.rng.choice(styles)]
        other = STYLES["model" if self.calm else self.rng.choice(styles)]
        values = []
        for _ in range(count(shape)):
            for tries in count_up():
                # Of a style that the domain has nothing of, a model's numbers.
                v = (STYLES["model"] if tries > 1000 else other if self.chance(8) else style)(self.rng)
                v = v & ~f.SIGN if absolute else v
                if domain(v):
                    break
            values.append(v)
        if not self.calm and self.chance(25):
            for _ in range(self.pick(1, 1, 3)):
                values[self.below(len(values))] = self.pick(f.INFINITY, f.MINUS_INFINITY)
        if not self.calm and self.chance(150):
            values[self.below(len(values))] = self.pick(0x7FC00000, 0x7F800001, 0xFFFFFFFF)
        return tensor("f32", shape, values)

    def integers(self, dtype, shape, low=None, high=None):
        bits = {"i64": 64, "i32": 32, "i8": 8, "u8": 8, "bool": 1}[dtype]
        signed = dtype[0] == "i"
        edge = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        low, high = edge[0] if low is None else low, edge[1] if high is None else high
        style = self.below(3)

        def one():
            if style == 0:
                return self.rng.randint(low, high)
            if style == 1:
                return min(max(self.rng.randint(-3, 3), low), high)
            size = 1 << self.below(bits)
            return min(max(self.pick(low, high, self.rng.randint(-size, size)), low), high)

        return tensor(dtype, shape, [one() for _ in range(count(shape))])

    def any(self, shape, dtypes=("f32", "i64", "i32", "i8", "u8", "bool")):
        dtype = self.rng.choice(dtypes)
        return self.f32(shape, WILD) if dtype == "f32" else self.integers(dtype, shape)


def count(shape):
    n = 1
    for d in shape:
        n *= d
    return n


def tensor(dtype, shape, values):
    return {"type": dtype, "shape": list(shape), "values": values}
