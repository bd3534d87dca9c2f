#!/usr/bin/env bash
# The wheel of the Python package `quorate`, from nothing: one for every Python from 3.11 on.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/wheel.sh [FOLDER]

Builds the wheel into FOLDER (${CARGO_TARGET_DIR}/wheels) and prints its path on the last line. It needs Rust to be built,
and none to be installed: 'pip install WHEEL', with torch and flower as extras: 'pip install WHEEL[torch,flower]'.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
PYTHON            the interpreter that maturin runs on (now: ${PYTHON:-python3}), 3.11 or newer
TEXT
    exit 0
fi

# Largest wheel, in bytes.
most=15000000
maturin=1.16.0
folder=${1:-$CARGO_TARGET_DIR/wheels}
tools=$(dirname "$CARGO_TARGET_DIR")/sdk/build
install_tools
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed: name one with PYTHON=, such as PYTHON=python3.12"
[ -x "$tools/bin/maturin" ] && [ "$("$tools/bin/maturin" --version)" = "maturin $maturin" ] || {
    say "installing maturin $maturin"
    "${PYTHON:-python3}" -m venv --clear "$tools" || fail "'python3 -m venv' does not work: install python3-venv"
    "$tools/bin/pip" install -q "maturin==$maturin"
}
say "building the wheel"
mkdir -p "$folder"
rm -f "$folder"/quorate-*.whl
"$tools/bin/maturin" build --release --locked --manifest-path clients/python/Cargo.toml --interpreter "$tools/bin/python" --out "$folder"
wheel=$(ls "$folder"/quorate-*.whl)
size=$(stat -c %s "$wheel")
[ "$size" -le "$most" ] || fail "$wheel has $size bytes, more than $most"
say "$size bytes"
printf '%s\n' "$wheel"
