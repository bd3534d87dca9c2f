#!/usr/bin/env bash
# All checks and all tests, from nothing: installs what is missing, lints while it builds, runs every test.
# Ends with 'N passed, N failed' and the exit code that goes with it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/test.sh [nextest arguments]

Checks formatting, builds with the lints on, runs every test (units, properties, the real runtime, networks of four
validator processes). Arguments go to 'cargo nextest run', for example: scripts/test.sh -p quorate-exact

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

started=$SECONDS
install_tools
if ! cargo nextest --version >/dev/null 2>&1; then
    say "installing cargo-nextest"
    cargo install --locked cargo-nextest || fail "cargo-nextest is missing and could not be installed"
fi
# The oracle is Python; NVRTC, which the PTX tests compare with, comes as a wheel into a virtual environment.
apt_package python3 python3
# One network test runs a validator with a wrong clock.
apt_package faketime faketime
python3 -c 'import ensurepip' 2>/dev/null || apt_package ensurepip python3-venv
rustup component list --installed | grep -q '^rustfmt' || rustup component add rustfmt
have clippy-driver || rustup component add clippy

# Governance through polkadot.js in Node.js and in a browser; operations in networks of their own.
apt_package node nodejs
apt_package npm npm
apt_package chromium chromium
apt_package ip iproute2
apt_package jq jq
apt_package curl curl
(cd tests/polkadotjs && npm ci --no-audit --no-fund --silent) || fail "'npm ci' in tests/polkadotjs did not work"

say "formatting"
cargo fmt --all --check || fail "run 'cargo fmt --all'"

say "circles of files"
python3 scripts/circles.py || fail "a file imports another that imports it: move what both need into a third"

say "units, alert rules, dashboard"
bash scripts/units.sh
bash scripts/monitoring.sh

say "tests that docs/security.md names"
python3 scripts/security-tests.py || fail "docs/security.md names what is not there"

# The linter is the compiler with lints added, for our crates alone: one pass lints and builds (docs/decisions/004).
export RUSTC_WORKSPACE_WRAPPER="$root/scripts/clippy-rustc.sh"
say "building with lints (release; about half an hour from an empty cache on two cores)"
cargo build --release --workspace --locked
echo "built after $((SECONDS - started)) s"

say "the runtime that a test upgrades to"
QUORATE_NEXT_RUNTIME=$(bash scripts/next-runtime.sh)
export QUORATE_NEXT_RUNTIME

# Without this a machine that cannot install NVRTC passes the PTX tests and says that nothing was compared.
export QUORATE_REQUIRE_PTX=1
say "building tests"
cargo nextest run --no-run --release --workspace --locked

# A consortium's operations, as docs/consortium.md tells them: four organisations, each in a network of its own. It waits for blocks most of
# the time, so it runs beside the tests.
log=$(mktemp)
operations_log=$(mktemp)
operating=
trap '[ -z "$operating" ] || kill "$operating" 2>/dev/null || true; rm -f "$log" "$operations_log"' EXIT
if [ $# -eq 0 ]; then
    python3 tests/operations/run.py "$CARGO_TARGET_DIR/release" >"$operations_log" 2>&1 &
    operating=$!
fi

say "tests"
status=0
cargo nextest run --release --workspace --locked --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?

# The reference once more, compiled to Wasm as in the runtime, against the same vectors. A workspace of its own, so that the
# interpreter's dependencies do not touch those of the chain.
say "reference in Wasm"
wasm=failed
if bash scripts/wasm-golden.sh; then wasm=passed; fi

parts=("$wasm")
if [ -n "$operating" ]; then
    say "operations"
    operations=failed
    if wait "$operating"; then operations=passed; fi
    operating=
    tail -n 100 "$operations_log"
    parts+=("$operations")
fi

passed=$(grep -E '^ *Summary ' "$log" | sed -E 's/.* ([0-9]+) passed.*/\1/' | tail -n 1 || true)
failed=$(grep -E '^ *Summary ' "$log" | grep -oE '[0-9]+ (failed|timed out)' | awk '{n += $1} END {print n + 0}' || true)
[ -n "$passed" ] || fail "the tests did not run (exit $status)"
for part in "${parts[@]}"; do
    [ "$part" = passed ] && passed=$((passed + 1)) || failed=$((failed + 1))
done
echo
echo "done after $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
