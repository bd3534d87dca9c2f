"""Calls that end while what they asked for may be on chain: it is found again, and paid once. On a network of four validators."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import quorate
import snippets
from conftest import logits
from quorate import aio

ROOT = re.compile("0x[0-9a-f]{64}")


@pytest.fixture
def net(chain):
    return chain.connect("//Org0")


def requests(chain) -> list[dict]:
    return chain.cli("request", "list")


def ended_at(chain, call: str, line: Callable[[str], bool], by: signal.Signals) -> tuple[list[str], str]:
    """Make a call in a process of its own, end that at the first line of progress that is as asked: all lines up to it, and standard error."""
    program = f"""
import quorate
net = quorate.connect({chain.url!r}, account="//Org0", cache={str(chain.folder / "cache")!r}, state={str(chain.folder / "state")!r})
def say(text):
    print(text, flush=True)
try:
    {call}
except BaseException as error:
    print("input", error.input, flush=True)
    raise
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    for text in iter(process.stdout.readline, ""):
        lines.append(text.strip())
        if line(text):
            process.send_signal(by)
            break
    else:
        raise AssertionError((lines, process.communicate()))
    rest, errors = process.communicate(timeout=60)
    assert process.returncode != 0, (lines, rest)
    return lines + rest.splitlines(), errors


def root_in(lines: list[str]) -> str:
    (root,) = {found for line in lines for found in ROOT.findall(line)}
    return root


@pytest.mark.parametrize("until", ["input 0x", "is in block"])
def test_same_call_after_a_kill_should_pay_once(chain, layer, net, until):
    x = [[3, 2, 1 if until == "is in block" else 0]]
    before = len(requests(chain))
    call = f"net.model({layer['model']}).infer({layer['program']}, [{x}], progress=say)"
    lines, _ = ended_at(chain, call, lambda line: until in line, signal.SIGKILL)
    root = root_in(lines)
    said: list[str] = []
    answer = net.model(layer["model"]).infer(layer["program"], [x], progress=said.append)
    np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, x))
    assert answer.record["request"]["input"]["root"] == root, said
    assert len(requests(chain)) == before + 1, said
    # Its answer was given: the same call asks anew.
    again = net.model(layer["model"]).infer(layer["program"], [x])
    assert again.request != answer.request and len(requests(chain)) == before + 2


def test_request_of_a_killed_process_should_be_found_by_its_root(chain, layer, net):
    x = [[1, 1, 1]]
    call = f"net.model({layer['model']}).infer({layer['program']}, [{x}], progress=say)"
    lines, _ = ended_at(chain, call, lambda line: "is in block" in line, signal.SIGKILL)
    root = root_in(lines)
    (kept,) = [request for request in net.kept() if request.root == root]
    request = net.request(root)
    assert request.root == root and request.id == kept.id is not None
    answer = request.wait()
    np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, x))
    assert net.request(answer.request).root == root
    # As the command line has it.
    (listed,) = [one for one in chain.cli("request", "kept", "--state", chain.folder / "state") if one["input"] == root]
    assert listed["request"]["id"] == answer.request
    assert request.forget() and not request.forget()
    assert root not in [request.root for request in net.kept()]
    with pytest.raises(quorate.NotFound, match="no request of organisation 0 has the input"):
        net.request("0x" + "11" * 32)
    with pytest.raises(quorate.InputError, match="account="):
        chain.connect().request(root)


def test_interrupted_call_should_say_what_it_leaves(chain, layer, net):
    x = [[2, 2, 2]]
    call = f"net.model({layer['model']}).infer({layer['program']}, [{x}], progress=say)"
    lines, errors = ended_at(chain, call, lambda line: "is in block" in line, signal.SIGINT)
    root = root_in(lines)
    assert lines[-1] == f"input {root}" and "KeyboardInterrupt" in errors
    assert f"net.request('{root}').wait() goes on with it" in errors
    before = len(requests(chain))
    np.testing.assert_array_equal(net.request(root).wait().outputs["logits"], logits(layer, x))
    assert len(requests(chain)) == before


def test_same_call_in_the_same_process_should_pay_once(chain, layer, net):
    model, x = net.model(layer["model"]), [[4, 0, 2]]
    before = len(requests(chain))

    def stop(text: str) -> None:
        if "is in block" in text:
            raise RuntimeError(text)

    with pytest.raises(RuntimeError) as raised:
        model.infer(layer["program"], [x], progress=stop)
    # As in a notebook, the traceback keeps all that there was.
    answer = model.infer(layer["program"], [x])
    assert answer.record["request"]["input"]["root"] == raised.value.input
    np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, x))
    assert len(requests(chain)) == before + 1


