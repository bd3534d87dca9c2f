#!/usr/bin/env bash
# Measures networks of real nodes and workers on this machine. Each measurement prints Markdown.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<TEXT
usage: scripts/bench-network.sh [MEASUREMENT] [ARGUMENTS]

  latency [ROUNDS [VALIDATORS...]]   blocks and seconds from the last submission to the version, finality's lag: 20 rounds, 4 and 7 validators
  contributors [NUMBER...]           rounds of 10, 30, 100, 300 and 1,000 contributors: the same, memory, processors, disk
  sizes [BYTES:CONTRIBUTORS:VALIDATORS...]
                                     models of 10 kB to 1 GB: the same, and bytes moved beside the least possible; what does not fit is said
  throughput [VALIDATORS...]         submissions a second beside transfers, through the pools of 1 node and of 4
  rpc [SLOTS [TIMES]]                slots without a block under RPC load and without: 60 slots each, twice
  models [NUMBER...]                 rounds of 1, 4 and 16 models at once
  all                                everything (default)

Four validators unless it says otherwise. Nothing else should run on the machine meanwhile. docs/measurements/network.md has what came out
before. A manual command, no part of scripts/test.sh. A measurement that fails keeps the network's logs and says where.

QUORATE_PROGRAMS   folder of quorate-node, quorate-worker and quorate (built here unless given)
CARGO_TARGET_DIR   build cache (now: $CARGO_TARGET_DIR)
TEXT
}

measure() {
    cargo test --release --locked -p quorate-network-tests --test network -- --ignored --exact --nocapture "$1"
}

latency() {
    local rounds=${1:-20} networks=(4 7) validators
    shift || true
    [ $# -eq 0 ] || networks=("$@")
    for validators in "${networks[@]}"; do
        say "latency: $validators validators"
        QUORATE_BENCH_ROUNDS=$rounds QUORATE_BENCH_VALIDATORS=$validators measure long::last_submission_to_version
    done
}

# growth NAME VARIABLE VALUES...: without values the program's own.
growth() {
    local name=$1 variable=$2
    shift 2
    say "$name"
    [ $# -eq 0 ] || export "$variable=$*"
    measure "growth::$name"
}

rpc() {
    say rpc
    QUORATE_BENCH_SLOTS=${1:-60} QUORATE_BENCH_TIMES=${2:-2} measure growth::rpc
}

what=${1:-all}
shift || true
case $what in
    -h | --help) usage; exit 0 ;;
    latency | contributors | sizes | throughput | rpc | models | all) ;;
    *) usage >&2; fail "'$what' is no measurement" ;;
esac
install_tools
[ -n "${QUORATE_PROGRAMS:-}" ] || build
lscpu | grep -E '^(Model name|CPU\(s\)):' || true
uptime
case $what in
    latency) latency "$@" ;;
    contributors) growth contributors QUORATE_BENCH_CONTRIBUTORS "$@" ;;
    sizes) growth sizes QUORATE_BENCH_SIZES "$@" ;;
    throughput) growth throughput QUORATE_BENCH_VALIDATORS "$@" ;;
    rpc) rpc "$@" ;;
    models) growth models QUORATE_BENCH_MODELS "$@" ;;
    all)
        latency
        growth contributors ""
        growth throughput ""
        rpc
        growth sizes ""
        growth models ""
        ;;
esac
