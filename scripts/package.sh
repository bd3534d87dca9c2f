#!/usr/bin/env bash
# Debian packages of the node, the worker and the command line, and on request a container image made from them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<TEXT
usage: scripts/package.sh [--container] [FOLDER]

Builds the programs, their man pages and completions, and writes quorate-node, quorate-worker and quorate as .deb into FOLDER
(now: $CARGO_TARGET_DIR/debian). With --container also the image 'quorate' by docker or podman, from scripts/Containerfile.
TEXT
    exit 0
fi
container=no
if [ "${1:-}" = "--container" ]; then container=yes; shift; fi
folder=$(realpath -m "${1:-$CARGO_TARGET_DIR/debian}")

install_tools
cargo deb --version >/dev/null 2>&1 || {
    say "installing cargo-deb"
    cargo install --locked cargo-deb || fail "cargo-deb is missing and could not be installed"
}

say "programs"
cargo build --release --workspace --locked
programs=$CARGO_TARGET_DIR/release

say "man pages and completions"
for program in quorate quorate-node quorate-worker; do
    made=$programs/package/$program
    rm -rf "$made"
    mkdir -p "$made/man"
    "$programs/$program" man "$made/man"
    for shell in bash zsh fish; do "$programs/$program" completions $shell > "$made/$program.$shell"; done
done

say "packages"
mkdir -p "$folder"
for crate in quorate-node quorate-worker quorate-cli; do
    cargo deb --no-build --no-strip --locked -p $crate -o "$folder/"
done
for package in "$folder"/*.deb; do
    dpkg-deb --info "$package" | grep -E '^ (Package|Version|Installed-Size):' | tr '\n' ' '
    echo "$package"
done

if [ $container = yes ]; then
    engine=$(command -v docker || command -v podman) || fail "neither docker nor podman is installed"
    say "image"
    "$engine" build --tag quorate --file scripts/Containerfile "$folder"
fi
