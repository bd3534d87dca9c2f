"""Sections 15.6 and 15.7: reductions, choices, moves."""

from math import prod

from . import arithmetic as f
from .rows import greatest, least
from .tensor import RANGES, Fault, Tensor, allowed, along, broadcast, f32, offset, places, require, s32, s32_squares

REDUCE = {
    "sum": s32,
    "mean": lambda v: f.div(s32(v), f.from_int(len(v))),
    "sum_square": s32_squares,
    "l1": lambda v: s32(map(f.absolute, v)),
    "l2": lambda v: f.sqrt(s32_squares(v)),
    "max": greatest,
    "min": least,
}


def reduce(name, x, axes, keep):
    require(axes and axes == sorted(set(axes)) and axes[-1] < len(x.shape))
    free = [1 if axis in axes else d for axis, d in enumerate(x.shape)]
    reduced = [d if axis in axes else 1 for axis, d in enumerate(x.shape)]
    out = []
    for place in places(free):
        out.append(REDUCE[name]([x.data[offset(x.shape, [a + b for a, b in zip(place, inner)])] for inner in places(reduced)]))
    return f32(free if keep else [d for axis, d in enumerate(x.shape) if axis not in axes], out)


def first(values, dtype, largest):
    """Indices by value, of equal ones the lower first."""
    key = f.order if dtype == "f32" else int
    return sorted(range(len(values)), key=lambda i: -key(values[i]) if largest else key(values[i]))


def top_k(x, k, axis, largest):
    require(axis < len(x.shape) and 1 <= k <= x.shape[axis])
    shape = x.shape[:axis] + [k] + x.shape[axis + 1 :]
    values, indices = [None] * prod(shape), [None] * prod(shape)
    for row, out in zip(along(x.shape, axis), along(shape, axis)):
        for at, i in zip(out, first([x.data[at] for at in row], x.dtype, largest)):
            values[at], indices[at] = x.data[row[i]], i
    return [Tensor(x.dtype, shape, values), Tensor("i64", shape, indices)]


def arg_max(x, axis, keep):
    out = [first([x.data[at] for at in row], x.dtype, True)[0] for row in along(x.shape, axis)]
    return Tensor("i64", x.shape[:axis] + [1] * keep + x.shape[axis + 1 :], out)


def picked(x, shape, source):
    """A tensor whose element at a place is that of x at source(place)."""
    allowed(shape)
    return Tensor(x.dtype, shape, [x.data[offset(x.shape, source(place))] for place in places(shape)])


def replaced(place, axis, index):
    return [*place[:axis], index, *place[axis + 1 :]]


def gather(x, indices, axis):
    require(axis < len(x.shape) and indices.dtype == "i64")
    n, rank = x.shape[axis], len(indices.shape)
    shape = x.shape[:axis] + indices.shape + x.shape[axis + 1 :]
    allowed(shape)
    if any(not -n <= index < n for index in indices.data):
        raise Fault("Index")

    def source(place):
        index = indices.data[offset(indices.shape, place[axis : axis + rank])]
        return [*place[:axis], index % n, *place[axis + rank :]]

    return picked(x, shape, source)


def concat(tensors, axis):
    require(tensors and axis < len(tensors[0].shape))
    for t in tensors:
        require(t.dtype == tensors[0].dtype and len(t.shape) == len(tensors[0].shape))
        require(replaced(t.shape, axis, 0) == replaced(tensors[0].shape, axis, 0))
    outer, inner = prod(tensors[0].shape[:axis]), prod(tensors[0].shape[axis + 1 :])
    out = []
    for i in range(outer):
        for t in tensors:
            width = t.shape[axis] * inner
            out += t.data[i * width : (i + 1) * width]
    return Tensor(tensors[0].dtype, replaced(tensors[0].shape, axis, sum(t.shape[axis] for t in tensors)), out)


def slice_(x, axis, start, step, count):
    require(axis < len(x.shape) and step != 0 and count >= 1)
    require(0 <= start < x.shape[axis] and 0 <= start + (count - 1) * step < x.shape[axis])
    return picked(x, replaced(x.shape, axis, count), lambda place: replaced(place, axis, start + place[axis] * step))


def split(x, axis, sizes):
    require(axis < len(x.shape) and all(size >= 1 for size in sizes) and sum(sizes) == x.shape[axis])
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [slice_(x, axis, start, 1, size) for start, size in zip(starts, sizes)]


def reshape(x, shape):
    return Tensor(x.dtype, shape, x.data)


def transpose(x, order):
    require(sorted(order) == list(range(len(x.shape))))
    shape = [x.shape[axis] for axis in order]
    return picked(x, shape, lambda place: [place[order.index(axis)] for axis in range(len(order))])


def expand(x, shape):
    allowed(shape)
    return Tensor(x.dtype, shape, broadcast(x, shape))


def pad(x, axis, before, after, mode, fill=None):
    require(axis < len(x.shape))
    n = x.shape[axis]
    require(mode != "reflect" or max(before, after) <= n - 1)
    shape, out = replaced(x.shape, axis, before + n + after), []
    allowed(shape)
    for place in places(shape):
        i = place[axis] - before
        if mode == "edge":
            i = min(max(i, 0), n - 1)
        elif mode == "reflect":
            i = -i if i < 0 else min(i, 2 * (n - 1) - i)
        out.append(x.data[offset(x.shape, replaced(place, axis, i))] if 0 <= i < n else fill)
    return Tensor(x.dtype, shape, out)


def resize_nearest(x, axis, scale):
    require(axis < len(x.shape) and scale >= 1)
    shape = replaced(x.shape, axis, x.shape[axis] * scale)
    return picked(x, shape, lambda place: replaced(place, axis, place[axis] // scale))


def cast(x, dtype):
    def one(v):
        if x.dtype == "f32":
            if dtype == "f32":
                return v
            if dtype == "bool":
                return int(v & ~f.SIGN != 0)
            if not f.is_finite(v):
                raise Fault("Range")
            m, e = f.split(v)
            m = m << e if e >= 0 else m >> -e
            v = -m if v & f.SIGN else m
        elif dtype == "f32":
            return f.from_int(v)
        elif dtype == "bool":
            return int(v != 0)
        low, high = RANGES[dtype]
        if not low <= v <= high:
            raise Fault("Range")
        return v

    return Tensor(dtype, x.shape, map(one, x.data))
