#!/usr/bin/env python3
"""Compiles the CUDA kernels to the PTX that is kept in the repository, and checks it.

usage: scripts/ptx.py [--write | --check] [--no-ptxas]
       scripts/ptx.py --gate FILE

  --check     (the default) compile to memory, compare byte for byte with what is kept, pass the gates
  --write     replace what is kept
  --no-ptxas  leave out the machine code (registers and spills for sm_80 to sm_120)
  --gate FILE only say what the gate thinks of a file of PTX

Needs no GPU and no driver: NVRTC and ptxas come as Python wheels, which go into a virtual environment in the cache folder
(QUORATE_CACHE, or $XDG_CACHE_HOME/quorate, or ~/.cache/quorate). Exit codes: 0 all is well, 1 a check failed, 2 the wheels
could not be installed.
"""

import ctypes
import glob
import os
import re
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CRATE = Path(__file__).resolve().parent.parent / "offchain-workers" / "cuda"
# NVRTC is pinned because another version writes another text; ptxas is newer because sm_100 and sm_120 are.
WHEELS = ["nvidia-cuda-nvrtc-cu12==12.4.127", "nvidia-cuda-nvcc-cu12==12.9.86"]
ARCHITECTURES = ["sm_80", "sm_90", "sm_100", "sm_120"]
# Module, source, definitions.
MODULES = [
    ("column", "column.cu", []),
    ("products", "products.cu", []),
    ("gram", "gram.cu", []),
    ("select", "select.cu", []),
    ("elementwise", "elementwise.cu", []),
    ("moves", "moves.cu", []),
    ("matmul", "matmul.cu", []),
    ("windows", "windows.cu", []),
    ("rows", "rows.cu", []),
    ("attention", "attention.cu", []),
] + [(f"sort_{size}", "sort.cu", [f"-DSIZE={size}"]) for size in (16, 32, 64, 104, 128)]


def fail(message, code=1):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


