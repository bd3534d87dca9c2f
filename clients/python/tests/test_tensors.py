"""Tensors to and from files. No network."""

import json
import struct
from collections import UserDict

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
        (np.ma.masked_array([1.0, 2.0], [True, False]), "masked"),
        (np.array(["x"], dtype=np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType") else None, "cannot have|is a NoneType"),
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


@pytest.mark.parametrize("free", [0, 47, 48])
def test_tensors_should_be_read_where_they_lie_and_copied_where_twice_as_much_is_free(tmp_path, monkeypatch, free):
    monkeypatch.setattr(_tensors, "_free_memory", lambda: free)
    whole = {"whole": np.arange(3), "number": np.float32(2.5), "none": np.zeros((0, 3), "i8")}
    (lent, *_) = _tensors.given(whole, tmp_path / "x")
    assert lent[:3] == ("whole", "I64", [3]) and np.shares_memory(np.frombuffer(lent[3]), whole["whole"])
    # 24 bytes that lie otherwise.
    state = {**whole, "turned": np.arange(6, dtype="f4").reshape(2, 3).T}
    _tensors.write(state, tmp_path / "expected")
    found = _tensors.given(state, tmp_path / "x")
    if free < 48:
        assert found == tmp_path / "x" and (tmp_path / "x").read_bytes() == (tmp_path / "expected").read_bytes()
        return
    names, data = header(tmp_path / "expected")
    assert not (tmp_path / "x").exists() and [name for name, *_ in found] == list(names)
    for name, dtype, shape, bytes in found:
        begin, end = names[name]["data_offsets"]
        assert (dtype, shape, data[begin:end]) == (names[name]["dtype"], names[name]["shape"], bytes.tobytes())


def test_what_cannot_be_read_and_what_a_mapping_makes_should_be_copied(tmp_path, monkeypatch):
    class Made(UserDict):
        """Each value is made when it is asked for."""

        def __getitem__(self, name):
            return super().__getitem__(name).copy()

    path, state = tmp_path / "x", {"w": np.arange(6, dtype="f4"), "b": np.zeros(1)}
    assert _tensors._quorate.is_readable(memoryview(state["w"]).cast("B"))
    monkeypatch.setattr(_tensors, "_free_memory", lambda: 63)
    # 32 bytes.
    assert _tensors.given(Made(state), path) == path
    # 24, of a device for example.
    monkeypatch.setattr(_tensors._quorate, "is_readable", lambda data: data.nbytes != 24)
    (w, b) = _tensors.given(state, path)
    assert w[3].tobytes() == state["w"].tobytes() and not np.shares_memory(np.frombuffer(w[3], "f4"), state["w"])
    assert np.shares_memory(np.frombuffer(b[3]), state["b"])
    monkeypatch.setattr(_tensors, "_free_memory", lambda: 47)
    assert _tensors.given(state, path) == path


@pytest.mark.parametrize("name", ["__metadata__", "\udc80", 7])
def test_what_is_no_name_should_be_refused_wherever_the_tensors_go(tmp_path, name):
    for put in [_tensors.write, _tensors.given]:
        with pytest.raises(InputError, match="no name of a tensor"):
            put({name: np.zeros(2)}, tmp_path / "x")


def test_tensors_should_be_a_file_where_memory_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_tensors._quorate, "is_readable", lambda data: False)
    assert _tensors.given({"w": np.zeros(2)}, tmp_path / "x") == tmp_path / "x"
    with pytest.raises(InputError, match="layer.odd"):
        _tensors.given({"layer.odd": [1.0]}, tmp_path / "y")
    assert (tmp_path / "x").exists() and not (tmp_path / "y").exists()


def test_tensors_of_pytorch_should_be_read_where_they_lie(tmp_path):
    torch = pytest.importorskip("torch")
    values = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    state = {"whole": values.requires_grad_(), "half": values.bfloat16(), "one": torch.tensor(True), "none": torch.zeros(0)}
    for (name, _, _, bytes), tensor in zip(_tensors.given(state, tmp_path / "x"), state.values(), strict=True):
        assert bytes.nbytes == tensor.numel() * tensor.element_size()
        if bytes.nbytes:
            assert np.frombuffer(bytes, "u1").ctypes.data == tensor.data_ptr(), name
    for odd in [values.T, torch.zeros(2, dtype=torch.complex64).imag, torch._neg_view(values)]:
        assert not _tensors._is_whole(odd)


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
