"""The chain: models, versions, rounds, receipts."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from . import _asking, _plots, _quorate, _tensors, _verifying
from .errors import InputError, NotFound

if TYPE_CHECKING:
    import numpy as np
    import torch
    from matplotlib.figure import Figure

    from ._quorate import Account

#: Where a node answers unless said otherwise.
URL = "ws://127.0.0.1:9944"
#: By chain and model: the version whose weights this thread, or this task of asyncio, was given last.
_GIVEN: ContextVar[dict[tuple[str, int], tuple[int, str]]] = ContextVar("quorate_given", default={})


def _read(text: str) -> Any:
    return json.loads(text)


def connect(
    url: str | None = None,
    account: str | os.PathLike[str] | Account | None = None,
    *,
    allow_plaintext: bool = False,
    cache: str | os.PathLike[str] | None = None,
    state: str | os.PathLike[str] | None = None,
) -> Net:
    """Connect to a node.

    Args:
        url: WebSocket of the node; else ``QUORATE_URL``, else ``ws://127.0.0.1:9944``.
        account: who contributes and reads: path of a key file, a development name such as ``//Alice``, or an `Account`; else
            ``QUORATE_ACCOUNT``, if that is set. Nobody is needed to read what is public.
        allow_plaintext: let ``ws://`` and ``http://`` leave this machine, where others could answer in the node's name.
        cache: folder of versions; else the user's (``~/.cache/quorate/versions``), which the command line shares.
        state: folder of salts and updates, which must not be lost while a round lasts, and of the inputs of requests; else the user's
            (``~/.local/state/quorate/updates`` and ``…/requests``), which the command line shares.

    Raises:
        NetworkError: nobody answers at the URL.
        Incompatible: the node's runtime is of another release.
        InputError: the URL, the key or a folder is wrong.
    """
    url = url or os.environ.get("QUORATE_URL") or URL
    key = account if isinstance(account, _quorate.Account) else None
    word = None if account is None or isinstance(account, _quorate.Account) else os.fspath(account)
    return Net(_quorate.connect(url, word, key, allow_plaintext, cache, state))


def fetch(reference: str, url: str | None = None, **options: Any) -> Version:
    """Fetch a version, verify it, and keep it in the cache: ``fetch("0@7")`` is version 7 of model 0, ``fetch("0")`` its newest.

    ``options``: those of `connect`.
    """
    model, version = _named(reference)
    found = connect(url, **options).model(model)
    wanted = found.latest() if version is None else found.version(version)
    wanted.path  # noqa: B018 - fetched here
    return wanted


def verify(reference: str, url: str | None = None, **options: Any) -> _verifying.Report:
    """Derive a version again, on this machine: ``verify("0@7")``. See `Version.verify`; ``options`` are its and those of `connect`."""
    own = {name: options.pop(name) for name in ("stores", "evidence", "progress") if name in options}
    return connect(url, **options).verify(reference, **own)


def replay(reference: str, url: str | None = None, **options: Any) -> _verifying.Replay:
    """Derive a version and all that it descends from again: ``replay("0@7")``. See `Version.replay`; ``options`` are its and those of `connect`."""
    own = {name: options.pop(name) for name in ("stores", "evidence", "progress") if name in options}
    return connect(url, **options).replay(reference, **own)


def _named(reference: str) -> tuple[int, int | None]:
    """Model and version of ``MODEL`` or ``MODEL@VERSION``."""
    model, at, version = reference.partition("@")
    if not model.isdecimal() or (at and not version.isdecimal()):
        raise InputError(f"{reference!r} is not MODEL or MODEL@VERSION, such as 0 or 0@7")
    return int(model), int(version) if at else None


class Net:
    """A chain, as one account sees it. Threads may share it; a connection that breaks is made again.

    A process that is forked off cannot use it: its calls raise `InputError` there, and it has to connect again.
    """

    def __init__(self, core: _quorate.Net) -> None:
        self._core = core

    @property
    def genesis(self) -> str:
        """Hash of the chain's first block."""
        return self._core.genesis

    @property
    def address(self) -> str | None:
        """The account's address."""
        return self._core.address

    def model(self, id: int) -> Model:
        """A model by its number. Raises `NotFound`."""
        return Model(self, _read(self._core.model(id)))

    def models(self) -> list[Model]:
        """All models."""
        return [Model(self, view) for view in _read(self._core.models())]

    def round(self, id: int) -> Round:
        """A round by its number. Raises `NotFound`."""
        return Round(self, _read(self._core.round(id, True)))

    def request(self, which: int | str) -> _asking.Request:
        """A request for an answer, to go on with it, also after a process that was killed.

        Args:
            which: its number; or the root of its input, 0x and 64 hex digits, whatever number a fork has given it. A root is of a request of the
                account's organisation that is on chain, or of an input that is kept on this machine: that one may come into a block yet.

        Raises:
            NotFound: there is none.
            InputError: it is neither a number nor a root, or nobody asks for it: a root needs an account.
        """
        return _asking.request(self, which)

    def kept(self) -> list[_asking.Request]:
        """A request for each input that is kept on this machine, in the folder that the command line shares (``quorate request kept``). ``id`` is
        ``None`` where none of the account's organisation is in a block: it is not there yet, was never sent, was pruned, or is another organisation's."""
        return _asking.kept(self)

    def evaluation(self, id: int) -> _asking.Evaluation:
        """An evaluation by its number, as it is now. Raises `NotFound`. See `Model.evaluation` where the number is not known."""
        return _asking.evaluation(self, id)

    def verify(self, reference: str, **options: Any) -> _verifying.Report:
        """Derive a version again, such as ``"0@7"``; of ``"0"`` its newest. See `Version.verify`, whose ``options`` it takes."""
        return self._version(reference).verify(**options)

    def replay(self, reference: str, **options: Any) -> _verifying.Replay:
        """Derive a version and all that it descends from again. See `Version.replay`, whose ``options`` it takes."""
        return self._version(reference).replay(**options)

    def _version(self, reference: str) -> Version:
        model, version = _named(reference)
        found = self.model(model)
        if version is None:
            version = found._head()
        return found.version(version)

    def standing(self) -> dict[str, Any]:
        """The account's reputation (in millionths) and unclaimed pay (in the smallest unit, as a text)."""
        found: dict[str, Any] = _read(self._core.standing())
        return found

    def consent(self, organisation: int, *, blocks: int = 43_200) -> str:
        """The account's consent to be sponsored by an organisation, to be handed to it: it is used once, in that many blocks."""
        return self._core.consent(organisation, blocks)

    def claim(self) -> int | None:
        """Claim what the account has earned; the number of the block, or ``None`` if there is nothing."""
        return self._core.claim()

    def __repr__(self) -> str:
        return f"Net(genesis={self.genesis[:10]}, account={self.address})"


