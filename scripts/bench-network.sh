#!/usr/bin/env bash
# Measures networks on this machine: blocks and seconds from the last submission to the recorded version, and finality.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/bench-network.sh [ROUNDS [VALIDATORS...]]

Plays ROUNDS (20) rounds on a network of each number of validators (4 7), without faults, and prints Markdown. Nothing else should run on the
machine meanwhile. docs/measurements/network.md has what came out before. A manual command, no part of scripts/test.sh.

QUORATE_PROGRAMS   folder of quorate-node and quorate-worker (built here unless given)
CARGO_TARGET_DIR   build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

rounds=${1:-20}
shift || true
networks=(4 7)
[ $# -eq 0 ] || networks=("$@")
install_tools
[ -n "${QUORATE_PROGRAMS:-}" ] || build
lscpu | grep -E '^(Model name|CPU\(s\)):' || true
for validators in "${networks[@]}"; do
    say "$validators validators"
    QUORATE_BENCH_ROUNDS=$rounds QUORATE_BENCH_VALIDATORS=$validators cargo test --release --locked -p quorate-network-tests \
        --test network -- --ignored --exact --nocapture long::last_submission_to_version
done
