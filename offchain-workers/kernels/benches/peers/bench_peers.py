"""The CPU backend beside Flower and numpy, on the same arrays, in one run.

    cargo build --release -p quorate-kernels --example peers
    pip install -r requirements.txt
    python bench_peers.py TARGET/release/examples/peers [--length 2000000] [--runs 3]

Arrays: ROWS updates of LENGTH normal f32 values, in layers of 100,000, from a seed. Every figure is a median of several runs after one
that does not count; where a peer needs many seconds, of one. `ratio` compares seconds; `ratio, CPU` compares the seconds that were spent
on CPUs, each divided by the CPUs that the program can use (numpy.median and Flower use one, whatever there is): on a machine that
others use too it is nearer to what a quiet one shows. Leave OPENBLAS_CORETYPE and the like unset.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile
import time

import flwr
import numpy as np
from flwr.server.strategy.aggregate import aggregate, aggregate_krum, aggregate_median

LAYER = 100_000
CPUS = len(os.sched_getaffinity(0))


def measure(work, runs, warm=True):
    """Median seconds, and seconds on CPUs."""
    if warm:
        work()
    times = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return [statistics.median(column) for column in zip(*times)]


def ours(program, path, rows, length, runs, operations, level):
    environment = dict(os.environ, **({"QUORATE_LEVEL": level} if level else {}))
    command = [program, str(path), str(rows), str(length), str(runs), *operations]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--length", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sigma", type=float, default=0.02)
    parser.add_argument("--level", choices=["baseline", "avx2"], help="a lower level than the best one")
    parser.add_argument("--folder", help="where the arrays are written")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    array = random.standard_normal((options.rows, options.length), dtype=np.float32) * np.float32(options.sigma)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = pathlib.Path(folder) / "updates.f32"
        array.tofile(path)
        operations = ["read", "mean", "median", "trimmed", "krum"]
        found = ours(options.program, path, options.rows, options.length, options.runs, operations, options.level)
    layers = [[row[at : at + LAYER] for at in range(0, options.length, LAYER)] for row in array]
    results = [(layers[i], i + 1) for i in range(options.rows)]
    f = options.rows // 5
    flower_mean = measure(lambda: aggregate(results), options.runs)
    flower_median = measure(lambda: aggregate_median(results), 1, warm=False)
    numpy_median = measure(lambda: np.median(array, axis=0), 1, warm=False)
    product = measure(lambda: array @ array.T, options.runs)
    flower_krum = measure(lambda: aggregate_krum(results, f, options.rows - f), 1, warm=False)

    size = array.nbytes
    print(f"{found['backend']}; {platform.machine()}, {CPUS} CPUs, load {os.getloadavg()[0]:.1f}; "
          f"numpy {np.__version__}, Flower {flwr.__version__}; "
          f"{options.rows} x {options.length} f32, sigma {options.sigma}, seed {options.seed}, medians of {options.runs}\n")
    print("| what | ours | GB/s | against | theirs | ratio | ratio, CPU | goal |")
    print("|---|---|---|---|---|---|---|---|")
    rows = [
        ("mean", "weighted mean", "Flower's aggregate, warm", flower_mean, 1, "8"),
        ("mean", "weighted mean", "reading the bytes", (found["read"], found["read_cpu"]), CPUS, "0.7 (AVX2: 0.5)"),
        ("median", "median", "numpy.median", numpy_median, 1, "40"),
        ("median", "median", "Flower's median", flower_median, 1, "40"),
        ("trimmed", "trimmed mean", "numpy.median", numpy_median, 1, "30"),
        ("krum", "Multi-Krum", "Flower's MultiKrum", flower_krum, 1, "5"),
        ("krum", "Multi-Krum", "numpy a @ a.T", product, CPUS, "0.5"),
    ]
    for key, what, peer, (wall, cpu), cpus, goal in rows:
        own, own_cpu = found[key], found[key + "_cpu"]
        by_cpu = (cpu / cpus) / (own_cpu / CPUS) if own_cpu else float("nan")
        print(f"| {what} | {own:.3f} s | {size / own / 1e9:.2f} | {peer} | {wall:.3f} s | {wall / own:.2f} | {by_cpu:.2f} | {goal} |")


if __name__ == "__main__":
    main()