@dataclass(frozen=True)
class FrozenBase:
    """What the tensors of an adapter are trained on top of. It is in the model's record, and never changes.

    Attributes:
        root: BLAKE3 root of its canonical file.
        length: bytes of that file.
        licence: SPDX identifier, or a text, as the model's owner gave it.
    """

    root: str
    length: int
    licence: str


class Model:
    """A model as it was when it was asked for."""

    def __init__(self, net: Net, view: dict[str, Any]) -> None:
        self._net, self.view = net, view
        self.id: int = view["id"]
        self.name: str = view["name"]

    @property
    def frozen(self) -> FrozenBase | None:
        """The frozen base that an adapter stands on; ``None`` for a model whose versions have all of its tensors."""
        base = self.view["frozen_base"]
        return None if base is None else FrozenBase(base["root"], base["len"], base["licence"])

    def verify_frozen(self, path: str | os.PathLike[str]) -> None:
        """Whether this is the frozen base that the model stands on, wherever it comes from; all of it is read.

        Args:
            path: a safetensors file, the index of a model in shards, a folder with either, a model's folder in the hub's cache, or the
                canonical file that ``quorate convert --frozen`` makes.

        Raises:
            CheckFailed: it is another one; the text says which.
            InputError: it is no model, or the model stands on no frozen base.
        """
        base = self.frozen
        if base is None:
            raise InputError(f"model {self.id} stands on no frozen base: its versions have all of its tensors")
        _quorate.verify_frozen(os.fspath(path), base.root, base.length)

    def latest(self) -> Version:
        """The newest version that is neither revoked nor stands on a revoked one; fetched, verified, memory-mapped.

        Raises `NotFound` when there is none yet, `Denied` where the account may not read it.
        """
        version = self.version(self._head())
        version.path  # noqa: B018 - fetched here
        return version

    def _head(self) -> int:
        head: int | None = _read(self._net._core.model(self.id))["head"]
        if head is None:
            raise NotFound(f"model {self.id} has no version that rounds may stand on")
        return head

    def version(self, number: int) -> Version:
        """A version's record; its file is fetched when it is needed. Raises `NotFound`."""
        return Version(self._net, _read(self._net._core.version(self.id, number)))

    def versions(self) -> list[Version]:
        """The records of all versions."""
        return [Version(self._net, view) for view in _read(self._net._core.versions(self.id))]

    def rounds(self) -> Iterator[Round]:
        """Every round from now on in which the account can take part, as it comes; it never ends, and connects again.

        A round in which the account's part was begun, and not ended, comes first.
        """
        last: int | None = None
        while True:
            round = Round(self._net, _read(self._net._core.next_round(self.id, last)))
            last = round.id
            yield round

    def infer(
        self,
        program: int,
        inputs: _asking.Inputs | None = None,
        *,
        on_tokens: _asking.OnTokens | None = None,
        **options: Unpack[_asking.Paid],
    ) -> _asking.Answer:
        """Ask validators for an answer of a version, and wait for it. A quorum agrees on it bit for bit.

        The account is an organisation's, or a contributor's that it sponsors: the organisation's fund pays. The program is fetched, and what
        it would not read is refused before anything is sent. The input goes to validators, and is shown to nobody but them and the
        organisation; it stays on this machine until `Request.forget`.

        A call that ends before it gives the answer, by Ctrl-C, an error or a killed process, is gone on with by the same call, which pays nothing
        more then: it is known by account, model, program, version as it was named, inputs and options. So a program that is simply run again pays
        once. A request without ``version`` stays one to the version that was the newest when it was first asked. Two calls that are made at the same
        time, in threads or processes, are two requests; so is a call after its answer was given. ``net.request(root)`` goes on too: ``progress`` is
        told the root of the input before anything is sent, what is raised has it as ``input``, and `Net.kept` lists those on this machine.

        Args:
            program: number of a program of the model that is held.
            inputs: for one run: an array for each input of the program, in its order or by name, of its type and shape. Arrays of NumPy and
                tensors of PyTorch have to be of that type, numbers and lists are converted.
            tokens: to be continued instead, token after token, by a program with one input i64 [tokens]. Tokenizers are the caller's.
            max_tokens: generate so many at most; as many as fit, and 64 at most, unless given. What is not used costs a quarter of its price.
            sampler: draw tokens; the likeliest one is chosen unless given.
            stop: end after this token.
            version: number of the version; the model's newest unless given.
            max_fee: pay no more than so many tokens, such as ``"0.05"``. Unless given no more than it costs at this moment, and than 1 token: the
                price is the node's word.
            on_tokens: called with the tokens that a validator streams while they are generated, as a list of all of them each time more come.
                They are provisional: `Answer.streamed` says whether they are the answer. A batch that is made anew begins anew.
            progress: called with what is going on, in words.

        Raises:
            InputError, NotFound: what is asked does not fit, or costs more than ``max_fee``; nothing was sent.
            Unavailable: the version is not served, the program not held, the fund too small, or too few validators can answer; nothing was sent.
            Refused, Rejected: the chain refused; nothing was paid but the transaction's fee.
            NotUploaded: no gateway took the input.
            Fault, Unfit, RequestFailed, CheckFailed: see `Request.wait`.
            NetworkError: nobody answers.
        """
        _asking._known("infer", options, _asking.Paid)
        request = _asking.prepare(self._net, self.id, program, inputs, options)
        return request.wait(progress=options.get("progress"), on_tokens=on_tokens)

    def prepare(
        self, program: int, inputs: _asking.Inputs | None = None, **options: Unpack[_asking.Paid]
    ) -> _asking.Request:
        """The same as `infer`, which sends nothing yet: everything is checked and priced, the input is kept on this machine, and ``request.root`` is
        what the request is known by. Then `Request.send`, or `Request.wait`, which sends it too."""
        return _asking.prepare(self._net, self.id, program, inputs, options)

    def ask(
        self, program: int, inputs: _asking.Inputs | None = None, **options: Unpack[_asking.Paid]
    ) -> _asking.Request:
        """The same as `infer`, which does not wait for the answer: it returns when the request's number is final and its input was brought. Several
        requests for one version and program are answered as one batch. As with `infer`, the same call goes on with a request whose answer `Request.wait`
        has not given, unless a `Request` of it is still in use."""
        return _asking.ask(self._net, self.id, program, inputs, options)

    def quote(
        self, program: int, inputs: _asking.Inputs | None = None, **options: Unpack[_asking.Options]
    ) -> _asking.Quote:
        """What `infer` would cost, and how many validators could answer. Sends nothing."""
        return _asking.quote(self._net, self.id, program, inputs, options)

    def evaluate(
        self,
        version: int,
        program: int,
        data_set: int,
        *,
        max_fee: _asking.Tokens | None = None,
        progress: _asking.Progress | None = None,
    ) -> _asking.Evaluation:
        """Have a version evaluated, and wait: every validator runs the program once for each row, and a quorum agrees on the sums.

        Program and data set are fetched, and whether they fit each other and the version is found out before anything is paid. The same evaluation
        has the same sums: where the account has asked for it before, it is gone on with, or given back, and nothing more is paid. That holds for a call
        that was interrupted, too; while it is in no block the same call waits until it comes into one, or cannot any more, for some minutes.

        Args:
            version: number of the version.
            program: number of a program of the model with an output ``loss``, f32, and perhaps ``correct``, bool.
            data_set: number of a data set, whose columns have the names of the program's inputs.
            max_fee: pay no more than so many tokens. Unless given no more than it costs at this moment, and than 1 token: the price is the node's
                word.
            progress: called with what is going on, in words, the evaluation's number among it.

        Raises:
            InputError, NotFound: what is asked does not fit, or costs more than ``max_fee``; nothing was sent.
            Unavailable: version, program or data set are not held, or the fund is too small; nothing was sent.
            Refused, Rejected: the chain refused.
            Unfit, RequestFailed: it came to nothing.
            NetworkError: nobody answers; the same call goes on.
        """
        return _asking.evaluate(self._net, self.id, version, program, data_set, max_fee, progress)

    def evaluation(self, version: int, program: int, data_set: int) -> _asking.Evaluation:
        """The account's newest evaluation of a version by a program on a data set that has its sums, or may have them, as it is now: `Evaluation.wait`
        goes on with it. Raises `NotFound`."""
        return _asking.evaluation_of(self._net, self.id, version, program, data_set)

    def quote_evaluation(self, version: int, program: int, data_set: int) -> _asking.Quote:
        """What `evaluate` would cost. Sends nothing."""
        return _asking.quote_evaluation(self._net, self.id, version, program, data_set)

    def plot_lineage(self) -> Figure:
        """Which version stands on which, and how often each was right where that is known, as a figure of matplotlib.

        Raises `NotFound` without a version, `InputError` without matplotlib (``quorate[plot]``).
        """
        return _plots.lineage(f"{self.name} (model {self.id})", [version.view for version in self.versions()])

    def __repr__(self) -> str:
        return f"Model({self.id}, {self.name!r})"


