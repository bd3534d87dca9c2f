#!/usr/bin/env bash
# Compares the kernels of inference with OpenBLAS, numpy and onnxruntime on one core, in turns:
# scripts/bench-infer-kernels.sh [products|rows] [--rounds N] [--only NAMES] [--json]
# Nothing else should run on the machine meanwhile. docs/measurements/infer-kernels.md has what came out before.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

peers=$root/offchain-workers/infer-kernels/benches/peers
venv=${XDG_CACHE_HOME:-$HOME/.cache}/quorate/infer-peers
parts=(products rows)
case ${1:-} in
products | rows)
    parts=("$1")
    shift
    ;;
esac

if ! cmp -s "$peers/requirements.txt" "$venv/requirements.txt"; then
    say "installing the peers"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --requirement "$peers/requirements.txt"
    cp "$peers/requirements.txt" "$venv/requirements.txt"
fi
say "building"
cargo build --release --locked -p quorate-infer-kernels --examples
core=()
! have taskset || core=(taskset -c "${QUORATE_BENCH_CORE:-0}")
for part in "${parts[@]}"; do
    say "$part"
    "${core[@]}" "$venv/bin/python" "$peers/$part.py" "$CARGO_TARGET_DIR/release/examples/$part" "$@"
done
