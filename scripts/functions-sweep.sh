#!/usr/bin/env bash
# Every function of inference over all 2^32 inputs: compares with primitives/exact/golden/functions.json and prints the table of
# docs/measurements/functions.md. About half an hour on one core.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/functions-sweep.sh [--sampled] [--write]

--sampled  each 4096th input and chosen ones alone (golden/functions-sampled.json): seconds
--write    writes the golden file instead of comparing with it
TEXT
    exit 0
fi

# The processor's fused multiply-add instead of the software's; the bits are the same.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/functions" RUSTFLAGS="-C target-cpu=native"
cargo build --release --locked -p quorate-exact --example function_sweep
nice -n 19 "$CARGO_TARGET_DIR/release/examples/function_sweep" "$@"
