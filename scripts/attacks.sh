#!/usr/bin/env bash
# The attack suite: every aggregation pipeline of the table under every attack, on the digits task.
# Writes docs/measurements/attacks.md and attacks.csv.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/attacks.sh [options of quorate-attacks]

Without options: the whole table (about a quarter of an hour of one core), into docs/measurements.
With options, for example '--only nnm --hostile 2 --seeds 1': what they say, to the terminal, or into '--out FOLDER'.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

have cargo || fail "cargo is missing: install a Rust toolchain (1.90 or newer) with rustup, then run this script again"
say "building the attack suite" >&2
cargo build --release --locked -p quorate-attacks
[ $# -gt 0 ] || set -- --out docs/measurements
exec "$CARGO_TARGET_DIR/release/quorate-attacks" "$@"
