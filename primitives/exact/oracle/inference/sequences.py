"""Sections 15.4 and 15.8: RoPE, attention, LSTM and GRU."""

from . import arithmetic as f
from .functions import cos, sigmoid, sin, tanh
from .rows import softmax_row
from .tensor import chain, f32, require


def rope(x, first, inverse, largest):
    require(len(x.shape) == 3 and x.shape[2] % 2 == 0)
    steps, heads, d = x.shape
    half = d // 2
    require(len(inverse) == half and largest <= 1 << 24 and first + steps - 1 <= largest)
    limit = 0x46000000
    for v in inverse:
        angle = f.absolute(f.mul(f.from_int(largest), v))
        require(f.less(angle, limit) or f.equal(angle, limit))
    out = list(x.data)
    for t in range(steps):
        for i, v in enumerate(inverse):
            angle = f.mul(f.from_int(first + t), v)
            c, s = cos(angle), sin(angle)
            for h in range(heads):
                low = (t * heads + h) * d + i
                a, b = x.data[low], x.data[low + half]
                out[low] = f.sub(f.mul(a, c), f.mul(b, s))
                out[low + half] = f.add(f.mul(b, c), f.mul(a, s))
    return f32(x.shape, out)


def attention(q, k, v, scale, mask, first):
    """`first` is None without causality."""
    require(len(q.shape) == len(k.shape) == len(v.shape) == 3)
    (steps, heads, d), (keys, groups, d2), (keys2, groups2, e) = q.shape, k.shape, v.shape
    require(d == d2 and keys == keys2 and groups == groups2 and heads % groups == 0)
    require(mask is None or mask.shape == [steps, keys])
    require(first is None or first + steps <= keys)
    out = []
    for t in range(steps):
        seen = keys if first is None else first + t + 1
        for h in range(heads):
            g = h // (heads // groups)
            query = q.data[(t * heads + h) * d :][:d]
            a = []
            for j in range(seen):
                score = f.mul(chain(zip(query, k.data[(j * groups + g) * d :][:d])), scale)
                a.append(score if mask is None else f.add(score, mask.data[t * keys + j]))
            p = softmax_row(a)
            for i in range(e):
                out.append(chain((p[j], v.data[(j * groups + g) * e + i]) for j in range(seen)))
    return f32([steps, heads, e], out)


class Cell:
    """What LSTM and GRU share: the rows of their gates."""

    def __init__(self, gates, x, w, r, biases, h):
        require(len(x.shape) == 3 and len(w.shape) == len(r.shape) == len(h.shape) == 2)
        self.steps, self.batch, self.inputs = x.shape
        self.hidden = h.shape[1]
        rows = gates * self.hidden
        require(w.shape == [rows, self.inputs] and r.shape == [rows, self.hidden] and h.shape[0] == self.batch)
        require(biases is None or all(b.shape == [rows] for b in biases))
        self.w, self.r, self.biases = w, r, biases

    def u(self, gate, j, x):
        row = gate * self.hidden + j
        return chain(zip(x, self.w.data[row * self.inputs :][: self.inputs]))

    def v(self, gate, j, state):
        row = gate * self.hidden + j
        return chain(zip(state, self.r.data[row * self.hidden :][: self.hidden]))

    def bias(self, which, gate, j):
        return self.biases[which].data[gate * self.hidden + j]

    def a(self, gate, j, x, state):
        sum_ = f.add(self.u(gate, j, x), self.v(gate, j, state))
        if self.biases is None:
            return sum_
        return f.add(f.add(sum_, self.bias(0, gate, j)), self.bias(1, gate, j))

    def run(self, x, step):
        """`step(b, x, t)` of every step and sequence gives a row of h'."""
        return f32(
            [self.steps, self.batch, self.hidden],
            [
                value
                for t in range(self.steps)
                for b in range(self.batch)
                for value in step(b, x.data[(t * self.batch + b) * self.inputs :][: self.inputs])
            ],
        )


def rows_of(tensor):
    n = tensor.shape[1]
    return [tensor.data[i : i + n] for i in range(0, len(tensor.data), n)]


def flat(rows):
    return [value for row in rows for value in row]


def lstm(x, w, r, biases, h, c):
    cell = Cell(4, x, w, r, biases, h)
    require(c.shape == h.shape)
    hs, cs = rows_of(h), rows_of(c)

    def step(b, row):
        state = hs[b]
        new_h = []
        for j in range(cell.hidden):
            i, o, forget, g = (cell.a(gate, j, row, state) for gate in range(4))
            cs[b][j] = f.add(f.mul(sigmoid(forget), cs[b][j]), f.mul(sigmoid(i), tanh(g)))
            new_h.append(f.mul(sigmoid(o), tanh(cs[b][j])))
        hs[b] = new_h
        return new_h

    y = cell.run(x, step)
    return [y, f32(h.shape, flat(hs)), f32(c.shape, flat(cs))]


def gru(x, w, r, biases, h, linear_before_reset):
    cell = Cell(3, x, w, r, biases, h)
    hs = rows_of(h)

    def step(b, row):
        state, units = hs[b], range(cell.hidden)
        z = [sigmoid(cell.a(0, j, row, state)) for j in units]
        reset = [sigmoid(cell.a(1, j, row, state)) for j in units]
        gated = [f.mul(reset[j], state[j]) for j in units]
        new_h = []
        for j in units:
            if not linear_before_reset:
                n = tanh(cell.a(2, j, row, gated))
            elif biases is None:
                n = tanh(f.add(cell.u(2, j, row), f.mul(reset[j], cell.v(2, j, state))))
            else:
                inner = f.mul(reset[j], f.add(cell.v(2, j, state), cell.bias(1, 2, j)))
                n = tanh(f.add(f.add(cell.u(2, j, row), inner), cell.bias(0, 2, j)))
            new_h.append(f.add(f.mul(f.sub(f.ONE, z[j]), n), f.mul(z[j], state[j])))
        hs[b] = new_h
        return new_h

    y = cell.run(x, step)
    return [y, f32(h.shape, flat(hs))]
