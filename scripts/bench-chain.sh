#!/usr/bin/env bash
# Measures the chain on this machine: what one block of one node takes, and the runtime API at its bounds.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/bench-chain.sh [blocks|views]

Builds everything, then runs tests/chain-bench with the runtime's Wasm, both parts without an argument. Nothing else should run on the machine
meanwhile. RUNS (7) changes how often each thing is measured. It needs 2 GB of memory and prints Markdown: docs/measurements/chain.md
has what came out before. A manual command, no part of scripts/test.sh.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

parts=(blocks views)
[ $# -eq 0 ] || parts=("$@")
install_tools
# Everything: alone, the crate would have other features of its dependencies, and be built from nothing.
build
lscpu | grep -E '^(Model name|CPU\(s\)):' || true
for part in "${parts[@]}"; do
    say "$part"
    "$CARGO_TARGET_DIR/release/quorate-chain-bench" --runs "${RUNS:-7}" "$part"
done
