"""Flower on a Quorate network: ServerApps that coordinate, and neither see nor aggregate an update.

`QuorateStrategy` in the ServerApp says which round nodes take part in. `quorate_mod` in the ClientApp checks that against the *chain*,
gives the app the verified weights of the round's base, submits what it trained, and answers without arrays. Validators aggregate.

A node's operator decides what its node takes part in, in the SuperNode's ``--node-config``: ``quorate-account``, the path of its key file;
``quorate-model``, the number of the only model; ``quorate-url``, a node of the network; ``quorate-cache`` and ``quorate-state``, folders
where they are not the user's. In a simulation, whose nodes have a partition number alone, the environment says it: ``QUORATE_URL``,
``QUORATE_MODEL``, and ``QUORATE_SIMULATION_KEYS``, a folder with the key files ``0.key``, ``1.key``, … by partition.

A ServerApp that lies can waste a round. It can neither change arrays, nor have a node submit to another round or model, nor have another
model evaluated. What nodes report of their training is unattested, and its metrics are named so. What goes wrong in the mod is logged on the node in full; the
ServerApp learns the class of the error and what such an error is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from logging import INFO, WARNING
from pathlib import Path
from typing import Any

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MessageType, MetricRecord, RecordDict
from flwr.common.logger import log
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg, Result

from ._net import Model, Net, Receipt, Round, Version, attested, connect
from ._plain import of_the_app, plainly, sayable
from ._replies import ENDED, UntilOver, alike, patiently, samples_of
from .errors import CheckFailed, InputError

__all__ = ["QuorateMod", "QuorateStrategy", "quorate_mod"]

#: Names of records: what the ServerApp says of the round, and what nodes report.
RECORD, UNATTESTED = "quorate", "unattested"
#: Environment of simulations: the folder of keys.
KEYS = "QUORATE_SIMULATION_KEYS"
#: Seconds of a block, and what nodes may need beside the chain's deadlines.
BLOCK, SLACK = 2, 60

_Next = Callable[[Message, Context], Message]
_Evaluate = Callable[[int, ArrayRecord], MetricRecord | None]
_active: ContextVar[bool] = ContextVar("quorate_mod_is_active", default=False)


class QuorateMod:
    """A mod for a ClientApp: ``ClientApp(mods=[quorate_mod])``, or ``@app.train(mods=[quorate_mod])``, not both.

    ``weighted_by_key`` is the metric with the number of samples, ``arrayrecord_key`` the record in which the app finds and leaves weights.
    """

    def __init__(self, weighted_by_key: str = "num-examples", arrayrecord_key: str = "arrays") -> None:
        self.weighted_by_key, self.arrayrecord_key = weighted_by_key, arrayrecord_key
        self._receipts: list[Receipt] = []

    @plainly()
    def __call__(self, message: Message, context: Context, call_next: _Next) -> Message:
        if _active.get():
            raise sayable(InputError("quorate_mod is applied twice: give it to ClientApp(mods=…) or to @app.train(mods=…), not to both"))
        node, app = _Node(context), of_the_app(call_next)
        said = _Said.of(message)
        if said.model != node.model:
            raise _lie(f"the ServerApp asks about model {said.model}; this node takes part in model {node.model} alone")
        token = _active.set(True)
        try:
            if said.round is not None:
                return self._train(node, said, said.round, message, context, app)
            version = _checked(node.net.model(node.model), said)
            return self._without_arrays(app(self._with(message, version), context))
        finally:
            _active.reset(token)

    def _train(self, node: _Node, said: _Said, number: int, message: Message, context: Context, app: _Next) -> Message:
        round = node.net.round(number)
        base = round.base
        if round.model != node.model or base.version != said.version or base.root != said.root:
            raise _lie(f"round {round.id} is not what the ServerApp says: it is of model {round.model}, on {base}")
        reply, receipt = Message(RecordDict(), reply_to=message), None
        statuses = [update["status"] for update in round.view["updates"]]
        if all(status in ("Committed", "Revealed") for status in statuses):
            begun = round._begin(base)
            try:
                if begun.resumes:  # Begun before a crash, or asked for twice: training again would give other bytes.
                    receipt = round._send(begun, {}, 1, False)
                else:
                    reply = app(self._with(message, base), context)
                    if reply.has_error():
                        return reply
                    arrays = {name: array.numpy() for name, array in reply.content.array_records[self.arrayrecord_key].items()}
                    receipt = round._send(begun, arrays, self._samples(reply), False)
            finally:
                begun.close()
        if receipt is not None and not node.simulated:
            receipt.held()  # The process of a ClientApp ends with its reply.
        elif receipt is not None:
            self._receipts = [*self._receipts[-63:], receipt]
        reply = self._without_arrays(reply)
        reply.content[RECORD] = ConfigRecord({"round": round.id, "account": node.net.address or ""})
        return reply

    def _samples(self, reply: Message) -> int:
        records = list(reply.content.metric_records.values())
        samples = records[0].get(self.weighted_by_key) if len(records) == 1 else None
        if (number := samples_of(samples)) is None:
            raise sayable(InputError(f"the reply needs one MetricRecord with the number of samples under {self.weighted_by_key!r}"))
        return number

    def _with(self, message: Message, version: Version) -> Message:
        """The message with the version's weights alone, whatever arrays it had."""
        for name in list(message.content.array_records):
            del message.content[name]
        message.content[self.arrayrecord_key] = _arrays(version)
        return message

    @staticmethod
    def _without_arrays(reply: Message) -> Message:
        """The reply as the ServerApp may see it: metrics, marked as unattested."""
        if reply.has_error():
            return reply
        metrics = [dict(record) for record in reply.content.metric_records.values()]
        for name in list(reply.content):
            del reply.content[name]
        if metrics:
            reply.content[UNATTESTED] = MetricRecord({key: value for record in metrics for key, value in record.items()})
        return reply


