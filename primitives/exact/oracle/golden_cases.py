"""Cases of sections 1, 7 and 8 that have files of their own in golden/ (grid.json, scores.json, files.json)."""

import struct
from math import prod

import f32
import files
import grid
import kernels
import policy
import products
import rules
import scores
from blake3 import blake3
from files import tensor
from grid import Q_MAX

SPECIAL = [0, 1, 2, 0x7FFFFF, 0x800000, 0x800001, 0x33800000, 0x3F000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001]
SPECIAL += [0x4B000000, 0x4B000001, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000]
SPECIAL += [bits | 1 << 31 for bits in SPECIAL]


def some_bits(rng, scale):
    kind = rng.randrange(5)
    if kind == 0:
        return rng.choice(SPECIAL)
    if kind == 1:
        return rng.getrandbits(32)
    if kind == 2:  # a tie or its neighbour
        x = f32.nearest(2 * rng.getrandbits(rng.randrange(1, 23)) + 1, 2, -scale)
        return (x + rng.choice([-1, 0, 0, 0, 1])) ^ rng.getrandbits(1) << 31
    if kind == 3:  # near the limit
        return (f32.nearest(1, 1, 30 - scale) + rng.randrange(-2, 3)) ^ rng.getrandbits(1) << 31
    return f32.nearest(rng.randint(-(10**12), 10**12), 10**12, rng.randrange(-5 - scale, 31 - scale))


def signed(rng, bits):
    return rng.choice([-1, 1]) * rng.getrandbits(bits)


def some_integer(rng):
    ends = [0, 1, -1, Q_MAX, -Q_MAX, (1 << 63) - 1, -(1 << 63)]
    return rng.choice(ends + [signed(rng, rng.randrange(1, 64))] * 12)


def grid_cases(rng):
    out = {"quantize": [], "apply": [], "dequantize": [], "step": [], "div_half_even": []}
    for _ in range(1500):
        scale, a = rng.randint(-16, 40), some_integer(rng)
        bits = some_bits(rng, scale)
        out["quantize"].append([bits, scale, grid.quantize(bits, scale)])
        out["apply"].append([bits, a, scale, grid.apply(bits, a, scale)])
        # A base around which the sum cancels, or ends subnormal, or at the largest f32.
        near = grid.dequantize(-a, scale)
        near = rng.choice([near, near + 1, max(near - 1, 0), 0x7F7FFFFF, 0x807FFFFF])
        out["apply"].append([near, a, scale, grid.apply(near, a, scale)])
    for _ in range(300):
        scale, a = rng.randint(-16, 40), some_integer(rng)
        out["dequantize"].append([a, scale, grid.dequantize(a, scale)])
        base = some_bits(rng, scale)
        new = rng.choice([some_bits(rng, scale), grid.apply(base, signed(rng, 31), scale)])
        if isinstance(new, int):
            out["step"].append([new, base, scale, grid.step(new, base, scale)])
        num = rng.choice([some_integer(rng), signed(rng, 8)])
        den = rng.choice([1, 2, 3, 4, 6, rng.randrange(1, 1 << 32)])
        out["div_half_even"].append([num, den, grid.mean(num, den)])
    return out


