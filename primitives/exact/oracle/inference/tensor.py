"""Sections 14 and 17: tensors, faults, sums."""

import struct
from contextlib import contextmanager
from math import prod

from . import arithmetic as f

RANGES = {"u8": (0, 255), "i8": (-128, 127), "i32": (-(1 << 31), (1 << 31) - 1), "i64": (-(1 << 63), (1 << 63) - 1), "bool": (0, 1)}
CODES = {"f32": "I", "i64": "q", "i32": "i", "i8": "b", "u8": "B", "bool": "B"}


class Fault(Exception):
    """NaN, Index or Range."""


class Refused(Exception):
    """A program that does this is refused before it runs: a fault of shapes and parameters."""


def require(condition):
    if not condition:
        raise Refused


def allowed(shape):
    require(len(shape) <= 8 and all(d >= 1 for d in shape) and prod(shape) < 1 << 31)


# Whether a NaN is a fault: not where only shapes are asked for.
FAULTS = [True]


@contextmanager
def any_value():
    FAULTS.append(False)
    try:
        yield
    finally:
        FAULTS.pop()


class Tensor:
    """Row-major elements: an f32 as its bits, a bool as 0 or 1."""

    def __init__(self, dtype, shape, data):
        allowed(shape)
        self.dtype, self.shape, self.data = dtype, list(shape), list(data)
        require(prod(self.shape) == len(self.data))
        if dtype == "f32" and FAULTS[-1] and any(map(f.is_nan, self.data)):
            raise Fault("NaN")

    def bytes(self):
        return struct.pack(f"<{len(self.data)}{CODES[self.dtype]}", *self.data)


def f32(shape, data):
    return Tensor("f32", shape, data)


def chain(pairs):
    acc = 0
    for a, b in pairs:
        acc = f.fma(a, b, acc)
    return acc


def halves(a):
    for h in (16, 8, 4, 2, 1):
        for j in range(h):
            a[j] = f.add(a[j], a[j + h])
    return a[0]


def s32(values):
    """S32 of values whose indices are 0, 1, 2, …"""
    return s32_indexed(enumerate(values))


def s32_indexed(pairs):
    a = [0] * 32
    for i, x in pairs:
        a[i % 32] = f.add(a[i % 32], x)
    return halves(a)


def s32_squares(values):
    a = [0] * 32
    for i, x in enumerate(values):
        a[i % 32] = f.fma(x, x, a[i % 32])
    return halves(a)


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    a, b = [1] * (rank - len(a)) + list(a), [1] * (rank - len(b)) + list(b)
    require(all(x == y or 1 in (x, y) for x, y in zip(a, b)))
    return [max(x, y) for x, y in zip(a, b)]


def places(shape):
    """All index tuples in row-major order."""
    if not shape:
        yield ()
        return
    for i in range(shape[0]):
        for rest in places(shape[1:]):
            yield (i, *rest)


def offset(shape, place):
    """Where an index tuple is in row-major data."""
    at = 0
    for d, i in zip(shape, place):
        at = at * d + i
    return at


def broadcast(tensor, shape):
    """The elements of a tensor stretched to a shape that its own broadcasts to."""
    require(broadcast_shape(tensor.shape, shape) == list(shape))
    missing = len(shape) - len(tensor.shape)
    return [
        tensor.data[offset(tensor.shape, [0 if d == 1 else i for d, i in zip(tensor.shape, place[missing:])])] for place in places(shape)
    ]


def along(shape, axis):
    """For each row along an axis, in row-major order of the other indices: the offsets of its elements."""
    require(axis < len(shape))
    inner = prod(shape[axis + 1 :])
    for outer in range(prod(shape[:axis])):
        for low in range(inner):
            yield [(outer * shape[axis] + i) * inner + low for i in range(shape[axis])]
