"""Flower on a network of four validators: what a lying ServerApp can do, and a whole simulation."""

from __future__ import annotations

import math
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import quorate
from conftest import DEADLINE

flwr = pytest.importorskip("flwr")
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict  # noqa: E402

from flwr.supercore.task_identity import TaskIdentity  # noqa: E402

from quorate import _replies  # noqa: E402
from quorate._replies import UntilOver  # noqa: E402
from quorate.flower import KEYS, QuorateMod, QuorateStrategy  # noqa: E402


@pytest.fixture(autouse=True)
def identity():
    """Without a SuperLink nobody else says whose messages these are."""
    TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = 1, 1, 1


def context(chain, key, model) -> Context:
    """What a SuperNode's operator says."""
    config = {
        "quorate-url": chain.url, "quorate-account": str(key), "quorate-model": model,
        "quorate-cache": str(chain.folder / "cache"), "quorate-state": str(chain.folder / "state"),
    }  # fmt: skip
    return Context(run_id=1, node_id=1, node_config=config, state=RecordDict(), run_config={})


def asked(kind: str, said: dict, arrays: dict | None = None) -> Message:
    content = RecordDict({"config": ConfigRecord({"lr": 0.1}), "quorate": ConfigRecord(said)})
    if arrays is not None:
        content["arrays"] = ArrayRecord({name: Array(array) for name, array in arrays.items()})
    return Message(content, dst_node_id=1, message_type=kind)


class App:
    """A ClientApp's function that adds a little to what it is given, and remembers it."""

    def __init__(self) -> None:
        self.given: list[dict] = []

    def __call__(self, message: Message, _: Context) -> Message:
        self.given.append({name: array.numpy() for name, array in message.content["arrays"].items()})
        trained = {name: Array(array + np.float32(0.25)) for name, array in self.given[-1].items()}
        metrics = MetricRecord({"num-examples": 5, "loss": 0.5})
        return Message(RecordDict({"arrays": ArrayRecord(trained), "metrics": metrics}), reply_to=message)


@pytest.fixture
def node(chain, weights):
    """A model with an open round of two updates, and a node that takes part in it."""
    model = chain.model(weights, updates=2)
    net = chain.connect(chain.contributor())
    round = net.round(chain.open_round(model))
    said = {"model": model, "round": round.id, "version": 0, "root": round.base.root}
    yield context(chain, chain.contributor(), model), said, round, net
    # An organisation may have so many rounds, and none of these ends soon by itself.
    if round.refresh().phase == "Collecting":
        chain.cli("round", "abort", round.id)


def test_lying_server_should_not_get_an_update_elsewhere(chain, weights, node):
    mine, said, round, _ = node
    other = chain.model(weights)
    elsewhere = chain.open_round(other)
    lies = [
        {"model": other},
        {"model": other, "round": elsewhere},
        {"round": elsewhere},
        {"version": 1},
        {"root": "0x" + "00" * 32},
        {"root": 7},
    ]
    for lie in lies:
        app = App()
        with pytest.raises(quorate.CheckFailed):
            QuorateMod()(asked("train", {**said, **lie}), mine, app)
        assert app.given == []
    for broken in [{"round": -1}, {"round": 0.5}, {"round": "0"}]:
        with pytest.raises(quorate.InputError):
            QuorateMod()(asked("train", {**said, **broken}), mine, App())
    assert round.refresh().view["updates"] == []
    assert chain.connect().round(elsewhere).updates() == []


def test_lying_server_should_not_change_arrays_in_training(chain, weights, node):
    mine, said, round, net = node
    app = App()
    evil = {name: array * 0 + np.float32(666) for name, array in weights.items()}
    replies: list[Message] = []

    def answer() -> None:
        replies.append(QuorateMod()(asked("train", said, evil), mine, app))

    thread = threading.Thread(target=answer)
    thread.start()
    mine_too = {name: array + np.float32(0.25) for name, array in weights.items()}
    other = net.round(round.id).submit(mine_too, 5, base=round.base)
    version = other.wait()
    thread.join(DEADLINE)
    (reply,) = replies
    for name, array in weights.items():
        np.testing.assert_array_equal(app.given[0][name], array)
        np.testing.assert_allclose(version.numpy()[name], array + 0.25, atol=1e-6)
    assert not list(reply.content.array_records)
    assert dict(reply.content["unattested"]) == {"num-examples": 5, "loss": 0.5}
    assert len(version.lineage()["updates"]) == 2
    # Asked again, after a restart for example: nothing is trained, and nothing is sent.
    again = App()
    repeated = QuorateMod()(asked("train", said), mine, again)
    assert again.given == [] and repeated.content["quorate"]["round"] == round.id


