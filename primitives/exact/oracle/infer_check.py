#!/usr/bin/env python3
"""The digests that the reference made, computed anew from the text: `python3 infer_check.py [functions] [digests] [NAME …]`."""

import json
import sys
from pathlib import Path

import blake3
from inference import digests
from inference.functions import FUNCTIONS

GOLDEN = Path(__file__).parent.parent / "golden"


def check_digests(wanted):
    count = differing = 0
    table = json.loads((GOLDEN / "infer.json").read_text())
    for name, expected in table.items():
        if not wanted or any(name.startswith(w) for w in wanted):
            count += 1
            found = digests.digest(name)
            if found != expected:
                differing += 1
                print(f"{name}: {found} is not {expected}", flush=True)
    print(f"infer.json: {count} cases, {differing} differ")


def check_functions(wanted):
    for name, table in json.loads((GOLDEN / "functions-sampled.json").read_text()).items():
        if wanted and name not in wanted:
            continue
        function, differing = FUNCTIONS[name], 0
        for pair in table["values"]:
            x, y = (int(word, 16) for word in pair.split())
            if function(x) != y:
                differing += 1
                print(f"{name} {x:08X}: {function(x):08X} is not {y:08X}", flush=True)
        for top, expected in enumerate(table["digests"]):
            results = (function(top << 24 | low << 12) for low in range(1 << 12))
            if blake3.blake3(b"".join(y.to_bytes(4, "little") for y in results))[:16].hex() != expected:
                differing += 1
                print(f"{name} {top:02X}: digest differs", flush=True)
        print(f"{name}: {len(table['values'])} values, {len(table['digests'])} digests, {differing} differ", flush=True)


if __name__ == "__main__":
    what, names = sys.argv[1:2], sys.argv[2:]
    {"functions": check_functions, "digests": check_digests}[what[0]](names)
