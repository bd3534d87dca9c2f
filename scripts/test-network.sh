#!/usr/bin/env bash
# The network tests that take too long for every run: two of seven validators byzantine, a full disk, the soak.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<TEXT
usage: scripts/test-network.sh [byzantine|disk|soak|all] [options of soak]

  byzantine          every kind of dishonest worker, two of seven validators at a time
  disk               a disk that is really full: a small file system, which only root can mount
  soak               rounds with random faults, in stretches: each is a network of its own
    --seed N         seed of the whole soak (1); its stretch k has the seed 1000 N + k
    --only SEED      that stretch alone
    --validators N   validators of each network (7)
    --models N       models: each fault hits a round of every one (5)
    --stretches N    networks, one after another (2)
    --rounds N       rounds of each, of all models together (250)
    --results FILE   a line of JSON for each round (soak-<seed>-<validators>.jsonl)

A soak goes on where it stopped: stretches that FILE has whole are left out, what it has of others is played again. A stretch that
fails says its seed; --only SEED plays that one alone. After each fault every version is verified by replay, nobody who is honest may
be judged wrong, the runtime's state checks pass over the whole state of a final block, and all tokens are counted.

At its end it says what grows: for each stretch the median of its last third beside that of its middle third, and the memory of the
largest node by the minutes that it has run, as faults start nodes again. What a policy and the worker's flags keep is gone after 300
blocks and some: stretches of less than half an hour cannot show that a store is flat.

QUORATE_SOAK_MODELS  models, unless --models says how many
QUORATE_PROGRAMS   folder of quorate-node, quorate-worker and quorate-byzantine-worker (built here unless given)
CARGO_TARGET_DIR   build cache (now: $CARGO_TARGET_DIR)
TEXT
}

what=all seed=1 validators=7 models=${QUORATE_SOAK_MODELS:-5} stretches=2 rounds=250 results="" only=""
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage; exit 0 ;;
        byzantine | disk | soak | all) what=$1; shift ;;
        --seed) seed=$2; shift 2 ;;
        --validators) validators=$2; shift 2 ;;
        --models) models=$2; shift 2 ;;
        --stretches) stretches=$2; shift 2 ;;
        --rounds) rounds=$2; shift 2 ;;
        --results) results=$2; shift 2 ;;
        --only) only=$2; shift 2 ;;
        *) usage >&2; fail "'$1' is no option" ;;
    esac
done
results=$(realpath -m "${results:-soak-$seed-$validators.jsonl}")

install_tools
apt_package faketime faketime
apt_package jq jq
[ -n "${QUORATE_PROGRAMS:-}" ] || build
test=(cargo test --release --locked -p quorate-network-tests --test network -- --nocapture --exact)

# Lines of a stretch in the results.
played() { [ -f "$results" ] && jq -s "map(select(.seed == $1 and .validators == $validators)) | length" "$results" || echo 0; }

stretch() {
    if [ -f "$results" ]; then
        jq -c "select((.seed == $1 and .validators == $validators) | not)" "$results" >"$results.new"
        mv "$results.new" "$results"
    fi
    say "soak: seed $1, $validators validators, $rounds rounds of $models models"
    QUORATE_SOAK_SEED=$1 QUORATE_SOAK_ROUNDS=$rounds QUORATE_SOAK_MODELS=$models QUORATE_SOAK_VALIDATORS=$validators \
        QUORATE_SOAK_RESULTS=$results \
        "${test[@]}" soak::random_faults_should_lose_no_update_and_make_no_wrong_version ||
        fail "the stretch with seed $1 failed: scripts/test-network.sh soak --only $1 --validators $validators --models $models --rounds $rounds"
}

if [ "$what" = byzantine ] || [ "$what" = all ]; then
    say "two byzantine workers of seven"
    "${test[@]}" --ignored long::two_byzantine_workers_of_seven_should_change_nothing
fi
if [ "$what" = disk ] || { [ "$what" = all ] && [ "$(id -u)" -eq 0 ]; }; then
    say "a full disk"
    "${test[@]}" --ignored long::disk_that_is_really_full_should_make_no_wrong_statement
fi
case $what in byzantine | disk) exit 0 ;; esac
if [ -n "$only" ]; then
    stretch "$only"
    exit 0
fi
for number in $(seq 1 "$stretches"); do
    # Seeds of one soak do not meet those of the next one.
    one=$((seed * 1000 + number))
    [ "$(played "$one")" -lt "$rounds" ] || continue
    stretch "$one"
done
say "result"
jq -s --argjson validators "$validators" -f "$root/scripts/soak.jq" "$results"
