#!/usr/bin/env bash
# Models to versions and back with the real PyTorch, Transformers (two majors) and PEFT: scripts/sdk/files.sh [PATH OF quorate]
# A manual command, and a part of scripts/sdk.sh: it installs some 6 GB of Python packages into a folder of the user's cache, once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}
program=${1:-${CARGO_TARGET_DIR:-$cache/quorate/target}/release/quorate}
folder=$cache/quorate/sdk/models
python=$folder/venv/bin/python
pip=("$python" -m pip install --quiet --disable-pip-version-check)

[ -x "$program" ] || { echo "there is no program at $program: build it with 'cargo build --release -p quorate-cli'" >&2; exit 1; }
if ! cmp -s "$here/files.sh" "$folder/installed"; then
    mkdir -p "$folder"
    python3 -m venv --clear "$folder/venv"
    rm -rf "$folder/transformers-4"
    "${pip[@]}" torch==2.15.0 numpy==2.4.6 transformers==5.24.0 peft==0.21.2 safetensors==0.8.0
    # The major before it, beside: everything else of it is what the environment has.
    "${pip[@]}" --target "$folder/transformers-4" --no-deps transformers==4.57.6 peft==0.18.0 accelerate==1.12.0 \
        huggingface-hub==0.36.0 hf-xet tokenizers==0.22.1 requests urllib3 idna certifi charset-normalizer
    cp "$here/files.sh" "$folder/installed"
fi
# Nothing is fetched: every model is made here.
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error CUDA_VISIBLE_DEVICES=
failed=0
"$python" "$here/files.py" "$program" || failed=1
PYTHONPATH=$folder/transformers-4 "$python" "$here/files.py" "$program" || failed=1
exit "$failed"
