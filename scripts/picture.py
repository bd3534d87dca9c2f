"""One picture of a model's versions, read from a node's JSON-RPC: picture.py URL OUT [--model N]

How often each version is right as validators attested it, scores and pay by contributor, and which version stands on which. OUT ends in .svg
or .png. `quorate` and matplotlib have to be installed; scripts/picture.sh does that.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import urllib.request
from dataclasses import dataclass
from typing import Any

import matplotlib
import quorate
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image
from quorate import _plots

#: Of the digits example: contributors by the names of their keys, and which of them are hostile.
CONTRIBUTORS = [f"//Contributor{i}" for i in range(10)]
HOSTILE = {8, 9}
#: Of the smallest part of a token.
UNIT = 10**12
TEXT, FAINT, LINE, ALARM = "#1f2328", "#59636e", "#8c959f", "#b3261e"
#: By organisation; told apart also by those who see few colours.
COLOURS = ["#0072b2", "#009e73", "#e69f00", "#56b4e9", "#d55e00", "#cc79a7", "#8c8c00"]


class Node:
    """JSON-RPC over HTTP, where the WebSocket is."""

    def __init__(self, url: str) -> None:
        self.url = "http" + url.removeprefix("ws")

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            sys.exit(f"error: {method}: {answer['error']['message']}")
        return answer["result"]

    def claimable(self, block: int) -> dict[str, int]:
        """What each account has earned and not claimed after a block."""
        standings = self.ask("quorate_standings", 1_000, self.ask("chain_getBlockHash", block))
        return {standing["account"]: int(standing["claimable"]) for standing in standings}


@dataclass(frozen=True)
class Made:
    """A version that a round made."""

    version: int
    #: By account, from 0 to 1.
    scores: dict[str, float]
    #: By account, in tokens.
    paid: dict[str, float]
    updates: int
    #: How many validators revealed what became the version, of how many.
    agreed: tuple[int, int]


def made(node: Node, version: quorate.Version) -> Made | None:
    """``None``: the version was given by the model's owner."""
    record, settlement = version.view["record"], version.view["settlement"]
    if isinstance(record["origin"], str):
        return None
    if settlement is None:
        sys.exit(f"error: the round of version {version.version} is not settled: wait, or draw another model")
    lineage = version.lineage()
    before, after = node.claimable(record["block"]), node.claimable(settlement["block"])
    updates = [update for update in lineage["updates"] if update["index"] is not None]
    paid = {}
    for update in updates:
        who = update["contributor"]
        paid[who] = (after.get(who, 0) - before.get(who, 0)) / UNIT
        if paid[who] < 0:
            sys.exit(f"error: {who} claimed while version {version.version} was settled: what it was paid then is not known")
    statements = lineage["job"]["statements"]
    agreed = sum(statement["verdict"] == "Agreed" for statement in statements)
    scores = {update["contributor"]: (update["score"] or 0) / 1e6 for update in updates}
    return Made(version.version, scores, paid, len(updates), (agreed, len(statements)))


def accuracies(views: list[dict[str, Any]]) -> dict[int, float]:
    """By version, from 0 to 1. The first version's is what was found of it when the second one was assessed."""
    found = {}
    for view in views:
        known = _plots.accuracy(view)
        if known is None:
            continue
        record = view["record"]
        found[record["version"]] = known
        parent = record["origin"]["Round"]["parent"]
        found.setdefault(parent, view["assessment"]["outcome"]["Done"]["measures"]["correct_before"] / 1e6)
    return dict(sorted(found.items()))


def draw_accuracy(axes: Axes, found: dict[int, float]) -> None:
    versions, values = list(found), [100 * value for value in found.values()]
    axes.plot(versions, values, color=COLOURS[0], marker="o", markersize=4, linewidth=1.8, clip_on=False)
    for at, offset, side in ((0, (9, -3), "left"), (-1, (0, -15), "center")):
        axes.annotate(f"{values[at]:.1f} %", (versions[at], values[at]), offset, textcoords="offset points", ha=side, weight="bold")
    axes.set(ylim=(0, 105), xlabel="version", ylabel="% of the held-out rows that are right", xticks=versions)
    axes.grid(axis="y", color="#d1d9e0", linewidth=0.6)
    axes.set_title("Accuracy, attested by the validators")


