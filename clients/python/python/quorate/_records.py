"""Whether the chain still says what an object was made of. Numbers of requests, evaluations and versions belong to others after a fork."""

from __future__ import annotations

from typing import Any

from .errors import RecordChanged

#: What tells a request from others, and does not change.
ASKED = ("asked_by", "organisation", "model", "version", "program", "input", "task", "operations", "memory")
#: The same of the files that its batch reads.
FILES = ("file", "frozen_base", "program_file")


def same(what: str, held: dict[str, Any], now: dict[str, Any]) -> None:
    """Raises `RecordChanged` naming the first part that differs."""
    for name, value in held.items():
        if now.get(name) != value:
            raise RecordChanged(
                f"{what} is another one on the chain by now: its {name.replace('_', ' ')} is {now.get(name)}, and was {value}; "
                "a fork took back what was, or a node does not tell the truth: ask for it again"
            )


def answered(record: dict[str, Any]) -> dict[str, Any]:
    """What an answer is, of its ``request`` and ``batch``. A fork may have it computed again, in another batch and block: that is the same answer."""
    request, batch = record["request"], record["batch"] or {}
    files = {name: batch[name] for name in FILES if name in batch}
    return {**{name: request[name] for name in ASKED}, **files, "row": request["state"]["Answered"]["row"]}


def evaluated(record: dict[str, Any]) -> dict[str, Any]:
    """What an evaluation is, with its outcome if there is one. Which job found it may change."""
    asked = {name: record[name] for name in ("asked_by", "organisation", "work")}
    return asked if record["state"] == "Computing" else {**asked, "outcome": record["state"]}
