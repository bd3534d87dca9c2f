#!/usr/bin/env bash
# The reference of the exactness contract, compiled to Wasm, against its golden vectors. Two minutes from an empty cache.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rustup target list --installed | grep -qx wasm32v1-none || rustup target add wasm32v1-none
# A target folder of its own: another workspace's dependencies must not displace those of the chain.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR%/}-wasm-golden
unset RUSTC_WORKSPACE_WRAPPER
cargo test --locked --manifest-path primitives/exact/wasm/Cargo.toml "$@"
