"""Replies of nodes, waited for as long as that is of use: no node that is silent holds up the others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flwr.app import Message
    from flwr.serverapp import Grid

#: Phases of a round that has its scores, or none.
ENDED = ("Vesting", "Paying", "Settled", "Aborted", "Failed")
#: Seconds in which a node that has done its part replies: Flower's SuperNode looks every three seconds for what it has to send.
LATE = 15


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
