"""NVFlare on a network of four validators: what a lying server can do, and a whole simulation."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

import quorate
from conftest import DEADLINE

pytest.importorskip("nvflare")
from nvflare.app_common.abstract.fl_model import FLModel  # noqa: E402

from quorate import _tensors  # noqa: E402
from quorate import nvflare as site  # noqa: E402

SCRIPT = Path(__file__).parent / "nvflare_job" / "train.py"


class Server:
    """NVFlare's Client API as a script has it, with tasks of the test's making."""

    def __init__(self, monkeypatch) -> None:
        self.tasks: list[FLModel] = []
        self.sent: list[FLModel] = []
        self.train = True
        api = {
            "receive": lambda timeout=None: self.tasks[0] if self.tasks else None,
            "is_train": lambda: self.train,
            "send": self.take,
            "get_site_name": lambda: "site-1",
            "get_config": lambda: {"TASK_EXCHANGE": {"exchange_format": "numpy"}},
        }
        for name, function in api.items():
            monkeypatch.setattr(site.flare, name, function)

    def take(self, model: FLModel, clear_cache: bool = True) -> None:
        self.tasks.pop(0)
        self.sent.append(model)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(site, "_mine", threading.local())
    return Server(monkeypatch)


@pytest.fixture
def part(chain, weights, monkeypatch):
    """An open round of one update, and a site that takes part in it by its environment."""
    model = chain.model(weights)
    round = chain.connect().round(chain.open_round(model))
    key = chain.contributor()
    for name, value in {
        "QUORATE_URL": chain.url, "QUORATE_MODEL": model, "QUORATE_ACCOUNT": key,
        "XDG_CACHE_HOME": chain.folder / "cache", "XDG_STATE_HOME": chain.folder / "state",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    yield {"model": model, "round": round.id, "version": 0, "root": round.base.root}, round
    if round.refresh().phase == "Collecting":
        chain.cli("round", "abort", round.id)


def asked(said: object, params: dict | None = None) -> FLModel:
    return FLModel(params=params, metrics=None if params else {}, meta={"quorate": said}, current_round=0)


def trained(weights: dict, **meta: object) -> FLModel:
    params = {name: array + np.float32(0.25) for name, array in weights.items()}
    return FLModel(params=params, metrics={"loss": 0.5}, meta={"NUM_STEPS_CURRENT_ROUND": 5, **meta})


@pytest.mark.parametrize("name", ["train", "evaluate", "IPCAgent", "patch"])
def test_what_sends_weights_past_the_module_should_not_be_in_it(name):
    with pytest.raises(AttributeError, match="quorate.nvflare has no"):
        getattr(site, name)
    assert site.get_site_name is site.flare.get_site_name


def test_controller_should_keep_little_of_what_sites_report():
    reported: list[str] = []
    for _ in range(1_000):
        answer = FLModel(params={"w": np.zeros(1_000)}, metrics={"n" * 10_000: 1, "text": "x" * 10_000})
        site.QuorateController._note(reported, answer)
        assert answer.params is None
    assert len(reported) == 64 and all(len(each) <= 2_000 for each in reported)


def test_lying_server_should_not_get_an_update_elsewhere(chain, weights, server, part):
    said, round = part
    other = chain.model(weights)
    elsewhere = chain.open_round(other)
    lies = [
        {"model": other}, {"model": other, "round": elsewhere}, {"round": elsewhere}, {"version": 1}, {"root": "0x" + "00" * 32}, {"root": 7},
    ]  # fmt: skip
    for lie in lies:
        server.tasks = [asked({**said, **lie})]
        with pytest.raises(quorate.CheckFailed):
            site.receive()
    for broken in [{**said, "round": -1}, {**said, "round": True}, {**said, "model": "0"}, {}, "0", None]:
        server.tasks = [asked(broken)]
        with pytest.raises(quorate.InputError, match="QuorateController"):
            site.receive()
    with pytest.raises(quorate.InputError, match="receive"):
        site.send(trained(weights))
    assert server.sent == []
    assert round.refresh().view["updates"] == [] and chain.connect().round(elsewhere).updates() == []


def test_lying_server_should_neither_change_weights_nor_see_them(chain, weights, server, part):
    said, round = part
    server.tasks = [asked(said, {name: array * 0 for name, array in weights.items()})]
    given = site.receive()
    assert site.receive() is given
    for name, array in weights.items():
        np.testing.assert_array_equal(given.params[name], array)
    mine = trained(given.params, secret="of the script")
    site.send(mine)
    (answer,) = server.sent
    assert answer.params is None and answer.metrics == {"unattested-loss": 0.5} and mine.params is None
    assert answer.meta["quorate"]["round"] == round.id and "secret" not in answer.meta
    (update,) = chain.connect().round(round.id).updates()
    assert update["contributor"] == answer.meta["quorate"]["account"] and update["weight"] == 5
    # Asked again: nothing is trained, and nothing is sent to the chain.
    server.tasks, server.sent = [asked(said)], []
    assert site.receive() is None and server.sent[0].metrics == {}


def test_tasks_that_train_nothing_should_have_the_chain_s_weights(weights, server, part):
    said, round = part
    server.train = False
    server.tasks = [asked(said, {name: array * 0 for name, array in weights.items()})]
    np.testing.assert_array_equal(site.receive().params["layer.bias"], weights["layer.bias"])
    site.send(FLModel(metrics={"accuracy": 0.5}))
    assert server.sent[0].params is None and server.sent[0].metrics == {"unattested-accuracy": 0.5}
    assert round.refresh().view["updates"] == []


def test_what_is_no_update_should_be_refused_and_leave_the_place_free(weights, server, part):
    said, round = part
    for broken in [
        FLModel(params={name: array for name, array in weights.items()}, params_type="DIFF", meta={"NUM_STEPS_CURRENT_ROUND": 5}),
        FLModel(params={name: array for name, array in weights.items()}),
        FLModel(metrics={"loss": 0.5}, meta={"NUM_STEPS_CURRENT_ROUND": 5}),
    ]:
        server.tasks = [asked(said)]
        site.receive()
        with pytest.raises(quorate.InputError, match="whole weights"):
            site.send(broken)
    assert server.sent == [] and round.refresh().view["updates"] == []


def test_round_that_is_closed_should_cost_a_site_this_round_alone(chain, weights, server, part):
    said, round = part
    chain.cli("round", "abort", round.id)
    following = chain.connect().round(chain.open_round(said["model"]))
    server.tasks = [asked(said), asked({**said, "round": following.id})]
    given = site.receive()
    assert len(server.tasks) == 1 and server.sent[0].params is None and server.sent[0].metrics == {}
    chain.cli("round", "abort", following.id)
    site.send(trained(given.params))
    assert len(server.sent) == 2 and site.receive() is None
    assert chain.connect().round(following.id).updates() == []


def test_site_without_its_administrators_word_should_take_part_in_nothing(server, part, monkeypatch):
    said, _ = part
    for name in ["QUORATE_ACCOUNT", "QUORATE_MODEL"]:
        with monkeypatch.context() as patch:
            patch.delenv(name)
            server.tasks = [asked(said)]
            with pytest.raises(quorate.InputError, match="administrator"):
                site.receive()


def test_simulation_should_end_with_the_versions_that_validators_recorded(chain, weights, tmp_path, monkeypatch):
    from nvflare.job_config.api import FedJob
    from nvflare.job_config.script_runner import FrameworkType, ScriptRunner

    model = chain.model(weights, updates=2)
    keys = tmp_path / "keys"
    keys.mkdir()
    accounts = []
    for name in ["site-1", "site-2"]:
        key = chain.contributor().rename(keys / f"{name}.key")
        accounts.append(chain.connect(key).address)
    monkeypatch.delenv("QUORATE_ACCOUNT", raising=False)
    for name, value in {
        site.KEYS: keys, "QUORATE_URL": chain.url, "QUORATE_MODEL": model,
        "XDG_CACHE_HOME": tmp_path / "cache", "XDG_STATE_HOME": tmp_path / "state",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    job = FedJob(name="adding")
    job.to_server(site.QuorateController(model, num_rounds=2, url=chain.url))
    for name in ["site-1", "site-2"]:
        job.to(ScriptRunner(script=str(SCRIPT), framework=FrameworkType.NUMPY), name)
    opened = threading.Thread(target=open_rounds, args=[chain, model, 2])
    opened.start()
    assert job.simulator_run(str(tmp_path / "simulation"), threads=2) in (None, 0)
    opened.join(DEADLINE)
    latest = chain.connect().model(model).latest()
    assert latest.version == 2
    for name, array in latest.numpy().items():
        np.testing.assert_allclose(array, weights[name] + 0.5, atol=1e-6)
    assert {update["contributor"] for update in latest.lineage()["updates"]} == set(accounts)
    (left,) = (tmp_path / "simulation").rglob("model.safetensors")
    np.testing.assert_array_equal(_tensors.numpy(left)["layer.bias"], latest.numpy()["layer.bias"])


def open_rounds(chain, model: int, count: int) -> None:
    """One round after the other, as the model's owner."""
    for number in range(1, count + 1):
        chain.connect().round(chain.open_round(model))
        wait_for_version(chain, model, number)


def wait_for_version(chain, model: int, number: int) -> None:
    end = time.monotonic() + DEADLINE
    while (view := chain.connect().model(model).view)["head"] != number or view["open_round"] is not None:
        assert time.monotonic() < end, f"no version {number}"
        time.sleep(1)
