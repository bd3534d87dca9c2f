"""Deriving again what the chain has on record, with the engine of the distribution ``quorate-verify``."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _quorate, _records
from .errors import CheckFailed, NotToBeUsed, Unchecked, VerifierMissing

if TYPE_CHECKING:
    import os

    from ._net import Net

    _Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Check:
    """One comparison."""

    name: str
    #: ``equal``, ``differs``, ``expired`` (the chain has pruned what it would be compared with) or ``unchecked`` (somebody could not provide it).
    found: str
    #: What was found, or how it differs.
    detail: str


@dataclass(frozen=True)
class Report:
    """What was found when something was derived again."""

    #: Such as ``0@7``, ``answer 3``, ``evaluation 4``.
    what: str
    #: ``verified``, ``differs``, ``expired``, ``unchecked``, ``revoked`` or ``held`` (it did not pass its policy's gate).
    conclusion: str
    checks: tuple[Check, ...]
    #: Number of the final block whose state was read.
    block: int
    #: All of it, as ``quorate --json verify`` prints it.
    view: dict[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, what: str, view: dict[str, Any]) -> Report:
        checks = tuple(Check(check["check"], check["found"], check["detail"]) for check in view["checks"])
        return cls(what, view["conclusion"], checks, view["block"]["number"], view)

    @property
    def is_verified(self) -> bool:
        """Whether it is what its record states in every part, and may be used."""
        return self.conclusion == "verified"

    def require(self) -> Report:
        """The report, if it is verified.

        Raises:
            CheckFailed: something differs from the record.
            Unchecked: something could not be checked, or its evidence has expired; nothing that could be differs.
            NotToBeUsed: it is what the record states, and revoked, or held by its policy's gate.
        """
        if self.is_verified:
            return self
        found = {"differs": "differs", "expired": "expired", "unchecked": "unchecked"}.get(self.conclusion, "")
        why = "; ".join(f"{check.name}: {check.detail}" for check in self.checks if check.found == found)
        raise _error(self.conclusion, self.what, why)


@dataclass(frozen=True)
class Replay:
    """What was found when a version and all that it descends from were derived again."""

    what: str
    #: As that of `Report`; one version that differs outweighs all others, then what could not be checked.
    conclusion: str
    #: From the newest version on, back to version 0.
    reports: tuple[Report, ...]
    #: The version at which it ended too early, and why.
    stopped: tuple[int, str] | None

    @property
    def is_verified(self) -> bool:
        """Whether all of them are verified."""
        return self.conclusion == "verified"

    def require(self) -> Replay:
        """The same, if all of them are verified. Raises as `Report.require`."""
        if self.is_verified:
            return self
        for report in self.reports:
            if report.conclusion == self.conclusion:
                report.require()
        raise _error(self.conclusion, self.what, self.stopped[1] if self.stopped else "")


def _error(conclusion: str, what: str, why: str) -> CheckFailed | Unchecked | NotToBeUsed:
    more = f": {why}" if why else ""
    if conclusion == "differs":
        return CheckFailed(f"{what} is not what the record states{more}", code=1)
    if conclusion == "revoked":
        return NotToBeUsed(f"{what} is what the record states, and revoked, or descends from a revoked version: do not use it")
    if conclusion == "held":
        return NotToBeUsed(f"{what} is what the record states, and did not pass its policy's gate: do not use it")
    if conclusion == "expired":
        return Unchecked(f"{what}: its evidence has expired; what is left on chain agrees with its record{more}")
    return Unchecked(f"{what} could not be checked; nothing that could be differs from its record{more}")


def version(
    net: Net,
    record: dict[str, Any],
    stores: Iterable[_Path],
    evidence: _Path | None,
    progress: Callable[[str], object] | None,
) -> Report:
    engine, (model, version) = _engine(), (record["model"], record["version"])
    view = json.loads(engine.version(_sources(engine, net, stores, progress), model, version, evidence))
    what = f"{model}@{version}"
    _records.same(what, record, view["record"])
    return Report._of(what, view)


def replay(
    net: Net,
    record: dict[str, Any],
    stores: Iterable[_Path],
    evidence: Iterable[_Path],
    progress: Callable[[str], object] | None,
) -> Replay:
    engine, (model, version) = _engine(), (record["model"], record["version"])
    found = json.loads(engine.replay(_sources(engine, net, stores, progress), model, version, list(evidence)))
    for view in found["versions"][:1]:
        _records.same(f"{model}@{version}", record, view["record"])
    reports = tuple(Report._of(f"{view['model']}@{view['version']}", view) for view in found["versions"])
    stopped = found["stopped"] and (found["stopped"]["at"], found["stopped"]["reason"])
    return Replay(f"{model}@{version} with its ancestors", found["conclusion"], reports, stopped)


def answer(
    net: Net, record: dict[str, Any], stores: Iterable[_Path], progress: Callable[[str], object] | None
) -> Report:
    engine, what = _engine(), f"answer {record['request']['id']}"
    view = json.loads(engine.answer(_sources(engine, net, stores, progress), record["request"]["id"]))
    _records.same(what, _records.answered(record), _records.answered(view))
    return Report._of(what, view)


def evaluation(
    net: Net, record: dict[str, Any], stores: Iterable[_Path], progress: Callable[[str], object] | None
) -> Report:
    engine, what = _engine(), f"evaluation {record['id']}"
    view = json.loads(engine.evaluation(_sources(engine, net, stores, progress), record["id"]))
    _records.same(what, _records.evaluated(record), _records.evaluated(view["evaluation"]))
    return Report._of(what, view)


def _engine() -> Any:
    """The module with the engine, of this release.

    Raises `VerifierMissing`.
    """
    install = "pip install 'quorate[verify]'"
    try:
        engine = importlib.import_module("quorate_verify")
    except ImportError as error:
        raise VerifierMissing(f"deriving again needs the validators' engine, a distribution of its own: {install}") from error
    own, other = (importlib.metadata.version(name) for name in ("quorate", "quorate-verify"))
    if own != other:
        raise VerifierMissing(f"quorate-verify is {other}, and quorate {own}: they have to be of one release: {install}")
    return engine


def _sources(engine: Any, net: Net, stores: Iterable[_Path], progress: Callable[[str], object] | None) -> Any:
    core = net._core
    url, plaintext, cache = _quorate.place(core)

    def bring(root: str, length: int, path: str) -> None:
        _quorate.bring(core, root, length, path)

    return engine.Sources(url, plaintext, net.genesis, [*stores, cache], bring, _quorate.check, progress)
