"""Rounds on a network of four validators."""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import quorate
from conftest import DEADLINE
from quorate import _tensors, aio


def trained(base: quorate.Version, by: float) -> dict:
    """Weights that differ from the base's by this much everywhere."""
    return {name: array + np.float32(by) for name, array in base.numpy().items()}


def test_update_should_become_the_next_version_and_be_scored(chain, weights):
    model = chain.model(weights)
    net = chain.connect(chain.contributor())
    base = net.model(model).latest()
    assert {name: array.tolist() for name, array in base.numpy().items()} == {
        name: array.tolist() for name, array in weights.items()
    }
    round = chain.open_round(model)
    receipt = net.round(round).submit(trained(base, 0.25), weight=10)
    version = receipt.wait()
    assert (version.model, version.version, receipt.status, receipt.resumed) == (model, 1, "Available", False)
    assert receipt.score is not None and receipt.root is not None
    for name, array in version.numpy().items():
        np.testing.assert_allclose(array, weights[name] + 0.25, atol=1e-6)
    assert version.root == net.model(model).latest().root
    assert [update["weight"] for update in version.lineage()["updates"]] == [10]
    # The same again gives the same; other weights are refused with the root of what was committed to.
    again = net.round(round).submit(trained(base, 0.25), weight=10, base=base)
    assert again.wait().root == version.root
    with pytest.raises(quorate.AlreadyCommitted) as other:
        net.round(round).submit(trained(base, 0.5), weight=10, base=base)
    assert other.value.root == receipt.root and other.value.round == round


def test_weights_should_be_read_in_memory_as_in_a_file(chain, monkeypatch):
    random = np.random.default_rng(3)
    # More than is converted at a time, in memory that lies otherwise too.
    weights = {"layer.weight": random.normal(0, 0.1, (3, 70_000)).astype("f4"), "layer.bias": np.zeros(5, "f4")}
    model = chain.model(weights)
    round = chain.connect(chain.contributor()).round(chain.open_round(model))
    base = round.base
    state = {name: array + random.normal(0, 0.01, array.shape).astype("f4") for name, array in base.numpy().items()}
    monkeypatch.setattr(_tensors, "_free_memory", lambda: 1 << 30)
    given, ways = _tensors.given, []

    def noted(*words):
        ways.append(given(*words))
        return ways[-1]

    monkeypatch.setattr(_tensors, "given", noted)
    round.submit(state, 1).wait()
    turned = {name: np.asfortranarray(array) for name, array in state.items()}
    round.submit(turned, 1, base=base)
    monkeypatch.setattr(_tensors._quorate, "is_readable", lambda data: False)
    round.submit(turned, 1, base=base)
    assert [isinstance(way, list) for way in ways] == [True, True, False]
    turned["layer.weight"][2, 69_999] += 0.25
    with pytest.raises(quorate.AlreadyCommitted):
        round.submit(turned, 1, base=base)


def test_base_that_is_removed_while_weights_are_trained_should_be_fetched_again(chain, weights, tmp_path):
    model = chain.model(weights)
    round = chain.connect(chain.contributor(), cache=tmp_path / "cache").round(chain.open_round(model))
    state = trained(round.base, 0.25)
    begun = round._begin(None)
    try:
        quorate.cache.prune(cache=tmp_path / "cache")
        assert not quorate.cache.scan(tmp_path / "cache")
        round._send(begun, state, 1, False).wait()
    finally:
        begun.close()


def test_arrays_that_are_written_to_should_leave_the_cache_as_it_was(chain, weights):
    model = chain.model(weights)
    version = chain.connect().model(model).latest()
    before = version.path.read_bytes()
    version.numpy()["layer.bias"][:] = 7
    assert version.path.read_bytes() == before and version.numpy()["layer.bias"][0] == -1