#: The mod with Flower's own names of records.
quorate_mod = QuorateMod()


class _Node:
    """What this node takes part in, by its operator's word."""

    def __init__(self, context: Context) -> None:
        config, folder = context.node_config, os.environ.get(KEYS)

        def word(name: str) -> str | None:
            return str(config[f"quorate-{name}"]) if f"quorate-{name}" in config else None

        self.simulated = folder is not None and word("account") is None
        if folder is not None and self.simulated:
            account: str | None = str(Path(folder) / f"{int(config['partition-id'])}.key")
            url, model = os.environ.get("QUORATE_URL"), os.environ.get("QUORATE_MODEL")
        else:
            account, url, model = word("account"), word("url"), word("model")
        if account is None or model is None:
            words = "--node-config 'quorate-account=\"me.key\" quorate-model=0'"
            raise sayable(InputError(f"the node's operator says who takes part in what: {words}; in a simulation {KEYS} and QUORATE_MODEL"))
        self.model = int(model)
        self.net = connect(url, account=account, cache=word("cache"), state=word("state"))


@dataclass(frozen=True)
class _Said:
    """What the ServerApp says of version and round; nothing of it is believed."""

    model: int
    version: int
    root: str
    #: ``None`` where the message is no training.
    round: int | None

    @classmethod
    def of(cls, message: Message) -> _Said:
        record = message.content.config_records.get(RECORD)
        if record is None:
            raise sayable(InputError(f"the message has no record {RECORD!r}: the ServerApp needs QuorateStrategy"))

        def number(name: str) -> int:
            value = record.get(name)
            if type(value) is not int or not 0 <= value < 1 << 32:
                raise sayable(InputError(f"the record {RECORD!r} needs a number {name!r}, and has {value!r}"))
            return value

        trains = message.metadata.message_type.partition(".")[0] == MessageType.TRAIN
        return cls(number("model"), number("version"), str(record.get("root")), number("round") if trains else None)


def _arrays(version: Version) -> ArrayRecord:
    return ArrayRecord({name: Array(array) for name, array in version.numpy().items()})


def _checked(model: Model, said: _Said) -> Version:
    """A version that may be evaluated, as the chain has it."""
    version = model.version(said.version)
    if version.root != said.root or version.status in ("Revoked", "Held"):
        raise _lie(f"{version} is not what the ServerApp says, or not to be used")
    return version


def _lie(text: str) -> CheckFailed:
    return sayable(CheckFailed(text, code=1))