def test_prepared_request_should_be_known_before_it_is_sent(chain, layer, net):
    before = len(requests(chain))
    request = net.model(layer["model"]).prepare(layer["program"], [[[0, 1, 2]]])
    assert request.id is None and request.root in [kept.root for kept in net.kept()]
    with pytest.raises(quorate.NotFound):
        request.view  # noqa: B018 - asks the chain
    assert len(requests(chain)) == before
    np.testing.assert_array_equal(request.wait().outputs["logits"], logits(layer, [[0, 1, 2]]))
    assert len(requests(chain)) == before + 1
    request.send()
    request.wait()
    assert len(requests(chain)) == before + 1, "once is enough"


def test_request_should_be_known_by_its_input_as_the_document_says(layer, net):
    names = {"net": net, "model": layer["model"], "program": layer["program"]}
    (root, number), (outputs, is_kept) = snippets.run("infer.md", 4, names)
    assert ROOT.fullmatch(root) and number is None and is_kept
    np.testing.assert_array_equal(outputs, logits(layer, [[0.5, -1.0, 2.0]]))
    assert names["same"].root == root and root not in [kept.root for kept in net.kept()]


def test_same_calls_at_the_same_time_should_be_two_requests(layer, net):
    model = net.model(layer["model"])
    first, second = (model.ask(layer["program"], [[[5, 5, 5]]]) for _ in range(2))
    assert first.root != second.root and first.id != second.id
    left = first.root
    # Nobody waits for the first one any more: the same call goes on with it.
    del first
    third = model.ask(layer["program"], [[[5, 5, 5]]])
    assert third.root == left
    for request in (second, third):
        request.wait()


def test_cancelled_coroutine_should_name_its_request(chain, layer):
    async def cancelled() -> str:
        net = await aio.connect(chain.url, account="//Org0", cache=chain.folder / "cache", state=chain.folder / "state")
        model = await net.model(layer["model"])
        told, loop = asyncio.Event(), asyncio.get_running_loop()

        def say(text: str) -> None:
            if "is in block" in text:
                loop.call_soon_threadsafe(told.set)

        task = asyncio.create_task(model.infer(layer["program"], [[[7, 0, 0]]], progress=say))
        await told.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        root = raised.value.input
        answer = await (await net.request(root)).wait()
        np.testing.assert_array_equal(answer.outputs["logits"], logits(layer, [[7, 0, 0]]))
        return root

    assert ROOT.fullmatch(asyncio.run(asyncio.wait_for(cancelled(), 300)))


def test_same_evaluation_after_a_kill_should_pay_once(chain, layer, net):
    model, of = net.model(layer["model"]), (0, layer["loss"], layer["data_set"])
    with pytest.raises(quorate.NotFound, match="has no evaluation"):
        model.evaluation(*of)
    call = f"net.model({model.id}).evaluate(*{of}, progress=say)"
    ended_at(chain, call, lambda line: "is in block" in line, signal.SIGKILL)
    found = model.evaluation(*of)
    said: list[str] = []
    done = model.evaluate(*of, progress=said.append)
    assert done.id == found.id and done.accuracy == 0.5, said
    # The same sums for nothing, as often as they are asked for.
    again = model.evaluate(*of)
    assert (again.id, again.sums) == (done.id, done.sums)
    assert found.wait().sums == done.sums
    assert [one["id"] for one in chain.cli("evaluation", "list", f"{model.id}@0")] == [done.id]


def test_command_line_should_tell_programs_the_input_before_it_is_sent(chain, layer, net, tmp_path):
    np.save(tmp_path / "asked.npy", np.array([[6, 0, 0]], "<f4"))
    command = [chain.programs / "quorate", "--json", "--url", chain.url, "--account", "//Org0", "infer", layer["model"]]
    command += ["--program", layer["program"], "--input", f"x={tmp_path / 'asked.npy'}", "--state", chain.folder / "state"]
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = next(line for line in iter(process.stderr.readline, "") if line.startswith('{"input":'))
    process.kill()
    output, _ = process.communicate(timeout=60)
    assert not output, "it was killed before its document"
    root = ROOT.search(line).group()
    assert root in [request.root for request in net.kept()]
