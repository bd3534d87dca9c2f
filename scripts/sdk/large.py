"""See large.sh. Seconds are of the wall clock; what a model of four kB takes in the same way, blocks that are waited for, is taken off where bytes are
compared."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from blake3 import blake3

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python" / "tests"))
from conftest import Chain  # noqa: E402

from quorate import _tensors  # noqa: E402

TENSORS = 16
#: Seconds that any one thing may take.
DEADLINE = 1_800
PIECE = 1 << 20
#: How often each is done.
TURNS = 3
#: Disk that is needed, in sizes of the model: while it is registered its weights, its version, and that in four stores.
DISK = 7


def status(name: str) -> int:
    """A number of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


class Memory:
    """The most memory of this process beyond what it had, in bytes: its own, and with files that it maps."""

    def __enter__(self) -> Memory:
        # From now on the peak of all resident memory, files that are mapped among it, is counted anew.
        Path("/proc/self/clear_refs").write_text("5")
        self.before, self.most, self.all_before = status("RssAnon"), 0, status("VmRSS")
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self) -> None:
        while not self.ended.wait(0.01):
            self.most = max(self.most, status("RssAnon"))

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.own, self.all = max(self.most - self.before, 0), status("VmHWM") - self.all_before


def weights(size: int) -> dict[str, np.ndarray]:
    """A state dict f32 of so many bytes."""
    random = np.random.default_rng(1)
    rows = max(size // 4 // TENSORS // 64, 1)
    return {f"layer{number}.weight": random.normal(0, 0.02, (rows, 64)).astype("f4") for number in range(TENSORS)}


class Submissions:
    """Updates to one model after the other, each in a round of two that is aborted when the update is uploaded: no validator fetches it."""

    def __init__(self, chain: Chain, size: int) -> None:
        self.chain, self.size = chain, size
        self.model = chain.model(weights(size), updates=2)
        for file in chain.folder.glob("model-*/*"):
            file.unlink()
        # Both have the base in their cache.
        self.base = chain.connect().model(self.model).latest()
        self.root = self.base.root.removeprefix("0x")
        self.stores = [Path(node["store"]) / "blobs" for node in chain.nodes]
        self.share()
        self.home = chain.folder / "home"
        if not self.home.exists():
            (self.home / "quorate").mkdir(parents=True)
            (self.home / "quorate" / "versions").symlink_to(chain.folder / "cache")

    def share(self) -> None:
        """One file for the base, which four stores and the cache have under its root: nobody writes to it."""
        file = self.chain.folder / "cache" / self.root
        end = time.monotonic() + DEADLINE
        for other in [store / self.root for store in self.stores]:
            while not other.exists():
                assert time.monotonic() < end, f"{other} does not come"
                time.sleep(1)
            linked = self.chain.folder / "link"
            os.link(file, linked)
            os.replace(linked, other)

    def state(self) -> dict[str, np.ndarray]:
        return {name: array + np.float32(0.001) for name, array in self.base.numpy().items()}

    def from_python(self) -> tuple[dict[str, float], Memory]:
        """Seconds until an update is committed to, and brought to a gateway; and memory."""
        state = self.state()
        round = self.chain.connect(self.chain.contributor()).round(self.chain.open_round(self.model))
        with Memory() as memory:
            begun = time.monotonic()
            receipt = round.submit(state, 1000, base=self.base)
            seconds = {"committed": time.monotonic() - begun}
            while not any("uploaded" in note for note in receipt.notes):
                assert time.monotonic() - begun < DEADLINE, receipt.notes
                time.sleep(0.01)
            seconds["uploaded"] = time.monotonic() - begun
        self.abort(round.id)
        return seconds, memory

    def from_command_line(self) -> dict[str, float]:
        """The same of `quorate contribute`, which finds the trained weights in a file."""
        trained, key = self.chain.folder / "trained.safetensors", self.chain.contributor()
        _tensors.write(self.state(), trained)
        os.sync()
        number = self.chain.open_round(self.model)
        words = ["contribute", self.model, "--from", trained, "--weight", 1000, "--state", self.chain.folder / "command-line"]
        command = [self.chain.programs / "quorate", "--url", self.chain.url, "--account", key, *words]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.home)}
        begun, seconds, lines = time.monotonic(), {}, []
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        watch = threading.Timer(DEADLINE, process.kill)
        watch.start()
        for line in process.stdout:
            lines.append(line)
            for stage, text in [("committed", "committed in block"), ("uploaded", "uploaded to")]:
                if text in line:
                    seconds[stage] = time.monotonic() - begun
            if "uploaded" in seconds:
                break
        watch.cancel()
        process.kill()
        process.wait()
        assert set(seconds) == {"committed", "uploaded"}, "".join(lines)
        trained.unlink()
        self.abort(number)
        return seconds

    def abort(self, number: int) -> None:
        self.chain.cli("round", "abort", number)
        end = time.monotonic() + DEADLINE
        while self.chain.connect().model(self.model).view["open_round"] is not None:
            assert time.monotonic() < end, f"round {number} does not end"
            time.sleep(1)
        self.free()
        os.sync()

    def free(self) -> None:
        """Remove the update of a round that is over: whoever made it keeps it for the account's next round, and the gateway for hours."""
        for made in [*self.chain.folder.glob("state/*/round-*"), *self.chain.folder.glob("command-line/*/round-*")]:
            shutil.rmtree(made)
        for store in self.stores:
            for blob in store.glob("*"):
                if blob.stat().st_size == self.base.len and blob.name != self.root:
                    blob.unlink()


