"""Answers and evaluations from validators, and deriving again, on a network of four. What the documents show is run as it stands."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from decimal import Decimal

import numpy as np
import pytest

import quorate
import snippets
from conftest import DEADLINE, logits
from quorate import aio

#: The public development phrase, which is nobody's secret.
PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
VOCABULARY = 16


def engine() -> None:
    pytest.importorskip("quorate_verify")


@pytest.fixture(scope="module")
def asker(chain, funded, tmp_path_factory):
    """The connection of an organisation's account, whose fund has tokens, and its key file `me.key`."""
    folder = tmp_path_factory.mktemp("asker")
    key = folder / "me.key"
    key.write_text(PHRASE + "//Org0\n")
    key.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("QUORATE_URL", chain.url)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield chain.connect(key)


@pytest.fixture(scope="module")
def counter(chain, asker):
    """A model after each of whose tokens comes the next one: its layers add nothing, and its head is a permutation. Its number and its program's."""
    one = np.eye(VOCABULARY, dtype="f4")
    none = np.zeros((VOCABULARY, VOCABULARY), "f4")
    names = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]
    state = {f"model.layers.0.{name}.weight": none for name in names}
    norms = ("layers.0.input_layernorm", "layers.0.post_attention_layernorm", "norm")
    state |= {f"model.{name}.weight": np.ones(VOCABULARY, "f4") for name in norms}
    state |= {"model.embed_tokens.weight": one, "lm_head.weight": np.roll(one, 1, axis=0)}
    model = chain.model(state)
    made = chain.folder / "counter"
    made.mkdir()
    config = {
        "model_type": "llama",
        "hidden_act": "silu",
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "tie_word_embeddings": False,
    }
    (made / "config.json").write_text(json.dumps(config))
    words = ["--template", "llama", "--model", chain.version_file(model), "--config", made / "config.json"]
    chain.cli("compile", *words, "--dimension", "tokens=1..12", "--out", made / "next.qp")
    return model, chain.artifact(made / "next.qp", "program")


def test_answers_should_be_asked_for_as_the_document_says(layer, counter, asker):
    engine()
    names = {"model": layer["model"], "program": layer["program"]}
    quote, answer = snippets.run("infer.md", 0, names)
    assert Decimal(0) < quote[0] <= Decimal("0.05") and quote[1] == 4
    np.testing.assert_array_equal(answer[0], logits(layer, [[0.5, -1.0, 2.0]]))
    assert answer[1]["request"]["state"]["Answered"]["row"]["status"] == "Answered"
    names |= dict(zip(("model", "program"), counter, strict=True))
    ((tokens,),) = snippets.run("infer.md", 1, names)
    assert tokens == [4, 5, 6, 7]
    *pieces, (is_attested,) = snippets.run("infer.md", 2, names)
    assert is_attested and all(piece == tokens[: len(piece)] for (piece,) in pieces)
    *checks, conclusion = snippets.run("infer.md", 3, names)
    assert conclusion == (True,) and all(found == "equal" for found, _, _ in checks)


def test_evaluation_should_be_asked_for_as_the_document_says(layer, asker):
    engine()
    names = {"model": layer["model"], "program": layer["loss"], "data_set": layer["data_set"]}
    measures, conclusion = snippets.run("evaluate.md", 0, names)
    rows = np.array([[4, 0, 0], [0, 4, 0], [4, 0, 0], [0, 4, 0]])
    raw = logits(layer, rows).astype("f8")
    losses = np.log(np.exp(raw).sum(axis=1)) - raw[np.arange(4), [0, 1, 1, 0]]
    assert measures[0] == pytest.approx(losses.mean(), abs=1e-4) and measures[1] == 0.5
    assert conclusion == (True,)


def test_several_requests_should_be_answered_each_with_its_own(layer, asker):
    model = asker.model(layer["model"])
    inputs = [np.full((rows, 3), rows, "<f4") for rows in (1, 2, 4)]
    requests = [model.ask(layer["program"], {"x": x}) for x in inputs]
    assert requests[0].state in ("Pending", "Waiting", "Computing", "Answered")
    for x, request in zip(inputs, requests, strict=True):
        said: list[str] = []
        answer = request.wait(progress=said.append)
        np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, x))
        assert said[-1] == "answered" and answer.tokens == []
    # By its number, on another connection, as long as the chain has it.
    again = asker.request(requests[0].id).wait()
    np.testing.assert_array_equal(again.outputs["logits"], logits(layer, inputs[0]))
    assert requests[0].forget() and not requests[0].forget()
    with pytest.raises(quorate.NotFound):
        asker.request(10**6)


def test_tokens_should_end_where_it_is_said(counter, asker):
    model, program = counter
    answer = asker.model(model).infer(program, tokens=[1, 2], max_tokens=6, stop=5)
    assert answer.tokens == [3, 4, 5] and answer.outputs == {}
    drawn = asker.model(model).infer(
        program, tokens=np.array([1, 2]), max_tokens=2, sampler=quorate.Sampler(temperature=0.01, top=4)
    )
    assert drawn.tokens == [3, 4]