def environment():
    """Folder of the installed wheels."""
    cache = os.environ.get("QUORATE_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "quorate"
    folder = Path(cache) / "ptx"
    stamp = folder / "wheels"
    if not stamp.exists() or stamp.read_text().split() != WHEELS:
        try:
            venv.create(folder, with_pip=True, clear=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--no-deps", *WHEELS], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            fail(f"the compiler could not be installed: {error}", 2)
        stamp.write_text("\n".join(WHEELS))
    return folder


def find(folder, pattern):
    found = glob.glob(str(folder / "lib" / "python*" / "site-packages" / "nvidia" / pattern))
    if not found:
        fail(f"{pattern} is missing in {folder}: remove that folder and run this again", 2)
    return found[0]


class Nvrtc:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)

    def call(self, name, *arguments):
        return getattr(self.library, name)(*arguments)

    def compile(self, name, source, definitions):
        program = ctypes.c_void_p()
        text = (CRATE / "kernels" / source).read_bytes()
        headers = sorted((CRATE / "kernels").glob("*.cuh"))
        bodies = (ctypes.c_char_p * len(headers))(*[header.read_bytes() for header in headers])
        names = (ctypes.c_char_p * len(headers))(*[header.name.encode() for header in headers])
        if self.call("nvrtcCreateProgram", ctypes.byref(program), text, f"{name}.cu".encode(), len(headers), bodies, names):
            fail(f"{name}: NVRTC refused the program")
        flags = ["--gpu-architecture=compute_80", "--std=c++17", "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true"]
        options = [flag.encode() for flag in flags + definitions]
        status = self.call("nvrtcCompileProgram", program, len(options), (ctypes.c_char_p * len(options))(*options))
        if status:
            fail(f"{name} does not compile:\n{self.text(program, 'nvrtcGetProgramLog')}")
        return self.text(program, "nvrtcGetPTX")

    def text(self, program, what):
        size = ctypes.c_size_t()
        self.call(f"{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self.call(what, program, buffer)
        return buffer.value.decode()


# Operations on floats that round, and their only form here.
ROUNDING = re.compile(r"^(add|sub|mul|fma|mad|div|sqrt|rcp|rsqrt|ex2|lg2|sin|cos|tanh)(\.\w+)*\.(f16|f16x2|bf16|bf16x2|f32|f32x2|f64)$")
CONVERSION = re.compile(r"^cvt(\.\w+)+$")
FLOAT = re.compile(r"^(f16|bf16|tf32|f32|f64)$")
WIDENING = {("f64", "f32")}


def gate(name, ptx):
    """Refuses what could round differently on some device."""
    faults = []
    for number, line in enumerate(ptx.splitlines(), 1):
        for statement in line.split("//")[0].split(";"):
            words = [word for word in statement.split() if not word.startswith(("@", "{", "}"))]
            if not words:
                continue
            operation = words[0]
            parts = operation.split(".")
            bad = "approx" in parts or "ftz" in parts or "full" in parts
            if ROUNDING.match(operation):
                bad |= "rn" not in parts
            elif CONVERSION.match(operation):
                to, source = parts[-2:]
                floating = bool(FLOAT.match(to) or FLOAT.match(source))
                bad |= floating and (to, source) not in WIDENING and not {"rn", "rni"} & set(parts)
            elif parts[0] in ("wmma", "wgmma", "mma") and not ("s32" in parts and "s8" in parts and "satfinite" not in parts):
                bad = True
            elif parts[0] in ("atom", "red") and any(FLOAT.match(part) for part in parts):
                bad = True
            if bad:
                faults.append(f"{name}.ptx:{number}: {statement.strip()}")
    return faults


def machine_code(ptxas, job):
    """Registers, shared memory and spills of every kernel of a module on one architecture."""
    name, architecture = job
    result = subprocess.run(
        [ptxas, "-v", "--fmad=false", f"-arch={architecture}", "-o", "/dev/null", CRATE / "ptx" / f"{name}.ptx"],
        capture_output=True, text=True, check=False)
    if result.returncode:
        return [], [f"{name} on {architecture}: {result.stderr.strip()}"]
    rows, faults, kernel, spills = [], [], None, "?"
    for line in result.stderr.splitlines():
        if found := re.search(r"Compiling entry function '(\w+)'", line):
            kernel = found[1]
        elif found := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            spills = "/".join(found.groups())
            if spills != "0/0/0":
                faults.append(f"{kernel} on {architecture} leaves its registers: stack/stores/loads {spills} bytes")
        elif found := re.search(r"Used (\d+) registers", line):
            shared = re.search(r"(\d+) bytes smem", line)
            rows.append((kernel, architecture, int(found[1]), int(shared[1]) if shared else 0, spills))
    return rows, faults


def show(rows):
    table = {}
    for kernel, architecture, registers, shared, _ in rows:
        table.setdefault((kernel, shared), {})[architecture] = registers
    print(f"\n{'kernel':20}{'shared':>8}" + "".join(f"{name:>8}" for name in ARCHITECTURES) + "   (registers)")
    for (kernel, shared), registers in table.items():
        print(f"{kernel:20}{shared:>8}" + "".join(f"{registers.get(name, '-'):>8}" for name in ARCHITECTURES))


def report(faults):
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print("\nFAILED" if faults else "\nOK")
    sys.exit(1 if faults else 0)


def main():
    if sys.argv[1:2] == ["--gate"] and len(sys.argv) == 3:
        path = Path(sys.argv[2])
        report(gate(path.stem, path.read_text()))
    arguments = set(sys.argv[1:])
    if not arguments <= {"--write", "--check", "--no-ptxas"} or {"--write", "--check"} <= arguments:
        print(__doc__)
        sys.exit(0 if arguments & {"--help", "-h"} else 1)
    folder = environment()
    faults = []
    networks = subprocess.run([sys.executable, CRATE / "kernels" / "networks.py"], capture_output=True, text=True, check=True).stdout
    if (CRATE / "kernels" / "networks.cuh").read_text() != networks:
        faults.append("kernels/networks.cuh is not what networks.py writes")
    nvrtc = Nvrtc(find(folder, "cuda_nvrtc/lib/libnvrtc.so.12"))
    for name, source, definitions in MODULES:
        ptx = nvrtc.compile(name, source, definitions)
        path = CRATE / "ptx" / f"{name}.ptx"
        if "--write" in arguments:
            path.write_text(ptx)
        elif not path.exists() or path.read_text() != ptx:
            faults.append(f"ptx/{name}.ptx is not what its source compiles to: run scripts/ptx.py --write")
        faults += gate(name, ptx)
    print(f"{len(MODULES)} modules compiled")
    if "--no-ptxas" not in arguments:
        ptxas = find(folder, "cuda_nvcc/bin/ptxas")
        jobs = [(name, architecture) for name, _, _ in MODULES for architecture in ARCHITECTURES]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            results = list(pool.map(lambda job: machine_code(ptxas, job), jobs))
        show([row for rows, _ in results for row in rows])
        faults += [fault for _, found in results for fault in found]
    report(faults)


if __name__ == "__main__":
    main()