class QuorateStrategy(FedAvg):
    """Rounds of a model on a Quorate network. Nodes need `quorate_mod`; the model's owner opens the rounds.

    ``net`` is where the chain is read, without an account for a public model; ``open_round`` is called before each round, for an owner
    who opens it here. ``options`` are those of `FedAvg`.
    """

    def __init__(self, model: int, net: Net | None = None, *, open_round: Callable[[], None] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.net = net or connect()
        self.model = self.net.model(model)
        self._open_round = open_round
        self._round: Round | None = None
        self._version = self.model.latest()

    def start(
        self, grid: Grid, initial_arrays: ArrayRecord | None = None, num_rounds: int = 3, timeout: float = 3600,
        train_config: ConfigRecord | None = None, evaluate_config: ConfigRecord | None = None, evaluate_fn: _Evaluate | None = None,
    ) -> Result:  # fmt: skip
        """As `FedAvg.start`; it begins with the model's latest version, whatever ``initial_arrays`` is.

        ``timeout``: seconds, at most as long as the chain's own deadlines let nodes reply; training ends with the round on the chain.
        """
        blocks = sum(self.model.view["policy"]["deadlines"][phase] for phase in ("collect", "reveal_updates", "vote"))
        self._version = self.model.latest()
        arrays, capped = _arrays(self._version), min(timeout, blocks * BLOCK + SLACK)
        waiting: Any = UntilOver(grid, lambda: self._round is None or patiently(self._round.refresh).phase in ENDED)
        return super().start(waiting, arrays, num_rounds, capped, train_config, evaluate_config, evaluate_fn)

    def configure_train(self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid) -> Iterable[Message]:
        """Wait for the model's next round, and tell the nodes which it is."""
        if self._open_round is not None:
            self._open_round()
        self._round = self._next()
        messages = super().configure_train(server_round, ArrayRecord(), config, grid)
        return self._telling(messages, self._round.base, {"round": self._round.id})

    def aggregate_train(self, server_round: int, replies: Iterable[Message]) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Wait for the version that validators record; its metrics, and what nodes report, marked as unattested."""
        contents = self._contents(replies, is_train=True)
        if self._round is None:
            return None, None
        round = self._ended(self._round)
        if round.view["version"] is None or round.phase in ("Aborted", "Failed"):
            log(WARNING, "%s: %s", round, round.view["refund"])
            return None, self._reported(contents, self.train_metrics_aggr_fn)
        self._version = self.model.version(round.view["version"])
        metrics = self._reported(contents, self.train_metrics_aggr_fn)
        metrics.update(attested(self._version, round))
        return _arrays(self._version), metrics

    def configure_evaluate(self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid) -> Iterable[Message]:
        """Have the nodes evaluate the latest version, which they fetch themselves."""
        return self._telling(super().configure_evaluate(server_round, ArrayRecord(), config, grid), self._version, {})

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> MetricRecord | None:
        """What nodes report, marked as unattested."""
        contents = self._contents(replies, is_train=False)
        return self._reported(contents, self.evaluate_metrics_aggr_fn) if contents else None

    def _contents(self, replies: Iterable[Message], is_train: bool) -> list[RecordDict]:
        # Without Flower's check, which asks for arrays.
        valid, _ = self._check_and_log_replies(replies, is_train=is_train, validate=False)
        found = [reply.content.metric_records[UNATTESTED] for reply in valid if UNATTESTED in reply.content.metric_records]
        return [RecordDict({UNATTESTED: record}) for record in alike(found, self.weighted_by_key)]

    def _reported(self, contents: list[RecordDict], aggregate: Any) -> MetricRecord:
        try:
            reported = aggregate(contents, self.weighted_by_key) if contents else {}
        except Exception as error:  # Of what nodes may report: no round ends by it.
            log(WARNING, "what nodes report cannot be aggregated: %r", error)
            reported = {}
        return MetricRecord({f"{UNATTESTED}-{key}": value for key, value in reported.items()})

    def _telling(self, messages: Iterable[Message], version: Version, more: dict[str, int]) -> list[Message]:
        """The messages with what they are about, and without arrays."""
        messages = list(messages)
        said: dict[str, int | str] = {"model": self.model.id, "version": version.version, "root": version.root, **more}
        for message in messages:
            message.content.pop(self.arrayrecord_key, None)
            message.content[RECORD] = ConfigRecord(dict(said))
        return messages

    def _next(self) -> Round:
        last = self._round.id if self._round else -1
        log(INFO, "waiting for a round of %s", self.model)
        while True:
            number = patiently(lambda: self.net.model(self.model.id)).view["open_round"]
            if number is not None and number > last and (round := patiently(lambda: self.net.round(number))).phase == "Collecting":
                return round
            time.sleep(BLOCK / 2)

    def _ended(self, round: Round) -> Round:
        """The round with its scores; the chain's deadlines end it, whatever nodes do."""
        while (round := patiently(round.refresh)).phase not in ENDED:
            time.sleep(BLOCK / 2)
        return round
