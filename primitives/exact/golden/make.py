#!/usr/bin/env python3
"""Writes the golden vectors beside it: `python3 make.py`.

A second implementation of docs/exactness.md from its text: Python integers and fractions, no library, no code shared with
the crate. Deterministic: running it again changes no byte.
"""

import json
import random
import struct
from fractions import Fraction
from math import isqrt
from pathlib import Path

HERE = Path(__file__).parent
RNG = random.Random(1)
Q_MAX = 1 << 30


# --- BLAKE3 (the paper, section 2), one block at a time -------------------------------------------------------------

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def compress(chain, block, counter, length, flags):
    v = chain + IV[:4] + [counter & 0xFFFFFFFF, counter >> 32, length, flags]
    m = list(struct.unpack("<16I", block.ljust(64, b"\0")))

    def mix(a, b, c, d, x, y):
        for word, r1, r2 in ((x, 16, 12), (y, 8, 7)):
            v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
            v[d] = rotate(v[d] ^ v[a], r1)
            v[c] = (v[c] + v[d]) & 0xFFFFFFFF
            v[b] = rotate(v[b] ^ v[c], r2)

    for _ in range(7):
        for i, (a, b, c, d) in enumerate([(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]):
            mix(a, b, c, d, m[2 * i], m[2 * i + 1])
        for i, (a, b, c, d) in enumerate([(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]):
            mix(a, b, c, d, m[8 + 2 * i], m[9 + 2 * i])
        m = [m[i] for i in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]


def rotate(x, r):
    return (x >> r | x << (32 - r)) & 0xFFFFFFFF


def subtree(data, first_chunk, root):
    chunks = max(1, -(-len(data) // 1024))
    if chunks > 1:
        left = 1 << (chunks - 1).bit_length() - 1
        halves = subtree(data[: left * 1024], first_chunk, 0) + subtree(data[left * 1024 :], first_chunk + left, 0)
        return compress(IV, struct.pack("<16I", *halves), 0, 64, PARENT | root)
    chain = IV
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks):
        last = i == len(blocks) - 1
        flags = (CHUNK_START if i == 0 else 0) | (CHUNK_END | root if last else 0)
        chain = compress(chain, block, first_chunk, len(block), flags)
    return chain


def blake3(data):
    return struct.pack("<8I", *subtree(data, 0, ROOT))


assert blake3(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


# --- Grid -----------------------------------------------------------------------------------------------------------


def value(bits):
    """The f32 with these bits as a fraction, None if it is not finite."""
    sign, field, fraction = bits >> 31, bits >> 23 & 0xFF, bits & 0x7FFFFF
    if field == 0xFF:
        return None
    mantissa = fraction if field == 0 else fraction + (1 << 23)
    return (-1) ** sign * mantissa * Fraction(2) ** (max(field, 1) - 150)


def half_even(x):
    """The integer nearest to a fraction, ties to even."""
    floor = x.numerator // x.denominator
    rest = x - floor
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2):
        floor += 1
    return floor


def nearest_f32(x):
    """Bits of the f32 nearest to a fraction, ties to even; None beyond the largest."""
    sign, x = int(x < 0), abs(x)
    exponent = -149
    while x >= Fraction(2) ** (exponent + 24):
        exponent += 1
    mantissa = half_even(x / Fraction(2) ** exponent)
    if mantissa == 1 << 24:
        mantissa, exponent = 1 << 23, exponent + 1
    bits = mantissa if mantissa < 1 << 23 else (exponent + 150) << 23 | mantissa & 0x7FFFFF
    return None if bits >= 0x7F800000 else sign << 31 | bits


def quantize(bits, scale):
    x = value(bits)
    if x is None:
        return "NonFinite"
    q = half_even(x * Fraction(2) ** scale)
    return q if abs(q) <= Q_MAX else "OutOfRange"


def apply(base, a, scale):
    if value(base) is None:
        return "NonFiniteBase"
    if a == 0:
        return base
    bits = nearest_f32(value(base) + a * Fraction(2) ** -scale)
    return "NonFiniteResult" if bits is None else bits


def step(new, base, scale):
    if value(new) is None or value(base) is None:
        return "NonFinite"
    q = half_even((value(new) - value(base)) * Fraction(2) ** scale)
    return max(-Q_MAX, min(Q_MAX, q))


SPECIAL = [0, 1, 2, 0x7FFFFF, 0x800000, 0x800001, 0x33800000, 0x3F000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001]
SPECIAL += [0x4B000000, 0x4B000001, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000]
SPECIAL += [bits | 1 << 31 for bits in SPECIAL]


def some_bits(scale):
    kind = RNG.randrange(5)
    if kind == 0:
        return RNG.choice(SPECIAL)
    if kind == 1:
        return RNG.getrandbits(32)
    if kind == 2:  # a tie or its neighbour
        x = nearest_f32(Fraction(2 * RNG.getrandbits(RNG.randrange(1, 23)) + 1, 2) * Fraction(2) ** -scale)
        return (x + RNG.choice([-1, 0, 0, 0, 1])) ^ RNG.getrandbits(1) << 31
    if kind == 3:  # near the limit
        return (nearest_f32(Fraction(2) ** (30 - scale)) + RNG.randrange(-2, 3)) ^ RNG.getrandbits(1) << 31
    reach = Fraction(2) ** RNG.randrange(-5 - scale, 31 - scale)
    return nearest_f32(Fraction(RNG.randint(-(10**12), 10**12), 10**12) * reach)


def some_integer():
    return RNG.choice([0, 1, -1, Q_MAX, -Q_MAX, (1 << 63) - 1, -(1 << 63)] + [signed(RNG.randrange(1, 64))] * 12)


def signed(bits):
    return RNG.choice([-1, 1]) * RNG.getrandbits(bits)


def grid():
    scales = list(range(-16, 41))
    out = {"quantize": [], "apply": [], "dequantize": [], "step": [], "div_half_even": []}
    for _ in range(1500):
        scale = RNG.choice(scales)
        bits = some_bits(scale)
        out["quantize"].append([bits, scale, quantize(bits, scale)])
        a = some_integer()
        out["apply"].append([bits, a, scale, apply(bits, a, scale)])
        # A base around which the sum cancels, or ends subnormal, or at the largest f32.
        near = nearest_f32(-a * Fraction(2) ** -scale)
        near = RNG.choice([near, near + 1, max(near - 1, 0), 0x7F7FFFFF, 0x807FFFFF])
        out["apply"].append([near, a, scale, apply(near, a, scale)])
    for _ in range(300):
        scale, a = RNG.choice(scales), some_integer()
        out["dequantize"].append([a, scale, nearest_f32(a * Fraction(2) ** -scale)])
        base = some_bits(scale)
        new = RNG.choice([some_bits(scale), apply(base, signed(31), scale)])
        if isinstance(new, int):
            out["step"].append([new, base, scale, step(new, base, scale)])
        num, den = RNG.choice([some_integer(), signed(8)]), RNG.choice([1, 2, 3, 4, 6, RNG.randrange(1, 1 << 32)])
        out["div_half_even"].append([num, den, half_even(Fraction(num, den))])
    return out


# --- Rules ----------------------------------------------------------------------------------------------------------


def aggregate(rule, column, weights):
    n = len(column)
    if rule == "WeightedMean":
        return half_even(Fraction(sum(w * q for w, q in zip(weights, column)), sum(weights)))
    ordered = sorted(column)
    if rule == "Median":
        return half_even(Fraction(ordered[(n - 1) // 2] + ordered[n // 2], 2))
    f = rule["TrimmedMean"]["trim_ppm"] * n // 1_000_000
    return half_even(Fraction(sum(ordered[f : n - f]), n - 2 * f))


def columns():
    out = []
    for _ in range(600):
        n = RNG.choice([1, 2, 3, 4, 5, 7, 8, 10, 16, 33])
        reach = RNG.choice([1, 3, 100, Q_MAX])
        column = [RNG.choice([RNG.randint(-reach, reach), reach, -reach]) for _ in range(n)]
        weights = [RNG.choice([1, 2, RNG.randint(1, 1 << 20), 1 << 20]) for _ in range(n)]
        trim = RNG.choice([0, 1, 100_000, 290_000, 333_333, 499_999])
        rule = RNG.choice(["WeightedMean", "Median", {"TrimmedMean": {"trim_ppm": trim}}])
        out.append({"rule": rule, "column": column, "weights": weights, "value": aggregate(rule, column, weights)})
    return out


# --- Gram matrix and scores -----------------------------------------------------------------------------------------


def gram(rows, shifts):
    return [[sum(a * b << 2 * s for a, b, s in zip(u, v, shifts)) for v in rows] for u in rows]


def upper(matrix):
    return [g for i, row in enumerate(matrix) for g in row[i:]]


def scores(g, n):
    a, p = n, n + 1
    pp = g[p][p] if len(g) == n + 2 else 0

    def inner(x, y):
        return g[x][y] * pp - g[x][p] * g[y][p] if pp else g[x][y]

    norms = [g[i][i] for i in range(n)]
    median = sorted(norms)[(n - 1) // 2]
    out = []
    for i in range(n):
        dot = inner(i, a)
        if dot <= 0:
            out.append(0)
            continue
        cosine = isqrt(dot * dot * 10**12 // (inner(i, i) * inner(a, a)))
        factor = min(1 << 31, isqrt((median << 62) // norms[i]))
        out.append(cosine * factor >> 31)
    return out


def rounds():
    out = []
    for case in range(120):
        n, width = RNG.randrange(1, 9), RNG.randrange(1, 12)
        reach = RNG.choice([1, 2, 1000, Q_MAX])
        direction = [RNG.randint(-reach, reach) for _ in range(width)]
        noise = RNG.choice([1, 4, 100])
        rows = []
        for _ in range(n):
            row = [max(-Q_MAX, min(Q_MAX, d // 2 + RNG.randint(-reach, reach) // noise)) for d in direction]
            rows.append(RNG.choice([row, row, row, [0] * width, [-x for x in row], [Q_MAX] * width]))
        rows.append([aggregate("Median", list(column), []) for column in zip(*rows)])
        if case % 3:
            rows.append(RNG.choice([direction, [0] * width, rows[0], rows[n]]))
        shifts = sorted(RNG.choice([0, 0, 0, 1, 5, 12]) for _ in range(width))
        matrix = gram(rows, shifts)
        out.append(
            {"rows": rows, "shifts": shifts, "updates": n, "gram": [str(g) for g in upper(matrix)]}
            | {"scores_ppm": scores(matrix, n)}
        )
    return out


# --- Detail blob ----------------------------------------------------------------------------------------------------


def gram_bytes(matrix):
    return struct.pack("<I", len(matrix)) + b"".join(g.to_bytes(16, "little", signed=True) for g in upper(matrix))


def tree(partials):
    """Root of the sum tree over partials given as (index, matrix)."""
    if len(partials) == 1:
        index, matrix = partials[0]
        return blake3(b"quorate/gram/leaf/1" + struct.pack("<Q", index) + gram_bytes(matrix)), matrix
    left = 1 << (len(partials) - 1).bit_length() - 1
    (left_hash, a), (right_hash, b) = tree(partials[:left]), tree(partials[left:])
    total = [[x + y for x, y in zip(u, v)] for u, v in zip(a, b)]
    return blake3(b"quorate/gram/node/1" + left_hash + right_hash + gram_bytes(total)), total


def compact(n):
    assert n < 1 << 14
    return struct.pack("<B", n << 2) if n < 64 else struct.pack("<H", n << 2 | 1)


def details():
    out = []
    for tiles in [1, 2, 3, 4, 5, 6, 7, 8, 13]:
        n = RNG.randrange(1, 5)
        rows = n + RNG.choice([1, 2])
        partials = [gram([[signed(31) for _ in range(3)] for _ in range(rows)], [0, 0, 1]) for _ in range(tiles)]
        root, total = tree(list(enumerate(partials)))
        leaves = [tree([leaf])[0] for leaf in enumerate(partials)]
        ratings = scores(total, n)
        weights = RNG.choice([[], [RNG.randint(1, 1 << 20) for _ in range(n)]])
        blob = b"\x01" + compact(n) + b"".join(struct.pack("<I", s) for s in ratings)
        blob += compact(len(weights)) + b"".join(struct.pack("<I", w) for w in weights)
        blob += compact(len(upper(total))) + gram_bytes(total)[4:]
        blob += compact(len(leaves)) + b"".join(leaves) + root
        out.append(
            {"partials": [[str(g) for g in upper(m)] for m in partials], "scores_ppm": ratings, "weights": weights}
            | {"rows": rows, "root": root.hex(), "blob": blob.hex(), "blob_root": blake3(blob).hex()}
        )
    return out


# --- Canonical file -------------------------------------------------------------------------------------------------

SIZES = {"BOOL": 1, "U8": 1, "F16": 2, "BF16": 2, "I32": 4, "F32": 4, "I64": 8, "F64": 8}


def canonical(thing):
    """RFC 8785 of objects, arrays, strings and integers."""
    if isinstance(thing, dict):
        keys = sorted(thing, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(thing[key]) for key in keys) + "}"
    if isinstance(thing, list):
        return "[" + ",".join(map(canonical, thing)) + "]"
    return json.dumps(thing, ensure_ascii=False)


def header(kind, tensors, length=0):
    tensors = sorted(tensors, key=lambda t: (t["role"] == "Const", t["name"].encode()))
    top, meaning, at = {}, {}, 0
    for t in tensors:
        size = SIZES[t["dtype"]]
        for dimension in t["shape"]:
            size *= dimension
        top[t["name"]] = {"dtype": t["dtype"], "shape": t["shape"], "data_offsets": [at, at + size]}
        at += size
        meaning[t["name"]] = {
            "role": t["role"].lower(),
            "scale": 0 if t["role"] == "Const" else t["scale"],
            "original_dtype": t["original_dtype"],
            "aliases": sorted(t["aliases"], key=str.encode),
        }
    top["__metadata__"] = {"quorate": canonical({"format": 1, "kind": kind, "tensors": meaning})}
    text = canonical(top).encode()
    length = max(length, -(-(8 + len(text)) // 1024) * 1024)
    return struct.pack("<Q", length - 8) + text.ljust(length - 8), at, tensors


def tensor(name, role="Train", shape=(3,), dtype="F32", scale=24, original=None, aliases=()):
    fields = {"name": name, "role": role, "shape": list(shape), "dtype": dtype, "scale": scale}
    return fields | {"original_dtype": original or dtype, "aliases": list(aliases)}


def resnet():
    return [
        tensor("head.weight", shape=(4, 3), aliases=["embed.weight", "decoder.weight"]),
        tensor("bn.weight", original="BF16"),
        tensor("bn.bias", scale=22),
        tensor("bn.running_mean", "Stat", scale=16),
        tensor("bn.running_var", "Stat", scale=12),
        tensor("bn.num_batches_tracked", "Const", (), "I64"),
        tensor("a.mask", "Const", (5,), "BOOL"),
        tensor("temperature", shape=()),
    ]


def models():
    yield resnet()
    yield [tensor("w", shape=(1,), scale=-16)]
    yield [tensor("w", shape=(1 << 17, 1 << 18), scale=40), tensor("z", "Const", (1 << 20, 1 << 14), "F64")]
    # Orders: UTF-16 code units put U+1F600 before U+FF5E, bytes of UTF-8 behind; and names around "__metadata__".
    names = ["\U0001f600", "\uff5e", "é", "__", "___", "__metadata", "__metadata_", "__metadata___", "Z", "z", "\x7f"]
    yield [tensor(name, RNG.choice(["Train", "Stat"])) for name in names] + [tensor("w")]
    # Every escape of RFC 8785, 3.2.2.2, in names and, twice escaped, in metadata.
    yield [tensor('"\\/\b\t\n\f\r\0\x1f', aliases=["\\u0041"]), tensor("\x01", "Const", (2,), "U8")]
    # Headers whose text ends around the padding's edge.
    for extra in range(398, 406):
        yield [tensor("x" * extra)]
    yield [tensor(f"layer.{i}.weight", RNG.choice(["Train", "Stat", "Const"])) for i in range(30)] + [tensor("t")]


def files():
    out = []
    for specs in models():
        RNG.shuffle(specs)
        model, data_len, _ = header("model", specs)
        update, group_len, _ = header("delta", [t for t in specs if t["role"] != "Const"], len(model))
        assert len(update) == len(model)
        out.append(
            {"tensors": specs, "header_len": len(model), "data_len": data_len, "group_len": group_len}
            | {"model": model[8:].decode().rstrip(" "), "update": update[8:].decode().rstrip(" ")}
            | {"model_root": blake3(model).hex(), "update_root": blake3(update).hex()}
        )
    return out


def safetensors():
    """A small model and one of its updates, whole."""
    specs = resnet()
    for kind, name in (("model", "model"), ("delta", "update")):
        group = specs if kind == "model" else [t for t in specs if t["role"] != "Const"]
        head, data_len, ordered = header(kind, group, len(header("model", specs)[0]))
        data = b""
        for t in ordered:
            size = 1
            for dimension in t["shape"]:
                size *= dimension
            if t["dtype"] == "F32":
                data += struct.pack(f"<{size}I", *(nearest_f32(Fraction(signed(20), 1 << 20)) for _ in range(size)))
            else:
                data += bytes(RNG.getrandbits(1) for _ in range(size * SIZES[t["dtype"]]))
        assert len(data) == data_len
        (HERE / f"{name}.safetensors").write_bytes(head + data)


def write(name, thing):
    """One case a line."""
    if isinstance(thing, list):
        text = "[\n" + ",\n".join(json.dumps(case) for case in thing) + "\n]\n"
    else:
        parts = (f"{json.dumps(k)}: [\n" + ",\n".join(map(json.dumps, v)) + "\n]" for k, v in thing.items())
        text = "{" + ",\n".join(parts) + "}\n"
    (HERE / name).write_text(text)


if __name__ == "__main__":
    write("grid.json", grid())
    write("aggregate.json", columns())
    write("scores.json", rounds())
    write("detail.json", details())
    write("files.json", files())
    safetensors()
