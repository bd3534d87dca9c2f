"""Random cases of one operation: `any_case(rng, name)`."""

import copy

from . import arithmetic as f
from .moves import REDUCE
from .rows import BINARY, COMPARE, LOGIC, UNARY, WHOLE
from .values import WILD, Numbers, count, real


def linear(n):
    k, m = n.length(), n.size(4)
    x = n.f32(n.shape(0, 2) + [k])
    return [x, n.f32([m, k])] + n.pick([n.f32([m])], []), {}


def stretched(n, shape):
    """A shape that broadcasts with this one."""
    shape = [d if n.below(3) else 1 for d in shape]
    return shape[n.below(len(shape) + 1) :] if n.chance(2) else shape


def matmul(n):
    m, k, columns, batch = n.size(3), n.length(), n.size(3), n.shape(0, 2)
    return [n.f32(stretched(n, batch) + [m, k]), n.f32(stretched(n, batch) + [k, columns])], {}


def binary(n):
    shape = n.shape()
    return [n.f32(stretched(n, shape), WILD), n.f32(stretched(n, shape), WILD)], {}


def arithmetic(n):
    """Of f32, i64 or i32."""
    if n.below(3):
        return binary(n)
    shape, dtype = n.shape(), n.pick("i64", "i32")
    most = None if n.chance(4) else 1 << (15 if dtype == "i32" else 31)
    least = most and -most
    return [n.integers(dtype, stretched(n, shape), least, most) for _ in range(2)], {}


def logic(n):
    shape = n.shape()
    return [n.integers("bool", stretched(n, shape)) for _ in range(2)], {}


def opposite(n):
    return [n.integers("bool", n.shape())], {}


def compare(n):
    shape = n.shape()
    a, b = stretched(n, shape), stretched(n, shape)
    if n.chance(2):
        return [n.integers("i64", a), n.integers("i64", b)], {}
    return [n.f32(a, WILD + ["tie"] * 5), n.f32(b, WILD + ["tie"] * 5)], {}


def where(n):
    shape = n.shape()
    a = n.any(stretched(n, shape))
    b = n.any(stretched(n, shape), [a["type"]])
    return [n.integers("bool", stretched(n, shape)), a, b], {}


def unary(name):
    domains = {
        "log": lambda v: not v & f.SIGN or v == f.SIGN,
        "sqrt": lambda v: not v & f.SIGN or v == f.SIGN,
        "pow_half": lambda v: not v & f.SIGN or v == f.SIGN,
        "sin": lambda v: v & ~f.SIGN <= 0x46000000,
        "cos": lambda v: v & ~f.SIGN <= 0x46000000,
    }
    styles = WILD + ["branch"] * 3 + ["ten", "hundred", "thousand", "wide", "bits"]

    def make(n):
        domain = domains.get(name, lambda v: True) if n.calm or n.below(12) else lambda v: True
        absolute = name in ("log", "sqrt", "pow_half") and not n.chance(8)
        return [n.f32([n.size(16)], styles, domain, absolute)], {}

    return make


def clip(n):
    return [n.f32(n.shape(), WILD)], {"low": n.pick(f.MINUS_INFINITY, n.number()), "high": n.pick(f.INFINITY, n.number())}


def hard_sigmoid(n):
    alpha, beta = n.pick((real(0.2), real(0.5)), (n.number(WILD), n.number(WILD)))
    return [n.f32([n.size(16)], WILD)], {"alpha": alpha, "beta": beta}


def softmax(n):
    shape = n.shape(0, 2) + [n.length()] + n.shape(0, 1)
    return [n.f32(shape, WILD + ["hundred", "ten"] * 3)], {"axis": shape.index(max(shape)) if n.below(4) else n.below(len(shape))}


def epsilon(n):
    return {"epsilon": n.pick(real(1e-5), real(1e-5), real(1e-12), 0, n.number() & ~f.SIGN)}


def layer_norm(n):
    k = n.length()
    return [n.f32(n.shape(0, 2) + [k]), n.f32([k])] + n.pick([n.f32([k])], []), epsilon(n)


def rms_norm(n):
    k = n.length()
    return [n.f32(n.shape(0, 2) + [k]), n.f32([k])], epsilon(n)


def batch_norm(n):
    c = n.size(7)
    return [n.f32(n.shape(0, 3) + [c])] + [n.f32([c]) for _ in range(3)] + [n.f32([c], absolute=True)], epsilon(n)


