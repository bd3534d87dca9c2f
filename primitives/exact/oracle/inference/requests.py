"""Section 22: a request's blob, the operations and the memory it takes, its answer, its trace, its row in a batch's detail blob."""

import struct
from math import prod

import blake3

from . import arithmetic as f
from . import causal
from .programs import TYPES, Malformed, Program, from_bytes, operation, results_of, tensor, value
from .quantised import sample
from .tensor import CODES, Fault, Refused, Tensor, allowed

SALT, LARGEST, MOST = 32, 16 << 20, 65536
CODE = {"f32": 0, "i64": 1, "i32": 2, "i8": 3, "u8": 4, "bool": 5}
ENDS = {"NaN": 1, "Index": 2, "Range": 3}
MILLION = 10**6


def need(condition):
    if not condition:
        raise Malformed


def read_row(program, row):
    """The dimensions' sizes and the inputs of a row (section 19)."""
    need(1 <= len(program.inputs) <= 64 and len(row) <= LARGEST)
    sizes, at = {}, 0
    for d in program.header["dimensions"]:
        need(len(row) >= at + 4)
        (size,) = struct.unpack_from("<I", row, at)
        need(d["min"] <= size <= d["max"])
        sizes[d["name"]] = size
        at += 4
    inputs = []
    for entry in program.inputs:
        try:
            shape = [value(e, sizes) for e in entry["shape"]]
            allowed(shape)
            end = at + prod(shape) * TYPES[entry["type"]]
            need(end <= len(row))
            inputs.append(from_bytes(entry["type"], shape, row[at:end]))
        except (Fault, Refused):
            raise Malformed from None
        at = end
    need(at == len(row))
    return sizes, inputs


def outputs_length(program, values):
    outputs = [values[output["value"]] for output in program.header["outputs"]]
    return sum(2 + 4 * len(shape) + prod(shape) * TYPES[dtype] for dtype, shape in outputs)


def task_fits(program, task, sizes, values):
    """Whether the task is one of this program and this input."""
    if task == "Run":
        return need(outputs_length(program, values) <= LARGEST)
    most, sampler = task["Generate"]["most"], task["Generate"]["sampler"]
    need(1 <= most <= MOST)
    d = causal.dimension(program)
    need(d is not None)
    need(len(program.inputs) == 1 and program.inputs[0]["type"] == "i64" and len(program.inputs[0]["shape"]) == 1)
    dtype, shape = values[program.header["outputs"][0]["value"]]
    need(dtype == "f32" and len(shape) == 2 and shape[1] <= 1 << 24)
    need(sizes[d] + most <= program.header["dimensions"][0]["max"])
    if sampler != "Argmax":
        t, k = sampler["Draw"]["temperature"], sampler["Draw"]["top_k"]
        need(f.is_finite(t) and f.less(0, t) and 1 <= k < 1 << 32)


def check(program, task, blob):
    """Sizes, inputs, types and shapes of all values, operations of the nodes; Malformed where no validator votes for the blob."""
    need(len(blob) >= SALT)
    sizes, inputs = read_row(program, blob[SALT:])
    try:
        values, costs = causal.probe(program, sizes)
    except Refused:
        raise Malformed from None
    task_fits(program, task, sizes, values)
    return sizes, inputs, values, costs


def flops_at(program, size, costs, p):
    """Of a causal program at a size of its dimension: a + b · d + c · d², from those at p, 1, 2 and 3; and a."""
    d = program.header["dimensions"][0]["name"]
    one, two, three = (sum(causal.probe(program, {d: n})[1]) for n in (1, 2, 3))
    c = (three - 2 * two + one) // 2
    b = two - one - 3 * c
    a = one - b - c
    assert a + b * p + c * p * p == sum(costs)
    return a + b * size + c * size * size, a


def vocabulary(program, values):
    return values[program.header["outputs"][0]["value"]][1][1]


