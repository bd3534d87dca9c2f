#!/usr/bin/env python3
"""Writes networks.cuh: Batcher's odd-even merge sort for a few sizes, as lists of comparators.

K. E. Batcher, "Sorting networks and their applications", AFIPS 1968. The network of a size that is no power of two is that of the
next one without the comparators that touch the missing places: these would hold the largest values and never move.
What a kernel does not read of the sorted values the compiler removes, comparator by comparator.
"""

import sys

SIZES = [16, 32, 64, 104, 128]


def network(size):
    full = 1 << (size - 1).bit_length()
    p = 1
    while p < full:
        k = p
        while k >= 1:
            for j in range(k % p, full - k, 2 * k):
                for i in range(j, min(j + k, full - k)):
                    if i // (2 * p) == (i + k) // (2 * p) and i + k < size:
                        yield i, i + k
            k //= 2
        p *= 2


def sorts(size, comparators):
    """The 0-1 principle on the inputs that are 1 from some place on, rotated, and on alternating ones."""
    samples = [[int((i * step + start) % size >= ones) for i in range(size)]
               for step in (1, 3, 5, 7) for start in range(0, size, 5) for ones in range(size + 1)]
    for values in samples:
        for low, high in comparators:
            if values[low] > values[high]:
                values[low], values[high] = values[high], values[low]
        if values != sorted(values):
            return False
    return True


def main():
    lines = ["// Written by networks.py. Comparators (low, high) of Batcher's odd-even merge sort; SIZE says which.", "#pragma once", ""]
    for place, size in enumerate(SIZES):
        comparators = list(network(size))
        assert sorts(size, comparators), size
        lines.append(f"{'#if' if place == 0 else '#elif'} SIZE == {size} // {len(comparators)} comparators")
        lines.append("#define NETWORK(X) \\")
        items = [f"X({low},{high})" for low, high in comparators]
        rows = [" ".join(items[i:i + 12]) for i in range(0, len(items), 12)]
        lines.append(" \\\n".join("    " + row for row in rows))
    lines += ["#else", '#error "no network of this size"', "#endif", ""]
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
