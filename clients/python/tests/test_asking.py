"""What is asked, before a network is needed."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
import threading
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import quorate
from quorate import _asking, _verifying, aio

F32 = ("x", "f32 [2]", np.dtype("<f4"))
I64 = ("ids", "i64 [2]", np.dtype("<i8"))


def test_numbers_and_lists_should_become_arrays_of_the_programs_type():
    for value in ([1, 2.5], (1, 2.5), np.array([1, 2.5], "<f4"), np.array([1, 2.5], ">f4")):
        array = _asking._array(*F32, value)
        assert array.dtype == np.dtype("<f4") and array.tolist() == [1, 2.5]
    assert _asking._array(*I64, [3, -1]).tolist() == [3, -1]
    assert _asking._array(*F32, np.arange(4, dtype="<f4").reshape(2, 2).T).tobytes() == np.array([0, 2, 1, 3], "<f4").tobytes()


@pytest.mark.parametrize(
    ("of", "value", "named"),
    [
        (F32, np.array([1.0, 2.0]), "x is float64; f32 [2] is expected"),
        (I64, np.array([1, 2], "<i4"), "ids is int32; i64 [2] is expected"),
        (I64, [1.5, 2], "ids is not i64 [2]"),
        (F32, [1e300, 0], "numbers that float32 has not"),
        (("b", "u8 [1]", np.dtype("u1")), [300], "u8 [1]|numbers that uint8 has not"),
        (F32, [[1], [2, 3]], "x is not f32 [2]"),
        (F32, ["a"], "x is not f32 [2]"),
        (F32, object(), "x is not f32 [2]"),
    ],
)
def test_input_of_another_type_should_be_refused_by_its_name(of, value, named):
    with pytest.raises(quorate.InputError) as raised:
        _asking._array(*of, value)
    assert any(part in str(raised.value) for part in named.split("|")), raised.value


def test_tensors_of_pytorch_should_be_inputs():
    torch = pytest.importorskip("torch")
    assert _asking._array(*F32, torch.tensor([1.0, 2.0], requires_grad=True)).tolist() == [1, 2]
    with pytest.raises(quorate.InputError, match="x is bfloat16"):
        _asking._array(*F32, torch.tensor([1.0, 2.0], dtype=torch.bfloat16))


def test_inputs_should_be_one_for_each_that_the_program_has():
    program = SimpleNamespace(inputs=[("x", "f32", "[2]"), ("ids", "i64", "[1]")])
    x, ids = [0.5, 1], [7]
    expected = [("f32", [2], np.array(x, "<f4").tobytes()), ("i64", [1], np.array(ids, "<i8").tobytes())]
    assert _asking._values(program, [x, ids]) == expected == _asking._values(program, {"ids": ids, "x": x})
    for given, named in [
        ([x], "1 inputs are given, and the program has 2: x, ids"),
        ({"x": x}, "missing: ids"),
        ({"x": x, "ids": ids, "y": x}, "unknown: y"),
        (np.zeros((2, 2)), "inputs is a ndarray"),
    ]:
        with pytest.raises(quorate.InputError, match=named):
            _asking._values(program, given)


def test_amounts_should_be_tokens_to_the_last_digit():
    most = (1 << 128) - 1
    for amount, units in [
        ("0.05", 50_000_000_000),
        (Decimal("0.000000000001"), 1),
        (2, 2 * 10**12),
        (0.1, 10**11),
        (np.float64(0.1), 10**11),
        (np.int32(3), 3 * 10**12),
        (1e-12, 1),
        (0, 0),
        (-0.0, 0),
        ("0.10000000000000", 10**11),
        (Decimal("1E+3"), 10**15),
        # More digits than `Decimal` computes with.
        ("123456789012345678901234567.123456789012", 123456789012345678901234567123456789012),
        (f"{most // 10**12}.{most % 10**12:012}", most),
    ]:
        assert _asking._smallest(amount) == units, amount
    assert _asking._smallest(None) is None


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("", "digits are expected"),
        ("x", "digits are expected"),
        ("1,5", "digits are expected"),
        ("1e3", "no exponent"),
        ("1e-13", "no exponent"),
        (" 1", "no space"),
        ("1\n", "no space"),
        ("+1", "no plus"),
        ("1_000", "digits are expected"),
        ("١", "digits are expected"),
        ("nan", "digits are expected"),
        (float("nan"), "no finite number"),
        (float("-inf"), "no finite number"),
        (Decimal("NaN"), "no finite number"),
        (Decimal("sNaN"), "no finite number"),
        (Decimal("Infinity"), "no finite number"),
        ("-1", "negative"),
        (-1, "negative"),
        (Decimal("-1e-30"), "negative"),
        ("0.0000000000001", "at most 12 decimals"),
        (Decimal("1e-1000000"), "at most 12 decimals"),
        (Decimal("1" + "0" * 20 + ".0000000000001"), "at most 12 decimals"),
        (0.1 + 0.2, "give a float as a text"),
        (1 << 128, "not so many tokens"),
        (10**300, "a large int"),
        (Decimal("1e1000000"), "not so many tokens"),
        (f"{(1 << 128) // 10**12}.{(1 << 128) % 10**12:012}", "not so many tokens"),
        (True, "it is a bool"),
        (np.float32(0.1), "it is a float32"),
        (b"1", "it is a bytes"),
        ([1], "it is a list"),
    ],
)
def test_what_is_no_amount_of_tokens_should_be_refused_by_what_is_wrong(amount, why):
    with pytest.raises(quorate.InputError, match="no amount of tokens") as raised:
        _asking._smallest(amount)
    assert why in str(raised.value) and len(str(raised.value)) < 400


def test_prices_should_be_exact_whatever_they_are():
    quote = quorate.Quote._of('{"fee": "12000000000", "blocks": 7, "operations": 3}')
    assert (quote.fee, quote.blocks, quote.reading, quote.memory) == (Decimal("0.012"), 7, None, None)
    quote = quorate.Quote._of('{"fee": "12000000000", "reading": "1000000000", "blocks": 7, "operations": 3}')
    assert quote.reading == Decimal("0.001")
    most = (1 << 128) - 1
    quote = quorate.Quote._of(json.dumps({"fee": str(most), "blocks": 7, "operations": 3}))
    assert _asking._smallest(quote.fee) == most


def test_question_should_say_what_it_is():
    for options, named in [
        ({}, "inputs= for one run"),
        ({"inputs": [1], "tokens": [1]}, "inputs= for one run"),
        ({"inputs": [1], "max_tokens": 3}, "are for tokens="),
    ]:
        inputs = options.pop("inputs", None)
        with pytest.raises(quorate.InputError, match=named):
            _asking.asked(None, 0, inputs, options)
    for ask in (_asking.ask, _asking.quote, _asking.prepare):
        with pytest.raises(TypeError, match="unexpected keyword argument 'max_token'"):
            ask(None, 0, 0, None, {"tokens": [1], "max_token": 3})


def test_missing_engine_should_say_how_it_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "quorate_verify", None)
    with pytest.raises(quorate.VerifierMissing, match=r"pip install 'quorate\[verify\]'") as raised:
        _verifying._engine()
    assert raised.value.code == 5 and isinstance(raised.value, ImportError)


def test_engine_of_another_release_should_be_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "quorate_verify", SimpleNamespace())
    monkeypatch.setattr(_verifying.importlib.metadata, "version", {"quorate": "0.2.0", "quorate-verify": "0.1.0"}.get)
    with pytest.raises(quorate.VerifierMissing, match="0.1.0.*0.2.0"):
        _verifying._engine()


@pytest.mark.parametrize(
    ("conclusion", "found", "error", "code"),
    [
        ("differs", "differs", quorate.CheckFailed, 1),
        ("unchecked", "unchecked", quorate.Unchecked, 5),
        ("expired", "expired", quorate.Unchecked, 5),
        ("revoked", "equal", quorate.NotToBeUsed, 6),
        ("held", "equal", quorate.NotToBeUsed, 6),
    ],
)
def test_report_should_raise_as_the_command_line_ends(conclusion, found, error, code):
    view = {
        "conclusion": conclusion,
        "checks": [
            {"check": "root", "found": "equal", "detail": "0x1"},
            {"check": "replay", "found": found, "detail": "why"},
        ],
        "block": {"number": 7, "hash": "0x2"},
    }
    report = quorate.Report._of("0@7", view)
    assert not report.is_verified and report.checks[1] == quorate.Check("replay", found, "why")
    with pytest.raises(error, match="0@7") as raised:
        report.require()
    assert raised.value.code == code
    assert ("replay: why" in str(raised.value)) == (found == conclusion)
    replay = quorate.Replay("0@7 with its ancestors", conclusion, (report,), None)
    with pytest.raises(error):
        replay.require()


def test_verified_report_should_be_given_back():
    report = quorate.Report._of("0@7", {"conclusion": "verified", "checks": [], "block": {"number": 7}})
    assert report.is_verified and report.require() is report


ROOT, OTHER = "0x" + "11" * 32, "0x" + "22" * 32
NET = SimpleNamespace(_core=None, genesis=ROOT)


def request_view(state: object = "Waiting", root: str = ROOT) -> dict:
    asked = {"asked_by": "5Grw", "organisation": 0, "model": 0, "version": 1, "program": 2, "task": "Run", "operations": 9, "memory": 3}
    return {"id": 7, **asked, "input": {"root": root, "len": 40}, "state": state, "requested_at": 5, "clean": True}


def answer_record(answer: str = ROOT, version: str = ROOT, batch: int = 3) -> dict:
    row = {"request": 7, "status": "Answered", "answer": {"root": answer, "len": 9}, "tokens": 0}
    files = {"file": {"root": version, "len": 8}, "frozen_base": None, "program_file": {"root": ROOT, "len": 8}}
    return {"request": request_view({"Answered": {"batch": batch, "row": row}}), "batch": {"id": batch, "job": ROOT, **files}}


def evaluation_record(state: object = "Computing", version: str = ROOT) -> dict:
    work = {"model": 0, "version": 1, "version_root": version, "program": 2, "data": 4}
    return {"id": 4, "asked_by": "5Grw", "organisation": 0, "work": work, "state": state, "job": ROOT}


def version_view(root: str = ROOT) -> dict:
    return {"record": {"model": 0, "version": 7, "root": root, "len": 8, "origin": "Genesis"}, "status": "Final"}


@pytest.fixture
def chain_says(monkeypatch):
    """Lets the engine find everything equal to what is given here: whatever the chain says by then."""

    def says(view: dict) -> None:
        report = {"conclusion": "verified", "checks": [], "block": {"number": 9}, "model": 0, "version": 7, **view}
        versions = json.dumps({"conclusion": "verified", "versions": [report], "stopped": None})
        one = json.dumps(report)
        engine = SimpleNamespace(
            version=lambda *_: one, answer=lambda *_: one, evaluation=lambda *_: one, replay=lambda *_: versions
        )
        monkeypatch.setattr(_verifying, "_engine", lambda: engine)
        monkeypatch.setattr(_verifying, "_sources", lambda *_: None)

    return says


def test_version_should_not_be_verified_by_another_one_of_its_number(chain_says):
    version = quorate.Version(NET, version_view())
    chain_says(version_view())
    assert version.verify().is_verified and version.replay().is_verified
    chain_says(version_view(OTHER))
    for derive in (version.verify, version.replay):
        with pytest.raises(quorate.RecordChanged, match=f"0@7 .* its root is {OTHER}, and was {ROOT}") as raised:
            derive()
        assert raised.value.code == 1 and isinstance(raised.value, quorate.CheckFailed)


def test_answer_should_not_be_verified_by_another_one_of_its_number(chain_says):
    answer = quorate.Answer(7, {}, [], answer_record(), (), NET)
    # A fork may have it computed again: in another batch, with another job.
    again = answer_record(batch=5)
    again["request"]["requested_at"] += 2
    again["batch"]["job"] = OTHER
    chain_says(again)
    assert answer.verify().is_verified
    input = answer_record()
    input["request"]["input"]["root"] = OTHER
    for other, named in [(answer_record(answer=OTHER), "row"), (answer_record(version=OTHER), "file"), (input, "input")]:
        chain_says(other)
        with pytest.raises(quorate.RecordChanged, match=f"answer 7 .* its {named} is"):
            answer.verify()


def test_evaluation_should_not_be_verified_by_another_one_of_its_number(chain_says):
    done = {"Done": {"Done": {"rows": 4, "loss": 9, "correct": 2, "faults": 0}}}
    sums = copy.deepcopy(done)
    sums["Done"]["Done"]["correct"] = 3

    def held(state: object) -> quorate.Evaluation:
        return quorate.Evaluation(NET, json.dumps({"evaluation": evaluation_record(state), "meanLoss": None, "accuracy": None}))

    chain_says({"evaluation": evaluation_record(done)})
    assert held(done).verify().is_verified and held("Computing").verify().is_verified
    chain_says({"evaluation": evaluation_record(sums)})
    with pytest.raises(quorate.RecordChanged, match="evaluation 4 .* its outcome is"):
        held(done).verify()
    chain_says({"evaluation": evaluation_record(done, version=OTHER)})
    with pytest.raises(quorate.RecordChanged, match="evaluation 4 .* its work is"):
        held("Computing").verify()


class Core:
    """A request as the part in Rust has it."""

    def __init__(self, root: str = ROOT, number: int | None = None, is_open: bool = False, is_marked: bool = True) -> None:
        self.root, self.number, self.is_open, self.is_held = root, number, is_open, True
        self.is_marked = is_marked

    def release(self) -> None:
        self.is_held = False


class Node:
    """Answers a request with this view, and what was streamed."""

    def __init__(self, monkeypatch, view: dict, streamed: tuple = ()) -> None:
        self.view, self.streamed = view, streamed
        for name in ("answered", "program", "given"):
            monkeypatch.setattr(_asking._quorate, name, getattr(self, name))

    def answered(self, core, request, progress, on_tokens):
        request.number = self.view["id"]
        if "Failed" in self.view["state"]:
            return json.dumps(self.view), None
        row = self.view["state"]["Answered"]["row"]
        status = {"Answered": "answered", "Fault": "fault", "Unfit": "unfit"}[row["status"]]
        fault = ("NaN", "a value is not a number") if status == "fault" else None
        return json.dumps(self.view), (json.dumps(answer_record()), status, [5, 6][: row["tokens"]], fault, [], list(self.streamed))

    def program(self, core, id):
        return SimpleNamespace(outputs=["y"])

    def given(self, core, request):
        request.is_open = False


def ended(status: str) -> dict:
    view = answer_record()["request"]
    view["state"]["Answered"]["row"]["status"] = status
    return view


def test_what_is_no_answer_should_be_raised_with_number_and_input(monkeypatch):
    cases = [
        (ended("Fault"), quorate.Fault),
        (ended("Unfit"), quorate.Unfit),
        (request_view({"Failed": "Expired"}), quorate.RequestFailed),
    ]
    for view, error in cases:
        Node(monkeypatch, view)
        request = quorate.Request(NET, Core(is_open=True))
        assert request.id is None
        with pytest.raises(error) as raised:
            request.wait()
        assert (raised.value.request, raised.value.input, request.id) == (7, ROOT, 7)
        assert "net.request" not in str(raised.value), "nothing is left to go on with"


def test_stream_that_is_not_the_answer_should_be_told_from_it(monkeypatch):
    streamed = (("5Grw", [5, 6], True, None, None), ("5FHn", [5, 9], True, 1, "/signed"))
    Node(monkeypatch, ended("Answered"), streamed)
    answer = quorate.Request(NET, Core()).wait()
    assert [one.is_attested for one in answer.streamed] == [True, False]
    assert (answer.streamed[1].validator, answer.streamed[1].differs_at, answer.streamed[1].file) == ("5FHn", 1, Path("/signed"))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), quorate.NetworkError("the line broke", code=3), RuntimeError("progress")])
def test_call_that_is_interrupted_should_name_the_request_that_it_leaves(monkeypatch, error):
    for name, act in [("send", lambda request: request.send()), ("answered", lambda request: request.wait())]:

        def interrupted(core, request, *_):
            request.is_open = True
            raise copy.copy(error)

        monkeypatch.setattr(_asking._quorate, name, interrupted)
        with pytest.raises(type(error)) as raised:
            act(request := quorate.Request(NET, Core()))
        assert raised.value.input == ROOT and not request._core.is_held, "the same call goes on, though the traceback has the request"
        words = str(raised.value) + "".join(getattr(raised.value, "__notes__", []))
        assert f"net.request('{ROOT}').wait() goes on with it" in words and "the same call" in words
        if isinstance(raised.value, quorate.QuorateError):
            assert raised.value.code == 3 and str(raised.value).startswith("the line broke; ")


def test_answer_that_was_not_given_out_should_stay_the_same_calls(monkeypatch):
    for is_marked in (True, False):
        node = Node(monkeypatch, ended("Answered"))

        def answered(*arguments, node=node):
            known, (record, status, tokens, fault, _, streamed) = Node.answered(node, *arguments)
            return known, (record, status, tokens, fault, [("f32", [1], bytes(4))], streamed)

        def program(core, id):
            raise KeyboardInterrupt

        monkeypatch.setattr(_asking._quorate, "answered", answered)
        monkeypatch.setattr(_asking._quorate, "program", program)
        request = quorate.Request(NET, Core(is_open=True, is_marked=is_marked))
        with pytest.raises(KeyboardInterrupt) as raised:
            request.wait()
        assert raised.value.input == ROOT and request._core.is_open
        assert ("the same call" in raised.value.__notes__[0]) == is_marked


def test_call_that_sent_nothing_should_name_no_request(monkeypatch):
    def refused(core, request, *_):
        raise quorate.Refused("the chain refused", code=4)

    monkeypatch.setattr(_asking._quorate, "send", refused)
    with pytest.raises(quorate.Refused) as raised:
        quorate.Request(NET, Core()).send()
    assert (raised.value.input, str(raised.value)) == (None, "the chain refused")


def test_evaluation_that_is_interrupted_should_say_how_it_is_found_again(monkeypatch):
    class Sent:
        is_open = False

    def interrupted(core, sent, *_):
        sent.is_open = True
        raise KeyboardInterrupt

    monkeypatch.setattr(_asking._quorate, "Sent", Sent)
    monkeypatch.setattr(_asking._quorate, "evaluate", interrupted)
    with pytest.raises(KeyboardInterrupt) as raised:
        _asking.evaluate(NET, 3, 1, 2, 4, None, None)
    assert "net.model(3).evaluation(1, 2, 4) finds it" in raised.value.__notes__[0]


def test_request_should_be_named_by_a_number_or_a_root():
    for wrong in ("7", "0x", "0x" + "1" * 63, "0x" + "1" * 65, "0x" + "g" * 64, ROOT + "\n", ROOT[2:], -1, 1 << 64):
        with pytest.raises(quorate.InputError):
            _asking.request(NET, wrong)
    with pytest.raises(TypeError):
        _asking.request(NET, 1.5)


def test_cancelled_coroutine_should_name_the_request_that_it_leaves():
    def call():
        error = asyncio.CancelledError()
        error.input = ROOT
        error.add_note("it may be on chain")
        started.set()
        assert cancelled.wait(60)
        raise error

    async def cancel() -> asyncio.CancelledError:
        task = asyncio.create_task(aio._call(call))
        await asyncio.to_thread(started.wait)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, cancelled.set)
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        return raised.value

    started, cancelled = threading.Event(), threading.Event()
    error = asyncio.run(cancel())
    assert error.input == ROOT and error.__notes__ == ["it may be on chain"]
