# Shared by run.sh and test.sh: where things are, and what must be installed. Sourced, never run.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/quorate/target}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

say() { printf '\n== %s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# apt_package COMMAND PACKAGE: install PACKAGE, which brings COMMAND, unless the command is there.
apt_package() {
    have "$1" && return 0
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    have apt-get || fail "'$1' is missing: install it ($2 on Debian), then run this script again"
    [ -z "$sudo" ] || have sudo || fail "'$1' is missing and this is not root: run 'apt-get install $2' as root"
    say "installing $2 (for $1)"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$2" >/dev/null ||
        fail "installing $2 did not work: install it by hand, then run this script again"
}

# A disk that fills while it is built on shows as a compiler's failure, which does not say what to do.
room_for_build() {
    local folder=$CARGO_TARGET_DIR free
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free=$(($(df --output=avail -k "$folder" | tail -n 1) / 1024 / 1024))
    [ "$free" -ge 8 ] ||
        fail "the disk of $folder has $free GiB free, a build needs 8, and 16 from an empty cache: remove $CARGO_TARGET_DIR/release/incremental, or set CARGO_TARGET_DIR"
}

# Everything that a build needs beyond a Rust toolchain. Does nothing when all is there.
install_tools() {
    room_for_build
    have cargo || fail "cargo is missing: install a Rust toolchain (1.90 or newer) with rustup, then run this script again"
    apt_package cc gcc
    apt_package c++ g++
    apt_package make make
    apt_package perl perl
    apt_package protoc protobuf-compiler
    have rustup || fail "rustup is missing: it is needed once, for 'rustup target add wasm32v1-none'"
    if ! rustup target list --installed | grep -qx wasm32v1-none; then
        say "installing the Wasm target"
        rustup target add wasm32v1-none ||
            fail "'rustup target add wasm32v1-none' did not work; docs/building.md says what can stand in"
    fi
    if ! rustup component list --installed | grep -q '^rust-src'; then
        rustup component add rust-src >/dev/null 2>&1 || true # only some Wasm targets need it
    fi
}

build() {
    say "building everything (release; about half an hour from an empty cache on two cores)"
    cargo build --release --workspace --locked
}
