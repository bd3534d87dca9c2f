#!/usr/bin/env python3
"""Row kernels beside numpy and onnxruntime, one thread each, in turns. Prints a table, and with --json lines.

    rows.py PROGRAM [--rounds N] [--json]

PROGRAM is the example `rows`, built in release mode. A ratio is the peer's time over ours: above 1 ours is faster.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

NODES = 16
SHAPES = [(128, 384), (128, 1536), (1536, 128), (12544, 24), (8, 49152)]


def seconds(call):
    """Of one call: the best of several runs, each long enough to measure, since others may use the core too."""

    def time_of(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) / calls

    calls = max(1, int(0.002 / max(time_of(1), 1e-8)))
    return min(time_of(calls) for _ in range(12))


def session(make, inputs, constants, chained):
    """A graph of NODES equal nodes, each on the result of the one before or all on x: what a call costs is shared."""
    nodes, outputs = [], []
    last = "x"
    for i in range(NODES):
        nodes.append(make(last if chained else "x", f"y{i}"))
        outputs.append(f"y{i}")
        last = f"y{i}"
    outputs = outputs[-1:] if chained else outputs
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)])
    model.ir_version = 9
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The nodes are equal: nothing may be computed once for all.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def numbers(shape, positive=False):
    x = np.random.default_rng(1).uniform(-4, 4, shape).astype(np.float32)
    return np.abs(x) + np.float32(0.01) if positive else x


def node(op, domain="", extra=(), **attributes):
    return lambda x, y: helper.make_node(op, [x, *extra], [y], domain=domain, **attributes)


def used(make, named):
    """The constants that a node takes."""
    return {name: named[name] for name in make("x", "y").input if name in named}


def onnxruntime_peers():
    for shape in SHAPES:
        columns = shape[1]
        x, z = numbers(shape), numbers(shape)
        g, b = numbers((columns,)), numbers((columns,))
        axis = np.array([1], dtype=np.int64)
        first = np.array([0], dtype=np.int64)
        chains = {
            "exp": node("Exp"),
            "tanh": node("Tanh"),
            "erf": node("Erf"),
            "log": node("Log"),
            "sin": node("Sin"),
            "cos": node("Cos"),
            "sigmoid": node("Sigmoid"),
            "gelu": node("Gelu"),
            "gelu_tanh": node("Gelu", approximate="tanh"),
            "silu": node("QuickGelu", "com.microsoft", alpha=1.0),
            "sqrt": node("Sqrt"),
            "relu": node("Relu"),
            "softmax": node("Softmax", axis=-1),
            "transpose": node("Transpose", perm=[1, 0]),
            "add": node("Add", extra=["z"]),
            "mul": node("Mul", extra=["z"]),
            "div": node("Div", extra=["z"]),
            "max": node("Max", extra=["z"]),
            "add_row": node("Add", extra=["b"]),
            "layer_norm": node("LayerNormalization", extra=["g", "b"], axis=-1, epsilon=1e-12),
            "rms_norm": node("SimplifiedLayerNormalization", extra=["g"], axis=-1, epsilon=1e-5),
        }
        reductions = {
            "sum_rows": node("ReduceSum", extra=["axis"], keepdims=0),
            "sum_columns": node("ReduceSum", extra=["first"], keepdims=0),
            "sum_square_rows": node("ReduceSumSquare", extra=["axis"], keepdims=0),
            "max_of_rows": node("ReduceMax", extra=["axis"], keepdims=0),
            "max_of_columns": node("ReduceMax", extra=["first"], keepdims=0),
        }
        named = {"z": z, "g": g, "b": b, "axis": axis, "first": first}
        for name, make in chains.items():
            positive = name in ("log", "sqrt")
            yield name, shape, (make, {"x": numbers(shape, positive)}, used(make, named), True)
        for name, make in reductions.items():
            yield name, shape, (make, {"x": x}, used(make, named), False)
    for size, channels, taps, step in [(112, 64, 3, 2), (56, 64, 2, 2)]:
        shape = (size, size, channels, taps, step)
        image = {"x": numbers((1, channels, size, size))}
        window = dict(kernel_shape=[taps, taps], strides=[step, step])
        yield "max_pool", shape, (node("MaxPool", **window), image, {}, False)
        yield "average_pool", shape, (node("AveragePool", **window), image, {}, False)


def numpy_peers():
    for shape in SHAPES:
        x, z, positive, y = numbers(shape), numbers(shape), numbers(shape, True), np.zeros(shape, np.float32)
        for name in ("exp", "tanh", "log", "sin", "cos", "sqrt"):
            function, of = getattr(np, name), positive if name in ("log", "sqrt") else x
            yield name, shape, lambda function=function, of=of, y=y: function(of, out=y)
        for name, function in (("add", np.add), ("mul", np.multiply), ("div", np.divide), ("max", np.maximum)):
            yield name, shape, lambda function=function, x=x, z=z, y=y: function(x, z, out=y)
        for name, function, axis in (
            ("sum_rows", np.sum, 1),
            ("sum_columns", np.sum, 0),
            ("max_of_rows", np.max, 1),
            ("max_of_columns", np.max, 0),
            ("arg_max", np.argmax, 1),
            ("transpose", lambda x, axis, y=np.zeros(shape[::-1], np.float32): np.copyto(y, x.T), 0),
        ):
            yield name, shape, lambda function=function, axis=axis, x=x: function(x, axis=axis)


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
    wanted = lambda name: not args.only or name in args.only.split(",")
    times = {}

    def note(who, name, shape, value):
        times.setdefault((name, tuple(shape)), {}).setdefault(who, []).append(value)

    graphs = {}
    for name, shape, graph in onnxruntime_peers():
        if wanted(name):
            try:
                graphs.setdefault(name, []).append((shape, session(*graph), graph[1]))
            except Exception as error:
                print(f"# {name}: onnxruntime refuses it: {str(error)[:100]}")
    arrays = {}
    for name, shape, call in numpy_peers():
        if wanted(name):
            arrays.setdefault(name, []).append((shape, call))
    for _ in range(args.rounds):
        for name in sorted(graphs.keys() | arrays.keys()):
            for row in ours(args.program, name):
                note(row["isa"], name, row["shape"], row["seconds"])
            for shape, run, inputs in graphs.get(name, []):
                note("onnxruntime", name, shape, seconds(lambda: run.run(None, inputs)) / NODES)
            for shape, call in arrays.get(name, []):
                note("numpy", name, shape, seconds(call))
    for (name, shape), by in sorted(times.items()):
        medians = {who: statistics.median(values) for who, values in by.items()}
        ratios = {
            f"{isa} to {peer}": round(medians[peer] / medians[isa], 2)
            for isa in ("AVX2", "AVX-512")
            for peer in ("onnxruntime", "numpy")
            if isa in medians and peer in medians
        }
        if not ratios:
            continue
        if args.json:
            print(json.dumps({"what": name, "shape": shape, "seconds": medians, "ratios": ratios}))
        else:
            text = "  ".join(f"{what} {ratio:5.2f}" for what, ratio in ratios.items())
            print(f"{name:16} {'×'.join(map(str, shape)):18} {text}")


main()
