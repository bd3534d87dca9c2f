#!/usr/bin/env bash
# Builds the runtime that the tests upgrade to (the feature `next-version`). On standard output stands where its Wasm is, and nothing else.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rustup target list --installed | grep -qx wasm32v1-none || rustup target add wasm32v1-none >&2
# The versions of the chain's own lock file, and the folder in which the Wasm builder compiled the chain's runtime: all that both stand on is there.
# The two runtimes have other features, and so files of other names.
cp Cargo.lock tests/polkadotjs/next-runtime/Cargo.lock
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR%/}/release/wbuild/quorate-runtime/target
unset RUSTC_WORKSPACE_WRAPPER
# What the Wasm builder gives the compiler, too.
export RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime"
cargo build --release --target wasm32v1-none --manifest-path tests/polkadotjs/next-runtime/Cargo.toml >&2
echo "$CARGO_TARGET_DIR/wasm32v1-none/release/quorate_next_runtime.wasm"
