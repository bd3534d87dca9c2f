"""Pictures, without a display. No network, but for the last one."""

import io
import subprocess
import sys

import numpy as np
import pytest

import quorate
from quorate import _plots


def view(version, parent=None, status="Final", correct=None):
    origin = "Genesis" if parent is None else {"Round": {"parent": parent, "round": version}}
    assessment = None if correct is None else {"outcome": {"Done": {"measures": {"correct": correct}}}}
    record = {"model": 3, "version": version, "origin": origin}
    return {"record": record, "status": status, "assessment": assessment}


def update(number, score):
    return {"contributor": f"5{number}" * 24, "organisation": number, "score": score}


def drawn(figure):
    """The bytes of a picture, and all texts in it."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert file.getvalue().startswith(b"\x89PNG")
    return " ".join(texts)


def test_second_version_on_a_parent_should_have_a_lane_of_its_own():
    views = [view(2, 1), view(0), view(1, 0), view(3, 1, {"Provisional": {"until": 9}}), view(4, 3), view(5)]
    lanes = {node.version: (node.parent, node.lane) for node in _plots.nodes(views)}
    assert lanes == {0: (None, 0), 1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (3, 1), 5: (None, 2)}
    assert _plots.nodes(views)[3].status == "Provisional"


def test_lineage_should_show_status_and_accuracy():
    pytest.importorskip("matplotlib")
    figure = _plots.lineage("digits", [view(0), view(1, 0, correct=910_000), view(2, 1, "Revoked"), view(3, 1, "Held", 700_000)])
    texts = drawn(figure)
    assert all(text in texts for text in ["digits", "final", "revoked", "held", "version"])
    assert len(figure.axes) == 2
    (points,), (line,) = figure.axes[1].collections, figure.axes[1].get_lines()
    assert points.get_offsets().tolist() == [[1, 0.91], [3, 0.7]]
    assert line.get_xydata().tolist() == [[1, 0.91], [3, 0.7]]
    assert len(_plots.lineage("digits", [view(0)]).axes) == 1
    with pytest.raises(quorate.NotFound):
        _plots.lineage("digits", [])


def test_scores_should_be_shown_by_contributor():
    pytest.importorskip("matplotlib")
    version = view(1, 0, correct=875_000)
    figure = _plots.scores({"version": version, "updates": [update(1, 750_000), update(2, 250_000), update(3, None)]})
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.75, 0.25, 0]
    texts = drawn(figure)
    assert all(text in texts for text in ["0.750 (75%)", "0.250 (25%)", "no score", "organisation 3", "3@1", "87.5%"])
    with pytest.raises(quorate.NotFound, match="given by the model's owner"):
        _plots.scores({"version": version, "updates": []})


def test_plot_should_say_what_it_needs():
    program = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
from quorate import InputError, _plots
try:
    _plots.lineage("x", [{"record": {"version": 0, "origin": "Genesis"}, "status": "Final", "assessment": None}])
except InputError as error:
    assert "quorate[plot]" in str(error)
    print("said")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "said\n", done.stderr


def test_versions_of_a_chain_should_be_drawn(chain, weights):
    pytest.importorskip("matplotlib")
    model = chain.model(weights)
    net = chain.connect(chain.contributor())
    round = net.round(chain.open_round(model))
    state = {name: array + np.float32(0.25) for name, array in round.base.numpy().items()}
    version = round.submit(state, 3).wait()
    assert f"{model}@1" in drawn(version.plot())
    texts = drawn(net.model(model).plot_lineage())
    assert net.model(model).name in texts and "version" in texts