def test_mistakes_should_be_named_before_anything_is_sent(chain, weights):
    model = chain.model(weights)
    net = chain.connect(chain.contributor())
    round = net.round(chain.open_round(model))
    base = round.base
    good = trained(base, 0.25)
    broken = {**good, "layer.weight": good["layer.weight"].copy()}
    broken["layer.weight"].reshape(-1)[17] = np.nan
    far = {**good, "layer.bias": good["layer.bias"] + np.float32(1e9)}
    cases = [
        (broken, 1, quorate.errors.NonFinite, "layer.weight[17]"),
        (far, 1, quorate.errors.OutOfRange, "layer.bias[0]"),
        ({"layer.bias": good["layer.bias"]}, 1, quorate.WrongTensors, "layer.weight"),
        ({**good, "extra": np.zeros(3, "f4")}, 1, quorate.WrongTensors, "extra"),
        ({**good, "layer.bias": np.zeros(5, "f4")}, 1, quorate.WrongShape, "layer.bias"),
        (good, 0, quorate.WrongWeight, "1 to"),
        (good, -1, quorate.WrongWeight, "1 to"),
    ]
    for state, weight, error, named in cases:
        with pytest.raises(error) as raised:
            round.submit(state, weight)
        assert named in str(raised.value) and raised.value.code == 2
    with pytest.raises(TypeError):
        round.submit(good, 1.5)
    stranger = chain.folder / "stranger.key"
    chain.cli("keys", "generate", stranger)
    with pytest.raises(quorate.NotSponsored) as raised:
        chain.connect(stranger).round(round.id).submit(good, 1)
    assert raised.value.code == 4
    with pytest.raises(quorate.InputError, match="account="):
        chain.connect().round(round.id).submit(good, 1)
    with pytest.raises(quorate.NotFound):
        net.round(10**6)
    assert round.refresh().view["updates"] == []
    # Nothing of all this stands in the way of the right one.
    receipt = round.submit({**good, "extra": np.zeros(3, "f4")}, 1, ignore_extra=True)
    receipt.wait()
    with pytest.raises(quorate.RoundClosed) as closed:
        chain.connect(chain.contributor()).round(round.id).submit(good, 1)
    assert closed.value.round == round.id
    # Trained from the version before.
    following = net.round(chain.open_round(model))
    with pytest.raises(quorate.StaleBase) as stale:
        following.submit(good, 1, base=base)
    assert (stale.value.given, stale.value.base) == (0, 1)
    with pytest.raises(quorate.StaleBase):
        base.numpy()
        following.submit(good, 1)
    following.submit(trained(following.base, 0.25), 1).wait()


def test_round_that_is_aborted_while_somebody_trains_should_be_closed(chain, weights, monkeypatch):
    model = chain.model(weights)
    net = chain.connect(chain.contributor())
    round = net.round(chain.open_round(model))
    given = _tensors.given

    def aborted(*words):
        # It was begun, and nothing is committed to yet.
        chain.cli("round", "abort", round.id)
        return given(*words)

    monkeypatch.setattr(_tensors, "given", aborted)
    with pytest.raises(quorate.RoundClosed) as closed:
        round.submit(trained(round.base, 0.25), 1)
    assert (closed.value.round, closed.value.code) == (round.id, 2) and "Aborted" in str(closed.value)
    monkeypatch.undo()
    following = net.round(chain.open_round(model))
    following.submit(trained(following.base, 0.25), 1).wait()


def test_memory_that_is_taken_away_should_be_an_error_and_end_nothing(chain, weights, monkeypatch):
    model = chain.model(weights)
    round = chain.connect(chain.contributor()).round(chain.open_round(model))
    good = trained(round.base, 0.25)
    # Of nobody who could be asked to keep it.
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    own = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    address = libc.mmap(None, ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_WRITE, own, -1, ctypes.c_size_t(0))
    bias = np.frombuffer((ctypes.c_float * good["layer.bias"].size).from_address(address), "f4")
    bias[:] = good["layer.bias"]
    given = _tensors.given

    def taken_away(*words):
        lent = given(*words)
        assert libc.munmap(address, mmap.PAGESIZE) == 0
        return lent

    monkeypatch.setattr(_tensors, "given", taken_away)
    with pytest.raises(quorate.QuorateError, match=r"layer.bias.*Bad address"):
        round.submit({**good, "layer.bias": bias}, 1)
    monkeypatch.undo()
    round.submit(good, 1).wait()