class Version:
    """A version and its record."""

    def __init__(self, net: Net, view: dict[str, Any]) -> None:
        self._net, self.view = net, view
        record = view["record"]
        self.model: int = record["model"]
        self.version: int = record["version"]
        #: BLAKE3 root of the file, 0x and 64 hex digits.
        self.root: str = record["root"]
        #: Bytes of the file.
        self.len: int = record["len"]
        self._path: Path | None = None

    @property
    def status(self) -> str:
        """``Final``, ``Provisional``, ``Revoked``, ``Assessing`` or ``Held``, as it was when it was asked for."""
        status = self.view["status"]
        return status if isinstance(status, str) else next(iter(status))

    @property
    def path(self) -> Path:
        """The file in the cache: fetched and verified the first time. It must not be changed.

        Raises `Denied` where the account may not read it, `NetworkError` when no gateway has it, `CheckFailed` when the chain has another file
        under this number by now.
        """
        if self._path is None:
            self._path = Path(self._net._core.fetch(self.model, self.version, self.root))
        return self._path

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The tensors by name as PyTorch's, memory-mapped, on the CPU; weights that are tied are under all their names.

        They may be written to: that changes memory, never the file. Trained tensors are float32, whatever they were registered as.
        """
        self._given_out()
        return _tensors.state_dict(self.path)

    def numpy(self) -> dict[str, np.ndarray]:
        """The same as arrays of NumPy. BF16 becomes float32, exactly."""
        self._given_out()
        return _tensors.numpy(self.path)

    def _given_out(self) -> None:
        _GIVEN.set({**_GIVEN.get(), (self._net.genesis, self.model): (self.version, self.root)})

    def lineage(self) -> dict[str, Any]:
        """Where the version comes from: parents, policy, updates with scores, and the committee's statements, as the chain has them."""
        found: dict[str, Any] = _read(self._net._core.lineage(self.model, self.version))
        return found

    def plot(self) -> Figure:
        """The scores of the version's updates by contributor, as a figure of matplotlib.

        Raises `NotFound` for a version that the model's owner gave, `InputError` without matplotlib (``quorate[plot]``).
        """
        return _plots.scores(self.lineage())

    def verify(
        self,
        *,
        stores: Iterable[str | os.PathLike[str]] = (),
        evidence: str | os.PathLike[str] | None = None,
        progress: _asking.Progress | None = None,
    ) -> _verifying.Report:
        """Derive the version again on this machine, and compare it bit for bit with its record in a final block: policy, inputs, job, history, the
        root of every file, the aggregation, and the assessment, where there is one.

        Updates are shown to validators only: without a store that has them they are *unchecked*, as the report says.

        Args:
            stores: validators' stores, or folders of files named by their roots, looked into first; then the cache, then gateways.
            evidence: a file that `quorate version evidence` exported before the chain pruned it.
            progress: called with what is being done.

        Raises:
            VerifierMissing: the engine is not installed.
            RecordChanged: the chain has another version under this number by now.
            Unchecked: the chain could not be read.
            InputError: the node leads to another chain by now.
        """
        return _verifying.version(self._net, self.view["record"], stores, evidence, progress)

    def replay(
        self,
        *,
        stores: Iterable[str | os.PathLike[str]] = (),
        evidence: Iterable[str | os.PathLike[str]] = (),
        progress: _asking.Progress | None = None,
    ) -> _verifying.Replay:
        """The same for the version and all that it descends from, back to version 0; ``evidence``: files for different versions."""
        return _verifying.replay(self._net, self.view["record"], stores, evidence, progress)

    def __repr__(self) -> str:
        return f"Version({self.model}@{self.version}, root={self.root[:10]}, {self.status})"


