"""NVFlare on a Quorate network: servers that coordinate, and neither see nor aggregate an update.

A client's script says ``import quorate.nvflare as flare`` instead of ``import nvflare.client as flare``: `receive` checks what the server says
against the *chain* and gives the verified weights of the round's base, `send` submits what was trained and answers without weights.
Validators aggregate. In the job `QuorateController` takes the place of NVFlare's: it says which round clients take part in.

A site's administrator decides what the site takes part in, in the environment of its client: ``QUORATE_ACCOUNT``, the path of its key file;
``QUORATE_MODEL``, the number of the only model; ``QUORATE_URL``, a node of the network. In a simulation, whose sites share their environment,
``QUORATE_SIMULATION_KEYS`` is a folder with the key files ``site-1.key``, ``site-2.key``, … by name.

A server that lies can waste a round, and a contributor's bond: the job that it aborts between commitment and reveal ends the site's process, and who commits
and does not reveal loses the bond from the second time on. It can neither change weights, nor have a site submit to another round or model. What sites report is
unattested, and its metrics are named so. A script that uses ``nvflare.client`` beside this module, or hooks such as ``flare.patch``, sends weights past it.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import dataclass
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nvflare.client as flare
from nvflare.app_common.abstract.fl_model import FLModel, ParamsType
from nvflare.app_common.workflows.model_controller import ModelController

from ._net import Net, Round, Version, attested, connect
from ._replies import ENDED, LATE, patiently, samples_of
from .errors import CheckFailed, InputError, QuorateError, RoundClosed

if TYPE_CHECKING:
    from ._quorate import Begun

__all__ = ["FLModel", "QuorateController", "receive", "send"]

#: What the server says of a round, and what sites answer, in the meta of a model; the prefix of what is unattested.
RECORD, UNATTESTED = "quorate", "unattested-"
#: Meta of a model: the number of samples, which is the update's weight.
SAMPLES = "NUM_STEPS_CURRENT_ROUND"
#: Environment of simulations: the folder of keys.
KEYS = "QUORATE_SIMULATION_KEYS"
#: Seconds of a block; the most answers that a controller shows, and characters of them.
BLOCK, SHOWN, LINE = 2, 64, 2_000
#: What of NVFlare's Client API neither sends nor gives weights. Its decorators and agents do, past this module.
_HARMLESS = (
    "ParamsType", "get_config", "get_job_id", "get_site_name", "get_task_name", "init", "is_evaluate", "is_running", "is_submit_model", "is_train", "log",
    "shutdown", "system_info",
)  # fmt: skip
_LOG = getLogger("quorate")


@dataclass
class _Part:
    """What this thread has received, and not answered yet."""

    net: Net
    model: FLModel
    round: Round | None
    #: ``None`` where nothing is trained, or nothing is to be sent any more.
    begun: Begun | None


_mine = threading.local()


def __getattr__(name: str) -> Any:
    """NVFlare's own, but for what would send weights to the server."""
    if name in _HARMLESS:
        return getattr(flare, name)
    what = "nvflare.client has it, and sends weights to the server by it: use receive and send" if hasattr(flare, name) else "neither has nvflare.client"
    raise AttributeError(f"quorate.nvflare has no {name!r}; {what}")


def receive(timeout: float | None = None) -> FLModel | None:
    """As ``nvflare.client.receive``: the next task, with the weights that the chain has; ``None`` when the job is over.

    Tasks of a round that is closed, or in which the site has done its part, are answered here, and the next one is given. Where the job's framework is PyTorch, weights are its
    tensors, otherwise arrays.
    """
    while (task := flare.receive(timeout)) is not None:
        part: _Part | None = getattr(_mine, "part", None)
        if part is not None:
            return part.model
        site = _Site()
        said, train = _said(task.meta), bool(flare.is_train())
        if said["model"] != site.model:
            raise _lie(f"the server asks about model {said['model']}; this site takes part in model {site.model} alone")
        round = site.net.round(said["round"]) if train else None
        version = round.base if round is not None else site.net.model(site.model).version(said["version"])
        if version.version != said["version"] or version.root != said["root"] or version.status in ("Revoked", "Held"):
            raise _lie(f"{version} is not what the server says, or not to be used")
        if round is not None and round.model != site.model:
            raise _lie(f"round {round.id} is of model {round.model}")
        begun = _begin(round, version) if round is not None else None
        task.params, task.params_type = _weights(version), ParamsType.FULL
        _mine.part = _Part(site.net, task, round, begun)
        if round is None or begun is not None:
            return task
        send(FLModel(metrics={}))
    return None


def _begin(round: Round, base: Version) -> Begun | None:
    """The site's part in the round, unless it is over already."""
    if any(update["status"] not in ("Committed", "Revealed") for update in round.view["updates"]):
        return None
    try:
        begun = round._begin(base)
        if not begun.resumes:
            return begun
        # Begun before a crash: training again would give other bytes.
        try:
            round._send(begun, {}, 1, False).held()
        finally:
            begun.close()
    except RoundClosed as error:
        _LOG.warning("%s", error)
    return None