KILLED = """
import sys, time, quorate, numpy
url, key, cache, state, round = sys.argv[1:]
round = quorate.connect(url, account=key, cache=cache, state=state).round(int(round))
receipt = round.submit({name: array + numpy.float32(0.125) for name, array in round.base.numpy().items()}, weight=3)
print("committed", flush=True)
time.sleep(600)
"""


def test_process_that_is_killed_after_its_commitment_should_be_gone_on_with(chain, weights):
    model = chain.model(weights, updates=2)
    key, net = chain.contributor(), chain.connect(chain.contributor())
    round = chain.open_round(model)
    words = [chain.url, key, chain.folder / "cache", chain.folder / "state", round]
    process = subprocess.Popen([sys.executable, "-c", KILLED, *map(str, words)], stdout=subprocess.PIPE, text=True)
    watch = threading.Timer(DEADLINE, process.kill)
    watch.start()
    assert process.stdout.readline() == "committed\n"
    watch.cancel()
    # As long as it lives nobody else takes part for the account.
    mine = chain.connect(key).round(round)
    with pytest.raises(quorate.Busy):
        mine.submit(trained(mine.base, 0.5), 8)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # Training again gives other bytes: the update that was committed to is sent.
    receipt = mine.submit(trained(mine.base, 0.5), 8)
    assert receipt.resumed
    other = net.round(round).submit(trained(mine.base, 0.375), 1)
    version = receipt.wait()
    assert other.wait().root == version.root
    updates = {update["weight"]: update["root"] for update in version.lineage()["updates"]}
    assert updates == {3: receipt.root, 1: other.root}
    for name, array in version.numpy().items():
        np.testing.assert_allclose(array, weights[name] + (3 * 0.125 + 0.375) / 4, atol=1e-6)