def timed(what: Callable[[], object]) -> float:
    begun = time.monotonic()
    what()
    return time.monotonic() - begun


def by_hand(folder: Path, size: int) -> dict[str, float]:
    """Seconds to copy so many bytes from memory to a file, to hash it, and to send it to somebody on this machine who keeps it."""
    state, copy, kept = weights(size), folder / "copy", folder / "kept"

    def write() -> None:
        with open(copy, "wb") as file:
            file.writelines(array.data for array in state.values())
            os.fsync(file.fileno())

    def hash_it() -> None:
        digest = blake3()
        with open(copy, "rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)

    def keep(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, open(kept, "wb") as file:
            while piece := connection.recv(PIECE):
                file.write(piece)
            os.fsync(file.fileno())

    def send() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            keeper = threading.Thread(target=keep, args=[listener])
            keeper.start()
            with socket.create_connection(listener.getsockname()) as connection, open(copy, "rb") as file:
                connection.sendfile(file)
            keeper.join()

    seconds = {"copying": timed(write), "hashing": timed(hash_it), "sending": timed(send)}
    copy.unlink(), kept.unlink()
    return seconds


def main() -> None:
    sizes = [round(float(word) * 1e9) for word in sys.argv[1:]]
    folder = Path(tempfile.mkdtemp(prefix="quorate-large-"))
    os.environ.pop("QUORATE_ACCOUNT", None)
    try:
        for size in sizes:
            free = shutil.disk_usage(folder).free
            if free < DISK * size:
                print(f"{size / 1e9} GB: about {DISK * size / 1e9:.0f} GB of disk are needed, {free / 1e9:.0f} are free: not measured\n")
                continue
            place = folder / str(size)
            place.mkdir()
            chain = Chain(Path(os.environ["QUORATE_PROGRAMS"]), place)
            try:
                compare(chain, size, folder)
            finally:
                chain.stop()
                shutil.rmtree(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(chain: Chain, size: int, folder: Path) -> None:
    """In turns, so that what else the machine does meets all of them; the least of each counts."""
    small, large = Submissions(chain, 4096), Submissions(chain, size)
    runs: dict[str, list[dict[str, float]]] = {}
    memories: list[Memory] = []
    for _ in range(TURNS):
        runs.setdefault("by hand", []).append(by_hand(folder, size))
        for name, each in [("4 kB, ", small), ("", large)]:
            seconds, memory = each.from_python()
            runs.setdefault(f"{name}Python", []).append(seconds)
            runs.setdefault(f"{name}command line", []).append(each.from_command_line())
        memories.append(memory)
    least = {name: {stage: min(run[stage] for run in each) for stage in each[0]} for name, each in runs.items()}
    hand = sum(least["by hand"].values())
    print(f"## {size / 1e9:g} GB, the least of {TURNS} turns\n\n| | committed | uploaded | all turns |\n|---|---|---|---|")
    for name in ["Python", "command line", "4 kB, Python", "4 kB, command line"]:
        every = ", ".join(f"{run['committed']:.1f} / {run['uploaded']:.1f}" for run in runs[name])
        print(f"| {name} | {least[name]['committed']:.1f} s | {least[name]['uploaded']:.1f} s | {every} |")
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in least["by hand"].items())
    every = ", ".join(f"{sum(run.values()):.1f}" for run in runs["by hand"])
    print(f"| by hand: {parts} | | {hand:.1f} s | {every} |\n")
    python, line = least["Python"], least["command line"]
    own = python["uploaded"] - least["4 kB, Python"]["uploaded"]
    goals = [
        ("memory of its own ÷ the state dict", max(memory.own for memory in memories) / size, 1.2),
        ("all memory, mapped files among it ÷ the state dict", max(memory.all for memory in memories) / size, 1.2),
        ("committed: Python ÷ command line", python["committed"] / line["committed"], 1.5),
        ("uploaded: Python ÷ command line", python["uploaded"] / line["uploaded"], 1.5),
        ("uploaded, less that of 4 kB ÷ by hand", own / hand, 1.3),
    ]
    print("| ratio | | goal |\n|---|---|---|")
    for name, ratio, goal in goals:
        print(f"| {name} | {ratio:.2f} | {goal} |")
    print()


if __name__ == "__main__":
    main()