def test_lying_server_should_not_have_another_model_evaluated(chain, weights, node):
    mine, said, round, _ = node
    said = {name: value for name, value in said.items() if name != "round"}
    evil = {name: array * 0 for name, array in weights.items()}
    for kind in ["evaluate", "query.anything"]:
        app = App()
        reply = QuorateMod()(asked(kind, said, evil), mine, app)
        np.testing.assert_array_equal(app.given[0]["layer.bias"], weights["layer.bias"])
        assert not list(reply.content.array_records)
        with pytest.raises(quorate.CheckFailed):
            QuorateMod()(asked(kind, {**said, "root": "0x" + "11" * 32}), mine, App())
    assert round.refresh().view["updates"] == []


def test_mod_that_is_applied_twice_should_be_refused(node):
    mine, said, round, _ = node
    mod, app = QuorateMod(), App()
    with pytest.raises(quorate.InputError, match="applied twice"):
        mod(asked("train", said), mine, lambda message, ctx: mod(message, ctx, app))
    assert app.given == [] and round.refresh().view["updates"] == []


def test_server_should_learn_no_path_and_no_url_of_a_node(chain, caplog):
    mine, said = context(chain, chain.folder / "0.key", 0), {"model": 0, "round": 0, "version": 0, "root": "0x00"}
    for name, value, error in [
        ("quorate-account", "/secret/of/the/node.key", quorate.InputError),
        ("quorate-url", "ws://me:secret@127.0.0.1:1/secret", quorate.NetworkError),
        ("quorate-cache", "/proc/secret", quorate.InputError),
        ("quorate-model", "secret", quorate.QuorateError),
    ]:
        config = {**mine.node_config, name: value}
        broken = Context(run_id=1, node_id=1, node_config=config, state=RecordDict(), run_config={})
        caplog.clear()
        with pytest.raises(error) as raised:
            QuorateMod()(asked("train", said), broken, App())
        # As Flower writes what goes to the ServerApp.
        assert "secret" not in f"{type(raised.value)}:<'{raised.value}'>", name
        assert str(raised.value) and raised.value.__cause__ is None
        # The operator finds it.
        assert any(record.exc_info for record in caplog.records), name


def test_errors_of_the_app_should_stay_its_own(node):
    mine, said, round, _ = node

    def failing(message, ctx):
        raise ZeroDivisionError("of the app")

    with pytest.raises(ZeroDivisionError, match="of the app"):
        QuorateMod()(asked("train", said), mine, failing)
    assert round.refresh().view["updates"] == []
    # Its part in the round is free again.
    broken = lambda message, ctx: Message(RecordDict({"arrays": message.content["arrays"]}), reply_to=message)  # noqa: E731
    with pytest.raises(quorate.InputError, match="number of samples"):
        QuorateMod()(asked("train", said), mine, broken)


def test_nothing_should_be_trained_for_a_round_that_takes_no_update(chain, weights, node):
    mine, said, round, net = node
    state = {name: array + np.float32(0.25) for name, array in weights.items()}
    first = net.round(round.id).submit(state, 5, base=round.base)
    chain.connect(chain.contributor()).round(round.id).submit(state, 5, base=round.base).wait()
    app = App()
    with pytest.raises(quorate.RoundClosed):
        QuorateMod()(asked("train", said), mine, app)
    stranger = chain.folder / f"stranger-{round.id}.key"
    quorate.Account.generate(stranger)
    open_round = chain.connect().round(chain.open_round(said["model"]))
    now = {**said, "round": open_round.id, "version": 1, "root": open_round.base.root}
    with pytest.raises(quorate.NotSponsored):
        QuorateMod()(asked("train", now), context(chain, stranger, said["model"]), app)
    assert app.given == []
    first.wait()


