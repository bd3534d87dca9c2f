#!/usr/bin/env bash
# Random histories of the real runtime, more than the tests run.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/histories.sh [NUMBER]

Runs NUMBER histories (10,000 if none is given). Each has 100 blocks in which contributors, validators, owners and both bodies do
anything they may and may not, then quiet ones until every round has ended. After every block the state checks of all pallets
hold, no token is lost or made, and no round is older than its policy allows. A history that fails names its number:
QUORATE_HISTORY=NUMBER runs it alone.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

have cargo || fail "cargo is missing: install a Rust toolchain (1.90 or newer) with rustup, then run this script again"
export QUORATE_HISTORIES="${1:-10000}" SKIP_WASM_BUILD=1
cargo test --release --locked -p quorate-runtime --test histories -- --nocapture random_histories
