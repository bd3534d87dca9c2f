#!/usr/bin/env python3
"""Compares the oracle with ByzFL and Flower; started by scripts/peers.sh. Prints the table, or the first disagreement and fails."""

import argparse

import rounds  # noqa: F401, first: it makes the oracle's modules importable
import tally
import with_byzfl
import with_flower


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"cases {arguments.cases}, seed {arguments.seed}\n")
    found = tally.Tally()
    with_byzfl.run(found, arguments.cases, arguments.seed)
    with_flower.run(found, arguments.cases, arguments.seed)
    print(found.table(), end="")


if __name__ == "__main__":
    main()
