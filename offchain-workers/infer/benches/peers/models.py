"""Runs of a program beside onnxruntime's of the model that it was made of, in turns, on the same cores.

models.py SPEED MODEL.onnx PROGRAM.qp TENSORS.safetensors --sizes tokens=128 [--shape NAME=1,3,64,320] [--batches 1,8,32] [--threads 1,2] [--rounds N] [--seconds S]
Medians of the rounds' medians; the ratio is onnxruntime's time over ours: above 1 we are faster.
"""

import argparse
import json
import os
import statistics
import subprocess
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


cores = sorted(os.sched_getaffinity(0))
ours, theirs = {}, {}
for threads in map(int, options.threads.split(",")):
    os.sched_setaffinity(0, cores[:threads])
    session = peer(threads)
    for _ in range(options.rounds):
        for batch in map(int, options.batches.split(",")):
            given = feed(session, batch)
            theirs.setdefault((threads, batch), []).append(measured(lambda: session.run(None, given)))
            line = subprocess.run(
                [options.speed, "time", options.program, options.tensors, options.sizes, str(batch), str(threads), str(options.seconds)],
                check=True, capture_output=True, text=True,
            ).stdout
            ours.setdefault((threads, batch), []).append((json.loads(line)["ms"], json.loads(line)["cpu_ms"]))
for (threads, batch), times in ours.items():
    row = {"threads": threads, "batch": batch, "sizes": options.sizes}
    for which, name in enumerate(["ms", "cpu_ms"][: 2 if threads == 1 else 1]):
        own, other = (statistics.median(pair[which] for pair in pairs) for pairs in (times, theirs[threads, batch]))
        row |= {name: round(own, 3), f"onnxruntime_{name}": round(other, 3), f"{name}_ratio": round(other / own, 3)}
    print(json.dumps(row))
