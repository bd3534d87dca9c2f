#!/usr/bin/env python3
"""Answers cases (FORMAT.md), one JSON object a line: `python3 main.py < cases.jsonl > answers.jsonl`.

With `--cases N --seed S` it makes N random cases itself and writes {"case": …, "answer": …} a line; with `--large` too, rounds of 200
to 1,024 updates (seconds and megabytes each); with `--infer`, N cases of each operation of inference, or of those named;
with `--programs`, N programs; with `--requests`, N requests.
"""

import argparse
import json
import random
import sys

import cases
import ops
import other_cases
from inference import cases as infer_cases
from inference import program_cases, request_cases


def write(thing):
    sys.stdout.write(json.dumps(thing, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--infer", nargs="*", metavar="NAME")
    parser.add_argument("--programs", action="store_true")
    parser.add_argument("--requests", action="store_true")
    arguments = parser.parse_args()
    if arguments.cases is None:
        for line in sys.stdin:
            write(ops.answer(json.loads(line)))
    elif arguments.programs or arguments.requests:
        what, make = ("programs", program_cases.any_program) if arguments.programs else ("requests", request_cases.any_case)
        rng = random.Random(f"{arguments.seed} {what}")
        for _ in range(arguments.cases):
            case = make(rng)
            write({"case": case, "answer": ops.answer(case)})
    elif arguments.infer is not None:
        for name in arguments.infer or infer_cases.MAKERS:
            rng = random.Random(f"{arguments.seed} {name}")
            for _ in range(arguments.cases):
                case = infer_cases.any_case(rng, name)
                write({"case": case, "answer": ops.answer(case)})
    else:
        rng = random.Random(arguments.seed)
        for _ in range(arguments.cases):
            case = cases.large_case(rng, rng.choice([200, 512, 1024])) if arguments.large else other_cases.any_case(rng)
            write({"case": case, "answer": ops.answer(case)})
    sys.stdout.flush()


if __name__ == "__main__":
    main()