class Round:
    """A round as it was when it was asked for."""

    def __init__(self, net: Net, view: dict[str, Any]) -> None:
        self._net, self.view = net, view
        self.id: int = view["id"]
        self.model: int = view["model"]

    @property
    def base(self) -> Version:
        """The version that updates of this round are made against."""
        return Version(self._net, _read(self._net._core.version(self.model, self.view["base"])))

    @property
    def phase(self) -> str:
        """Such as ``Collecting``, ``Revealing``, ``Settled``, ``Failed``."""
        phase = self.view["phase"]
        return phase if isinstance(phase, str) else next(iter(phase))

    def refresh(self) -> Round:
        """The round as it is now."""
        return self._net.round(self.id)

    def updates(self) -> list[dict[str, Any]]:
        """All updates of the round, with contributor, organisation, weight, status, root and score (in millionths)."""
        updates: list[dict[str, Any]] = _read(self._net._core.round(self.id, False))["updates"]
        return updates

    def submit(
        self, state: Mapping[str, Any], weight: int, *, base: Version | None = None, ignore_extra: bool = False
    ) -> Receipt:
        """Make an update of trained weights, check it as validators do, and commit to it; then `Receipt.wait`.

        The delta is float32 of the difference in float64. The salt is on disk before the commitment goes out. Upload and reveal
        follow by themselves while the process lives: wait for the receipt before it ends. If it is killed, the same call goes on
        where it stopped, with the update that was committed to, whatever ``state`` is.

        Args:
            state: tensors of PyTorch or arrays of NumPy by name, with the base's shapes; floats where the base is trained. They are read where they
                lie: nobody may write to them before this returns.
            weight: number of samples that the weights were trained on, at least 1.
            base: the version that they were trained from; else the one of this model whose weights this thread, or this task of asyncio,
                was given last.
            ignore_extra: leave out tensors that the base does not have.

        Raises:
            WrongTensors, WrongShape, NonFinite, OutOfRange, WrongWeight, InputError: before anything is sent.
            CheckFailed: what was committed to, or trained, stands on another version than the round does, after a fork.
            StaleBase, NotSponsored, Busy: before anything is sent.
            RoundClosed: the round takes no commitments any more, or was aborted meanwhile; nothing was committed to.
            AlreadyCommitted: another update of the account was decided in this round.
            Refused, Rejected, NetworkError: the commitment was not taken.
        """
        begun = self._begin(base)
        try:
            return self._send(begun, state, weight, ignore_extra)
        finally:
            begun.close()

    def _begin(self, base: Version | None) -> _quorate.Begun:
        """The account's part in the round: what can be known before anything is trained is checked."""
        given = (base.version, base.root) if base is not None else _GIVEN.get().get((self._net.genesis, self.model))
        begun = self._net._core.begin(self.id, given)
        if given is None and not begun.resumes:
            begun.close()
            raise InputError("from which version were the weights trained? This thread was given none: say it with base=")
        return begun

    def _send(self, begun: _quorate.Begun, state: Mapping[str, Any], weight: int, ignore_extra: bool) -> Receipt:
        weight = operator.index(weight)
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state is a {type(state).__name__}: a mapping from names to tensors is expected, as model.state_dict() gives"
            )
        if begun.resumes:
            return Receipt(self._net, begun.send(max(weight, 0), ignore_extra))
        weights = _tensors.given(state, begun.trained)
        return Receipt(self._net, begun.send(max(weight, 0), ignore_extra, weights))

    def __repr__(self) -> str:
        return f"Round({self.id}, model={self.model}, {self.phase})"


