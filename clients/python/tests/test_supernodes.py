"""`flwr run` on a real SuperLink with five real SuperNodes over four validators. One of them is hostile: in the first round it submits a
poisoned update of the most samples and replies with arrays and metrics of its own, in the second it commits, never reveals and never
replies, in the third its machine is gone. The app is examples/flower, as it stands."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from conftest import DEADLINE

pytest.importorskip("flwr")
torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

HERE = Path(__file__).parent
APP = HERE.parents[2] / "examples" / "flower"
ORACLE = HERE.parents[2] / "primitives" / "exact" / "oracle" / "main.py"
CONFIG = tomllib.loads((APP / "pyproject.toml").read_text())["tool"]["flwr"]["app"]["config"]
NODES, HOSTILE, ROUNDS = 5, 4, CONFIG["rounds"]
#: Blocks in which a round collects: long enough for five processes that load PyTorch on a busy machine.
COLLECT = 75


class Programs:
    """Flower's programs, each with a folder, a log and a process group of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.running: dict[str, subprocess.Popen] = {}

    def start(self, name: str, program: str, *words: object, **environment: str) -> None:
        place = self.folder / name
        place.mkdir()
        with open(place / "log", "wb") as log:
            self.running[name] = subprocess.Popen(
                [Path(sys.executable).with_name(program), *(str(word) for word in words)],
                cwd=place,
                env={**self.environment, "FLWR_HOME": str(place / "flwr"), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.folder / name / "log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """All processes of a program at once, as when its machine is gone."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)

    def ended(self) -> list[str]:
        return [name for name, process in self.running.items() if process.poll() is not None]


@contextmanager
def programs(folder: Path, environment: dict[str, str]) -> Iterator[Programs]:
    """They end with the test, whatever becomes of it; what they wrote is shown when it fails."""
    found = Programs(folder, environment)
    try:
        yield found
    except BaseException:
        for log in sorted(folder.glob("*/log")):
            print(f"--- {log.parent.name} ---\n" + "\n".join(log.read_text(errors="replace").splitlines()[-60:]))
        raise
    finally:
        # The SuperLink has processes in other groups, which it ends when it is asked to.
        for process in found.running.values():
            process.terminate()
        with suppress(AssertionError):
            wait_for("the end of all", lambda: len(found.ended()) == len(found.running), 30)
        for name in list(found.running):
            found.kill(name)


def wait_for(what: str, condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.5)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_five_supernodes_should_end_with_the_reference_s_bits_though_one_is_hostile(chain, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(APP)
    monkeypatch.syspath_prepend(HERE / "supernodes" / "hostile")
    from digits.task import Net

    torch.manual_seed(5)
    first = {name: tensor.numpy() for name, tensor in Net().state_dict().items()}
    model = chain.model(first, updates=NODES)
    policy = chain.cli("model", "policy", model)
    # The median bears two of five, and one of four.
    policy["pipeline"]["rule"], policy["min_updates"], policy["deadlines"]["collect"] = "Median", 3, COLLECT
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    chain.cli("model", "policy", model, "--set", tmp_path / "policy.json")
    # Of four updates each organisation may have one: the honest nodes are of four, the hostile one of the last of these.
    keys = [chain.contributor(1 + min(node, 3)) for node in range(NODES)]

    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QUORATE_", "XDG_"))}
    # What one thread adds does not depend on how many cores there are.
    environment.update(FLWR_TELEMETRY_ENABLED="0", PYTHONUNBUFFERED="1", OMP_NUM_THREADS="1")
    # Flower finds its own programs there, as in an environment that is active.
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with programs(tmp_path, environment) as flower:
        link, *ports = free_ports(1 + NODES)
        path = environment.get("PYTHONPATH", "")
        flower.start(
            "superlink", "flower-superlink", "--insecure", "--host", "127.0.0.1", "--port", link, "--disable-runtime-dependency-installation",
            QUORATE_URL=chain.url, XDG_CACHE_HOME=str(tmp_path / "superlink-cache"), PYTHONPATH=f"{HERE / 'supernodes' / 'watched'}:{path}",
        )  # fmt: skip
        wait_for("the SuperLink", lambda: listens(link) or bool(flower.ended()))
        for node, (key, port) in enumerate(zip(keys, ports)):
            place = tmp_path / f"supernode-{node}"
            config = {
                "partition-id": node, "num-partitions": NODES, "quorate-account": f'"{key}"', "quorate-url": f'"{chain.url}"',
                "quorate-model": model, "quorate-cache": f'"{place / "cache"}"', "quorate-state": f'"{place / "state"}"',
            }  # fmt: skip
            flower.start(
                place.name, "flower-supernode", "--insecure", "--superlink", f"127.0.0.1:{link}", "--port", port,
                "--node-config", " ".join(f"{name}={value}" for name, value in config.items()),
                **({"PYTHONPATH": f"{HERE / 'supernodes' / 'hostile'}:{path}"} if node == HOSTILE else {}),
            )  # fmt: skip
        names = [f"supernode-{node}" for node in range(NODES)]
        wait_for("the SuperNodes", lambda: all("SuperNode ID" in flower.log(name) for name in names) or bool(flower.ended()))
        assert flower.ended() == []

        home = tmp_path / "run" / "flwr"
        home.parent.mkdir()
        home.mkdir()
        (home / "config.toml").write_text(f'[superlink]\ndefault = "local"\n\n[superlink.local]\naddress = "127.0.0.1:{link}"\ninsecure = true\n')
        run = [Path(sys.executable).with_name("flwr"), "run", APP, "local", "--run-config", f"model={model}"]
        done = subprocess.run(run, env={**environment, "FLWR_HOME": str(home)}, capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, done.stdout + done.stderr

        rounds = []
        for number in range(1, ROUNDS + 1):
            if number == ROUNDS:
                flower.kill(f"supernode-{HOSTILE}")
            rounds.append(chain.open_round(model))
            wait_for(f"version {number}", lambda: bool(flower.ended()) or recorded(chain, model) == number, 2 * DEADLINE)
            assert flower.ended() == []
        wait_for("the end of the run", lambda: (tmp_path / "superlink" / "model.pt").exists(), DEADLINE)
    check(chain, tmp_path, model, rounds, keys, first)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def recorded(chain, model: int) -> int | None:
    """The newest version, once no round of the model is open."""
    view = chain.connect().model(model).view
    return view["head"] if view["open_round"] is None else None


def check(chain, folder: Path, model: int, rounds: list[int], keys: list[Path], first: dict) -> None:
    """Against the same rounds without Flower: trained in one process, aggregated by the oracle."""
    import poison
    from digits.task import Net, load, test, train

    def trained(weights: dict, partition: int) -> dict:
        net = Net()
        net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
        train(net, *load(partition, NODES), CONFIG["epochs"], CONFIG["lr"], seed=partition)
        return {name: tensor.numpy() for name, tensor in net.state_dict().items()}

    def accuracy(weights: dict) -> float:
        net = Net()
        net.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
        return test(net)

    versions = [chain.connect().model(model).version(number) for number in range(ROUNDS + 1)]
    weights, scales = first, scales_of(versions[0].path)
    for number in range(ROUNDS):
        updates = [(trained(weights, partition), 1) for partition in range(NODES) if partition != HOSTILE]
        if number == 0:
            updates.append((poison.poisoned(weights), poison.WEIGHT))
            assert accuracy(aggregated("WeightedMean", weights, updates, scales)) < 0.5, "it is harmless"
        weights = aggregated("Median", weights, updates, scales)
        recorded = versions[number + 1].numpy()
        print(f"version {number + 1}: accuracy {accuracy(recorded):.4f}, without Flower {accuracy(weights):.4f}")
        assert abs(accuracy(recorded) - accuracy(weights)) <= 0.001
        for name, array in weights.items():
            np.testing.assert_array_equal(recorded[name].view("u4"), array.view("u4"), err_msg=f"version {number + 1}, {name}")
    assert accuracy(weights) > 0.9 > accuracy(first)
    stores = [word for node in chain.nodes for word in ("--store", node["store"])]
    for number in range(1, ROUNDS + 1):
        chain.cli("verify", f"{model}@{number}", *stores)

    # What became of the hostile node's part.
    accounts = [chain.connect(key).address for key in keys]
    updates = [chain.connect().round(round).updates() for round in rounds]
    kinds = [{each["contributor"]: status(each) for each in found} for found in updates]
    assert [len(found) for found in kinds] == [NODES, NODES, NODES - 1], kinds
    assert kinds[1].pop(accounts[HOSTILE]) == "Expired", kinds
    assert {kind for found in kinds for kind in found.values()} == {"Available"}, kinds

    # What the ServerApp returned, and what it saw: of honest nodes no array.
    saved = torch.load(folder / "superlink" / "model.pt", weights_only=True)
    for name, array in versions[ROUNDS].numpy().items():
        np.testing.assert_array_equal(saved[name].numpy(), array)
    seen = [json.loads(line) for line in (folder / "superlink" / "seen.jsonl").read_text().splitlines()]
    trainings = [each for each in seen if each["what"] == "aggregate_train"]
    assert len(trainings) == ROUNDS
    for number, training in enumerate(trainings):
        honest = [each for each in training["replies"] if each.get("quorate", {}).get("account") in accounts]
        assert len(honest) == NODES - 1, training
        for reply in honest:
            assert set(reply) == {"quorate", "unattested", "arrays"} and reply["arrays"] == []
            assert reply["quorate"]["round"] == rounds[number] and set(reply["unattested"]) == {"train-loss", "num-examples"}
        assert training["metrics"]["version"] == number + 1 and training["metrics"]["updates"] == len(updates[number])
    assert any(each.get("arrays") for each in trainings[0]["replies"]), "the hostile node sent none of its own"
    evaluations = [each["metrics"] for each in seen if each["what"] == "aggregate_evaluate"]
    assert evaluations[0]["unattested-accuracy"] == pytest.approx(accuracy(versions[1].numpy()))


def status(update: dict) -> str:
    found = update["status"]
    return next(iter(found)) if isinstance(found, dict) else found


def scales_of(path: Path) -> dict[str, int]:
    """The scale of each tensor of a version's file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return {name: tensor["scale"] for name, tensor in json.loads(header["__metadata__"]["quorate"])["tensors"].items()}


def aggregated(rule: str, base: dict, updates: list[tuple[dict, int]], scales: dict[str, int]) -> dict:
    """What weights and their numbers of samples make of a base, by the oracle that is written from docs/exactness.md alone."""

    def rows(name: str) -> list[list[int]]:
        deltas = [(state[name].astype("f8") - base[name].astype("f8")).astype("f4") for state, _ in updates]
        return [np.rint(delta.astype("f8").ravel() * 2.0 ** scales[name]).astype(int).tolist() for delta in deltas]

    tensors = [{"role": "train", "scale": scales[name], "rows": rows(name), "previous": None} for name in base]
    pipeline = {"pre": "None", "rule": rule, "server": "Plain"}
    weights = [weight for _, weight in updates]
    answer = ask_oracle({"op": "round", "pipeline": pipeline, "weights": weights, "seed": "00" * 32, "tensors": tensors})
    tensors = [
        {"role": "train", "scale": scales[name], "base": array.ravel().view("u4").tolist(), "aggregate": aggregate, "m": None, "v": None}
        for (name, array), aggregate in zip(base.items(), answer["aggregate"])
    ]
    answer = ask_oracle({"op": "server", "server": "Plain", "powers": None, "tensors": tensors})
    return {
        name: np.array(values, "u4").view("f4").reshape(array.shape)
        for (name, array), values in zip(base.items(), answer["values"])
    }


def ask_oracle(case: dict) -> dict:
    done = subprocess.run([sys.executable, ORACLE], input=json.dumps(case), capture_output=True, text=True, timeout=DEADLINE, check=True)
    answer = json.loads(done.stdout)
    assert "error" not in answer, answer
    return answer
