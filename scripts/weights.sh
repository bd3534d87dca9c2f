#!/usr/bin/env bash
# Measures the protocol's pallets on this machine and writes their weights.rs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

pallets=(artifacts attestation availability capabilities consortium evaluation incentives inference models reputation rounds)
bencher=0.28.0
steps=${STEPS:-50}
repeat=${REPEAT:-20}
seconds=${SECONDS_EACH:-2}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/quorate/weights

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/weights.sh [PALLET...]

Builds the runtime with its benchmarks (in $cache), measures each pallet (all: ${pallets[*]})
with frame-omni-bencher $bencher and writes pallets/PALLET/src/weights.rs from scripts/weights.hbs. Nothing else should run on the
machine meanwhile. STEPS ($steps) and REPEAT ($repeat) change how often is measured, SECONDS_EACH ($seconds) for how long each
call at least. Proofs are not recorded meanwhile: no chain above this one asks for them.

frame-omni-bencher is installed when it is missing: that needs libclang and takes half an hour on two cores. The weights of
BABE, GRANDPA and the parameters' pallet (runtime/src/weights) are no part of it: their crates measure nothing of the kind that
their trait asks for, or bring their measurement with them.
TEXT
    exit 0
fi
[ $# -eq 0 ] || pallets=("$@")
for pallet in "${pallets[@]}"; do
    [ -f "pallets/$pallet/src/benchmarking.rs" ] || fail "there is no pallets/$pallet/src/benchmarking.rs"
done

install_tools
if ! frame-omni-bencher --version 2>/dev/null | grep -qw "$bencher"; then
    ldconfig -p | grep -q libclang || fail "libclang is missing: install it (libclang-dev on Debian), then run this script again"
    say "installing frame-omni-bencher $bencher (half an hour on two cores)"
    cargo install --locked --version "$bencher" frame-omni-bencher --target-dir "$cache/bencher"
fi

say "building the runtime with its benchmarks"
cargo build --release --locked -p quorate-runtime --features runtime-benchmarks --target-dir "$cache"
runtime=$cache/release/wbuild/quorate-runtime/quorate_runtime.compact.compressed.wasm
[ -f "$runtime" ] || fail "the build made no $runtime"

# measure PALLET HEADER OUTPUT [EXTRINSIC]
measure() {
    frame-omni-bencher v1 benchmark pallet --runtime "$runtime" --pallet "$1" --extrinsic "${4:-*}" \
        --genesis-builder runtime --genesis-builder-preset development \
        --steps "$steps" --repeat "$repeat" --min-duration "$seconds" --disable-proof-recording --quiet --template scripts/weights.hbs --header "$2" --output "$3"
    rustfmt --edition 2021 --config-path . "$3"
}

header=$(mktemp)
trap 'rm -f "$header"' EXIT
for pallet in "${pallets[@]}"; do
    say "measuring pallet-$pallet"
    sum=$(sha256sum "pallets/$pallet/src/benchmarking.rs")
    # `runtime/tests/runtime/weights.rs` compares the sum.
    # No line break at the end: the template has it.
    printf '%s\n' "//! Weights, measured by \`scripts/weights.sh\` with frame-omni-bencher $bencher. To change them, change" \
        "//! \`benchmarking.rs\` and measure again." "//!" "//! benchmarking.rs: ${sum%% *}" >"$header"
    printf '//!' >>"$header"
    measure "pallet_$pallet" "$header" "pallets/$pallet/src/weights.rs"
done

say "a transfer on this machine, which 'rounds.submit' is compared with"
: >"$header"
measure pallet_balances "$header" "$cache/transfer.rs" transfer_keep_alive
sed -n '/fn transfer_keep_alive.*{/,/^    }/p' "$cache/transfer.rs"
sed -n '/fn submit.*{/,/^    }/p' pallets/rounds/src/weights.rs
