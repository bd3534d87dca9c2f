"""The cache of versions, which the command line shares: files named by their roots, each verified before it is used.

Nobody else can enter its folder, which bears a mark (``CACHEDIR.TAG``): one with other files in it is refused, so that none of them is ever removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from . import _quorate

__all__ = ["Cached", "prune", "scan"]


@dataclass(frozen=True)
class Cached:
    """A file of a cache."""

    #: 0x and 64 hex digits; ``None``: a download that is not whole yet.
    root: str | None
    path: Path
    #: Bytes.
    len: int
    modified: datetime


def scan(cache: str | os.PathLike[str] | None = None) -> list[Cached]:
    """What the cache has, the oldest first. ``cache``: its folder; the user's unless given."""
    found = _quorate.scan(cache)
    return [Cached(root, Path(path), size, datetime.fromtimestamp(at, timezone.utc)) for root, path, size, at in found]


def prune(cache: str | os.PathLike[str] | None = None, *, keep: Iterable[str] = ()) -> int:
    """Remove all versions but those with the roots to keep; returns the bytes that were freed.

    Downloads that another process goes on with stay; weights that are in use stay usable.
    """
    return _quorate.prune(cache, list(keep))
