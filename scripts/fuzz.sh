#!/usr/bin/env bash
# Fuzzes what parses bytes from outside: builds the targets with the address sanitizer, then runs them one after another.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/fuzz.sh [SECONDS] [TARGET ...]

Runs each target (all of fuzz/targets unless some are named) for SECONDS (60). It begins with fuzz/corpus; new inputs go to
$CARGO_TARGET_DIR-fuzz/corpus. An input that fails is kept in fuzz/artifacts and ends the run with code 1: put it into the
target's corpus, where ordinary tests replay it, and mend what it shows.

CARGO_TARGET_DIR  build cache; the targets have one of their own beside it, as they are compiled with other flags
TEXT
    exit 0
fi

seconds=60
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for path in fuzz/targets/*.rs; do targets+=("$(basename "$path" .rs)"); done
fi
for target in "${targets[@]}"; do
    [ -f "fuzz/targets/$target.rs" ] || fail "there is no target '$target': see fuzz/targets"
done

install_tools
rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal ||
    fail "the sanitizer needs a nightly toolchain, and it could not be installed"

# What cargo-fuzz sets, without a tool that has to be installed first.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR-fuzz
flags=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address)
export RUSTFLAGS="${flags[*]}"
host=$(rustc -vV | sed -n 's/^host: //p')
say "building"
bins=()
for target in "${targets[@]}"; do bins+=(--bin "$target"); done
(cd fuzz && cargo +nightly build --release --locked --target "$host" "${bins[@]}")

failed=()
for target in "${targets[@]}"; do
    say "$target"
    found=$CARGO_TARGET_DIR/corpus/$target
    mkdir -p "$found" "fuzz/artifacts/$target"
    log=$CARGO_TARGET_DIR/$target.log
    "$CARGO_TARGET_DIR/$host/release/$target" "$found" "fuzz/corpus/$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 \
        -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 >"$log" 2>&1 || failed+=("$target")
    grep -E '^(stat::|==|SUMMARY|thread|Test unit|INFO: Seed)|panicked|ERROR' "$log" || true
done
say "${#targets[@]} targets, ${#failed[@]} failed: ${failed[*]:-none}"
[ ${#failed[@]} -eq 0 ]
