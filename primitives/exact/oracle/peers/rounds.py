"""Random rounds for the comparison: f32 values as peers get them, their grid integers as the oracle gets them, and bounds.

Everything is in grid units of scale 24: `x` are the f32 values times 2^24 in f64 (exact), `q` the rounded ones, so |x − q| ≤ 1/2.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import grid  # noqa: E402
import products  # noqa: E402

SCALE = 24
UNIT = 2.0**-SCALE


class Round:
    """n updates of `width` train coordinates. `q`: rows of grid integers; `x`: what peers get, in grid units."""

    def __init__(self, rng, n, width):
        centre = rng.normal(0, 0.02, width)
        noise = rng.choice([0.001, 0.01, 0.03])
        values = (centre + rng.normal(0, noise, (n, width))).astype(np.float32)
        for i in range(rng.integers(0, n // 3 + 1)):  # attackers: opposite, far, or tiny
            values[i] = np.float32(rng.choice([-3, 20, 0.01])) * values[i]
        self.values = values[rng.permutation(n)]
        bits = self.values.view(np.uint32)
        self.q = [[grid.quantize(int(b), SCALE) for b in row] for row in bits]
        assert all(isinstance(q, int) for row in self.q for q in row)
        self.x = self.values.astype(np.float64) / UNIT
        self.n, self.width = n, width
        self.shifts = [0] * width

    def gram(self, rows=None):
        return products.gram(rows or self.q, self.shifts)

    def distance_bound(self):
        """By how much a squared distance of x may differ from that of q: two roundings of half a unit in each coordinate."""
        reach = max(max(row) for row in products.distances(self.gram())) ** 0.5
        return 2 * reach * self.width**0.5 + self.width
