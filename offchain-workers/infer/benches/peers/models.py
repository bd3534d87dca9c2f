"""Runs of a program beside onnxruntime's of the model that it was made of, in turns, on the same cores.

models.py SPEED MODEL.onnx PROGRAM.qp TENSORS.safetensors --sizes tokens=128 [--shape NAME=1,3,64,320] [--batches 1,8,32] [--threads 1,2] [--rounds N] [--seconds S]
          [--engines PROGRAM]
Medians of the rounds' medians; a ratio is the other's time over ours: above 1 we are faster. With --engines, which the folder engines builds, rten too,
whose first output of floats has to have onnxruntime's mean amount.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime as ort

parser = argparse.ArgumentParser()
parser.add_argument("speed")
parser.add_argument("model")
parser.add_argument("program")
parser.add_argument("tensors")
parser.add_argument("--sizes", default="-", help="of the program's dimensions")
parser.add_argument("--shape", action="append", default=[], help="of one request's input of the model, with its batch of 1")
parser.add_argument("--batches", default="1,8,32")
parser.add_argument("--threads", default="1,2")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=1.0)
parser.add_argument("--engines", help="the program that times rten")
options = parser.parse_args()


def measured(run):
    """The median, and the processor's time of each on one thread, in milliseconds."""
    run()
    begin, busy, times = time.perf_counter(), time.thread_time(), []
    while len(times) < 3 or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), (time.thread_time() - busy) * 1e3 / len(times)


def peer(threads):
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    return ort.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])


shapes = {name: [int(size) for size in shape.split(",")] for name, shape in (text.split("=") for text in options.shape)}


def feed(session, batch):
    def value(given):
        shape = [batch] + shapes[given.name][1:]
        count = int(np.prod(shape[1:]))
        words = np.array([(np.arange(count) * 7919 + seed * 104_729) % 20_000 for seed in range(batch)])
        if given.type == "tensor(float)":
            return (words / 1e4 - 1).astype(np.float32).reshape(shape)
        if "mask" in given.name:
            return np.ones(shape, np.int64)
        if "type" in given.name:
            return np.zeros(shape, np.int64)
        return (words + 1_000).astype(np.int64).reshape(shape)

    return {given.name: value(given) for given in session.get_inputs()}


def line(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def engine(name, batch, threads, mean):
    """Milliseconds of another engine's run, by the clock and of the processor; ``None`` where it cannot run the model."""
    batched = [f"{input}={','.join(map(str, [batch] + shape[1:]))}" for input, shape in shapes.items()]
    try:
        found = line([options.engines, name, options.model, str(threads), str(options.seconds), *batched])
    except RuntimeError as error:
        print(f"{name}, batch {batch}: {error}", file=sys.stderr)
        return None
    if abs(found["mean"] - mean) > 1e-3 * abs(mean) + 1e-6:
        sys.exit(f"{name}, batch {batch}: the mean amount of the first output of floats is {found['mean']}, onnxruntime's {mean}")
    return found["ms"], found["cpu_ms"]


OTHERS = ["rten"] if options.engines else []
cores = sorted(os.sched_getaffinity(0))
#: By threads and batch, then by engine.
times = {}
for threads in map(int, options.threads.split(",")):
    os.sched_setaffinity(0, cores[:threads])
    session = peer(threads)
    for _ in range(options.rounds):
        for batch in map(int, options.batches.split(",")):
            of = times.setdefault((threads, batch), {})
            given = feed(session, batch)
            of.setdefault("onnxruntime", []).append(measured(lambda: session.run(None, given)))
            command = [options.speed, "time", options.program, options.tensors, options.sizes, str(batch), str(threads), str(options.seconds)]
            own = line(command)
            of.setdefault("ours", []).append((own["ms"], own["cpu_ms"]))
            floats = next(output for output in session.run(None, given) if output.dtype == np.float32)
            mean = float(np.abs(floats).mean(dtype=np.float64))
            for name in OTHERS:
                found = engine(name, batch, threads, mean)
                if found:
                    of.setdefault(name, []).append(found)
for (threads, batch), of in times.items():
    row = {"threads": threads, "batch": batch, "sizes": options.sizes}
    for which, unit in enumerate(["ms", "cpu_ms"][: 2 if threads == 1 else 1]):
        medians = {name: statistics.median(pair[which] for pair in pairs) for name, pairs in of.items()}
        row[unit] = round(medians["ours"], 3)
        for name in ["onnxruntime", *OTHERS]:
            if name in medians:
                row |= {f"{name}_{unit}": round(medians[name], 3), f"{name}_{unit}_ratio": round(medians[name] / medians["ours"], 3)}
    print(json.dumps(row))
