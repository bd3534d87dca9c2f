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

# What runs beside something else: its output goes to a file, and with this script its processes end.
aside=$(mktemp -d)
declare -A beside
beside() {
    local name=$1
    shift
    setsid "$@" >"$aside/$name" 2>"$aside/$name.log" &
    beside[$name]=$!
}
# Waits for it, and tells whether it succeeded.
ended() {
    local process=${beside[$1]} status=0
    wait "$process" || status=$?
    unset "beside[$1]"
    return "$status"
}
trap 'for process in "${beside[@]}"; do kill -- "-$process" 2>/dev/null || true; done; wait; rm -rf "$aside"' EXIT

# The linter is the compiler with lints added, for our crates alone: one pass lints and builds (docs/decisions/004).
export RUSTC_WORKSPACE_WRAPPER="$root/scripts/clippy-rustc.sh"
say "building with lints (release; about half an hour from an empty cache on two cores)"
cargo build --release --workspace --locked
echo "built after $((SECONDS - started)) s"

# The runtime that a test upgrades to: after the build, which compiled all that it stands on.
beside next-runtime bash scripts/next-runtime.sh

# Waits for it, and tells the tests where it is.
next_runtime() {
    ended next-runtime || fail "the runtime that a test upgrades to was not built: $(tail -n 30 "$aside/next-runtime.log")"
    QUORATE_NEXT_RUNTIME=$(cat "$aside/next-runtime")
    export QUORATE_NEXT_RUNTIME
}

# Without this a machine that cannot install NVRTC passes the PTX tests and says that nothing was compared.
export QUORATE_REQUIRE_PTX=1
all=(--release --workspace --locked)
parts=()
if [ $# -eq 0 ]; then
    # Networks wait for blocks most of the time, and so do a consortium's operations, as docs/consortium.md tells them: four organisations,
    # each in a network of its own. They run while the other tests are built and run. They have deadlines: compilers give way to them.
    say "building the networks' tests, and the runtime that one upgrades to"
    cargo nextest list "${all[@]}" --test network --list-type binaries-only --message-format json >"$aside/binaries.json"
    cargo metadata --format-version 1 --locked >"$aside/metadata.json"
    next_runtime
    echo "networks and operations begin after $((SECONDS - started)) s"
    beside operations python3 tests/operations/run.py "$CARGO_TARGET_DIR/release"
    # By what was built: it asks cargo for nothing, which is busy.
    beside networks cargo nextest run --profile networks --no-fail-fast \
        --binaries-metadata "$aside/binaries.json" --cargo-metadata "$aside/metadata.json"
    set -- -E 'not binary_id(quorate-network-tests::network)'
    parts=(operations networks)
else
    next_runtime
fi

# The reference once more, compiled to Wasm as in the runtime, against the same vectors. A workspace of its own, so that the
# interpreter's dependencies do not touch those of the chain.
beside wasm nice -n 19 bash scripts/wasm-golden.sh
parts+=(wasm)

say "building tests"
nice -n 19 cargo nextest run --no-run "${all[@]}"
echo "tests are built after $((SECONDS - started)) s"

# One more at a time than there are cores: some wait for what must not come.
say "tests"
status=0
NEXTEST_TEST_THREADS=${NEXTEST_TEST_THREADS:-$(($(nproc) + 1))} cargo nextest run "${all[@]}" --no-fail-fast "$@" 2>&1 |
    tee "$aside/tests.log" || status=$?
echo "these tests are done after $((SECONDS - started)) s"

passed=0 failed=0
# Adds what a run of nextest says in the end.
count() {
    local found
    found=$(grep -E '^ *Summary ' "$1" | tail -n 1 | grep -oE '[0-9]+ (passed|failed|timed out)') || return 1
    passed=$((passed + $(awk '/passed/ {n += $1} END {print n + 0}' <<<"$found")))
    failed=$((failed + $(awk '!/passed/ {n += $1} END {print n + 0}' <<<"$found")))
}
count "$aside/tests.log" || fail "the tests did not run (exit $status)"
for part in "${parts[@]}"; do
    say "$part"
    found=passed
    ended "$part" || found=failed
    if [ "$part" = networks ]; then
        cat "$aside/$part.log"
        count "$aside/$part.log" || fail "the networks did not run"
        [ "$found" = passed ] || status=1
        continue
    fi
    cat "$aside/$part" "$aside/$part.log" | tail -n 100
    [ "$found" = passed ] && passed=$((passed + 1)) || failed=$((failed + 1))
done
echo
echo "done after $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
