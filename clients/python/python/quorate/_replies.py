"""Replies of nodes, waited for as long as that is of use, and taken as what anybody may have said: no node that is silent, or reports nonsense,
holds up the others."""

from __future__ import annotations

import math
import operator
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import NetworkError

if TYPE_CHECKING:
    from flwr.app import Message
    from flwr.serverapp import Grid

#: Phases of a round that has its scores, or none.
ENDED = ("Vesting", "Paying", "Settled", "Aborted", "Failed")
#: Seconds in which a node that has done its part replies: Flower's SuperNode looks every three seconds for what it has to send.
LATE = 15
#: Seconds for which a node of the chain may be away while a round is waited for, and between two tries.
AWAY, AGAIN = 900, 2

_T = TypeVar("_T")
_Record = TypeVar("_Record", bound=Mapping[str, Any])


def patiently(look: Callable[[], _T]) -> _T:
    """What ``look`` reads of the chain; a node that is away for less than `AWAY` seconds ends nothing."""
    end = time.monotonic() + AWAY
    while True:
        try:
            return look()
        except NetworkError:
            if time.monotonic() > end:
                raise
        time.sleep(AGAIN)


def samples_of(value: Any) -> int | None:
    """A number of samples as an app gave it, whatever whole number it is; ``None`` where it is none."""
    try:
        return operator.index(value)
    except TypeError:
        return int(value) if isinstance(value, float) and value.is_integer() else None


def alike(records: list[_Record], weight: str) -> list[_Record]:
    """Those of what nodes report that can be averaged: what most report in the same way, of finite numbers, with a positive weight."""
    kinds = [_kind(record) for record in records]
    usual = Counter(kind for kind in kinds if kind is not None).most_common(1)
    same = [record for record, kind in zip(records, kinds) if usual and kind == usual[0][0]]
    return [record for record in same if not isinstance(record.get(weight), list) and record.get(weight, 0) > 0]


def _kind(record: Mapping[str, Any]) -> tuple[tuple[str, int], ...] | None:
    """Names and lengths, 0 for a number; ``None`` where a list has nothing in it, or a number is not finite."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in record.items()}
    if not all(values and all(math.isfinite(value) for value in values) for values in lists.values()):
        return None
    return tuple(sorted((name, len(value) if isinstance(value, list) else 0) for name, value in record.items()))


class UntilOver:
    """A grid of Flower whose ``send_and_receive`` ends without those who are silent: of training `LATE` seconds after ``over()`` is true, of anything
    else after twice the time that half of the nodes took, and `LATE` seconds."""

    def __init__(self, grid: Grid, over: Callable[[], bool]) -> None:
        self._grid, self._over = grid, over

    def __getattr__(self, name: str) -> Any:
        return getattr(self._grid, name)

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        """As `Grid.send_and_receive`."""
        messages = list(messages)
        trains = any(message.metadata.message_type.partition(".")[0] == "train" for message in messages)
        replies: list[Message] = []
        waiting = set(self._grid.push_messages(messages))
        half, begun = len(waiting) / 2, time.monotonic()
        end, late = begun + (math.inf if timeout is None else timeout), math.inf
        while waiting and time.monotonic() < min(end, late):
            found = list(self._grid.pull_messages(waiting))
            replies += found
            waiting -= {reply.metadata.reply_to_message_id for reply in found}
            now = time.monotonic()
            if waiting and late == math.inf and (self._over() if trains else len(replies) >= half):
                late = now + LATE if trains else 2 * now - begun + LATE
            if waiting:
                time.sleep(1)
        return replies
