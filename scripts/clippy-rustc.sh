#!/usr/bin/env bash
# Cargo's compiler for our own crates in scripts/test.sh: rustc with Clippy's lints. Warnings are errors, except in tests,
# where they are only shown (docs/decisions/004).
for argument in "$@"; do
    if [ "$argument" = "--test" ]; then
        exec clippy-driver "$@"
    fi
done
exec clippy-driver "$@" -Dwarnings
