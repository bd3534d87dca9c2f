"""Tensors from and to safetensors files, without a copy of their data."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from . import _quorate
from .errors import InputError

if TYPE_CHECKING:
    import torch

#: NumPy's names of the element types of safetensors.
NUMPY = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
#: PyTorch's.
TORCH = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32",
    "U64": "uint64", "I64": "int64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn",
}  # fmt: skip
#: Name, element type, shape, and bytes of a tensor.
Lent = tuple[str, str, list[int], memoryview]
OF_NUMPY = {np.dtype(name): dtype for dtype, name in NUMPY.items()}
OF_TORCH = {name: dtype for dtype, name in TORCH.items()}


def _itself(path: str, flags: int) -> int:
    """The file of this name, and not one that a link there leads to."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _map(path: os.PathLike[str] | str) -> mmap.mmap:
    """The file's bytes. They can be written to, which changes this process's memory and never the file."""
    with open(path, "rb", opener=_itself) as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def numpy(path: os.PathLike[str] | str) -> dict[str, np.ndarray]:
    """The tensors of a version's file by name, aliases included; memory-mapped. BF16 becomes float32, exactly."""
    data, found = _map(path), {}
    for name, dtype, shape, begin, length, aliases in _quorate.tensors(path):
        if dtype == "BF16":
            halves = np.frombuffer(data, "<u2", length // 2, begin)
            array = (halves.astype("<u4") << 16).view("<f4")
        elif dtype in NUMPY:
            kind = np.dtype(NUMPY[dtype])
            array = np.frombuffer(data, kind, length // kind.itemsize, begin)
        else:
            raise InputError(f"tensor {name} is {dtype}, which NumPy does not have: use state_dict()")
        array = array.reshape(shape)
        found.update({key: array for key in [name, *aliases]})
    return found


def state_dict(path: os.PathLike[str] | str) -> dict[str, torch.Tensor]:
    """The same as tensors of PyTorch, on the CPU."""
    try:
        import torch
    except ImportError as error:
        raise InputError("state_dict() needs PyTorch: pip install 'quorate[torch]', or use numpy()") from error
    data, found = _map(path), {}
    for name, dtype, shape, begin, length, aliases in _quorate.tensors(path):
        kind = getattr(torch, TORCH.get(dtype, ""), None)
        if kind is None:
            raise InputError(f"tensor {name} is {dtype}, which this PyTorch does not have")
        tensor = torch.frombuffer(data, dtype=kind, count=length // kind.itemsize, offset=begin).reshape(shape)
        found.update({key: tensor for key in [name, *aliases]})
    return found


def write(state: Mapping[str, Any], path: os.PathLike[str] | str) -> None:
    """Write tensors of PyTorch or arrays of NumPy as a safetensors file; one that fails leaves no file.

    Raises `InputError` naming what is no dense tensor.
    """
    kinds = _kinds(state)
    try:
        with open(path, "wb") as file:
            _put(state, kinds, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        raise


def given(state: Mapping[str, Any], path: Path) -> Path | list[Lent]:
    """The tensors as they lie in memory, where the system lets this process read them there; else as a safetensors file at ``path``.

    What lies otherwise, such as on a device, and what a mapping of its own kind makes only when it is asked, is copied, where twice as much memory
    is free. Raises as `write`.
    """
    kinds = _kinds(state)
    left = max(_free_memory(), 0) // 2
    lent = []
    if _quorate.is_readable(memoryview(b"any")):
        for name, (dtype, shape, size) in kinds.items():
            tensor = state[name]
            is_there = isinstance(state, dict) and _is_whole(tensor)
            left -= 0 if is_there else size
            if left < 0:
                break
            data = _bytes(tensor)
            if not _quorate.is_readable(data):
                left -= size
                if left < 0:
                    break
                data = memoryview(bytes(data))
            _check_size(name, data.nbytes, size)
            lent.append((name, dtype, shape, data))
        else:
            return lent
    write(state, path)
    return path


def _free_memory() -> int:
    """Bytes of memory that this process may still take; none where that is not known."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = min(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError):
        return 0
    # What its container or job may have: "max" where there is no limit.
    for group in _groups():
        with contextlib.suppress(OSError, ValueError):
            most, taken = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
            free = min(free, most - taken)
    return free


def _groups() -> list[Path]:
    """The control groups of this process, each in the next one."""
    root = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                own = root / line.removeprefix("0::/")
                return [own, *(parent for parent in own.parents if parent.is_relative_to(root))]
    return [root]


def _kinds(state: Mapping[str, Any]) -> dict[str, tuple[str, list[int], int]]:
    """Element type, shape and bytes of each tensor."""
    return {name: _kind(name, tensor) for name, tensor in state.items()}


def _put(state: Mapping[str, Any], kinds: Mapping[str, tuple[str, list[int], int]], file: BinaryIO) -> None:
    """Write header and data of a safetensors file."""
    header: dict[str, Any] = {}
    at = 0
    for name, (dtype, shape, size) in kinds.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    file.write(struct.pack("<Q", len(text)) + text)
    for name, tensor in state.items():
        size = kinds[name][2]
        _check_size(name, file.write(_bytes(tensor)) if size else 0, size)


def _check_size(name: str, found: int, expected: int) -> None:
    if found != expected:
        raise InputError(f"{name} has {found} bytes, and not the {expected} of its shape: was it changed meanwhile?")


def _is_torch(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _kind(name: Any, tensor: Any) -> tuple[str, list[int], int]:
    """Element type, shape, and bytes."""
    if not isinstance(name, str) or name == "__metadata__" or any("\ud800" <= letter <= "\udfff" for letter in name):
        raise InputError(f"{name!r} is no name of a tensor: a text is expected, other than __metadata__")
    if _is_torch(tensor):
        import torch

        if (
            tensor.layout is not torch.strided
            or tensor.is_meta
            or tensor.is_quantized
            or hasattr(tensor, "full_tensor")
        ):
            raise InputError(f"tensor {name} is not dense, or not whole in this process: give whole, dense tensors")
        dtype = OF_TORCH.get(str(tensor.dtype).removeprefix("torch."))
        kind, size = tensor.dtype, tensor.numel() * tensor.element_size()
    elif isinstance(tensor, np.ma.MaskedArray):
        raise InputError(f"{name} is masked: fill it, or give its data alone")
    elif isinstance(tensor, (np.ndarray, np.generic)):
        try:
            dtype = OF_NUMPY.get(tensor.dtype.newbyteorder("<"))
        except TypeError:
            # Such as texts of any length, which have no order of bytes.
            dtype = None
        kind, size = tensor.dtype, tensor.nbytes
    else:
        raise InputError(f"{name} is a {type(tensor).__name__}: a tensor of PyTorch or an array of NumPy is expected")
    if dtype is None:
        raise InputError(f"tensor {name} is {kind}, a type that an update cannot have: send floats")
    return dtype, list(tensor.shape), size


def _is_whole(tensor: Any) -> bool:
    """Whether a tensor's bytes lie as an update has them: row-major, little-endian, in this process's memory."""
    if _is_torch(tensor):
        is_plain = not tensor.is_conj() and not tensor.is_neg()
        return tensor.device.type == "cpu" and tensor.is_contiguous() and is_plain
    return tensor.flags.c_contiguous and tensor.dtype == tensor.dtype.newbyteorder("<")


def _bytes(tensor: Any) -> memoryview:
    """A tensor's bytes, row-major, little-endian; copied only where they lie otherwise."""
    if _is_torch(tensor):
        import torch

        tensor = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
        return memoryview(tensor.reshape(-1).view(torch.uint8).numpy())
    array = np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<"))
    flat: Any = array.reshape(-1).view("u1")
    return memoryview(flat)