def test_tokens_should_be_streamed_before_they_are_attested(counter, asker):
    model, program = counter
    heard: list[list[int]] = []
    said: list[str] = []
    answer = asker.model(model).infer(program, tokens=[1], max_tokens=10, on_tokens=heard.append, progress=said.append)
    assert answer.tokens == list(range(2, 12))
    # Nobody has to stream; of four that do one is read.
    assert heard and heard[-1] == answer.tokens, said
    assert all(tokens == answer.tokens[: len(tokens)] for tokens in heard)
    (streamed,) = answer.streamed
    assert (streamed.tokens, streamed.has_ended, streamed.is_attested) == (answer.tokens, True, True)
    assert any("nobody has attested to it yet" in line for line in said)
    assert said[-1].startswith("attested: the 10 tokens")
    request = asker.model(model).ask(program, tokens=[1], max_tokens=3)

    def refuse(tokens: list[int]) -> None:
        raise RuntimeError(f"{len(tokens)} tokens")

    with pytest.raises(RuntimeError, match="tokens"):
        request.wait(on_tokens=refuse)
    assert request.wait().streamed == ()


def test_input_that_was_left_behind_should_be_brought_by_whoever_waits(chain, layer, asker):
    def stop(text: str) -> None:
        # As when the process ends between the block and the upload.
        if text == "bringing the input to gateways":
            raise RuntimeError(text)

    with pytest.raises(RuntimeError) as raised:
        asker.model(layer["model"]).ask(layer["program"], [[[3, 2, 1]]], progress=stop)
    left = asker.request(raised.value.input)
    assert left.state == "Pending"
    answer = asker.request(left.id).wait()
    np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, [[3, 2, 1]]))
    # What the object has is what is verified.
    engine()
    row = answer.record["request"]["state"]["Answered"]["row"]
    row["answer"]["root"] = left.root
    with pytest.raises(quorate.RecordChanged, match="its row is"):
        answer.verify()


def test_call_within_progress_should_be_refused(layer, asker):
    def nested(_: str) -> None:
        asker.models()

    with pytest.raises(quorate.InputError, match="make it when that call has ended"):
        asker.model(layer["model"]).ask(layer["program"], [[[3, 1, 2]]], progress=nested)


def test_verifier_should_refuse_another_chain_behind_the_same_address(chain, layer):
    engine()
    import quorate_verify

    def nothing(*_: object) -> None: ...

    def sources(genesis: str) -> object:
        return quorate_verify.Sources(chain.url, False, genesis, [chain.nodes[0]["store"]], nothing, nothing)

    with pytest.raises(quorate.InputError, match="another chain"):
        quorate_verify.version(sources("0x" + "11" * 32), layer["model"], 0)
    report = json.loads(quorate_verify.version(sources(chain.connect().genesis), layer["model"], 0))
    assert report["verified"], report


def test_mistakes_should_be_named_before_anything_is_sent(chain, layer, counter, asker):
    model, program, x = asker.model(layer["model"]), layer["program"], [[1.0, 2.0, 3.0]]
    before = len(chain.cli("request", "list"))
    other, of_other = counter
    cases = [
        (lambda: model.infer(program, [np.zeros((1, 3))]), quorate.InputError, "x is float64"),
        (lambda: model.infer(program, [[[1.0, 2.0]]]), quorate.InputError, "axis 1 is 2, and the program takes 3"),
        (lambda: model.infer(program, [np.zeros((5, 3), "<f4")]), quorate.InputError, "takes 1 to 4"),
        (lambda: model.infer(program, {"y": x}), quorate.InputError, "unknown: y"),
        (lambda: model.infer(program, tokens=[1]), quorate.InputError, "f32 [rows, 3] was expected"),
        (lambda: model.infer(program, [x], max_fee="0.000001"), quorate.InputError, "more than 0.000001"),
        (lambda: model.infer(of_other, tokens=[1]), quorate.InputError, "no tensor"),
        (lambda: model.infer(layer["data_set"], [x]), quorate.InputError, "data set"),
        (lambda: model.infer(10**6, [x]), quorate.NotFound, "artifact"),
        (lambda: model.infer(program, [x], version=9), quorate.NotFound, "@9"),
        (lambda: asker.model(other).infer(of_other, tokens=[1, VOCABULARY]), quorate.InputError, "element 1 is 16"),
        (lambda: asker.model(other).infer(of_other, tokens=[1], max_tokens=12), quorate.InputError, "nothing was sent"),
        (lambda: model.evaluate(0, program, layer["data_set"]), quorate.InputError, "loss"),
        (lambda: chain.connect().model(model.id).infer(program, [x]), quorate.InputError, "account="),
        (lambda: chain.connect("//Alice").model(model.id).infer(program, [x]), quorate.InputError, "neither"),
        (lambda: chain.connect("//Org1").model(model.id).infer(program, [x]), quorate.Unavailable, "the fund of organisation 1"),
    ]
    for act, error, named in cases:
        with pytest.raises(error) as raised:
            act()
        assert named in str(raised.value) and raised.value.code == 2, raised.value
    assert len(chain.cli("request", "list")) == before


