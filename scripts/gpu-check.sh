#!/usr/bin/env bash
# Builds quorate-gpu-check and, where there is a GPU, runs it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/gpu-check.sh [--build-only] [quorate-gpu-check arguments]

Builds one program without dependencies but libc and the NVIDIA driver, and runs it: every kernel, the GPU backend and every operation of
programs against the reference (10,000 tiles and more), then the speed of the kernels. Writes gpu-check.json here.

To check a machine that has a GPU and nothing else: --build-only, copy the program there (its path is printed) and run it.

Exit codes: 0 all equal, 1 a difference, 2 wrong usage, 3 no GPU (nothing was checked).
TEXT
    exit 0
fi
build_only=no
if [ "${1:-}" = "--build-only" ]; then
    build_only=yes
    shift
fi
have cargo || fail "cargo is missing: install a Rust toolchain (1.90 or newer) with rustup"

# The whole chain is not needed, and a target folder of its own leaves the workspace's features alone.
export CARGO_TARGET_DIR=${QUORATE_GPU_CHECK_TARGET:-$CARGO_TARGET_DIR/gpu-check}
cargo build --release --locked -p quorate-gpu-check
program=$CARGO_TARGET_DIR/release/quorate-gpu-check
bytes=$(wc -c <"$program")
[ "$bytes" -lt $((60 * 1024 * 1024)) ] || fail "$program has $bytes bytes; 60 MiB are allowed"
echo "$program ($((bytes / 1024)) KiB)"
[ "$build_only" = no ] || exit 0
exec "$program" "$@"
