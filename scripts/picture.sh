#!/usr/bin/env bash
# The README's picture: runs the digits example, or takes a network that runs, and draws what its chain says.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/picture.sh [--url URL] [--out FILE] [options of the example]

Draws accuracy by version, scores and pay by contributor, and the lineage of model 0: scripts/picture.py reads them from a node.

  --url URL   a network that runs, such as ws://127.0.0.1:9944 of scripts/run.sh --keep; else the example is run, and its network ended.
              Validators keep 256 blocks: draw within some minutes after the run
  --out FILE  .png or .svg (docs/images/digits.png)

QUORATE_PYTHON    an interpreter that has quorate[plot], instead of building the wheel and installing it
QUORATE_PROGRAMS  folder of programs that were built before; they are not built then
CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
TEXT
    exit 0
fi

url="" out=docs/images/digits.png
while [ "${1:-}" = "--url" ] || [ "${1:-}" = "--out" ]; do
    [ -n "${2:-}" ] || fail "$1 needs a value"
    case $1 in
    --url) url=$2 ;;
    --out) out=$2 ;;
    esac
    shift 2
done
[ -z "$url" ] || [ $# -eq 0 ] || fail "'$*': options of the example go without --url"
case $out in
*.png | *.svg) ;;
*) fail "$out is neither .png nor .svg" ;;
esac

python=${QUORATE_PYTHON:-}
if [ -z "$python" ]; then
    built=$(scripts/wheel.sh)
    environment=$(dirname "$CARGO_TARGET_DIR")/sdk/picture
    say "installing the package"
    "${PYTHON:-python3}" -m venv --clear "$environment"
    # The same packages draw the same picture.
    "$environment/bin/pip" install -q "$(tail -n 1 <<<"$built")" matplotlib==3.11.2 pillow==13.0.0
    python=$environment/bin/python
fi

example="" log=""
finish() {
    if [ -n "$example" ]; then
        kill "$example" 2>/dev/null || true
        wait "$example" || true
        rm -f "$log"
    fi
}
if [ -z "$url" ]; then
    if [ -z "${QUORATE_PROGRAMS:-}" ]; then
        install_tools
        build
        QUORATE_PROGRAMS=$CARGO_TARGET_DIR/release
    fi
    say "running the digits example"
    log=$(mktemp)
    trap finish EXIT
    "$QUORATE_PROGRAMS/quorate-digits" --keep "$@" > >(tee "$log") &
    example=$!
    # It says so whether it reached its goal or not; FAILED is its word for what it did not reach.
    until grep -q '^the network keeps running' "$log"; do
        kill -0 "$example" 2>/dev/null || fail "the example ended before there was anything to draw"
        sleep 1
    done
    grep -q '^FAILED' "$log" && fail "the run is not one to be shown"
    url=$(sed -n 's/^ *RPC \(ws:[^ ]*\) .*/\1/p' "$log" | head -n 1)
fi
say "drawing"
mkdir -p "$(dirname "$out")"
"$python" scripts/picture.py "$url" "$out"
