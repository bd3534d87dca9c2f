"""What onnxruntime answers to operations whose definition is easily misread: writes golden/infer_peer.json, which the tests compare
with the reference, to 10⁻⁵ of the range. Images go in and come out channels last, weights as the reference has them.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
    python3 primitives/exact/oracle/peers/with_onnxruntime.py
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

OUT = Path(__file__).parents[2] / "golden" / "infer_peer.json"
TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8}
random = np.random.default_rng(10)
cases = []


def values(*shape):
    return random.normal(size=shape).astype(np.float32)


def run(op, inputs, outputs, **attributes):
    """The answers of a graph of one node; an input that is None is left out."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    given = {name: x for name, x in zip(names, inputs) if name}
    infos = [helper.make_tensor_value_info(name, TYPES[str(x.dtype)], x.shape) for name, x in given.items()]
    graph = helper.make_graph([node], "g", infos, [helper.make_empty_tensor_value_info(name) for name in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, given)


def tensor(x):
    x = np.asarray(x)
    values = np.ascontiguousarray(x).reshape(-1)
    kind = {"float32": "f32", "int64": "i64", "int32": "i32", "uint8": "u8", "int8": "i8"}[str(x.dtype)]
    values = values.view(np.uint32) if kind == "f32" else values
    return {"type": kind, "shape": list(x.shape), "values": [int(v) for v in values]}


def bits(x):
    return int(np.float32(x).view(np.uint32))


def case(name, parameters, inputs, outputs):
    """A case of FORMAT.md, and the peer's outputs."""
    asked = {"op": "infer", "name": name, "parameters": parameters, "inputs": [tensor(x) for x in inputs]}
    cases.append({"case": asked, "answer": {"outputs": [tensor(y) for y in outputs]}})


def last(x):
    """Channels last."""
    return np.moveaxis(x, 1, -1)


def stride(step, dilation, before, after):
    return [step, dilation, before, after]


def convolutions():
    for groups, (kh, kw), down, across in [
        (1, (3, 3), stride(1, 1, 1, 1), stride(2, 1, 0, 2)),
        (2, (2, 3), stride(2, 2, 1, 0), stride(1, 2, 2, 1)),
        (4, (3, 3), stride(1, 1, 1, 1), stride(1, 1, 1, 1)),
        (1, (1, 5), stride(1, 1, 0, 0), stride(3, 1, 2, 2)),
    ]:
        pads = [down[2], across[2], down[3], across[3]]
        common = dict(group=groups, strides=[down[0], across[0]], dilations=[down[1], across[1]], pads=pads)
        x, w, b = values(2, 4, 7, 6), values(8, 4 // groups, kh, kw), values(8)
        (y,) = run("Conv", [x, w, b], 1, **common)
        parameters = {"groups": groups, "strides": [down, across]}
        case("conv", parameters, [last(x), last(w), b], [last(y)])
        w = values(4, 8 // groups, kh, kw)
        extra = [down[0] - 1, across[0] - 1]
        (y,) = run("ConvTranspose", [x, w, b], 1, output_padding=extra, **common)
        ours = np.concatenate([np.swapaxes(part, 0, 1) for part in np.split(w, groups)])
        case("conv_transpose", parameters | {"extra": extra}, [last(x), last(ours), b], [last(y)])


def pools():
    for kernel, down, across, ceil in [
        ([3, 2], stride(2, 1, 1, 1), stride(1, 1, 0, 0), 0),
        ([3, 3], stride(2, 1, 1, 1), stride(2, 1, 0, 1), 1),
        ([2, 2], stride(2, 1, 0, 0), stride(2, 1, 0, 0), 1),
        ([2, 3], stride(1, 2, 1, 0), stride(3, 1, 1, 1), 0),
    ]:
        pads = [down[2], across[2], down[3], across[3]]
        common = dict(kernel_shape=kernel, strides=[down[0], across[0]], dilations=[down[1], across[1]], pads=pads, ceil_mode=ceil)
        x = values(1, 3, 7, 9)
        for op, include in [("MaxPool", None), ("AveragePool", 0), ("AveragePool", 1)]:
            more = {} if include is None else {"count_include_pad": include}
            (y,) = run(op, [x], 1, **common, **more)
            parameters = {"kernel": kernel, "strides": [down, across], "ceil": bool(ceil), "count_include_pad": include == 1}
            case("max_pool" if op == "MaxPool" else "average_pool", parameters, [last(x)], [last(y)])


def recurrent():
    steps, batch, inputs, units = 5, 2, 4, 3
    for with_bias in (True, False):
        x, h, c = values(steps, batch, inputs), values(1, batch, units), values(1, batch, units)
        w, r, b = values(1, 4 * units, inputs), values(1, 4 * units, units), values(1, 8 * units)
        y, y_h, y_c = run("LSTM", [x, w, r, b if with_bias else None, None, h, c], 3, hidden_size=units)
        biases = np.split(b[0], 2) if with_bias else []
        case("lstm", {}, [x, w[0], r[0], h[0], c[0], *biases], [y[:, 0], y_h[0], y_c[0]])
        for after in (0, 1):
            w, r, b = values(1, 3 * units, inputs), values(1, 3 * units, units), values(1, 6 * units)
            y, y_h = run("GRU", [x, w, r, b if with_bias else None, None, h], 2, hidden_size=units, linear_before_reset=after)
            biases = np.split(b[0], 2) if with_bias else []
            case("gru", {"linear_before_reset": bool(after)}, [x, w[0], r[0], h[0], *biases], [y[:, 0], y_h[0]])


def rows():
    x = values(3, 5, 4) * 3
    for axis in (0, 1, 2):
        case("softmax", {"axis": axis}, [x], run("Softmax", [x], 1, axis=axis))
    g, b = values(4), values(4)
    case("layer_norm", {"epsilon": bits(1e-5)}, [x, g, b], run("LayerNormalization", [x, g, b], 1, axis=-1, epsilon=1e-5))
    image, mean, variance = values(2, 4, 3, 3), values(4), abs(values(4))
    (y,) = run("BatchNormalization", [image, g, b, mean, variance], 1, epsilon=1e-3)
    case("batch_norm", {"epsilon": bits(1e-3)}, [last(image), g, b, mean, variance], [last(y)])
    axes = np.array([0, 2], np.int64)
    for op, ours in [("Sum", "sum"), ("Mean", "mean"), ("SumSquare", "sum_square"), ("L1", "l1"), ("L2", "l2"), ("Max", "max"), ("Min", "min")]:
        case(f"reduce_{ours}", {"axes": [0, 2], "keep": False}, [x], run(f"Reduce{op}", [x, axes], 1, keepdims=0))


def moves():
    x = values(1, 2, 3, 4)
    for scale in (2, 3):
        for mode, nearest in [("asymmetric", "floor"), ("half_pixel", "round_prefer_floor")]:
            scales = np.array([1, 1, scale, 1], np.float32)
            attributes = dict(mode="nearest", coordinate_transformation_mode=mode, nearest_mode=nearest)
            (y,) = run("Resize", [x, None, scales], 1, **attributes)
            case("resize", {"axis": 1, "scale": scale}, [last(x)], [last(y)])
    flat = values(3, 7)
    for mode in ("reflect", "edge", "constant"):
        pads = np.array([0, 2, 0, 3], np.int64)
        parameters = {"fill": None if mode == "constant" else mode, "axis": 1, "before": 2, "after": 3}
        case("pad", parameters, [flat, np.zeros((), np.float32)], run("Pad", [flat, pads], 1, mode=mode))
    ties = np.array([[1, 3, 3, -0.0, 0.0, 2, 3]], np.float32)
    for data in (flat, ties):
        for largest in (0, 1):
            y, indices = run("TopK", [data, np.array([4], np.int64)], 2, axis=1, largest=largest)
            case("top_k", {"k": 4, "axis": 1, "largest": bool(largest)}, [data], [y, indices])
        case("arg_max", {"axis": 1, "keep": False}, [data], run("ArgMax", [data], 1, axis=1, keepdims=0))


def quantised():
    x = values(3, 8) * 2
    y, scale, zero = run("DynamicQuantizeLinear", [x], 3)
    case("dynamic_quantize", {}, [x], [y, scale, zero])
    (back,) = run("DequantizeLinear", [y, scale, zero], 1)
    case("dequantize", {}, [y, scale, zero], [back])
    halves = (np.arange(-12, 12) / 2).astype(np.float32)
    one, three = np.array(1, np.float32), np.array(3, np.uint8)
    case("quantize", {}, [halves, one, three], run("QuantizeLinear", [halves, one, three], 1))
    w = random.integers(-128, 128, (8, 5)).astype(np.int8)
    w_zero = np.array(-7, np.int8)
    (product,) = run("MatMulInteger", [y, w, zero, w_zero], 1)
    case("matmul_integer", {}, [y, zero, w.T, w_zero], [product])


convolutions()
pools()
recurrent()
rows()
moves()
quantised()
OUT.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
print(len(cases), "cases", OUT.stat().st_size, "bytes")
