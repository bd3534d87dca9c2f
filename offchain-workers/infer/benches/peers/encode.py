"""Runs of a program beside onnxruntime's of the model that it was made of, in turns, on the same cores.

encode.py SPEED MODEL.onnx PROGRAM.qp TENSORS.safetensors [--length N] [--batches 1,8,32] [--threads 1,2] [--rounds N] [--seconds S] [--json]
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
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--batches", default="1,8,32")
parser.add_argument("--threads", default="1,2")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=1.0)
parser.add_argument("--json", action="store_true")
options = parser.parse_args()


def median(run):
    run()
    begin, times = time.perf_counter(), []
    while len(times) < 3 or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def peer(threads):
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    return ort.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])


def feed(session, batch):
    def value(name):
        if "mask" in name:
            return np.ones((batch, options.length), np.int64)
        if "type" in name:
            return np.zeros((batch, options.length), np.int64)
        i = np.arange(options.length)
        rows = [(i * 7919 + seed * 104_729) % 20_000 + 1_000 for seed in range(batch)]
        return np.array(rows, np.int64)

    return {given.name: value(given.name) for given in session.get_inputs()}


cores = sorted(os.sched_getaffinity(0))
ours, theirs = {}, {}
for threads in map(int, options.threads.split(",")):
    os.sched_setaffinity(0, cores[:threads])
    session = peer(threads)
    for _ in range(options.rounds):
        for batch in map(int, options.batches.split(",")):
            given = feed(session, batch)
            theirs.setdefault((threads, batch), []).append(median(lambda: session.run(None, given)))
            line = subprocess.run(
                [options.speed, "encode", options.program, options.tensors, str(options.length), str(batch), str(threads), str(options.seconds)],
                check=True, capture_output=True, text=True,
            ).stdout
            ours.setdefault((threads, batch), []).append(json.loads(line)["ms"])
for (threads, batch), times in ours.items():
    own, other = statistics.median(times), statistics.median(theirs[threads, batch])
    row = {"threads": threads, "batch": batch, "length": options.length, "ms": own, "onnxruntime_ms": other, "ratio": other / own}
    if options.json:
        print(json.dumps(row))
    else:
        print(f"{threads} threads, {batch:3} x {options.length}: {own:9.2f} ms, onnxruntime {other:9.2f} ms, ratio {other / own:.2f}")
