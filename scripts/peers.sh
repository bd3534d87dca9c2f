#!/usr/bin/env bash
# Compares the exactness oracle with ByzFL's and Flower's aggregation on random rounds: scripts/peers.sh [--cases N] [--seed S]
# A manual command, no part of CI: it installs some 300 MB of Python packages into a folder of the user's cache.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
peers=$root/primitives/exact/oracle/peers
venv=${XDG_CACHE_HOME:-$HOME/.cache}/quorate/peers

if ! cmp -s "$peers/requirements.txt" "$venv/requirements.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$peers/requirements.txt"
    # ByzFL alone: its numpy half needs neither PyTorch nor its plotting libraries.
    "$venv/bin/pip" install --quiet --no-deps byzfl==0.0.11
    cp "$peers/requirements.txt" "$venv/requirements.txt"
fi
"$venv/bin/python" "$peers/run.py" "$@"
