"""The same for asyncio: every call that waits is a coroutine, and runs in a thread of its own.

A coroutine that is cancelled ends when its thread has ended, which stops waiting for node and files at once. A submission that was sent goes on: see
`Round.submit`. A request that was sent is named by what is raised then (``input``), and is gone on with by the same call: see `Model.infer`.

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
import contextlib
import contextvars
import functools
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import _asking, _net, _quorate, _verifying

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = [
    "Answer", "Evaluation", "Model", "Net", "Receipt", "Request", "Round", "Version", "connect", "fetch", "replay", "verify",
]  # fmt: skip

_T = TypeVar("_T")


async def _call(function: Callable[..., _T], /, *arguments: Any, **options: Any) -> _T:
    """What the function gives, from a thread of its own, which ends before this does."""
    loop, stop, context = asyncio.get_running_loop(), _quorate.Stop(), contextvars.copy_context()
    done: asyncio.Future[_T] = loop.create_future()
    call = functools.partial(context.run, function, *arguments, **options)

    def settle(how: Callable[[Any], None], what: Any) -> None:
        if not done.done():
            how(what)

    def work() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = (done.set_result, stop.run(call))
        except StopIteration as error:
            # A future takes none.
            ended = RuntimeError("StopIteration was raised")
            ended.__cause__ = error
            outcome = (done.set_exception, ended)
        except BaseException as error:
            outcome = (done.set_exception, error)
        # A loop that is closed has nobody who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, name="quorate", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError as cancelled:
        stop.set()
        await asyncio.wait([done])
        ended = None if done.cancelled() else done.exception()
        if ended is None and not done.cancelled():
            # It came to its end all the same: the request that has the answer.
            found = done.result()
            answered = getattr(found, "record", {}).get("request", {}).get("input", {})
            cancelled.input = getattr(found, "root", None) or answered.get("root")  # type: ignore[attr-defined]
        if isinstance(ended, asyncio.CancelledError):
            # What the call left on chain.
            cancelled.input = getattr(ended, "input", None)  # type: ignore[attr-defined]
            for note in getattr(ended, "__notes__", []):
                cancelled.add_note(note)
        raise


async def connect(*arguments: Any, **options: Any) -> Net:
    """See `quorate.connect`."""
    return Net(await _call(_net.connect, *arguments, **options))


async def fetch(reference: str, url: str | None = None, **options: Any) -> Version:
    """See `quorate.fetch`."""
    return Version(await _call(_net.fetch, reference, url, **options))


async def verify(reference: str, url: str | None = None, **options: Any) -> _verifying.Report:
    """See `quorate.verify`. ``progress`` is called on a thread of its own."""
    return await _call(_net.verify, reference, url, **options)


async def replay(reference: str, url: str | None = None, **options: Any) -> _verifying.Replay:
    """See `quorate.replay`. ``progress`` is called on a thread of its own."""
    return await _call(_net.replay, reference, url, **options)


class Net:
    """See `quorate.Net`; `sync` is the one that this stands on."""

    def __init__(self, sync: _net.Net) -> None:
        self.sync = sync

    async def model(self, id: int) -> Model:
        return Model(await _call(self.sync.model, id))

    async def models(self) -> list[Model]:
        return [Model(model) for model in await _call(self.sync.models)]

    async def round(self, id: int) -> Round:
        return Round(await _call(self.sync.round, id))

    async def request(self, which: int | str) -> Request:
        """See `quorate.Net.request`."""
        return Request(await _call(self.sync.request, which))

    async def kept(self) -> list[Request]:
        """See `quorate.Net.kept`."""
        return [Request(request) for request in await _call(self.sync.kept)]

    async def evaluation(self, id: int) -> Evaluation:
        return Evaluation(await _call(self.sync.evaluation, id))

    async def verify(self, reference: str, **options: Any) -> _verifying.Report:
        return await _call(self.sync.verify, reference, **options)

    async def replay(self, reference: str, **options: Any) -> _verifying.Replay:
        return await _call(self.sync.replay, reference, **options)

    async def standing(self) -> dict[str, Any]:
        return await _call(self.sync.standing)

    async def consent(self, organisation: int, *, blocks: int = 43_200) -> str:
        return await _call(self.sync.consent, organisation, blocks=blocks)

    async def claim(self) -> int | None:
        return await _call(self.sync.claim)


class Model:
    """See `quorate.Model`."""

    def __init__(self, sync: _net.Model) -> None:
        self.sync, self.id, self.name, self.view = sync, sync.id, sync.name, sync.view
        self.frozen = sync.frozen

    async def verify_frozen(self, path: str | os.PathLike[str]) -> None:
        await _call(self.sync.verify_frozen, path)

    async def latest(self) -> Version:
        return Version(await _call(self.sync.latest))

    async def version(self, number: int) -> Version:
        return Version(await _call(self.sync.version, number))

    async def versions(self) -> list[Version]:
        return [Version(version) for version in await _call(self.sync.versions)]

    async def rounds(self) -> AsyncIterator[Round]:
        rounds = self.sync.rounds()
        while True:
            yield Round(await _call(next, rounds))

    async def infer(self, program: int, inputs: _asking.Inputs | None = None, **options: Any) -> Answer:
        """See `quorate.Model.infer`. ``progress`` and ``on_tokens`` are called on a thread of its own."""
        return Answer(await _call(self.sync.infer, program, inputs, **options))

    async def prepare(self, program: int, inputs: _asking.Inputs | None = None, **options: Any) -> Request:
        """See `quorate.Model.prepare`. ``progress`` is called on a thread of its own."""
        return Request(await _call(self.sync.prepare, program, inputs, **options))

    async def ask(self, program: int, inputs: _asking.Inputs | None = None, **options: Any) -> Request:
        """See `quorate.Model.ask`. ``progress`` is called on a thread of its own."""
        return Request(await _call(self.sync.ask, program, inputs, **options))

    async def quote(self, program: int, inputs: _asking.Inputs | None = None, **options: Any) -> _asking.Quote:
        return await _call(self.sync.quote, program, inputs, **options)

    async def evaluate(self, version: int, program: int, data_set: int, **options: Any) -> Evaluation:
        """See `quorate.Model.evaluate`. ``progress`` is called on a thread of its own."""
        return Evaluation(await _call(self.sync.evaluate, version, program, data_set, **options))

    async def evaluation(self, version: int, program: int, data_set: int) -> Evaluation:
        """See `quorate.Model.evaluation`."""
        return Evaluation(await _call(self.sync.evaluation, version, program, data_set))

    async def quote_evaluation(self, version: int, program: int, data_set: int) -> _asking.Quote:
        return await _call(self.sync.quote_evaluation, version, program, data_set)


class Answer:
    """See `quorate.Answer`."""

    def __init__(self, sync: _asking.Answer) -> None:
        self.sync, self.request, self.outputs, self.tokens, self.record = sync, sync.request, sync.outputs, sync.tokens, sync.record
        self.streamed = sync.streamed

    async def is_final(self) -> bool:
        return await _call(lambda: self.sync.is_final)

    async def verify(self, **options: Any) -> _verifying.Report:
        return await _call(self.sync.verify, **options)


class Request:
    """See `quorate.Request`."""

    def __init__(self, sync: _asking.Request) -> None:
        self.sync, self.root = sync, sync.root

    @property
    def id(self) -> int | None:
        return self.sync.id

    async def view(self) -> dict[str, Any]:
        return await _call(lambda: self.sync.view)

    async def state(self) -> str:
        return await _call(lambda: self.sync.state)

    async def send(self, *, progress: _asking.Progress | None = None) -> None:
        await _call(self.sync.send, progress=progress)

    async def upload(self) -> None:
        await _call(self.sync.upload)

    async def wait(
        self, *, progress: _asking.Progress | None = None, on_tokens: _asking.OnTokens | None = None
    ) -> Answer:
        return Answer(await _call(self.sync.wait, progress=progress, on_tokens=on_tokens))

    async def cancel(self) -> int:
        return await _call(self.sync.cancel)

    async def forget(self) -> bool:
        return await _call(self.sync.forget)


class Evaluation:
    """See `quorate.Evaluation`; `sync` has its properties."""

    def __init__(self, sync: _asking.Evaluation) -> None:
        self.sync, self.id, self.record, self.state = sync, sync.id, sync.record, sync.state
        self.mean_loss, self.accuracy, self.sums = sync.mean_loss, sync.accuracy, sync.sums

    async def is_final(self) -> bool:
        return await _call(lambda: self.sync.is_final)

    async def wait(self, *, progress: _asking.Progress | None = None) -> Evaluation:
        return Evaluation(await _call(self.sync.wait, progress=progress))

    async def verify(self, **options: Any) -> _verifying.Report:
        return await _call(self.sync.verify, **options)


class Version:
    """See `quorate.Version`."""

    def __init__(self, sync: _net.Version) -> None:
        self.sync, self.model, self.version = sync, sync.model, sync.version
        self.root, self.len, self.status, self.view = sync.root, sync.len, sync.status, sync.view

    async def path(self) -> Path:
        return await _call(lambda: self.sync.path)

    async def state_dict(self) -> dict[str, torch.Tensor]:
        found = await _call(self.sync.state_dict)
        self.sync._given_out()
        return found

    async def numpy(self) -> dict[str, np.ndarray]:
        found = await _call(self.sync.numpy)
        self.sync._given_out()
        return found

    async def lineage(self) -> dict[str, Any]:
        return await _call(self.sync.lineage)

    async def verify(self, **options: Any) -> _verifying.Report:
        """See `quorate.Version.verify`. ``progress`` is called on a thread of its own."""
        return await _call(self.sync.verify, **options)

    async def replay(self, **options: Any) -> _verifying.Replay:
        return await _call(self.sync.replay, **options)


class Round:
    """See `quorate.Round`."""

    def __init__(self, sync: _net.Round) -> None:
        self.sync, self.id, self.model, self.phase, self.view = sync, sync.id, sync.model, sync.phase, sync.view

    async def base(self) -> Version:
        return Version(await _call(lambda: self.sync.base))

    async def refresh(self) -> Round:
        return Round(await _call(self.sync.refresh))

    async def updates(self) -> list[dict[str, Any]]:
        return await _call(self.sync.updates)

    async def submit(
        self, state: Mapping[str, Any], weight: int, *, base: Version | None = None, ignore_extra: bool = False
    ) -> Receipt:
        """See `quorate.Round.submit`: no other task may write to ``state`` before this is done."""
        given = base.sync if base is not None else None
        sent = _call(self.sync.submit, state, weight, base=given, ignore_extra=ignore_extra)
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
        return await _call(self.sync.held)

    async def wait(self) -> Version:
        return Version(await _call(self.sync.wait))
