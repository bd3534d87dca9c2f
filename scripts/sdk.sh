#!/usr/bin/env bash
# The Python package as its users have it: the wheel, in a fresh virtual environment, against four validators.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/sdk.sh [pytest's options, such as -k rounds]

Builds the programs and the wheel, installs it with PyTorch, Transformers, PEFT, scikit-learn and Flower, and runs
clients/python/tests, with every snippet of docs/contribute.md; then scripts/sdk/files.sh: models to versions and back. The packages
have about 6 GB.

PYTHON            the interpreter (now: ${PYTHON:-python3}), 3.11 or newer
QUORATE_PROGRAMS  programs that are built already, instead of building them
TEXT
    exit 0
fi

if [ -z "${QUORATE_PROGRAMS:-}" ]; then
    install_tools
    build
    export QUORATE_PROGRAMS=$CARGO_TARGET_DIR/release
fi
wheel=$(scripts/wheel.sh | tail -n 1)
environment=$(dirname "$CARGO_TARGET_DIR")/sdk/package
say "installing $wheel"
"${PYTHON:-python3}" -m venv --clear "$environment"
"$environment/bin/pip" install -q "$wheel[torch,flower]" "flwr[simulation]==1.42.0" transformers peft scikit-learn pytest
say "running its tests"
(cd clients/python/tests && "$environment/bin/python" -m pytest -q -p no:cacheprovider "$@")
say "models to versions and back"
exec scripts/sdk/files.sh "$QUORATE_PROGRAMS/quorate"
