#!/usr/bin/env bash
# What submitting large models from Python takes, beside the command line and beside copying, hashing and sending the same bytes.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/sdk/large.sh [GB...]     (now: 1)

Submits an update of so many GB from Python and by the command line, each on four validators of this machine, and prints
Markdown. A model needs about 7 times its size of free disk, below TMPDIR: while it is registered; then the four stores and the
cache share one file, and each update goes when it was brought. It runs in the environment that scripts/sdk.sh makes, which has to be
there. A manual command: docs/measurements/python.md has what came out before. Nothing else should run on the machine meanwhile.

QUORATE_PROGRAMS  folder of the programs (now: ${QUORATE_PROGRAMS:-$CARGO_TARGET_DIR/release})
TEXT
    exit 0
fi

export QUORATE_PROGRAMS=${QUORATE_PROGRAMS:-$CARGO_TARGET_DIR/release}
python=$(dirname "$CARGO_TARGET_DIR")/sdk/package/bin/python
[ -x "$python" ] || fail "there is no $python: run scripts/sdk.sh first"
"$python" -c 'import blake3' 2>/dev/null || "$python" -m pip install -q blake3==1.0.11 || fail "'pip install blake3' did not work"
"$python" "$root/scripts/sdk/large.py" "${@:-1}"
