"""Pictures of versions and where they come from, with matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import InputError, NotFound

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: By status of a version.
COLOURS = {"Final": "#1b7837", "Provisional": "#5aae61", "Assessing": "#bdbdbd", "Held": "#e08214", "Revoked": "#b2182b"}


def _figure(height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("a plot needs matplotlib: pip install 'quorate[plot]'") from error
    # Without pyplot: no display is needed, and nothing is kept open.
    return Figure(figsize=(8, height), layout="constrained")


def name_of(variant: Any) -> str:
    """The name of a variant as JSON has it: a text, or an object with one key."""
    return variant if isinstance(variant, str) else next(iter(variant))


def accuracy(view: dict[str, Any]) -> float | None:
    """The part of all rows in which a version was right, from 0 to 1, as its assessment found it; ``None`` without one."""
    outcome = (view["assessment"] or {}).get("outcome")
    return outcome["Done"]["measures"]["correct"] / 1e6 if isinstance(outcome, dict) else None


def short(address: str) -> str:
    """The beginning and the end of an address."""
    return f"{address[:6]}…{address[-4:]}"


def scores(lineage: dict[str, Any]) -> Figure:
    """The scores of a version's updates by contributor, in colours by organisation; with each one's part of their sum."""
    updates = lineage["updates"]
    if not updates:
        raise NotFound("the version was given by the model's owner: no update stands behind it")
    figure = _figure(1.5 + 0.35 * len(updates))
    axes = figure.subplots()
    values = [(update["score"] or 0) / 1e6 for update in updates]
    total = sum(values)
    rows = list(range(len(updates)))
    bars = axes.barh(rows, values, color=[f"C{update['organisation'] % 10}" for update in updates])
    texts = [
        "no score" if update["score"] is None else f"{value:.3f} ({value / total if total else 0:.0%})"
        for update, value in zip(updates, values)
    ]
    axes.bar_label(bars, texts, padding=3)
    axes.set_yticks(rows, [f"{short(update['contributor'])} (organisation {update['organisation']})" for update in updates])
    axes.set(xlim=(0, 1.25), xlabel="score, and part of the sum of scores")
    axes.invert_yaxis()
    view = lineage["version"]
    record, right = view["record"], accuracy(view)
    known = "" if right is None else f", right in {right:.1%} of all rows"
    axes.set_title(f"{record['model']}@{record['version']}, {name_of(view['status']).lower()}{known}")
    return figure


@dataclass(frozen=True)
class Node:
    """A version in a picture of a model's lineage."""

    version: int
    #: ``None``: given by the model's owner.
    parent: int | None
    #: 0, and a lane of its own for each version that is not the first one on its parent.
    lane: int
    status: str
    accuracy: float | None


def nodes(views: list[dict[str, Any]]) -> list[Node]:
    """A model's versions by number, in lanes."""
    found: dict[int, Node] = {}
    continued: set[int] = set()
    lanes = 0
    for view in sorted(views, key=lambda view: view["record"]["version"]):
        record = view["record"]
        origin = record["origin"]
        parent = None if isinstance(origin, str) else origin["Round"]["parent"]
        if parent in found and parent not in continued:
            lane = found[parent].lane
            continued.add(parent)
        else:
            lane, lanes = lanes, lanes + 1
        version = record["version"]
        found[version] = Node(version, parent, lane, name_of(view["status"]), accuracy(view))
    return list(found.values())


def lineage(title: str, views: list[dict[str, Any]]) -> Figure:
    """Which version stands on which, in colours by status; below, how often each was right, where that is known."""
    all_nodes = nodes(views)
    if not all_nodes:
        raise NotFound(f"{title} has no version")
    known = [node for node in all_nodes if node.accuracy is not None]
    lanes = 1 + max(node.lane for node in all_nodes)
    figure = _figure(1.5 + 0.4 * lanes + (2.5 if known else 0))
    panels = figure.subplots(2 if known else 1, 1, sharex=True, squeeze=False, height_ratios=[0.6 + 0.4 * lanes, 2.5][: 2 if known else 1])
    tree = panels[0][0]
    places = {node.version: (node.version, node.lane) for node in all_nodes}
    for node in all_nodes:
        if node.parent in places:
            (x, y), (to_x, to_y) = places[node.parent], places[node.version]
            tree.plot([x, to_x], [y, to_y], color="#999999", zorder=1)
    for status, colour in COLOURS.items():
        those = [places[node.version] for node in all_nodes if node.status == status]
        if those:
            tree.scatter(*zip(*those), color=colour, label=status.lower(), zorder=2)
    tree.set(title=title, yticks=[], ylim=(lanes - 0.4, -0.6))
    tree.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    if known:
        below = panels[1][0]
        values = {node.version: node.accuracy for node in known}
        for node in known:
            if node.parent in values:
                below.plot([node.parent, node.version], [values[node.parent], node.accuracy], color="#999999", zorder=1)
        below.scatter(list(values), list(values.values()), color=[COLOURS[node.status] for node in known], zorder=2)
        below.set(ylabel="part of rows that are right", ylim=(0, 1.02))
    panels[-1][0].set_xlabel("version")
    panels[-1][0].xaxis.get_major_locator().set_params(integer=True)
    return figure
