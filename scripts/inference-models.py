"""Real models by `quorate compile` and `quorate program run`, beside onnxruntime."""
import json, pathlib, subprocess, sys, tempfile, time

import numpy
import onnxruntime

quorate, cache, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
random = numpy.random.default_rng(1)


def normal(*shape):
    return random.standard_normal(shape).astype(numpy.float32)


def tokens(length, *more):
    ids = random.integers(1000, 30000, (1, length))
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)} | {name: numpy.zeros_like(ids) for name in more}


def page(height, width):
    """Dark strokes on a light page: of noise a detector sees nothing, and its answer is 0."""
    image = numpy.full((height, width), 2.2, numpy.float32)
    for top in range(20, height - 20, 32):
        for left in range(12, width - 16, 12):
            strokes = numpy.kron(random.random((7, 4)) < 0.55, numpy.ones((2, 2), bool))
            image[top : top + 14, left : left + 8] = numpy.where(strokes, -2.0, 2.2)
    return numpy.ascontiguousarray(numpy.broadcast_to(image, (1, 3, height, width)))


# Largest difference, of the output's range. The detector's last sigmoid is steep: onnxruntime with and without its optimisations differs by
# 2e-5 there.
WITHIN = {"ocr-det": 5e-5}

# Name, folder, file, inputs, options; or what the refusal says.
MODELS = [
    ("minilm-l3", "minilm-l3", "**/*.onnx", tokens(8), ["--dimension", "batch_size=1", "--dimension", "sequence_length=1..128"]),
    ("minilm-l3-int8", "quantised", "minilm-l3.onnx", tokens(8), ["--dimension", "batch_size=1", "--dimension", "sequence_length=1..128"]),
    ("minilm-l6", "minilm-l6", "**/*.onnx", tokens(8, "token_type_ids"), ["--dimension", "batch=1", "--dimension", "sequence=1..128"]),
    ("ocr-cls", "ocr", "**/*cls*.onnx", {"x": normal(1, 3, 48, 192)}, ["--input", "x=1,3,48,192"]),
    ("ocr-rec", "ocr", "**/*rec*.onnx", {"x": normal(1, 3, 48, 64)}, ["--input", "x=1,3,48,8*w", "--dimension", "w=4..40"]),
    ("ocr-det", "ocr", "**/*det*.onnx", {"x": page(96, 160)}, ["--input", "x=1,3,32*h,32*w", "--dimension", "h=1..30", "--dimension", "w=1..30"]),
    ("silero-sequence", "silero", "**/silero_vad_16k_sequence.onnx",
     {"input": normal(5, 576) / 10, "h": normal(1, 1, 128) / 10, "c": normal(1, 1, 128) / 10}, ["--dimension", "sequence_length=1..64"]),
    ("silero-step", "silero", "**/silero_vad_openvino_16k.onnx", {"input": normal(1, 576) / 10, "state": normal(2, 1, 128) / 10}, []),
    ("silero-if", "silero", "**/silero_vad.onnx", "subgraph", []),
    ("silero-half", "silero", "**/silero_vad_half.onnx", "subgraph", []),
    ("magika", "magika", "**/standard_v3_3/model.onnx", {"bytes": random.integers(0, 256, (1, 2048)).astype(numpy.int32)}, ["--dimension", "unk__214=1"]),
]


def compare(model, name, got, expected):
    if got.shape != expected.shape:
        return f"{name}: {got.shape}, not {expected.shape}", False
    a, b = got.astype(numpy.float64).ravel(), expected.astype(numpy.float64).ravel()
    difference = numpy.abs(a - b).max() / ((b.max() - b.min()) or 1)
    cosine = a @ b / max(1e-300, numpy.linalg.norm(a) * numpy.linalg.norm(b))
    return f"{name} {list(got.shape)}: {difference:.1e} of the range, cosine 1 - {1 - cosine:.1e}", difference <= WITHIN.get(model, 1e-5) and cosine >= 0.999999


def run(name, folder, file, inputs, options, work):
    model = next((cache / folder).glob(file))
    tensors = ["--tensors", work / "tensors.safetensors"]
    made = subprocess.run([quorate, "compile", model, "--out", work / "p.qp", "--force", *tensors, *options], capture_output=True, text=True)
    if isinstance(inputs, str):
        print(f"{name}: refused: {made.stderr.strip()}")
        return made.returncode == 2 and inputs in made.stderr
    if made.returncode:
        print(f"{name}: {made.stderr.strip()}")
        return False
    files = []
    for index, (key, value) in enumerate(inputs.items()):
        numpy.save(work / f"{index}.npy", value)
        files += ["--input", f"{key}={work / f'{index}.npy'}"]
    start = time.time()
    command = [quorate, "--json", "program", "run", work / "p.qp", "--model", work / "tensors.safetensors", "--force", "--out", work / "out"]
    ran = subprocess.run([*command, *files], capture_output=True, text=True)
    if ran.returncode:
        print(f"{name}: {ran.stdout.strip()} {ran.stderr.strip()}")
        return False
    seconds = time.time() - start
    answers = json.loads(ran.stdout)["outputs"]
    reference = subprocess.run([*command, *files, "--reference"], capture_output=True, text=True)
    same = not reference.returncode and answers == json.loads(reference.stdout)["outputs"]
    if not same:
        print(f"{name}: the engine's bits are NOT those of the reference")
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    expected = dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs)))
    good = same
    for output in answers:
        text, close = compare(name, output["name"], numpy.load(output["file"]), expected[output["name"]])
        print(f"{name}: {'' if close else 'DIFFERS '}{text}; {seconds:.1f} s")
        good &= close
    return good


def quantise():
    """MiniLM-L3 with products of integers, as onnxruntime makes it."""
    made = cache / "quantised" / "minilm-l3.onnx"
    if not made.exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        made.parent.mkdir(exist_ok=True)
        quantize_dynamic(next((cache / "minilm-l3").glob("**/*.onnx")), made.with_suffix(".part"), weight_type=QuantType.QInt8, per_channel=True)
        made.with_suffix(".part").rename(made)


onnxruntime.set_default_logger_severity(3)
quantise()
good = True
with tempfile.TemporaryDirectory() as work:
    for entry in MODELS:
        if not wanted or entry[0] in wanted:
            good &= run(*entry, pathlib.Path(work))
sys.exit(0 if good else 1)