def send(model: FLModel, clear_cache: bool = True) -> None:
    """As ``nvflare.client.send``: submit the weights that were trained, wait until validators have decided on them, and answer with metrics alone.

    ``model.params`` are whole weights, never a difference; ``model.meta["NUM_STEPS_CURRENT_ROUND"]`` is the number of samples.
    """
    part: _Part | None = getattr(_mine, "part", None)
    if part is None:
        raise InputError("receive comes before send")
    try:
        if part.begun is not None and part.round is not None:
            samples = (model.meta or {}).get(SAMPLES)
            number = samples_of(samples)
            if model.params is None or model.params_type == ParamsType.DIFF or number is None:
                raise InputError(f"give whole weights as params, and the number of samples as meta[{SAMPLES!r}]")
            _submit(part.round, part.begun, model.params, number)
    finally:
        if part.begun is not None:
            part.begun.close()
        _mine.part = None
    metrics = {f"{UNATTESTED}{name}": value for name, value in (model.metrics or {}).items()}
    said = {"account": part.net.address or "", **({"round": part.round.id} if part.round is not None else {})}
    flare.send(FLModel(metrics=metrics, meta={RECORD: said}, current_round=part.model.current_round), clear_cache)
    if clear_cache:
        model.params = None


def _submit(round: Round, begun: Begun, params: dict[str, Any], samples: int) -> None:
    try:
        round._send(begun, params, samples, False).held()
    except QuorateError as error:
        if patiently(round.refresh).phase == "Collecting":
            raise
        # Too late for this round, and in time for the next one.
        _LOG.warning("%s", error)


class _Site:
    """What this site takes part in, by its administrator's word."""

    def __init__(self) -> None:
        folder, account, model = os.environ.get(KEYS), os.environ.get("QUORATE_ACCOUNT"), os.environ.get("QUORATE_MODEL")
        if folder is not None and account is None:
            account = str(Path(folder) / f"{Path(flare.get_site_name()).name}.key")
        if account is None or model is None or not model.isdecimal():
            raise InputError(f"the site's administrator says who takes part in what: QUORATE_ACCOUNT, or in a simulation {KEYS}, and QUORATE_MODEL")
        self.model = int(model)
        self.net = connect(account=account)


def _said(meta: dict[str, Any] | None) -> dict[str, Any]:
    """What the server says of version and round; nothing of it is believed."""
    found = (meta or {}).get(RECORD)
    names = ("model", "version", "round")
    if not isinstance(found, dict) or any(type(found.get(name)) is not int or not 0 <= found[name] < 1 << 32 for name in names):
        raise InputError("the task does not say which round it is about: the job needs QuorateController")
    return {**{name: found[name] for name in names}, "root": found.get("root")}


def _weights(version: Version) -> dict[str, Any]:
    exchange = flare.get_config().get("TASK_EXCHANGE", {}).get("exchange_format", "")
    return version.state_dict() if str(getattr(exchange, "value", exchange)) == "pytorch" else version.numpy()


def _lie(text: str) -> CheckFailed:
    return CheckFailed(text, code=1)


class QuorateController(ModelController):
    """Rounds of a model on a Quorate network. Sites need this module in their scripts; the model's owner opens the rounds.

    ``model``: its number; ``num_rounds``: how many of its rounds; ``url``: where the chain is read, else ``QUORATE_URL``. Sites that fail or are silent hold up nobody.
    The last version is left in the job's folder as ``model.safetensors``.
    """

    def __init__(self, model: int, num_rounds: int = 3, url: str | None = None) -> None:
        super().__init__(persistor_id="", ignore_result_error=True)
        self.model, self.num_rounds, self.url = model, num_rounds, url

    def run(self) -> None:
        """Called by NVFlare."""
        net, last = connect(self.url), -1
        for number in range(self.num_rounds):
            round = self._next(net, last)
            if round is None:
                return
            last, base = round.id, round.base
            meta = {RECORD: {"model": round.model, "round": round.id, "version": base.version, "root": base.root}}
            self.info(f"{round} on {base}")
            reported: list[str] = []
            task = FLModel(metrics={}, meta=meta, current_round=number, total_rounds=self.num_rounds)
            self.send_model(data=task, targets=self.sample_clients(), callback=lambda answer: self._note(reported, answer))
            round = self._ended(round)
            if round is None:
                return
            if round.view["version"] is None or round.phase in ("Aborted", "Failed"):
                self.warning(f"{round}: {round.view['refund']}")
                continue
            made = round.view["version"]
            version = patiently(lambda: net.model(self.model).version(made))
            self.info(f"{version}: {attested(version, round)}, reported {'; '.join(reported)[:LINE]}")
            self._save(version)

    @staticmethod
    def _note(reported: list[str], answer: FLModel) -> None:
        """Only the beginning of what a site reports is kept: it may send anything."""
        metrics, answer.params = answer.metrics, None
        if metrics and len(reported) < SHOWN:
            few = {str(name)[:SHOWN]: value for name, value in list(metrics.items())[:SHOWN] if isinstance(value, (int, float))}
            reported.append(str(few)[:LINE])

    def _next(self, net: Net, last: int) -> Round | None:
        """The model's next round; ``None`` when the job is aborted."""
        while not self.abort_signal.triggered:
            number = patiently(lambda: net.model(self.model)).view["open_round"]
            if number is not None and number > last and (round := patiently(lambda: net.round(number))).phase == "Collecting":
                return round
            time.sleep(BLOCK / 2)
        return None

    def _ended(self, round: Round) -> Round | None:
        """The round with its scores, when all sites have answered, or had time to; ``None`` when the job is aborted."""
        late: float | None = None
        while not self.abort_signal.triggered:
            if (round := patiently(round.refresh)).phase in ENDED:
                late = late or time.monotonic() + LATE
                if not self.get_num_standing_tasks() or time.monotonic() > late:
                    self.cancel_all_tasks(fl_ctx=self.fl_ctx)
                    return round
            time.sleep(BLOCK / 2)
        return None

    def _save(self, version: Version) -> None:
        folder = self.engine.get_workspace().get_run_dir(self.fl_ctx.get_job_id("job"))
        shutil.copyfile(version.path, Path(folder) / "model.safetensors")
