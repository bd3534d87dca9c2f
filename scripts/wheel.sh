#!/usr/bin/env bash
# The wheels of the Python packages `quorate` and `quorate-verify`, from nothing: one each for every Python from 3.11 on.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/wheel.sh [FOLDER]

Builds the wheels into FOLDER (${CARGO_TARGET_DIR}/wheels) and prints their paths on the last two lines: that of quorate-verify,
the engine that derives versions and answers again, then that of quorate. They need Rust to be built, and none to be installed:
'pip install WHEEL', with torch, flower and plot as extras: 'pip install WHEEL[torch,flower]'. They have the licence and a list of what they are
made of, and no path of the machine that made them.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
PYTHON            the interpreter that maturin runs on (now: ${PYTHON:-python3}), 3.11 or newer
TEXT
    exit 0
fi

# Largest wheel of quorate, in bytes.
most=15000000
rust_flags="" c_flags=""
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
# The extra names the engine of the same release.
release=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
grep -qF "\"quorate-verify==$release\"" clients/python/pyproject.toml && grep -qF "\"quorate==$release\"" clients/python-verify/pyproject.toml ||
    fail "clients/python/pyproject.toml and clients/python-verify/pyproject.toml have to name each other's release $release"
say "building the wheels"
mkdir -p "$folder"
# Messages of panics name source files: as paths of this machine they would tell who built it, and differ for everybody. A folder of its
# own, as everything is compiled with these options.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
own=$CARGO_TARGET_DIR/wheel
paths=("$cargo_home=/cargo" "$(rustc --print sysroot)=/rust" "$own=/target" "$root=/quorate")
for path in "${paths[@]}"; do
    rust_flags+=" --remap-path-prefix=$path"
    c_flags+=" -ffile-prefix-map=$path"
done
export RUSTFLAGS="${RUSTFLAGS:-}$rust_flags" CFLAGS="${CFLAGS:-}$c_flags" CARGO_TARGET_DIR=$own CARGO_INCREMENTAL=0
rm -f "$folder"/quorate-*.whl "$folder"/quorate_verify-*.whl
for package in python-verify python; do
    "$tools/bin/maturin" build --release --locked --manifest-path "clients/$package/Cargo.toml" --interpreter "$tools/bin/python" --out "$folder"
done
wheels=("$folder"/quorate_verify-*.whl "$folder"/quorate-*.whl)
for wheel in "${wheels[@]}"; do
    "$tools/bin/python" scripts/sdk/wheel.py "$wheel" "$root" "$cargo_home" "$(rustc --print sysroot)" "$own" "$HOME/" || fail "$wheel is not to be given away"
    say "$(stat -c %s "$wheel") bytes"
done
size=$(stat -c %s "${wheels[1]}")
[ "$size" -le "$most" ] || fail "${wheels[1]} has $size bytes, more than $most"
printf '%s\n' "${wheels[@]}"
