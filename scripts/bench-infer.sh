#!/usr/bin/env bash
# Compares runs of an ONNX model's program with those of onnxruntime and rten of the model, in turns, then decodes a Llama of SmolLM2-135M's sizes:
#   scripts/bench-infer.sh MODEL.onnx 'NAME=SIZES ...' NAME=SIZE,... [NAME=SHAPE ...] [--batches 1,8,32] [--threads 1,2] [--rounds N]
# The sizes are those of quorate compile --dimension, or --input with an "input:" before; then the sizes to run at, and the shapes of the
# model's inputs there, each with its batch of 1. For instance
#   scripts/bench-infer.sh paraphrase-MiniLM-L3-v2.onnx 'batch_size=1 sequence_length=1..128' sequence_length=128 input_ids=1,128 attention_mask=1,128
#   scripts/bench-infer.sh ch_PP-OCRv4_det_infer.onnx 'input:x=1,3,32*h,32*w h=1..30 w=1..30' h=10,w=10 x=1,3,320,320
# Nothing else should run on the machine meanwhile. docs/measurements/infer.md has what came out before.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -ge 3 ] || fail "what to run is missing: the first lines of scripts/bench-infer.sh say how"
model=$(realpath "$1")
dimensions=$2
sizes=$3
shift 3
shapes=()
while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    shapes+=(--shape "$1")
    shift
done

peers=$root/offchain-workers/infer/benches/peers
venv=${XDG_CACHE_HOME:-$HOME/.cache}/quorate/infer-models-peers
if ! cmp -s "$peers/requirements.txt" "$venv/requirements.txt"; then
    say "installing onnxruntime"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --requirement "$peers/requirements.txt"
    cp "$peers/requirements.txt" "$venv/requirements.txt"
fi
say "building"
cargo build --release --locked -p quorate-cli
cargo build --release --locked -p quorate-infer --example speed
speed=$CARGO_TARGET_DIR/release/examples/speed
# rten: a workspace of its own, with a cache of its own.
engines=$(dirname "$CARGO_TARGET_DIR")/target-peers
cargo build --release --locked --manifest-path "$peers/engines/Cargo.toml" --target-dir "$engines"
engines=$engines/release/quorate-infer-peers

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=()
for dimension in $dimensions; do
    case $dimension in
    input:*) options+=(--input "${dimension#input:}") ;;
    *) options+=(--dimension "$dimension") ;;
    esac
done
say "compiling"
"$CARGO_TARGET_DIR/release/quorate" compile "$model" --tensors "$work/tensors" --out "$work/program" "${options[@]}"
say "running"
"$venv/bin/python" "$peers/models.py" "$speed" "$model" "$work/program" "$work/tensors" --sizes "$sizes" "${shapes[@]}" --engines "$engines" "$@"
say "decoding"
"$speed" decode 30 1,2 5