def draw_scores(axes: Axes, rounds: list[Made], people: list[str], labels: list[str]) -> None:
    grid = [[one.scores.get(who, 0.0) for one in rounds] for who in people]
    axes.imshow(grid, cmap="YlGnBu", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for y, row in enumerate(grid):
        for x, score in enumerate(row):
            shown = "0" if score < 0.005 else f"{score:.2f}".lstrip("0")
            axes.text(x, y, shown, ha="center", va="center", fontsize=6.5, color="white" if score > 0.55 else TEXT)
    axes.set_xticks(range(len(rounds)), [str(one.version) for one in rounds])
    axes.set_yticks(range(len(people)), labels)
    for label in axes.get_yticklabels():
        if label.get_text().endswith("hostile"):
            label.set(color=ALARM, weight="bold")
    axes.set_xlabel("version that the update went into")
    axes.set_title("Scores by contributor")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw_pay(axes: Axes, paid: list[float], colours: list[str], organisations: list[int]) -> None:
    total = sum(paid)
    bars = axes.barh(range(len(paid)), paid, color=colours, height=0.72)
    axes.bar_label(bars, [f"{one:.1f} ({one / total if total else 0:.1%})" for one in paid], padding=3, fontsize=7.5)
    axes.set(xlim=(0, 1.42 * max(paid)), xticks=[], yticks=[])
    axes.set_title(f"Shares of {total:,.1f} tokens paid")
    axes.spines[:].set_visible(False)
    seen = [Patch(color=COLOURS[number % len(COLOURS)], label=f"Org{number}") for number in sorted(set(organisations))]
    axes.legend(
        handles=seen, loc="upper left", bbox_to_anchor=(-0.03, -0.055), ncols=5, frameon=False, fontsize=7.5,
        handlelength=0.9, handleheight=0.9, handletextpad=0.4, columnspacing=1.1, labelcolor=FAINT,
    )


def draw_lineage(axes: Axes, views: list[dict[str, Any]], rounds: list[Made]) -> None:
    nodes = _plots.nodes(views)
    roots = {view["record"]["version"]: view["record"]["root"][2:10] for view in views}
    facts = {one.version: one for one in rounds}
    places = {node.version: (node.version, node.lane) for node in nodes}
    for node in nodes:
        if node.parent in places:
            axes.annotate(
                "", places[node.version], places[node.parent],
                arrowprops={"arrowstyle": "-|>", "color": LINE, "shrinkA": 11, "shrinkB": 11, "linewidth": 1.1},
            )
        x, y = places[node.version]
        axes.plot(x, y, "o", markersize=20, color=_plots.COLOURS[node.status])
        axes.text(x, y, str(node.version), ha="center", va="center", color="white", weight="bold")
        below = [(roots[node.version], {"family": "monospace", "color": TEXT})]
        if node.status != "Final":
            below.append((node.status.lower(), {"color": ALARM}))
        fact = facts.get(node.version)
        below += [("given by its owner", {"color": FAINT})] if fact is None else [
            (f"{fact.updates} updates", {"color": FAINT}),
            (f"{fact.agreed[0]} of {fact.agreed[1]} agree", {"color": FAINT}),
        ]
        for line, (text, style) in enumerate(below):
            axes.annotate(text, (x, y), (0, -21 - 11 * line), textcoords="offset points", ha="center", va="center", fontsize=7, **style)
    lanes = 1 + max(node.lane for node in nodes)
    first, last = nodes[0].version, nodes[-1].version
    axes.set(xlim=(first - 0.55, last + 0.55), ylim=(lanes - 0.02, -0.42), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title("Lineage: each version, the beginning of its root, the updates in it, and how many validators computed the same bytes")


def label(who: str, names: dict[str, int]) -> str:
    if who not in names:
        return _plots.short(who)
    return f"Contributor{names[who]}" + (", hostile" if names[who] in HOSTILE else "")


def drawn(net: quorate.Net, node: Node, number: int, names: dict[str, int]) -> Figure:
    model = net.model(number)
    versions = sorted(model.versions(), key=lambda version: version.version)
    views = [version.view for version in versions]
    rounds = [one for one in (made(node, version) for version in versions) if one is not None]
    known = accuracies(views)
    if not rounds or not known:
        sys.exit(f"error: model {number} has no version that a round made and validators assessed")
    organisations: dict[str, int] = {}
    for version in versions:
        for update in version.lineage()["updates"]:
            organisations[update["contributor"]] = update["organisation"]
    people = sorted(organisations, key=lambda who: (organisations[who], names.get(who, len(names)), who))
    labels = [label(who, names) for who in people]
    paid = [sum(one.paid.get(who, 0.0) for one in rounds) for who in people]

    figure = Figure(figsize=(12, 6.4), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.09)
    above, below = figure.subfigures(2, 1, height_ratios=[3.1, 1.0])
    left, middle, right = above.subplots(1, 3, width_ratios=[1.0, 1.15, 0.9])
    draw_accuracy(left, known)
    draw_scores(middle, rounds, people, labels)
    colours = [COLOURS[organisations[who] % len(COLOURS)] for who in people]
    draw_pay(right, paid, colours, list(organisations.values()))
    right.set_ylim(middle.get_ylim())
    draw_lineage(below.subplots(), views, rounds)
    figure.suptitle(
        f"{model.name}: {len(rounds)} rounds, {len(people)} contributors of {len(set(organisations.values()))} organisations, "
        f"{rounds[-1].agreed[1]} validators; chain {net.genesis[:10]}, block {views[-1]['settlement']['block']}",
        color=FAINT, fontsize=9,
    )
    return figure


def save(figure: Figure, path: str) -> None:
    """The same bytes for the same chain and the same packages."""
    if path.endswith(".svg"):
        figure.savefig(path, metadata={"Date": None})
        return
    file = io.BytesIO()
    figure.savefig(file, dpi=144, metadata={"Software": None})
    # Few colours are in it: a table of them makes the file a third as large.
    Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, format="png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="WebSocket of a node, such as ws://127.0.0.1:9944")
    parser.add_argument("out")
    parser.add_argument("--model", type=int, default=0)
    options = parser.parse_args()
    matplotlib.rcParams.update({
        "font.family": "DejaVu Sans", "font.size": 8.5, "svg.hashsalt": "quorate", "axes.titlesize": 9.5, "axes.titleweight": "bold",
        "axes.titlelocation": "left", "text.color": TEXT, "axes.labelcolor": FAINT, "xtick.color": FAINT, "ytick.color": TEXT,
        "axes.edgecolor": LINE, "axes.spines.top": False, "axes.spines.right": False,
    })
    try:
        draw(options)
    except (quorate.QuorateError, OSError) as error:
        sys.exit(f"error: {error}")


def draw(options: argparse.Namespace) -> None:
    net = quorate.connect(options.url)
    names = {quorate.connect(options.url, account=uri).address: i for i, uri in enumerate(CONTRIBUTORS)}
    figure = drawn(net, Node(options.url), options.model, names)
    save(figure, options.out)
    print(options.out)


if __name__ == "__main__":
    main()