class Grid:
    """A grid whose nodes reply at the pull of their number, the silent ones never."""

    def __init__(self, pulls: list[float]) -> None:
        self.pulls, self.pulled = pulls, 0

    def push_messages(self, messages: list[Message]) -> list[str]:
        return [str(number) for number in range(len(messages))]

    def pull_messages(self, waiting: set[str]) -> list[Message]:
        self.pulled += 1
        found = [number for number in sorted(waiting) if self.pulls[int(number)] <= self.pulled]
        return [SimpleNamespace(metadata=SimpleNamespace(reply_to_message_id=number)) for number in found]


@pytest.mark.parametrize(
    ("kind", "pulls", "over_at", "replies"),
    [
        ("train", [1, 2, 3], math.inf, 3),
        # The round ends, and the silent node is not waited for.
        ("train", [1, 2, math.inf], 3, 2),
        # Of training the chain says when it is over, however many are silent.
        ("train", [4, math.inf, math.inf], 5, 1),
        ("evaluate", [1, 2, math.inf], 0, 2),
        ("query.anything", [math.inf, 2, 1, 3], 0, 3),
    ],
)
def test_silent_nodes_should_not_hold_up_the_others(monkeypatch, kind, pulls, over_at, replies):
    monkeypatch.setattr(_replies, "LATE", 2)
    grid = Grid(pulls)
    found = UntilOver(grid, lambda: grid.pulled >= over_at).send_and_receive([asked(kind, {}) for _ in pulls], timeout=60)
    assert len(found) == replies and grid.pulled < 12
    if kind == "train" and over_at < math.inf:
        assert grid.pulled >= over_at


def test_replies_should_be_waited_for_no_longer_than_the_timeout():
    grid = Grid([1, math.inf, math.inf])
    assert len(UntilOver(grid, lambda: False).send_and_receive([asked("train", {}) for _ in range(3)], timeout=2)) == 1
    assert grid.pulled <= 3


def test_node_without_its_operators_word_should_take_part_in_nothing(node, monkeypatch):
    _, said, _, _ = node
    monkeypatch.delenv(KEYS, raising=False)
    silent = Context(
        run_id=1,
        node_id=1,
        node_config={"partition-id": 0},
        state=RecordDict(),
        run_config={"quorate-account": "//Alice"},
    )
    with pytest.raises(quorate.InputError, match="operator"):
        QuorateMod()(asked("train", said), silent, App())


def test_simulation_should_end_with_the_versions_that_validators_recorded(chain, weights, monkeypatch):
    pytest.importorskip("ray")
    from flwr.clientapp import ClientApp
    from flwr.serverapp import ServerApp
    from flwr.simulation import run_simulation

    model = chain.model(weights, updates=2)
    keys = chain.folder / "partitions"
    keys.mkdir()
    for partition in range(2):
        chain.contributor().rename(keys / f"{partition}.key")
    home = chain.folder / "home"
    for name, value in {
        KEYS: keys, "QUORATE_URL": chain.url, "QUORATE_MODEL": model,
        "XDG_CACHE_HOME": home / "cache", "XDG_STATE_HOME": home / "state",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    client_app, server_app, results = ClientApp(mods=[QuorateMod()]), ServerApp(), []
    client_app.train()(_train)

    @server_app.main()
    def main(grid, _) -> None:
        strategy = QuorateStrategy(
            model, chain.connect(), open_round=lambda: chain.open_round(model), fraction_evaluate=0.0
        )
        results.append(strategy.start(grid, num_rounds=2))

    backend = {"client_resources": {"num_cpus": 1, "num_gpus": 0}, "init_args": {"num_cpus": 2}}
    run_simulation(server_app, client_app, num_supernodes=2, backend_config=backend)
    (result,) = results
    latest = chain.connect().model(model).latest()
    assert latest.version == 2
    for name, array in latest.numpy().items():
        np.testing.assert_array_equal(result.arrays[name].numpy(), array)
        np.testing.assert_allclose(array, weights[name] + 0.5, atol=1e-6)
    metrics = result.train_metrics_clientapp[2]
    assert metrics["version"] == 2 and metrics["updates"] == 2 and metrics["unattested-loss"] == 0.5


def _train(message: Message, ctx: Context) -> Message:
    return App()(message, ctx)
