#!/usr/bin/env python3
"""Products beside OpenBLAS (through numpy) and onnxruntime, one thread each, in turns. Prints a table, and with --json lines.

    products.py PROGRAM [--rounds N] [--only NAMES] [--json]

PROGRAM is the example `products`, built in release mode; it has the shapes. A ratio is the peer's time over ours: above 1 ours is
faster. OpenBLAS uses the kernels of its own choice; OPENBLAS_CORETYPE chooses others.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

NAMES = ("linear", "matmul", "attention", "conv")


def seconds(call):
    """Of one call: the best of several runs, each long enough to measure, since others may use the core too."""

    def time_of(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) / calls

    calls = max(1, int(0.002 / max(time_of(1), 1e-8)))
    return min(time_of(calls) for _ in range(12))


def numbers(*shape):
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def session(nodes, inputs, output, constants):
    """A call that runs a graph on fixed inputs, without copies."""
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    tensors = [helper.make_tensor(name, TensorProto.FLOAT, a.shape, a.tobytes(), raw=True) for name, a in constants.items()]
    graph = helper.make_graph(nodes, "g", [value(n, a.shape) for n, a in inputs.items()], [value("y", output)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    run = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = run.io_binding()
    for name, array in inputs.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array))
    binding.bind_ortvalue_output("y", ort.OrtValue.ortvalue_from_numpy(np.empty(output, np.float32)))
    return lambda: run.run_with_iobinding(binding)


def linear(m, k, n):
    x, w, y = numbers(m, k), numbers(n, k), np.empty((m, n), np.float32)
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    call = session([node], {"x": x}, (m, n), {"w": np.ascontiguousarray(w.T)})
    yield "onnxruntime", lambda: seconds(call)
    yield "OpenBLAS", lambda: seconds(lambda: np.matmul(x, w.T, out=y))


def matmul(m, k, n):
    a, b, y = numbers(m, k), numbers(k, n), np.empty((m, n), np.float32)
    call = session([helper.make_node("MatMul", ["a", "b"], ["y"])], {"a": a, "b": b}, (m, n), {})
    yield "onnxruntime", lambda: seconds(call)
    yield "OpenBLAS", lambda: seconds(lambda: np.matmul(a, b, out=y))


def attention(heads, groups, size, queries, keys, causal):
    """MatMul, Softmax, MatMul with what lies around them in exported models; keys and values have as many heads as queries."""
    q, k, v = numbers(1, queries, heads, size), numbers(1, keys, heads, size), numbers(1, keys, heads, size)
    nodes = [
        helper.make_node("Transpose", ["q"], ["qt"], perm=[0, 2, 1, 3]),
        helper.make_node("Transpose", ["k"], ["kt"], perm=[0, 2, 3, 1]),
        helper.make_node("Transpose", ["v"], ["vt"], perm=[0, 2, 1, 3]),
        helper.make_node("MatMul", ["qt", "kt"], ["a"]),
        helper.make_node("Mul", ["a", "s"], ["b"]),
    ]
    constants, scores = {"s": np.array(0.125, np.float32)}, "b"
    if causal and queries > 1:
        constants["mask"] = np.triu(np.full((queries, keys), -1e9, np.float32), keys - queries + 1)
        nodes.append(helper.make_node("Add", ["b", "mask"], ["c"]))
        scores = "c"
    nodes += [
        helper.make_node("Softmax", [scores], ["p"], axis=-1),
        helper.make_node("MatMul", ["p", "vt"], ["o"]),
        helper.make_node("Transpose", ["o"], ["y"], perm=[0, 2, 1, 3]),
    ]
    call = session(nodes, {"q": q, "k": k, "v": v}, q.shape, constants)
    yield "onnxruntime", lambda: seconds(call)


def conv(height, width, channels, kernel, outputs, groups, step, padding):
    """onnxruntime computes in a layout of its own and moves a graph's input and output. Where the shape stays the same, four more
    convolutions tell what one takes without these moves, if it is less."""
    x, b = numbers(1, channels, height, width), numbers(outputs)
    w = numbers(outputs, channels // groups, kernel, kernel) / np.float32(kernel * kernel * channels // groups)
    down, across = ((size + 2 * padding - kernel) // step + 1 for size in (height, width))

    def chain(count):
        names = ["x", *(f"x{i}" for i in range(1, count)), "y"]
        attributes = {"group": groups, "strides": [step] * 2, "pads": [padding] * 4}
        nodes = [helper.make_node("Conv", [names[i], "w", "b"], [names[i + 1]], **attributes) for i in range(count)]
        return session(nodes, {"x": x}, (1, outputs, down, across), {"w": w, "b": b})

    one = chain(1)
    if (outputs, down, across) != (channels, height, width):
        yield "onnxruntime", lambda: seconds(one)
        return
    five = chain(5)

    def best():
        whole = seconds(one)
        return min(whole, (seconds(five) - whole) / 4)

    yield "onnxruntime", best


def ours(program, name):
    lines = subprocess.run([program, name], capture_output=True, check=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    names = [name for name in NAMES if not args.only or name in args.only.split(",")]
    times, rates, peers = {}, {}, {}
    for _ in range(args.rounds):
        for name in names:
            for row in ours(args.program, name):
                key = (name, tuple(row["shape"]))
                times.setdefault(key, {}).setdefault(row["isa"], []).append(row["seconds"])
                rates[key] = row["gflops"] * row["seconds"]
                if key not in peers:
                    peers[key] = list(globals()[name](*row["shape"]))
            for (of, shape), calls in peers.items():
                for peer, call in calls if of == name else []:
                    times[(of, shape)].setdefault(peer, []).append(call())
    for (name, shape), by in times.items():
        medians = {who: statistics.median(values) for who, values in by.items()}
        ratios = {
            f"{isa} to {peer}": round(medians[peer] / medians[isa], 2)
            for isa in ("AVX2", "AVX-512")
            for peer in ("onnxruntime", "OpenBLAS")
            if isa in medians and peer in medians
        }
        speeds = {who: round(rates[(name, shape)] / time, 1) for who, time in medians.items()}
        if args.json:
            print(json.dumps({"what": name, "shape": shape, "gflops": speeds, "ratios": ratios}), flush=True)
        else:
            text = "  ".join(f"{what} {ratio:5.2f}" for what, ratio in ratios.items())
            print(f"{name:10} {' '.join(map(str, shape)):28} {speeds.get('AVX-512', speeds.get('AVX2', 0)):6.1f} GFLOP/s  {text}", flush=True)


main()
