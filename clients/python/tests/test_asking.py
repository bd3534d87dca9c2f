"""What is asked, before a network is needed."""

from __future__ import annotations

import copy
import json
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import quorate
from quorate import _asking, _verifying

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
    for amount, units in [("0.05", 50_000_000_000), (Decimal("0.000000000001"), 1), (2, 2 * 10**12), (0.1, 10**11), (0, 0)]:
        assert _asking._smallest(amount) == units
    assert _asking._smallest(None) is None
    for amount in ["", "x", "-1", "0.0000000000001", float("nan"), float("inf"), True, "1,5"]:
        with pytest.raises(quorate.InputError, match="no amount of tokens"):
            _asking._smallest(amount)
    quote = quorate.Quote._of('{"fee": "12000000000", "blocks": 7, "operations": 3}')
    assert (quote.fee, quote.blocks, quote.reading, quote.memory) == (Decimal("0.012"), 7, None, None)
    quote = quorate.Quote._of('{"fee": "12000000000", "reading": "1000000000", "blocks": 7, "operations": 3}')
    assert quote.reading == Decimal("0.001")


def test_question_should_say_what_it_is():
    for options, named in [
        ({}, "inputs= for one run"),
        ({"inputs": [1], "tokens": [1]}, "inputs= for one run"),
        ({"inputs": [1], "max_tokens": 3}, "are for tokens="),
    ]:
        inputs = options.pop("inputs", None)
        with pytest.raises(quorate.InputError, match=named):
            _asking.asked(None, 0, inputs, options)
    for ask in (_asking.ask, _asking.quote):
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


class Node:
    """What a request asks of the chain: views one after the other, of which the last one stays."""

    def __init__(self, monkeypatch, *views: dict, kept: bool = True, streamed: tuple = ()) -> None:
        self.views, self.uploaded, self.streamed = list(views), [], streamed
        self.heard: list[object] = []
        for name in ("request_view", "is_kept", "upload", "ended", "fetch_answer", "program"):
            monkeypatch.setattr(_asking._quorate, name, getattr(self, name))
        self.kept = kept

    def request_view(self, core, id):
        return json.dumps(self.views.pop(0) if len(self.views) > 1 else self.views[0])

    def is_kept(self, core, known):
        return self.kept

    def upload(self, core, known):
        self.uploaded.append(json.loads(known)["input"]["root"])

    def ended(self, core, known, progress, on_tokens):
        return self.request_view(core, json.loads(known)["id"]), None

    def program(self, core, id):
        return SimpleNamespace(outputs=["y"])

    def fetch_answer(self, core, known, streams, progress):
        row = json.loads(known)["state"]["Answered"]["row"]
        return json.dumps(answer_record()), "answered", [5, 6][: row["tokens"]], None, [], list(self.streamed)


@pytest.mark.parametrize(("kept", "uploaded"), [(True, [ROOT]), (False, [])])
def test_input_that_was_not_brought_should_be_brought_before_its_answer_is_awaited(monkeypatch, kept, uploaded):
    pending = request_view({"Pending": {"until": 9}})
    node = Node(monkeypatch, pending, pending, pending, answer_record()["request"], kept=kept)
    request = _asking.request(NET, 7)
    node.views = [pending, answer_record()["request"]] if not kept else [pending, pending, answer_record()["request"]]
    request.wait()
    assert node.uploaded == uploaded
    request.wait()
    assert node.uploaded == uploaded, "once is enough"


def test_request_whose_number_is_another_ones_should_not_be_answered(monkeypatch):
    node = Node(monkeypatch, request_view())
    request = _asking.request(NET, 7)
    node.views = [request_view(root=OTHER)]
    for act in (lambda: request.state, request.upload, request.wait, request.cancel):
        with pytest.raises(quorate.RecordChanged, match=f"request 7 .* its input is {OTHER}, and was {ROOT}"):
            act()
    # It became another one while its end was awaited.
    other = answer_record()["request"] | {"input": {"root": OTHER, "len": 40}}
    node.views = [request_view(), other]
    with pytest.raises(quorate.RecordChanged):
        request.wait()
    assert not node.uploaded


def test_stream_that_is_not_the_answer_should_be_told_from_it(monkeypatch):
    streamed = (("5Grw", [5, 6], True, None, None), ("5FHn", [5, 9], True, 1, "/signed"))
    Node(monkeypatch, answer_record()["request"], streamed=streamed)
    answer = _asking.request(NET, 7).wait()
    assert [one.is_attested for one in answer.streamed] == [True, False]
    assert (answer.streamed[1].validator, answer.streamed[1].differs_at, answer.streamed[1].file) == ("5FHn", 1, Path("/signed"))