def rope(n):
    steps, half = n.size(4), n.size(4)
    largest = n.pick(4096, 8192, n.rng.randint(steps, 1 << 12), 1 << 24)
    first = n.pick(0, largest - steps + 1, n.rng.randint(0, largest - steps + 1))
    bound = 8192 / largest
    inverse = [real(min(1.0, bound * 0.999) * n.rng.random() ** n.below(4)) for _ in range(half)]
    if n.chance(20):
        inverse[0] = real(bound * n.pick(1.0, 1.0001, -1.0))
    return [n.f32([steps, n.size(3), 2 * half])], {"first": first, "inverse": inverse, "largest": largest}


def attention(n):
    steps, groups, d, e = n.size(3), n.size(2), n.pick(1, 2, 4, 5, 8), n.size(4)
    heads = groups * n.size(2)
    keys = max(steps, n.pick(1, 2, 5, 8, 31, 32, 33, 40))
    inputs = [n.f32([steps, heads, d]), n.f32([keys, groups, d]), n.f32([keys, groups, e])]
    if n.chance(2):
        mask = n.f32([steps, keys])
        for i in range(count(mask["shape"])):
            if n.chance(4):
                mask["values"][i] = n.pick(0, f.MINUS_INFINITY)
        inputs.append(mask)
    scale = n.pick(real(d**-0.5), real(d**-0.5), n.number())
    return inputs, {"scale": scale, "first": n.pick(None, keys - steps, n.below(keys - steps + 1))}


def gates(n, gate):
    steps, batch, inputs, units = n.size(3), n.size(2), n.pick(1, 2, 3, 7, 33), n.size(3)
    weights = [n.f32([steps, batch, inputs]), n.f32([gate * units, inputs]), n.f32([gate * units, units])]
    return weights, [batch, units], n.pick([n.f32([gate * units]), n.f32([gate * units])], [])


def lstm(n):
    weights, state, bias = gates(n, 4)
    return weights + [n.f32(state), n.f32(state)] + bias, {}


def gru(n):
    weights, state, bias = gates(n, 3)
    return weights + [n.f32(state)] + bias, {"linear_before_reset": n.chance(2)}


def window(n, dilations=(1, 1, 2, 3)):
    return [n.pick(1, 1, 2, 3), n.rng.choice(dilations), n.below(4), n.below(4)]


def fitting(n, size, taps, strides):
    """Larger padding until the window fits, mostly."""
    step, dilation, before, after = strides
    if before + size + after < dilation * (taps - 1) + 1 and n.below(10):
        strides[3] = dilation * (taps - 1) + 1 - before - size + n.below(2)
    return strides


