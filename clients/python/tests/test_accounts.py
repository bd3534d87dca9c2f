"""Accounts and connections that fail before a network is needed."""

import pytest

import quorate

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


def test_node_that_does_not_answer_should_be_a_network_error():
    with pytest.raises(quorate.NetworkError, match="127.0.0.1:1") as raised:
        quorate.connect("ws://127.0.0.1:1")
    assert raised.value.code == 3


def test_plain_text_should_leave_the_machine_only_when_that_is_allowed():
    with pytest.raises(quorate.InputError, match="plain text") as raised:
        quorate.connect("ws://node.example:9944")
    assert raised.value.code == 2


def test_cache_should_show_and_remove_its_own_files_alone(tmp_path):
    root = "ab" * 32
    (tmp_path / root).write_bytes(b"bytes")
    (tmp_path / "notes.txt").write_text("mine")
    (found,) = quorate.cache.scan(tmp_path)
    assert (found.root, found.len, found.path) == (f"0x{root}", 5, tmp_path / root)
    assert quorate.cache.prune(tmp_path, keep=[f"0x{root}"]) == 0
    assert quorate.cache.prune(tmp_path) == 5
    assert (tmp_path / "notes.txt").exists() and quorate.cache.scan(tmp_path) == []
