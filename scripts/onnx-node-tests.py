"""ONNX's node tests (onnx.backend.test) by `quorate compile` and `quorate program run`."""
import collections, json, os, pathlib, re, subprocess, sys, tempfile

import numpy
import onnx
from onnx import numpy_helper

quorate, root, pattern = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
counts, reasons = collections.Counter(), collections.Counter()


def arrays(folder, kind):
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda path: int(re.findall(r"\d+", path.name)[0]))
    return [numpy_helper.to_array(onnx.load_tensor(path)) for path in files]


def with_constants(model, inputs):
    """Inputs of whole numbers, but for the first, and what Clip and Pow read become constants: sizes, axes and bounds have to be known."""
    graph = model.graph
    kept = []
    for index, (info, value) in enumerate(zip(list(graph.input), inputs)):
        op = graph.node[0].op_type
        bound = op in ("Clip", "Pow", "Pad", "Resize", "Upsample", "TopK", "ConstantOfShape", "Range", "Slice") and (index > 0 or op in ("ConstantOfShape", "Range"))
        whole = value.dtype == numpy.int64 and index > 0 and op not in ("Gather", "GatherND", "Where", "Add", "Sub", "Mul", "Max", "Min", "Equal", "Less", "Greater")
        if bound or whole:
            graph.initializer.append(numpy_helper.from_array(value, info.name))
            graph.input.remove(info)
        else:
            kept.append((info.name, value))
    return kept


def run(folder, work):
    model = onnx.load(folder / "model.onnx")
    data = folder / "test_data_set_0"
    try:
        inputs, wanted = arrays(data, "input"), arrays(data, "output")
    except Exception as error:
        return "refused", f"the test's data: {type(error).__name__}"
    if any(value.dtype not in (numpy.float32, numpy.int64, numpy.int32, numpy.int8, numpy.uint8, numpy.bool_) for value in inputs + wanted):
        return "refused", "a type that programs do not have"
    if any(0 in value.shape for value in inputs + wanted):
        return "refused", "a tensor without elements"
    if any(value.dtype == numpy.float32 and numpy.isnan(value).any() for value in inputs + wanted):
        return "refused", "a value that is not a number"
    named = with_constants(model, inputs)
    onnx.save(model, work / "m.onnx")
    # Inputs that say nothing of their shape have that of the data.
    shapes = []
    for name, value in named:
        shapes += ["--input", f"{name}={','.join(map(str, value.shape))}"] if value.shape else []
    made = subprocess.run([quorate, "compile", work / "m.onnx", "--out", work / "p.qp", "--force", *shapes], capture_output=True, text=True)
    if made.returncode == 2:
        return "refused", re.sub(r"^.*?\): ", "", made.stderr.strip().splitlines()[0].removeprefix("error: "))
    if made.returncode:
        return "failed", f"compile: {made.stderr.strip()[-300:]}"
    files = []
    dropped = made.stderr
    for index, (name, value) in enumerate(named):
        if f"no output depends on input {name};" in dropped:
            continue
        numpy.save(work / f"{index}.npy", numpy.ascontiguousarray(value).reshape(value.shape))
        files += ["--input", f"{name}={work / f'{index}.npy'}"]
    command = [quorate, "--json", "program", "run", work / "p.qp", "--force", "--out", work / "out", *files]
    engine = subprocess.run(command, capture_output=True, text=True)
    ran = subprocess.run([*command, "--reference"], capture_output=True, text=True)
    if ran.returncode:
        return "failed", f"run: {(ran.stdout + ran.stderr).strip()[-300:]}"
    if engine.returncode or json.loads(engine.stdout)["outputs"] != json.loads(ran.stdout)["outputs"]:
        return "failed", f"the engine's bits are not those of the reference: {(engine.stdout + engine.stderr).strip()[-300:]}"
    for output, value in zip(json.loads(ran.stdout)["outputs"], wanted):
        got = numpy.load(output["file"])
        if got.shape != value.shape or got.dtype != value.dtype:
            return "failed", f"{got.dtype} {got.shape}, not {value.dtype} {value.shape}"
        if value.dtype == numpy.float32:
            if not numpy.allclose(got, value, rtol=1e-3, atol=1e-5, equal_nan=True):
                return "failed", f"differs by {numpy.nanmax(numpy.abs(got - value))}"
        elif value.dtype in (numpy.int8, numpy.uint8):
            if numpy.abs(got.astype(int) - value.astype(int)).max() > 1:
                return "failed", "differs"
        elif not (got == value).all():
            return "failed", "differs"
    return "passed", ""


with tempfile.TemporaryDirectory() as work:
    for folder in sorted(root.iterdir()):
        if pattern in folder.name and (folder / "model.onnx").exists():
            kind, why = run(folder, pathlib.Path(work))
            counts[kind] += 1
            if kind == "failed":
                print(f"FAILED {folder.name}: {why}", flush=True)
            elif kind == "refused":
                reasons[why[:100]] += 1
                if os.environ.get("VERBOSE"):
                    print(f"refused {folder.name}: {why}", flush=True)
for why, count in reasons.most_common():
    print(f"{count:5} refused: {why}")
print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
sys.exit(1 if counts["failed"] else 0)
