"""Accounts, the cache, and connections that fail before a network is needed."""

import asyncio
import os
import signal
import socket
import threading
import time

import pytest

import quorate
from quorate import aio

#: The public development phrase, which is nobody's secret.
PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("QUORATE_ACCOUNT", "QUORATE_URL", "QUORATE_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_account_should_be_the_same_from_file_mnemonic_and_environment(tmp_path, monkeypatch):
    key = tmp_path / "key"
    key.write_text(PHRASE + "//Alice\n")
    key.chmod(0o600)
    monkeypatch.setenv("QUORATE_ACCOUNT", PHRASE + "//Alice")
    accounts = [
        quorate.Account.from_file(key),
        quorate.Account.from_mnemonic(PHRASE + "//Alice"),
        quorate.Account.from_environment(),
    ]
    assert {account.address for account in accounts} == {ALICE}
    assert "bottom" not in repr(accounts[0])


def test_new_key_should_be_read_again_and_never_be_overwritten(tmp_path):
    made = quorate.Account.generate(tmp_path / "key")
    assert quorate.Account.from_file(tmp_path / "key").address == made.address
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(quorate.InputError, match="never overwritten"):
        quorate.Account.generate(tmp_path / "key")


def test_key_file_that_others_may_read_should_be_refused(tmp_path):
    key = tmp_path / "key"
    key.write_text(PHRASE)
    key.chmod(0o644)
    with pytest.raises(quorate.InputError, match="chmod 600"):
        quorate.Account.from_file(key)


def test_secret_in_place_of_a_path_should_be_refused_without_being_shown():
    with pytest.raises(quorate.InputError, match="from_mnemonic") as raised:
        quorate.connect("ws://127.0.0.1:1", account=PHRASE)
    assert "bottom" not in str(raised.value)


def test_secret_in_place_of_a_file_should_be_refused_without_being_shown(tmp_path):
    for what in [quorate.Account.from_file, quorate.Account.generate]:
        with pytest.raises(quorate.InputError, match="path of a file is expected") as raised:
            what(PHRASE)
        assert "bottom" not in str(raised.value)


def test_password_of_a_url_should_never_be_shown():
    for url in ["ws://me:hidden@127.0.0.1:1/hidden", "ws://me:hidden@node.example", "http://me:hidden@x", "me:hidden@x"]:
        with pytest.raises((quorate.NetworkError, quorate.InputError)) as raised:
            quorate.connect(url)
        assert "hidden" not in str(raised.value)


def test_node_that_does_not_answer_should_be_a_network_error():
    with pytest.raises(quorate.NetworkError, match="127.0.0.1:1") as raised:
        quorate.connect("ws://127.0.0.1:1")
    assert raised.value.code == 3


def test_plain_text_should_leave_the_machine_only_when_that_is_allowed():
    with pytest.raises(quorate.InputError, match="plain text") as raised:
        quorate.connect("ws://node.example:9944")
    assert raised.value.code == 2


def test_cache_should_show_and_remove_its_own_files_alone(tmp_path):
    cache, root = tmp_path / "cache", "ab" * 32
    assert quorate.cache.scan(cache) == []
    assert cache.stat().st_mode & 0o777 == 0o700
    (cache / root).write_bytes(b"bytes")
    (cache / "notes.txt").write_text("mine")
    (found,) = quorate.cache.scan(cache)
    assert (found.root, found.len, found.path) == (f"0x{root}", 5, cache / root)
    assert quorate.cache.prune(cache, keep=[f"0x{root}"]) == 0
    assert quorate.cache.prune(cache) == 5
    assert (cache / "notes.txt").exists() and quorate.cache.scan(cache) == []


def test_folder_of_another_programs_files_should_never_become_a_cache(tmp_path):
    blob = tmp_path / ("cd" * 32)
    blob.write_bytes(b"theirs")
    for what in [quorate.cache.scan, quorate.cache.prune]:
        with pytest.raises(quorate.InputError, match="other files"):
            what(tmp_path)
    assert blob.exists()


@pytest.fixture
def silent():
    """The URL of a node that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"ws://127.0.0.1:{server.getsockname()[1]}"


def test_cancelled_call_should_end_with_its_thread(silent):
    async def cancelled() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aio.connect(silent), 0.5)

    before, since = threading.active_count(), time.monotonic()
    asyncio.run(cancelled())
    # Not the patience of whoever connects.
    assert time.monotonic() - since < 5
    # It is over when the loop is told, a moment before it is gone.
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_process_that_is_forked_should_connect_by_itself(silent):
    with pytest.raises(quorate.NetworkError):
        quorate.connect("ws://127.0.0.1:1")
    child = os.fork()
    if child == 0:
        # The threads of the parent are not here: this would wait for them for ever.
        try:
            quorate.connect("ws://127.0.0.1:1")
        except quorate.NetworkError:
            os._exit(7)
        finally:
            os._exit(1)
    until = time.monotonic() + 30
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            os.kill(child, 9)
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(status) == 7


def test_call_that_raises_stop_iteration_should_end():
    with pytest.raises(RuntimeError) as raised:
        asyncio.run(asyncio.wait_for(aio._call(next, iter(())), 10))
    assert isinstance(raised.value.__cause__, StopIteration)


def test_call_within_another_one_should_be_refused_and_end_it(silent):
    def another(*_: object) -> None:
        quorate.connect("ws://127.0.0.1:1")

    before = signal.signal(signal.SIGALRM, another)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        # The handler runs while this waits.
        with pytest.raises(quorate.InputError, match="make it when that call has ended"):
            quorate.connect(silent)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # It leaves nothing behind.
    with pytest.raises(quorate.NetworkError):
        quorate.connect("ws://127.0.0.1:1")
