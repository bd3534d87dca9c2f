#!/usr/bin/env bash
# The Python package as its users have it: the wheel, in a fresh virtual environment, against four validators.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/sdk.sh [--python INTERPRETER]… [pytest's options, such as -k rounds]

Builds the programs and the wheel. Runs scripts/sdk/files.sh: models to versions and back. Then installs the wheel with Flower, NVFlare, scikit-learn
and matplotlib in a fresh virtual environment, beside the PyTorch, Transformers and PEFT that files.sh installed (some 6 GB, once), and runs clients/python/tests, with
every snippet of the documents.

--python          another interpreter, such as python3.13: the same wheels with NumPy, scikit-learn and matplotlib alone, without PyTorch and Flower;
                  what needs these is skipped. Any number of them
PYTHON            the interpreter (now: ${PYTHON:-python3}), 3.11 or newer
FLWR              the version of Flower (now: ${FLWR:-1.42.0}), 1.40 or newer
QUORATE_PROGRAMS  programs that are built already, instead of building them
TEXT
    exit 0
fi

others=()
while [ "${1:-}" = "--python" ]; do
    "${2:-}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "--python ${2:-}: an interpreter, 3.11 or newer, is expected"
    others+=("$2")
    shift 2
done
if [ -z "${QUORATE_PROGRAMS:-}" ]; then
    install_tools
    build
    export QUORATE_PROGRAMS=$CARGO_TARGET_DIR/release
fi
# By the clock, in seconds since the last one.
took() { say "$1: $((SECONDS - since)) s" && since=$SECONDS; }
since=$SECONDS
built=$(scripts/wheel.sh)
mapfile -t wheels <<<"$(tail -n 2 <<<"$built")"
took "the wheel"
scripts/sdk/files.sh "$QUORATE_PROGRAMS/quorate"
took "models to versions and back"
environment=$(dirname "$CARGO_TARGET_DIR")/sdk/package
shared=${XDG_CACHE_HOME:-$HOME/.cache}/quorate/sdk/models/venv
say "installing ${wheels[*]}"
"${PYTHON:-python3}" -m venv --clear "$environment"
version='import sys; print(sys.version_info[:2])'
packages='import sysconfig; print(sysconfig.get_path("purelib"))'
# What is there need not be there twice; another Python needs its own.
if [ "$("$environment/bin/python" -c "$version")" = "$("$shared/bin/python" -c "$version")" ]; then
    "$shared/bin/python" -c "$packages" >"$("$environment/bin/python" -c "$packages")/shared.pth"
fi
# The wheel with extras first: pip 23 does not find it for the other one's requirement where it comes after that.
"$environment/bin/pip" install -q "${wheels[1]}[torch,flower,plot]" "${wheels[0]}" "flwr[simulation]==${FLWR:-1.42.0}" nvflare==2.9.0 transformers peft scikit-learn pytest
took "its packages"
say "running its tests"
cd clients/python/tests
"$environment/bin/python" -m pytest -q -p no:cacheprovider "$@"
took "its tests"
for python in "${others[@]}"; do
    other=$(dirname "$CARGO_TARGET_DIR")/sdk/other
    "$python" -m venv --clear "$other"
    "$other/bin/pip" install -q "${wheels[1]}[plot]" "${wheels[0]}" scikit-learn pytest
    say "running the tests that need no PyTorch, with $("$other/bin/python" --version)"
    "$other/bin/python" -m pytest -q -p no:cacheprovider "$@"
    took "its tests with $python"
done
