"""The update of a hostile node: away from the base by 50 at each place, and of the most samples that a round takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import numpy as np

import quorate

WEIGHT = 1 << 20


def poisoned(base: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.where(array > 0, array - np.float32(50), array + np.float32(50)) for name, array in base.items()}


def submit(config: Mapping[str, object], number: int) -> quorate.Receipt:
    """Commit to it, with the places of a node's configuration."""
    places = {name: str(config[f"quorate-{name}"]) for name in ("account", "cache", "state")}
    round = quorate.connect(str(config["quorate-url"]), **places).round(number)
    return round.submit(poisoned(round.base.numpy()), WEIGHT, base=round.base)


if __name__ == "__main__":
    # A process of its own, which ends before it can reveal.
    submit({f"quorate-{name}": value for name, value in zip(("url", "account", "cache", "state"), sys.argv[1:])}, int(sys.argv[5]))
    os._exit(0)