def filters(n, transposed):
    groups = n.pick(1, 1, 2, 3)
    channels, outputs = groups * n.pick(1, 2, 5), groups * n.size(2)
    h, w, kh, kw = n.pick(1, 2, 4, 5), n.size(5), n.size(3), n.size(3)
    x = n.f32([n.size(2), h, w, channels])
    inputs = [x, n.f32([outputs, kh, kw, channels // groups])] + n.pick([n.f32([outputs])], [])
    strides = [window(n), window(n)]
    if transposed:
        for s in strides if n.below(3) else []:
            s[2:] = [s[2] % 2, s[3] % 2]
        return inputs, {"groups": groups, "strides": strides, "extra": [n.below(3), n.below(3)]}
    return inputs, {"groups": groups, "strides": [fitting(n, h, kh, strides[0]), fitting(n, w, kw, strides[1])]}


def conv(n):
    return filters(n, False)


def conv_transpose(n):
    return filters(n, True)


def pool(n):
    h, w = n.size(7), n.size(7)
    kernel = [n.pick(1, 2, 3, h), n.pick(1, 2, 3, w)]
    strides = [fitting(n, size, taps, window(n, (1, 1, 1, 2))) for size, taps in zip((h, w), kernel)]
    if n.below(5):
        # Few paddings: a window on nothing but padding is refused.
        for s, taps in zip(strides, kernel):
            s[2], s[3] = min(s[2], taps - 1), min(s[3], taps - 1)
    return [n.f32([n.size(2), h, w, n.size(3)], WILD)], {"kernel": kernel, "strides": strides, "ceil": n.chance(2)}


def average_pool(n):
    inputs, parameters = pool(n)
    return inputs, parameters | {"count_include_pad": n.chance(2)}


def reduce(n):
    shape = n.shape(1, 3) + n.pick([], [n.length()])
    axes = sorted(n.rng.sample(range(len(shape)), n.rng.randint(1, len(shape))))
    return [n.f32(shape)], {"axes": axes, "keep": n.chance(2)}


def row_choice(n):
    shape = n.shape(0, 2) + [n.length()] + n.shape(0, 1)
    axis = n.below(len(shape))
    x = n.f32(shape, WILD + ["tie"] * 9) if n.chance(2) else n.any(shape)
    return x, axis


def arg_max(n):
    x, axis = row_choice(n)
    return [x], {"axis": axis, "keep": n.chance(2)}


def top_k(n):
    x, axis = row_choice(n)
    return [x], {"axis": axis, "k": n.rng.randint(1, x["shape"][axis]), "largest": n.chance(2)}


def gather(n):
    shape = n.shape(1, 3)
    axis = n.below(len(shape))
    d = shape[axis]
    spread = 0 if n.calm or n.below(6) else 1
    return [n.any(shape), n.integers("i64", n.shape(0, 2), -d - spread, d - 1 + spread)], {"axis": axis}


def concat(n):
    shape = n.shape(1, 3)
    axis = n.below(len(shape))
    first = n.any(shape)
    parts = [n.any([*shape[:axis], n.size(3), *shape[axis + 1 :]], [first["type"]]) for _ in range(n.below(4))]
    return [first, *parts], {"axis": axis}


def slices(n):
    shape = n.shape(0, 2) + [n.size(9)] + n.shape(0, 1)
    axis = n.below(len(shape))
    d = shape[axis]
    start, step = n.below(d), n.pick(1, 2, 3, -1, -2, -5)
    most = (d - 1 - start) // step + 1 if step > 0 else start // -step + 1
    return [n.any(shape)], {"axis": axis, "start": start, "step": step, "count": n.rng.randint(1, most)}


def split(n):
    sizes = [n.size(3) for _ in range(n.size(3))]
    shape = n.shape(0, 2)
    axis = n.below(len(shape) + 1)
    return [n.any([*shape[:axis], sum(sizes), *shape[axis:]])], {"axis": axis, "sizes": sizes}


def reshape(n):
    dims = n.shape(0, 5)
    other = list(dims)
    n.rng.shuffle(other)
    if len(other) > 1 and n.chance(2):
        other[:2] = [other[0] * other[1]]
    return [n.any(dims)], {"shape": other + [1] * n.below(2)}


def expand(n):
    shape = n.shape()
    return [n.any(stretched(n, shape))], {"shape": shape}


def transpose(n):
    shape = n.shape(0, 4)
    order = list(range(len(shape)))
    n.rng.shuffle(order)
    return [n.any(shape)], {"order": order}


def pad(n):
    shape = n.shape(1, 3)
    axis = n.below(len(shape))
    x, fill = n.any(shape), n.pick(None, "edge", "reflect")
    most = shape[axis] - 1 if fill == "reflect" else 4
    inputs = [x] + ([n.any([], [x["type"]])] if fill is None else [])
    return inputs, {"axis": axis, "before": n.rng.randint(0, most), "after": n.rng.randint(0, most), "fill": fill}


def resize(n):
    shape = n.shape(1, 3)
    return [n.any(shape)], {"axis": n.below(len(shape)), "scale": n.size(4)}


def cast(n):
    shape, to = n.shape(0, 3), n.pick("f32", "i64", "i32", "i8", "u8", "bool")
    if n.chance(2):
        style = n.pick(["whole"], ["ten"], ["tie", "subnormal"], WILD)
        return [n.f32(shape, style)], {"to": to}
    x = n.any(shape)
    if x["type"] in ("i64", "i32") and n.chance(2):
        x["values"] = [v % 128 for v in x["values"]]
    return [x], {"to": to}


def quantize(n):
    shape = n.shape()
    dtype = n.pick("u8", "i8")
    shared = ([] if n.chance(2) else [1] * len(shape[:-1]) + shape[-1:]) if shape else []
    styles = ["model", "model", "few", "few", "subnormal", "critical"]
    scale = n.f32(shared, styles, lambda v: not n.calm or v & ~f.SIGN, n.below(4) > 0)
    return [n.f32(shape, WILD + ["whole"] * 9), scale, n.integers(dtype, n.pick([], shared))], {}


def dequantize(n):
    shape = n.shape()
    shared = n.pick([], shape[-1:])
    q = n.integers(n.pick("u8", "i8", "i32"), shape)
    return [q, n.f32(shared, WILD)] + n.pick([], [n.integers(q["type"], n.pick([], shared))]), {}


def dynamic_quantize(n):
    return [n.f32(n.pick(n.shape(), [n.length()]), WILD + ["model", "tie", "whole", "tiny", "vast"] * 3)], {}


def matmul_integer(n):
    k, m, a, w = n.length(), n.size(4), n.pick("u8", "i8"), n.pick("u8", "i8")
    return [n.integers(a, n.shape(0, 2) + [k]), n.integers(a, []), n.integers(w, [m, k]), n.integers(w, n.pick([], [m]))], {}


def sample(n):
    v = n.length()
    parameters = {"position": n.pick(0, n.below(1000), n.rng.getrandbits(63)), "seed": n.rng.randbytes(32).hex()}
    if n.chance(6):
        parameters |= {"temperature": None, "top_k": None}
    else:
        temperature = n.pick(real(0.75), f.ONE, real(n.rng.uniform(0.1, 3)), n.number() & ~f.SIGN or 1)
        parameters |= {"temperature": temperature, "top_k": n.pick(1, 5, 40, v, (1 << 32) - 1)}
    return [n.f32([v], ["model", "ten", "tie", "few", "wide", "critical", "whole", "hundred"])], parameters


MAKERS = {
    "linear": linear, "matmul": matmul, "where": where, "clip": clip, "hard_sigmoid": hard_sigmoid, "softmax": softmax,
    "layer_norm": layer_norm, "rms_norm": rms_norm, "batch_norm": batch_norm, "rope": rope, "attention": attention, "lstm": lstm,
    "gru": gru, "conv": conv, "conv_transpose": conv_transpose, "max_pool": pool, "average_pool": average_pool, "arg_max": arg_max,
    "top_k": top_k, "gather": gather, "concat": concat, "slice": slices, "split": split, "reshape": reshape, "expand": expand,
    "transpose": transpose, "pad": pad, "resize": resize, "cast": cast, "quantize": quantize, "dequantize": dequantize,
    "dynamic_quantize": dynamic_quantize, "matmul_integer": matmul_integer, "sample": sample,
}
MAKERS |= {name: binary for name in BINARY} | {name: compare for name in COMPARE} | {name: unary(name) for name in UNARY}
MAKERS |= {name: arithmetic for name in WHOLE} | {name: logic for name in LOGIC} | {"not": opposite}
MAKERS |= {f"reduce_{name}": reduce for name in REDUCE}


SINGLE = ["axis", "k", "groups", "scale", "first", "count", "start", "step", "before", "after", "largest", "top_k"]
LISTS = ["axes", "sizes", "shape", "order", "kernel", "strides", "extra"]
FLOATS = ["alpha", "beta", "low", "high", "epsilon", "temperature", "inverse"]
# Beyond every size: sums and products of them exceed 64 bits.
HUGE = [1 << 33, 1 << 61, 1 << 62, (1 << 63) - 1]


def spoiled(n, value):
    return n.pick(0, 1, value + 1, value + 9, n.rng.choice(HUGE))


def spoil_parameter(n, name, parameters):
    """Whether a parameter was changed."""
    keys = [key for key in SINGLE + LISTS + FLOATS if type(parameters.get(key)) in (int, list)]
    if not keys:
        return False
    key = n.rng.choice(keys)
    at = parameters[key]
    if key in FLOATS or (name, key) == ("attention", "scale"):
        special = n.pick(0x7FC00000, 0xFF800001, f.INFINITY, f.MINUS_INFINITY, real(-1.0), 0, f.SIGN)
        if key == "inverse":
            at[n.below(len(at))] = special
        else:
            parameters[key] = special
    elif key in SINGLE:
        parameters[key] = min(spoiled(n, at), (1 << 32) - 1 if key == "top_k" else 1 << 63)
        if key == "step" and n.chance(2):
            parameters[key] = -parameters[key] - n.below(2)
    elif key in ("sizes", "shape") and n.chance(3):
        # Their product or sum is a multiple of 2^64 beside what is right.
        at += [1 << 62] * 4 if key == "sizes" else [1 << 32] * 2
    else:
        at = n.rng.choice(at) if at and type(at[0]) is list else at
        if at:
            i = n.below(len(at))
            at[i] = spoiled(n, at[i])
    return True


def spoil(n, name, inputs, parameters):
    """One change of a parameter or a shape, that most operations refuse."""
    if n.below(2) and spoil_parameter(n, name, parameters):
        return
    t = n.rng.choice(inputs)
    shape = t["shape"]
    how = n.below(5)
    if how == 0 or not shape:
        shape.insert(n.below(len(shape) + 1), n.pick(1, 2))
        shape += [1] * n.pick(0, 0, 0, 8 - len(shape), 9 - len(shape))
    elif how == 1:
        shape.pop(n.below(len(shape)))
    elif how == 2 and n.chance(2):
        shape[n.below(len(shape))] = 0
    elif how == 3 and n.chance(2):
        t["values"].append(t["values"][0])
        return
    else:
        shape[n.below(len(shape))] += 1
    t["values"] = [t["values"][0]] * count(shape)


def any_case(rng, name):
    calm = rng.randrange(16) == 0
    numbers = Numbers(rng, calm)
    inputs, parameters = copy.deepcopy(MAKERS[name](numbers))
    if calm:
        spoil(numbers, name, inputs, parameters)
    return {"op": "infer", "name": name, "parameters": parameters, "inputs": inputs}
