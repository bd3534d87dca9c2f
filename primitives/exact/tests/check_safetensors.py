#!/usr/bin/env python3
"""Opens the golden files with the safetensors library: `pip install safetensors numpy && python3 check_safetensors.py`.

The canonical layout is ours; this shows that a stock reader finds the same tensors in it.
"""

import json
import struct
from pathlib import Path

import numpy
from safetensors import safe_open

GOLDEN = Path(__file__).parent.parent / "golden"
DTYPES = {"F32": numpy.float32, "I64": numpy.int64, "BOOL": numpy.bool_}


def check(path, kind):
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    data = raw[8 + length :]
    assert (8 + length) % 1024 == 0
    with safe_open(path, "np") as file:
        meaning = json.loads(file.metadata()["quorate"])
        assert meaning["format"] == 1 and meaning["kind"] == kind
        assert set(file.keys()) == set(meaning["tensors"]) == set(header) - {"__metadata__"}
        for name in file.keys():
            entry = header[name]
            begin, end = entry["data_offsets"]
            expected = numpy.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
            assert numpy.array_equal(file.get_tensor(name), expected), name
    return {name: entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"}


model = check(GOLDEN / "model.safetensors", "model")
update = check(GOLDEN / "update.safetensors", "delta")
assert all(model[name] == place for name, place in update.items())
print(f"{len(model)} tensors of the model and {len(update)} of the update: as expected")
