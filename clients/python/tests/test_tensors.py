"""Tensors to and from files. No network."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from quorate import InputError, _tensors


def header(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def test_arrays_should_be_written_row_major_and_little_endian(tmp_path):
    path = tmp_path / "x.safetensors"
    turned = np.arange(6, dtype=">f4").reshape(2, 3).T
    _tensors.write({"turned": turned, "number": np.float64(2.5), "none": np.zeros((0, 3), "i8")}, path)
    names, data = header(path)
    assert names["turned"]["shape"] == [3, 2] and names["turned"]["dtype"] == "F32"
    assert names["number"] == {"dtype": "F64", "shape": [], "data_offsets": [24, 32]}
    assert names["none"]["data_offsets"] == [32, 32]
    assert data == struct.pack("<6f", 0, 3, 1, 4, 2, 5) + struct.pack("<d", 2.5)


def test_tensors_of_pytorch_should_be_written_whatever_their_strides_and_types(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.safetensors"
    values = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    state = {"turned": values.T.requires_grad_(), "half": values.bfloat16(), "one": torch.tensor(True)}
    _tensors.write(state, path)
    names, data = header(path)
    assert [names[name]["dtype"] for name in state] == ["F32", "BF16", "BOOL"]
    assert data[:24] == struct.pack("<6f", 0, 3, 1, 4, 2, 5)
    assert data[24:36] == values.bfloat16().view(torch.int16).numpy().tobytes()
    assert data[36:] == b"\x01"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (np.array([1j]), "complex"),
        (np.array(["x"]), "type that an update cannot have"),
        ([1.0], "is a list"),
    ],
)
def test_what_is_no_tensor_of_an_update_should_be_named_and_leave_no_file(tmp_path, value, named):
    path = tmp_path / "x.safetensors"
    with pytest.raises(InputError, match=named) as raised:
        _tensors.write({"good": np.zeros(2), "layer.odd": value}, path)
    assert "layer.odd" in str(raised.value) and raised.value.code == 2
    assert not path.exists()


def test_sparse_and_meta_tensors_should_be_refused(tmp_path):
    torch = pytest.importorskip("torch")
    for odd in [torch.eye(3).to_sparse(), torch.empty(3, device="meta")]:
        with pytest.raises(InputError, match="layer.odd is not dense"):
            _tensors.write({"layer.odd": odd}, tmp_path / "x.safetensors")


@pytest.mark.parametrize("free", [0, 95, 96])
def test_tensors_should_be_a_file_in_memory_where_twice_as_much_is_free(tmp_path, monkeypatch, free):
    monkeypatch.setattr(_tensors, "_free_memory", lambda: free)
    # Of 48 bytes.
    state = {"turned": np.arange(6, dtype="f4").reshape(2, 3).T, "whole": np.arange(3)}
    _tensors.write(state, tmp_path / "expected")
    with _tensors.written(state, str(tmp_path / "x")) as path:
        assert (path == str(tmp_path / "x")) == (tmp_path / "x").exists() == (free < 96)
        found = Path(path).read_bytes()
    assert found == (tmp_path / "expected").read_bytes()
    # What was held in memory is gone with it.
    assert Path(path).exists() == (free < 96)
    descriptors = len(os.listdir("/proc/self/fd"))
    with pytest.raises(InputError, match="layer.odd"), _tensors.written({**state, "layer.odd": [1.0]}, str(tmp_path / "y")):
        raise AssertionError("nothing is written")
    assert len(os.listdir("/proc/self/fd")) == descriptors and not (tmp_path / "y").exists()


def test_memory_of_a_container_should_count(tmp_path, monkeypatch):
    group = tmp_path / "group"
    group.mkdir()
    monkeypatch.setattr(_tensors, "_groups", lambda: [tmp_path, group])
    free = _tensors._free_memory()
    assert free > 1 << 20
    for most, left in [("max", None), (5 << 19, 1 << 19), (1 << 20, -(1 << 20)), ("?", None)]:
        (group / "memory.max").write_text(f"{most}\n")
        (group / "memory.current").write_text(f"{1 << 21}\n")
        found = _tensors._free_memory()
        assert found == left if left is not None else found > 1 << 20


def test_link_in_the_place_of_a_version_should_not_be_followed(tmp_path):
    _tensors.write({"w": np.zeros(2, "f4")}, tmp_path / "x.safetensors")
    (tmp_path / "link").symlink_to(tmp_path / "x.safetensors")
    with pytest.raises(OSError, match="link"):
        _tensors._map(tmp_path / "link")