def test_two_submits_at_once_should_give_one_update(chain, weights):
    model = chain.model(weights)
    key = chain.contributor()
    round = chain.open_round(model)
    nets = [chain.connect(key) for _ in range(2)]
    base = nets[0].round(round).base
    states = [trained(base, by) for by in (0.25, 0.5)]
    done: list = [None, None]

    def submit(index: int) -> None:
        try:
            done[index] = nets[index].round(round).submit(states[index], 1, base=base)
        except quorate.QuorateError as error:
            done[index] = error

    threads = [threading.Thread(target=submit, args=[index]) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    receipts = [each for each in done if isinstance(each, quorate.Receipt)]
    refused = [each for each in done if isinstance(each, (quorate.Busy, quorate.AlreadyCommitted))]
    assert len(receipts) + len(refused) == 2 and receipts, done
    version = receipts[0].wait()
    assert len(version.lineage()["updates"]) == 1


def test_rounds_should_come_one_after_the_other(chain, weights):
    async def take_part(url: str, key: os.PathLike) -> list[int]:
        net = await aio.connect(url, account=key, cache=chain.folder / "cache", state=chain.folder / "state")
        versions = []
        async for round in (await net.model(model)).rounds():
            base = await round.base()
            state = {name: array + np.float32(0.25) for name, array in (await base.numpy()).items()}
            versions.append((await (await round.submit(state, weight=1)).wait()).version)
            if len(versions) == 2:
                return versions
            chain.open_round(model)
        return versions

    model = chain.model(weights)
    chain.open_round(model)
    versions = asyncio.run(asyncio.wait_for(take_part(chain.url, chain.contributor()), DEADLINE))
    assert versions == [1, 2]


def test_version_should_be_fetched_by_its_name(chain, weights, tmp_path):
    model = chain.model(weights)
    version = quorate.fetch(f"{model}@0", chain.url, cache=tmp_path / "cache")
    assert version.path.parent == tmp_path / "cache" and version.path.stat().st_size == version.len
    (cached,) = quorate.cache.scan(tmp_path / "cache")
    assert cached.root == version.root
    # A file that was damaged is fetched again.
    version.path.write_bytes(b"x" * version.len)
    assert quorate.fetch(f"{model}", chain.url, cache=tmp_path / "cache").path.read_bytes() != b"x" * version.len
    with pytest.raises(quorate.NotFound):
        quorate.fetch(f"{model}@9", chain.url, cache=tmp_path / "cache")


def test_signal_should_end_a_wait(chain, weights):
    model = chain.model(weights)
    program = f"""
import quorate
net = quorate.connect({chain.url!r}, account={str(chain.contributor())!r}, cache={str(chain.folder / "cache")!r})
print("waiting", flush=True)
next(net.model({model}).rounds())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors


def test_weights_of_another_thread_should_name_their_version(chain, weights):
    model = chain.model(weights)
    round = chain.connect(chain.contributor()).round(chain.open_round(model))
    state, refused = trained(round.base, 0.25), []

    def submit() -> None:
        try:
            round.submit(state, 1)
        except quorate.QuorateError as error:
            refused.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    thread.join(DEADLINE)
    assert [type(error) for error in refused] == [quorate.InputError] and "base=" in str(refused[0])
    # Nothing is left taken, and the thread that was given the weights need not say it.
    round.submit(state, 1).wait()


def in_a_child(work) -> int:
    """The exit code of a forked process that does this; it is killed after a while."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(work())
        finally:
            os._exit(99)
    watch = threading.Timer(DEADLINE, os.kill, [child, signal.SIGKILL])
    watch.start()
    _, status = os.waitpid(child, 0)
    watch.cancel()
    return os.waitstatus_to_exitcode(status)


def test_process_that_is_forked_should_connect_again(chain, weights):
    model = chain.model(weights)
    net = chain.connect()
    before = net.model(model).latest()

    def child() -> int:
        for call in [lambda: net.model(model), before.lineage, lambda: next(net.model(model).rounds())]:
            try:
                call()
            except quorate.InputError as error:
                assert "connect again in this process" in str(error)
            else:
                return 1
        return 7 if chain.connect().model(model).latest().root == before.root else 2

    assert in_a_child(child) == 7
    # The parent's connection is as it was.
    assert net.model(model).latest().root == before.root


def test_child_should_neither_keep_nor_free_the_round_that_its_parent_takes_part_in(chain, weights):
    model, key = chain.model(weights), chain.contributor()
    round = chain.connect(key).round(chain.open_round(model))
    begun = round._begin(round.base)

    def child() -> int:
        # Left by the child, it is still the parent's.
        begun.close()
        try:
            mine = chain.connect(key).round(round.id)
            mine._begin(mine.base)
        except quorate.Busy:
            return 7
        return 1

    assert in_a_child(child) == 7
    # A child that lives on has no part in it.
    child_pid = os.fork()
    if child_pid == 0:
        signal.pause()
        os._exit(0)
    try:
        with pytest.raises(quorate.Busy):
            round._begin(round.base)
        begun.close()
        round._begin(round.base).close()
    finally:
        os.kill(child_pid, signal.SIGKILL)
        os.waitpid(child_pid, 0)


FORKED = """
import os, sys, time, quorate
url, key, cache, state, round = sys.argv[1:]
round = quorate.connect(url, account=key, cache=cache, state=state).round(int(round))
begun = round._begin(round.base)
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""


def test_child_of_a_process_that_is_killed_should_hold_nothing(chain, weights):
    model, key = chain.model(weights), chain.contributor()
    round = chain.connect(key).round(chain.open_round(model))
    words = [chain.url, key, chain.folder / "cache", chain.folder / "state", round.id]
    process = subprocess.Popen([sys.executable, "-c", FORKED, *map(str, words)], stdout=subprocess.PIPE, text=True)
    watch = threading.Timer(DEADLINE, process.kill)
    watch.start()
    child = int(process.stdout.readline())
    watch.cancel()
    try:
        with pytest.raises(quorate.Busy):
            round._begin(round.base)
        process.send_signal(signal.SIGKILL)
        process.wait()
        round._begin(round.base).close()
    finally:
        os.kill(child, signal.SIGKILL)


def test_wait_for_a_round_should_end_when_it_is_cancelled(chain, weights):
    model = chain.model(weights)

    async def wait_for_a_round() -> None:
        net = await aio.connect(chain.url, cache=chain.folder / "cache", state=chain.folder / "state")
        rounds = (await net.model(model)).rounds()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(rounds), 2)

    asyncio.run(asyncio.wait_for(wait_for_a_round(), 30))
    assert not [thread for thread in threading.enumerate() if thread.name == "quorate" and thread.is_alive()]
