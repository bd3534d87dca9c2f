"""What is asked, before a network is needed."""

from __future__ import annotations

import sys
from decimal import Decimal
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
    assert (quote.fee, quote.blocks, quote.memory) == (Decimal("0.012"), 7, None)


def test_question_should_say_what_it_is():
    for options, named in [
        ({}, "inputs= for one run"),
        ({"inputs": [1], "tokens": [1]}, "inputs= for one run"),
        ({"inputs": [1], "max_tokens": 3}, "are for tokens="),
    ]:
        words = {"inputs": None, "tokens": None, "max_tokens": None, "sampler": None, "stop": None, **options}
        with pytest.raises(quorate.InputError, match=named):
            _asking.asked(None, 0, **words)


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