def test_fault_should_be_raised_as_what_it_is(layer, asker):
    # Nothing times infinity.
    with pytest.raises(quorate.Fault) as raised:
        asker.model(layer["model"]).infer(layer["program"], [np.array([[np.inf, 0, 0]], "<f4")])
    assert raised.value.kind == "NaN" and raised.value.request is not None and raised.value.code == 1


def test_request_that_was_interrupted_should_be_gone_on_with(chain, layer, asker):
    program = f"""
import quorate
net = quorate.connect({chain.url!r}, account="//Org0", cache={str(chain.folder / "cache")!r}, state={str(chain.folder / "state")!r})
request = net.model({layer["model"]}).ask({layer["program"]}, [[[1, 2, 3]]])
print(request.id, flush=True)
request.wait()
request.wait()
import time
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    number = int(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    answer = asker.request(number).wait()
    np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, [[1, 2, 3]]))


def test_what_progress_raises_should_end_the_wait(layer, asker):
    def refuse(text: str) -> None:
        raise RuntimeError(text)

    with pytest.raises(RuntimeError, match="operations at most"):
        asker.model(layer["model"]).ask(layer["program"], [[[4, 5, 6]]], progress=refuse)


def test_asyncio_should_ask_for_several_at_once(chain, layer, asker):
    async def several() -> list[np.ndarray]:
        net = await aio.connect(chain.url, account="//Org0", cache=chain.folder / "cache", state=chain.folder / "state")
        model = await net.model(layer["model"])
        requests = [await model.ask(layer["program"], [[[row, 0, 0]]]) for row in (1, 2)]
        answers = await asyncio.gather(*(request.wait() for request in requests))
        return [answer.outputs["logits"] for answer in answers]

    found = asyncio.run(asyncio.wait_for(several(), DEADLINE))
    np.testing.assert_array_equal(found, [logits(layer, [[row, 0, 0]]) for row in (1, 2)])


def test_call_that_is_cancelled_should_end(chain, layer, asker):
    engine()

    async def cancelled(call) -> None:
        told, begun, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

        def tell(_: str) -> None:
            loop.call_soon_threadsafe(told.set)
            # It must not have ended before it is cancelled.
            begun.wait(DEADLINE)

        task = asyncio.create_task(call(tell))
        await told.wait()
        task.cancel()
        begun.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def both() -> None:
        net = await aio.connect(chain.url, account="//Org0", cache=chain.folder / "cache", state=chain.folder / "state")
        request = await (await net.model(layer["model"])).ask(layer["program"], [[[2, 3, 1]]])
        await cancelled(lambda progress: request.wait(progress=progress))
        await cancelled(lambda progress: net.verify(f"{layer['model']}@0", progress=progress))
        assert (await request.wait()).outputs

    asyncio.run(asyncio.wait_for(both(), DEADLINE))


def test_version_should_be_derived_again(chain, asker):
    engine()
    weights = {"layer.weight": np.arange(8, dtype="f4").reshape(2, 4) / 8}
    model = chain.model(weights)
    net = chain.connect(chain.contributor())
    round = net.round(chain.open_round(model))
    receipt = round.submit({"layer.weight": weights["layer.weight"] + np.float32(0.25)}, 1, base=round.base)
    version = receipt.wait()
    said: list[str] = []
    # Updates are shown to validators only.
    report = quorate.verify(f"{model}@1", chain.url, cache=chain.folder / "cache", progress=said.append)
    assert (report.what, report.conclusion, report.is_verified) == (f"{model}@1", "unchecked", False) and said
    with pytest.raises(quorate.Unchecked, match="update") as raised:
        report.require()
    assert raised.value.code == 5
    stores = [chain.nodes[0]["store"]]
    report = version.verify(stores=stores)
    assert report.is_verified and report.require() is report and report.block > 0
    assert {check.found for check in report.checks} == {"equal"}
    assert {"replayed version", "quorum"} <= {check.name for check in report.checks}
    version.view["record"]["root"] = "0x" + "11" * 32
    for derive in (version.verify, version.replay):
        with pytest.raises(quorate.RecordChanged, match="its root is"):
            derive(stores=stores)
    replay = asker.replay(f"{model}", stores=stores)
    assert replay.is_verified and [report.what for report in replay.reports] == [f"{model}@1", f"{model}@0"]
    assert asyncio.run(aio.verify(f"{model}@0", chain.url, cache=chain.folder / "cache")).is_verified
    with pytest.raises(quorate.InputError, match="no such folder"):
        version.verify(stores=["/no/such/folder"])
    with pytest.raises(quorate.NotFound):
        asker.verify(f"{model}@9")


def test_signal_should_end_deriving_again(chain, layer, asker):
    engine()
    program = f"""
import quorate, time
def wait(text):
    print("deriving", flush=True)
    time.sleep(600)
quorate.verify("{layer["model"]}@0", {chain.url!r}, progress=wait)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "deriving\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
