"""An adapter on a frozen base, on a network of four: found out from any source, fetched for PEFT, and read by programs beside the version."""

from __future__ import annotations

import asyncio
import json
import subprocess

import numpy as np
import pytest

import quorate
from conftest import DEADLINE, linear
from quorate import _tensors, aio

WEIGHT = np.array([[2, 0, 1], [0, 3, -1]], "f4")
BIAS = np.array([1, -1], "f4")


@pytest.fixture(scope="module")
def made(chain, funded, tmp_path_factory):
    """A layer of two files, its weight in a base and its bias in a model of one tensor, and the same layer as one model, with its programs."""
    folder = tmp_path_factory.mktemp("frozen")
    (folder / "base").mkdir()
    _tensors.write({"layer.weight": WEIGHT}, folder / "base/model.safetensors")
    (folder / "other").mkdir()
    _tensors.write({"layer.weight": WEIGHT + 1}, folder / "other/model.safetensors")
    whole = chain.model({"layer.weight": WEIGHT, "layer.bias": BIAS})
    adapter = chain.model({"layer.bias": BIAS}, options=["--frozen", folder / "base", "--licence", "Apache-2.0"])
    return {"folder": folder, "whole": whole, "adapter": adapter, **linear(chain, folder, whole)}


def refused(chain, *words: object) -> tuple[int, str]:
    """Exit code and error of a command of the first organisation."""
    command = [chain.programs / "quorate", "--url", chain.url, "--account", "//Org0", *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=DEADLINE)
    return done.returncode, done.stderr


def test_record_should_say_which_base_and_anybody_find_out_whether_it_is_theirs(chain, made):
    folder, net = made["folder"], chain.connect()
    model = net.model(made["adapter"])
    base = model.frozen
    shown = chain.cli("model", "show", model.id)["frozen_base"]
    assert (base.root, base.length, base.licence) == (shown["root"], shown["len"], "Apache-2.0")
    chain.cli("convert", folder / "base", folder / "base.canonical", "--frozen")
    assert (folder / "base.canonical").stat().st_size == base.length
    for source in ("base", "base/model.safetensors", "base.canonical"):
        model.verify_frozen(folder / source)
        assert chain.cli("model", "verify-base", model.id, folder / source)["root"] == base.root
    with pytest.raises(quorate.CheckFailed, match="another base") as raised:
        model.verify_frozen(folder / "other")
    assert raised.value.code == 1 and base.root in str(raised.value)
    code, text = refused(chain, "model", "verify-base", model.id, folder / "other")
    assert code == 1 and base.root in text
    with pytest.raises(quorate.QuorateError):
        model.verify_frozen(folder / "none")
    whole = net.model(made["whole"])
    assert whole.frozen is None
    with pytest.raises(quorate.InputError, match="no frozen base"):
        whole.verify_frozen(folder / "base")

    async def same() -> None:
        found = await (await aio.connect(chain.url)).model(made["adapter"])
        assert found.frozen == base
        await found.verify_frozen(folder / "base")

    asyncio.run(same())


def test_version_should_be_the_adapter_alone(chain, made):
    latest = chain.connect(chain.contributor()).model(made["adapter"]).latest()
    assert list(latest.numpy()) == ["layer.bias"]


def test_export_should_be_written_only_on_the_right_base_and_name_it(chain, made):
    folder = made["folder"]
    (folder / "peft").mkdir()
    _tensors.write({"base_model.model.layer.lora_A.weight": BIAS}, folder / "peft/adapter_model.safetensors")
    (folder / "peft/adapter_config.json").write_text('{"peft_type": "LORA", "base_model_name_or_path": "/home/owner/base"}')
    chain.cli("convert", folder / "peft", folder / "peft.canonical")
    chain.cli(
        "model", "register", folder / "peft.canonical", "--name", "peft", "--rule", "mean", "--updates", 1,
        "--frozen", folder / "base", "--licence", "MIT",
    )  # fmt: skip
    (model,) = [known["id"] for known in chain.cli("model", "list") if known["name"] == "peft"]
    fetch = ["version", "fetch", f"{model}@0", "--as", "hf"]
    code, text = refused(chain, *fetch, folder / "wrong", "--base", folder / "other")
    assert code == 1 and "another base" in text and not (folder / "wrong").exists()
    chain.cli(*fetch, folder / "out", "--base", folder / "base")
    config = json.loads((folder / "out/adapter_config.json").read_text())
    assert config == {"peft_type": "LORA", "base_model_name_or_path": str(folder / "base")}
    code, text = refused(chain, "version", "fetch", f"{made['whole']}@0", "--as", "hf", folder / "none", "--base", folder / "base")
    assert code == 2 and "no frozen base" in text


def test_program_should_read_both_files_once_a_quorum_holds_the_base(chain, made, tmp_path, monkeypatch):
    folder, net = made["folder"], chain.connect("//Org0")
    adapter, whole = net.model(made["adapter"]), net.model(made["whole"])
    x = np.array([[0.5, -1, 2]], "<f4")
    with pytest.raises(quorate.QuorateError):
        adapter.infer(made["program"], [x])
    with pytest.raises(quorate.QuorateError):
        adapter.evaluate(0, made["loss"], made["data_set"])
    chain.cli("convert", folder / "base", folder / "weights", "--frozen")
    chain.artifact(folder / "weights", "weights")
    # From a gateway, by its root.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = chain.cli("model", "verify-base", adapter.id, chain.nodes[1]["gateway"])
    assert (tmp_path / "quorate/versions" / adapter.frozen.root[2:]).samefile(found["file"])
    answer = adapter.infer(made["program"], [x])
    np.testing.assert_array_equal(answer.outputs["logits"], x @ WEIGHT.T + BIAS)
    of_both = adapter.evaluate(0, made["loss"], made["data_set"])
    of_one = whole.evaluate(0, made["loss"], made["data_set"])
    assert of_both.record["work"]["frozen_base"] == {"root": adapter.frozen.root, "len": adapter.frozen.length}
    # The same values, wherever they lie.
    assert of_both.sums == of_one.sums and of_both.state == "Done"
    # Derived again, from the program, the version and the base.
    report = chain.cli("verify", "evaluation", of_both.id)
    assert report["conclusion"] == "verified"
