#!/usr/bin/env bash
# ONNX's own tests of single operations through the compiler, the reference and the engine, whose bits are the same: passed, refused by name,
# or failed. Fails if one failed.
#   scripts/onnx-node-tests.sh [PATTERN]        QUORATE=path of the command line, built before
set -euo pipefail
cd "$(dirname "$0")/.."
quorate=$(realpath "${QUORATE:-target/release/quorate}")
cache=${QUORATE_MODELS:-$HOME/.cache/quorate/models}
mkdir -p "$cache"
if [ ! -x "$cache/venv/bin/python" ]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install -q numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
fi
# The last wheels with the tests' data are those of 1.17.
if [ ! -d "$cache/onnx-tests" ]; then
    echo "onnx==1.17.0 --hash=sha256:4a183c6178be001bf398260e5ac2c927dc43e7746e8638d6c05c20e321f8c949" > "$cache/onnx-tests.txt"
    "$cache/venv/bin/pip" download -q --no-deps --require-hashes --only-binary :all: --python-version 3.11 -d "$cache/wheels" -r "$cache/onnx-tests.txt"
    rm -rf "$cache/onnx-tests.part"
    python3 -m zipfile -e "$cache"/wheels/onnx-1.17.0-*.whl "$cache/onnx-tests.part"
    mv "$cache/onnx-tests.part" "$cache/onnx-tests"
fi
exec "$cache/venv/bin/python" scripts/onnx-node-tests.py "$quorate" "$cache/onnx-tests/onnx/backend/test/data/node" "${1:-}"
