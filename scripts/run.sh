#!/usr/bin/env bash
# The main job, from nothing: installs what is missing, builds, starts four validators on loopback and learns handwritten
# digits on them for ten rounds, two of ten contributors hostile.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/run.sh [options of the example]

  --rule RULE                  aggregation rule (trimmed), such as mean, median, multikrum; all: --help of quorate-digits
  --pre PRE, --server SERVER   pre-aggregators and server optimiser before and after it
  --rounds N                   rounds to run (10)
  --seed N                     seed of split, shares and training (1)
  --keep                       leave the network running at the end; Ctrl-C stops it
  --work-dir FOLDER            keep databases, blobs and logs there
  --local-only                 the same training without a chain
  --table [SEEDS]              accuracies of all rules over some seeds, without a chain

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

install_tools
build
say "running the digits example"
exec "$CARGO_TARGET_DIR/release/quorate-digits" "$@"
