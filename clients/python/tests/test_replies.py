"""What anybody may have replied, without a network."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quorate import _replies
from quorate._replies import alike, patiently, samples_of
from quorate.errors import NetworkError

GOOD = {"num-examples": 5, "loss": 0.5, "each": [0.25, 0.5]}


@pytest.mark.parametrize(
    "bad",
    [
        {**GOOD, "loss": []}, {**GOOD, "loss": [0.5]}, {**GOOD, "each": [0.25]}, {**GOOD, "loss": math.nan}, {**GOOD, "each": [0.5, math.inf]},
        {**GOOD, "num-examples": 0}, {**GOOD, "num-examples": -5}, {"num-examples": 5}, {},
    ],
)  # fmt: skip
def test_one_node_should_not_decide_what_can_be_averaged(bad):
    assert alike([bad, GOOD, GOOD], "num-examples") == [GOOD, GOOD]


def test_reports_without_a_weight_or_with_lists_for_it_should_be_left_out():
    assert alike([{"loss": 0.5}] * 3, "num-examples") == []
    assert alike([{"num-examples": [5]}] * 3, "num-examples") == []
    assert alike([{"loss": []}] * 3, "num-examples") == []
    assert alike([], "num-examples") == []


def test_number_of_samples_should_be_whole_whatever_its_type():
    assert [samples_of(each) for each in (5, 5.0, np.int64(5), np.float64(5.0), np.array(5))] == [5] * 5
    assert [samples_of(each) for each in (5.5, math.nan, math.inf, "5", None, [5], np.array([5, 6]))] == [None] * 7


def test_node_that_is_away_for_a_while_should_end_nothing(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_replies.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_replies.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))

    def back_at(second: float) -> str:
        if now[0] < second:
            raise NetworkError("the node is away", code=5)
        return "there"

    assert patiently(lambda: back_at(600)) == "there"
    now[0] = 0.0
    with pytest.raises(NetworkError):
        patiently(lambda: back_at(2_000))
    assert now[0] > _replies.AWAY