def column_cases(rng):
    """One column each for the rules that look at nothing else."""
    out = []
    for _ in range(600):
        n, reach = rng.choice([1, 2, 3, 4, 5, 7, 8, 10, 16, 33]), rng.choice([1, 3, 100, Q_MAX])
        column = [rng.choice([rng.randint(-reach, reach), reach, -reach]) for _ in range(n)]
        weights = [rng.choice([1, 2, rng.randint(1, 1 << 20), 1 << 20]) for _ in range(n)]
        trim = rng.choice([0, 1, 100_000, 290_000, 333_333, 499_999])
        rule = rng.choice(["WeightedMean", "Median", {"TrimmedMean": {"trim_ppm": trim}}])
        kernel = rules.kernel(*policy.split(rule), weights, None, trim * n // 10**6, 0)
        out.append({"rule": rule, "column": column, "weights": weights, "value": kernels.run(kernel, column)})
    return out


def score_cases(rng):
    """Rounds given by all pairs of their rows: updates, aggregate, and in two of three cases the previous aggregate."""
    out = []
    for case in range(120):
        n, width = rng.randrange(1, 9), rng.randrange(1, 12)
        reach, noise = rng.choice([1, 2, 1000, Q_MAX]), rng.choice([1, 4, 100])
        direction = [rng.randint(-reach, reach) for _ in range(width)]
        rows = []
        for _ in range(n):
            row = [max(-Q_MAX, min(Q_MAX, d // 2 + rng.randint(-reach, reach) // noise)) for d in direction]
            rows.append(rng.choice([row, row, row, [0] * width, [-x for x in row], [Q_MAX] * width]))
        rows.append([kernels.sorted_mean(column, (n - 1) // 2, n // 2 + 1) for column in zip(*rows)])
        if case % 3:
            rows.append(rng.choice([direction, [0] * width, rows[0], rows[n]]))
        shifts = sorted(rng.choice([0, 0, 0, 1, 5, 12]) for _ in range(width))
        values = products.entries(rows[:n], rows[n], rows[n + 1] if case % 3 else None, shifts, True)
        ratings = scores.scores(n, products.flags(True, case % 3), values)
        fields = {"rows": rows, "shifts": shifts, "updates": n, "gram": list(map(str, values))}
        out.append(fields | {"scores_ppm": ratings})
    return out


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


def models(rng):
    yield resnet()
    yield [tensor("w", shape=(1,), scale=-16)]
    yield [tensor("w", shape=(1 << 17, 1 << 18), scale=40), tensor("z", "Const", (1 << 20, 1 << 14), "F64")]
    # Orders: UTF-16 code units put U+1F600 before U+FF5E, bytes of UTF-8 behind; and names around "__metadata__".
    names = ["\U0001f600", "\uff5e", "é", "__", "___", "__metadata", "__metadata_", "__metadata___", "Z", "z", "\x7f"]
    yield [tensor(name, rng.choice(["Train", "Stat"])) for name in names] + [tensor("w")]
    # Every escape of RFC 8785, 3.2.2.2, in names and, twice escaped, in metadata.
    yield [tensor('"\\/\b\t\n\f\r\0\x1f', aliases=["\\u0041"]), tensor("\x01", "Const", (2,), "U8")]
    # Headers whose text ends around the padding's edge.
    for extra in [*range(316, 326), *range(398, 406)]:
        yield [tensor("x" * extra)]
    yield [tensor(f"layer.{i}.weight", rng.choice(["Train", "Stat", "Const"])) for i in range(30)] + [tensor("t")]


def file_cases(rng):
    out = []
    for specs in models(rng):
        rng.shuffle(specs)
        model, data_len = files.header("model", specs)
        base = blake3(model)
        names = [base, blake3(base)]
        update, group_len = files.update_header(specs, names)
        assert len(update) == len(model)
        fields = {"tensors": specs, "header_len": len(model), "data_len": data_len, "group_len": group_len}
        fields |= {"base": names[0].hex(), "contributor": names[1].hex()}
        fields |= {"model": model[8:].decode().rstrip(" "), "update": update[8:].decode().rstrip(" ")}
        out.append(fields | {"model_root": blake3(model).hex(), "update_root": blake3(update).hex()})
    return out


def whole_files(rng):
    """A small model and one of its updates: {name: bytes}."""
    specs, out = resnet(), {}
    group = [t for t in specs if t["role"] != "Const"]
    for name, tensors in (("model", specs), ("update", group)):
        if name == "model":
            head, length = files.header("model", specs)
        else:
            base = blake3(out["model.safetensors"])
            head, length = files.update_header(specs, [base, blake3(base)])
        data = b""
        for t in files.ordered(tensors):
            count = prod(t["shape"])
            if t["dtype"] == "F32":
                data += struct.pack(f"<{count}I", *(f32.nearest(signed(rng, 20), 1, -20) for _ in range(count)))
            else:
                data += bytes(rng.getrandbits(1) for _ in range(files.size(t)))
        assert len(data) == length
        out[f"{name}.safetensors"] = head + data
    return out