class Receipt:
    """An update that was committed to, and is on its way."""

    def __init__(self, net: Net, core: _quorate.Receipt) -> None:
        self._net, self._core = net, core
        self._update: dict[str, Any] | None = None
        self._version: Version | None = None

    @property
    def round(self) -> int:
        """Number of the round."""
        return self._core.round

    @property
    def resumed(self) -> bool:
        """Whether it is an update that an earlier call had committed to."""
        return self._core.resumed

    @property
    def notes(self) -> list[str]:
        """What happened up to now, in words."""
        return self._core.notes

    @property
    def root(self) -> str | None:
        """BLAKE3 root of the update's file, once it is revealed."""
        return self._update["root"] if self._update else None

    @property
    def status(self) -> str | None:
        """What validators decided, such as ``Available``; ``None`` before `wait` or `held`."""
        status = self._update["status"] if self._update else None
        return next(iter(status)) if isinstance(status, dict) else status

    @property
    def score(self) -> float | None:
        """The update's score, from 0 to 1; ``None`` before `wait`, and where the round gave none."""
        score = self._update["score"] if self._update else None
        return None if score is None else score / 1e6

    def held(self) -> dict[str, Any]:
        """Wait until the validators have decided on the update, and return it. The process may end after that.

        Raises `RoundFailed`, `RoundClosed` where a fork took the commitment back, and `NetworkError`, as `wait`.
        """
        self._update = self._update or _read(self._core.decided())
        return self._update

    def wait(self) -> Version:
        """Wait until the round has its version and its scores.

        Raises:
            Invalid: validators refused the update; with tensor and index.
            Expired, Withdrawn: it did not become part of the round.
            RoundFailed: the round ended without a version.
            RoundClosed: a fork took the commitment back, and the round takes none any more.
            NetworkError: nobody answered for a quarter of an hour, or the chain stood still; wait again.
        """
        if self._version is None:
            model, version, update = self._core.outcome()
            self._update = _read(update)
            self._version = Version(self._net, _read(self._net._core.version(model, version)))
        return self._version

    def __repr__(self) -> str:
        return f"Receipt(round={self.round}, status={self.status}, score={self.score})"


def attested(version: Version, round: Round) -> dict[str, float | list[float]]:
    """What the chain says of a version: its number, updates, scores, and its evaluation where the policy asks for one."""
    updates = round.updates()
    scores = [update["score"] / 1e6 for update in updates if update["score"] is not None]
    found: dict[str, float | list[float]] = {"version": version.version, "updates": len(updates)}
    if scores:
        found["scores"] = scores
    outcome = (version.view["assessment"] or {}).get("outcome")
    if isinstance(outcome, dict):
        found.update({f"attested-{key}": value for key, value in outcome["Done"]["measures"].items() if isinstance(value, int)})
    return found
