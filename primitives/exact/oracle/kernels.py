"""Section 2: what selections and pre-aggregators end in, on one column (the grid integers of one coordinate).

Kernels of rules are tuples: ("weighted", c, den), ("sorted", lo, hi), ("around", rows, keep). A map is a list with one
(terms, den) for each new row, terms a list of (row, coefficient).
"""

from grid import mean


def map_columns(maps, column):
    """The new rows' values of one coordinate."""
    return [mean(sum(c * column[j] for j, c in terms), den) for terms, den in maps]


def weighted(column, c, den):
    return mean(sum(x * q for x, q in zip(c, column, strict=True)), den)


def sorted_mean(column, lo, hi):
    chosen = sorted(column)[lo:hi]
    return mean(sum(chosen), len(chosen))


def around_median(column, rows, keep):
    values = sorted(column[i] for i in rows)
    a, b = values[(len(values) - 1) // 2], values[len(values) // 2]
    nearest = sorted(values, key=lambda q: (abs(2 * q - (a + b)), q))[:keep]
    return mean(sum(nearest), keep)


def run(kernel, column):
    name, *arguments = kernel
    return {"weighted": weighted, "sorted": sorted_mean, "around": around_median}[name](column, *arguments)