def millions(program, task, blob, costs, values, p, n):
    """Operations of a request of which n tokens are generated."""
    nodes = len(program.nodes)
    if task == "Run":
        flops, runs, answer = sum(costs), 1, outputs_length(program, values)
    else:
        at, fixed = flops_at(program, p + n, costs, p)
        sampler, v = task["Generate"]["sampler"], vocabulary(program, values)
        first = 1 if sampler == "Argmax" else min(sampler["Draw"]["top_k"], v)
        runs = -(-p // 64) + n
        flops, answer = at + (runs - 1) * fixed + n * (256 * v + 2048 * first), 4 * n
    total = 100_000 + 25_000 * nodes * runs + flops + 100 * (len(blob) + 33 + answer)
    return -(-total // MILLION)


def mebibytes(program, values, task):
    """Memory of a request, from types and shapes of all values at the input's sizes."""
    sources = len(program.inputs) + len(program.tensors) + len(program.constants)
    with_rows = [True] * len(program.inputs) + [False] * (sources - len(program.inputs))
    made = []
    for node, fixed in zip(program.nodes, causal.fixed_nodes(program), strict=True):
        made.append(range(len(with_rows), len(with_rows) + results_of(node["op"])))
        with_rows += [not fixed] * len(made[-1])

    def size(i):
        dtype, shape = values[i]
        if task != "Run" and with_rows[i]:
            # The first axis is d.
            shape = [shape[0] + task["Generate"]["most"], *shape[1:]]
        return TYPES[dtype] * prod(shape)

    outputs = {output["value"] for output in program.header["outputs"]}
    most = 0
    for n, results in enumerate(made):
        wanted = outputs.union(*(node["in"] for node in program.nodes[n:]))
        earlier = range(sources, results.start)
        most = max(most, sum(size(i) for i in results) + sum(size(i) for i in earlier if i in wanted))
    kept = 0
    if task != "Run":
        kept = 16 * vocabulary(program, values)
        for node in program.nodes:
            name, _ = operation(node["op"])
            if name == "Attention" and with_rows[node["in"][1]]:
                kept += sum(size(i) for i in node["in"][1:3])
    return -(-(sum(size(i) for i in range(sources)) + most + kept) // (1 << 20))


def of_version(program, given):
    """The program's tensors from the version's; None if one is not there, is another or has bytes that no tensor has."""
    out = []
    for entry, case in zip(program.tensors, given, strict=True):
        if case is None or (case["type"], case["shape"]) != (entry["type"], entry["shape"]):
            return None
        data = struct.pack(f"<{len(case['values'])}{CODES[case['type']]}", *case["values"])
        try:
            out.append(from_bytes(case["type"], case["shape"], data))
        except (Fault, Refused):
            return None
    return out


def generate(program, weights, task, tokens, seed):
    """The tokens that follow, the logits each was chosen by, and the fault that ended it, if one did."""
    chosen, logits = [], []
    try:
        while len(chosen) < task["most"] and (not chosen or chosen[-1] != task["stop"]):
            run, _ = program.run([Tensor("i64", [len(tokens) + len(chosen)], tokens + chosen)], list(weights))
            width = run[0].shape[1]
            last = Tensor("f32", [width], run[0].data[-width:])
            draw = {"temperature": None, "top_k": None} if task["sampler"] == "Argmax" else task["sampler"]["Draw"]
            token = sample(last, draw["temperature"], draw["top_k"], seed, len(tokens) + len(chosen))
            chosen.append(token)
            logits.append(last.bytes())
    except Fault as fault:
        return chosen, logits, str(fault)
    return chosen, logits, None


def outputs_bytes(outputs):
    head = lambda t: struct.pack(f"<BB{len(t.shape)}I", CODE[t.dtype], len(t.shape), *t.shape)
    return b"".join(head(t) + t.bytes() for t in outputs)


def finish(case, salt, end, body, status, trace, tokens, used):
    blob = blake3.derived("quorate/answer/1", salt) + bytes([end]) + body
    row = struct.pack("<QB", int(case["number"]), status) + blake3.blake3(blob) + struct.pack("<Q", len(blob))
    row += trace + struct.pack("<IQ", tokens, used)
    return {"blob": blob.hex(), "row": row.hex()}


def computed(case, program):
    blob, task = bytes.fromhex(case["blob"]), case["task"]
    salt = blob[:SALT].ljust(SALT, b"\0")
    unfit = lambda: finish(case, salt, 255, b"", 2, bytes(32), 0, 0)
    try:
        sizes, inputs, values, costs = check(program, task, blob)
    except Malformed:
        return {"malformed": True} | unfit()
    p = inputs[0].shape[0] if task != "Run" else 0
    needed = millions(program, task, blob, costs, values, p, 0 if task == "Run" else task["Generate"]["most"])
    memory = mebibytes(program, values, task)
    out = {"malformed": False, "operations": str(needed), "memory": str(memory)}
    weights = of_version(program, case["tensors"])
    if needed > int(case["paid"]) or memory > case["memory"] or weights is None:
        return out | unfit()
    if task == "Run":
        try:
            outputs, _ = program.run(inputs, weights)
        except Fault as fault:
            return out | finish(case, salt, ENDS[str(fault)], b"", 1, bytes(32), 0, needed)
        return out | finish(case, salt, 0, outputs_bytes(outputs), 0, bytes(32), 0, needed)
    seed = blake3.blake3(b"quorate/request/1" + struct.pack("<Q", int(case["number"])) + bytes.fromhex(case["seed"]))
    chosen, logits, fault = generate(program, weights, task["Generate"], inputs[0].data, seed)
    trace = blake3.keyed(blake3.derived("quorate/trace/1", salt), b"".join(logits)) if chosen else bytes(32)
    used = millions(program, task, blob, costs, values, p, len(chosen))
    body = struct.pack(f"<{len(chosen)}I", *chosen)
    return out | finish(case, salt, ENDS.get(fault, 0), body, int(fault is not None), trace, len(chosen), used)


def answer(case):
    """FORMAT.md, "request"."""
    try:
        program = Program(bytes.fromhex(case["file"]))
    except Malformed:
        return {"fault": "file"}
    if case["part"] == "causal":
        return {"causal": causal.dimension(program) is not None}
    return computed(case, program)
