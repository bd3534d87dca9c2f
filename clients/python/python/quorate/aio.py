"""The same for asyncio: every call that waits is a coroutine, and runs in a thread of its own.

A coroutine that is cancelled stops waiting; what it began goes on in its thread. A submission is never lost: see `Round.submit`.

```python
from quorate import aio

net = await aio.connect("ws://127.0.0.1:9944", account="me.key")
async for round in (await net.model(0)).rounds():
    base = await round.base()
    ...
    receipt = await round.submit(model.state_dict(), weight=n_examples)
    version = await receipt.wait()
```
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _net

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = ["Model", "Net", "Receipt", "Round", "Version", "connect", "fetch"]


async def connect(*arguments: Any, **options: Any) -> Net:
    """See `quorate.connect`."""
    return Net(await asyncio.to_thread(_net.connect, *arguments, **options))


async def fetch(reference: str, url: str | None = None, **options: Any) -> Version:
    """See `quorate.fetch`."""
    return Version(await asyncio.to_thread(_net.fetch, reference, url, **options))


class Net:
    """See `quorate.Net`; `sync` is the one that this stands on."""

    def __init__(self, sync: _net.Net) -> None:
        self.sync = sync

    async def model(self, id: int) -> Model:
        return Model(await asyncio.to_thread(self.sync.model, id))

    async def models(self) -> list[Model]:
        return [Model(model) for model in await asyncio.to_thread(self.sync.models)]

    async def round(self, id: int) -> Round:
        return Round(await asyncio.to_thread(self.sync.round, id))

    async def standing(self) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.standing)

    async def consent(self, organisation: int, *, blocks: int = 43_200) -> str:
        return await asyncio.to_thread(self.sync.consent, organisation, blocks=blocks)

    async def claim(self) -> int | None:
        return await asyncio.to_thread(self.sync.claim)


class Model:
    """See `quorate.Model`."""

    def __init__(self, sync: _net.Model) -> None:
        self.sync, self.id, self.name, self.view = sync, sync.id, sync.name, sync.view

    async def latest(self) -> Version:
        return Version(await asyncio.to_thread(self.sync.latest))

    async def version(self, number: int) -> Version:
        return Version(await asyncio.to_thread(self.sync.version, number))

    async def versions(self) -> list[Version]:
        return [Version(version) for version in await asyncio.to_thread(self.sync.versions)]

    async def rounds(self) -> AsyncIterator[Round]:
        rounds = self.sync.rounds()
        while True:
            yield Round(await asyncio.to_thread(next, rounds))


class Version:
    """See `quorate.Version`."""

    def __init__(self, sync: _net.Version) -> None:
        self.sync, self.model, self.version = sync, sync.model, sync.version
        self.root, self.len, self.status, self.view = sync.root, sync.len, sync.status, sync.view

    async def path(self) -> Path:
        return await asyncio.to_thread(lambda: self.sync.path)

    async def state_dict(self) -> dict[str, torch.Tensor]:
        return await asyncio.to_thread(self.sync.state_dict)

    async def numpy(self) -> dict[str, np.ndarray]:
        return await asyncio.to_thread(self.sync.numpy)

    async def lineage(self) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.lineage)


class Round:
    """See `quorate.Round`."""

    def __init__(self, sync: _net.Round) -> None:
        self.sync, self.id, self.model, self.phase, self.view = sync, sync.id, sync.model, sync.phase, sync.view

    async def base(self) -> Version:
        return Version(await asyncio.to_thread(lambda: self.sync.base))

    async def refresh(self) -> Round:
        return Round(await asyncio.to_thread(self.sync.refresh))

    async def updates(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.sync.updates)

    async def submit(
        self, state: Mapping[str, Any], weight: int, *, base: Version | None = None, ignore_extra: bool = False
    ) -> Receipt:
        given = base.sync if base is not None else None
        sent = asyncio.to_thread(self.sync.submit, state, weight, base=given, ignore_extra=ignore_extra)
        return Receipt(await sent)


class Receipt:
    """See `quorate.Receipt`; `sync` has its properties."""

    def __init__(self, sync: _net.Receipt) -> None:
        self.sync, self.round, self.resumed = sync, sync.round, sync.resumed

    @property
    def score(self) -> float | None:
        return self.sync.score

    @property
    def status(self) -> str | None:
        return self.sync.status

    async def held(self) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.held)

    async def wait(self) -> Version:
        return Version(await asyncio.to_thread(self.sync.wait))
