"""See large.sh. Seconds are of the wall clock; what a network takes for a model of four kB, blocks that are waited for, is measured in the same
way and taken off where bytes are compared."""

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


def status(name: str) -> int:
    """A number of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


class Anonymous:
    """The most memory that belongs to no file, while it is measured."""

    def __enter__(self) -> Anonymous:
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
        self.extra, self.all_extra = max(self.most - self.before, 0), status("VmHWM") - self.all_before


def weights(size: int) -> dict[str, np.ndarray]:
    """A state dict f32 of so many bytes."""
    random = np.random.default_rng(1)
    rows = max(size // 4 // TENSORS // 64, 1)
    return {f"layer{number}.weight": random.normal(0, 0.02, (rows, 64)).astype("f4") for number in range(TENSORS)}


def from_python(chain: Chain, key: Path, number: int) -> tuple[dict[str, float], Anonymous]:
    """Seconds until an update is committed to, brought to a gateway, and decided on; and memory."""
    round = chain.connect(key).round(number)
    base = round.base
    state = {name: array + np.float32(0.001) for name, array in base.numpy().items()}
    seconds: dict[str, float] = {}
    with Anonymous() as memory:
        begun = time.monotonic()
        receipt = round.submit(state, 1000, base=base)
        seconds["committed"] = time.monotonic() - begun
        while not any("uploaded" in note for note in receipt.notes):
            assert time.monotonic() - begun < DEADLINE, receipt.notes
            time.sleep(0.01)
        seconds["uploaded"] = time.monotonic() - begun
        receipt.held()
        seconds["decided"] = time.monotonic() - begun
    assert receipt.status == "Available", receipt.status
    receipt.wait()
    return seconds, memory


def from_command_line(chain: Chain, key: Path, model: int, number: int) -> dict[str, float]:
    """The same of `quorate contribute`, which finds the trained weights in a file."""
    trained, folder = chain.folder / "trained.safetensors", chain.folder / "command-line"
    base = chain.connect(key).round(number).base
    _tensors.write({name: array + np.float32(0.001) for name, array in base.numpy().items()}, trained)
    command = [chain.programs / "quorate", "--url", chain.url, "--account", key, "contribute", model, "--from", trained, "--weight", 1000, "--state", folder]
    environment = {**os.environ, "XDG_CACHE_HOME": str(chain.folder / "home")}
    begun, seconds = time.monotonic(), {}
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    watch = threading.Timer(DEADLINE, process.kill)
    watch.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        for stage, word in [("committed", "committed in block"), ("uploaded", "uploaded to"), ("decided", "available")]:
            if word in line.lower():
                seconds.setdefault(stage, time.monotonic() - begun)
    watch.cancel()
    assert process.wait() == 0 and {"committed", "uploaded"} <= set(seconds), "".join(lines)
    seconds.setdefault("decided", time.monotonic() - begun)
    trained.unlink()
    return seconds


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


def prepared(chain: Chain, size: int) -> int:
    """A model of so many bytes, whose base is in the cache of both."""
    model = chain.model(weights(size))
    chain.connect().model(model).latest()
    home = chain.folder / "home" / "quorate"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "versions").exists():
        (home / "versions").symlink_to(chain.folder / "cache")
    return model


def measure(chain: Chain, size: int, keys: list[Path]) -> tuple[dict[str, float], Anonymous, dict[str, float]]:
    model = prepared(chain, size)
    seconds, memory = from_python(chain, keys[0], chain.open_round(model))
    chain.connect().model(model).latest()
    while chain.cli("model", "show", model)["open_round"] is not None:
        time.sleep(1)
    return seconds, memory, from_command_line(chain, keys[1], model, chain.open_round(model))


def main() -> None:
    sizes = [round(float(word) * 1e9) for word in sys.argv[1:]]
    folder = Path(tempfile.mkdtemp(prefix="quorate-large-"))
    os.environ.pop("QUORATE_ACCOUNT", None)
    try:
        for size in sizes:
            free = shutil.disk_usage(folder).free
            if free < 30 * size:
                print(f"{size / 1e9} GB: about {30 * size / 1e9:.0f} GB of disk are needed, {free / 1e9:.0f} are free: not measured\n")
                continue
            hand = by_hand(folder, size)
            place = folder / str(size)
            place.mkdir()
            chain = Chain(Path(os.environ["QUORATE_PROGRAMS"]), place)
            try:
                keys = [chain.contributor(), chain.contributor()]
                small, _, small_line = measure(chain, 4096, keys)
                show(size, hand, small, small_line, *measure(chain, size, keys))
            finally:
                chain.stop()
                shutil.rmtree(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def show(size: int, hand: dict, small: dict, small_line: dict, python: dict, memory: Anonymous, line: dict) -> None:
    print(f"## {size / 1e9:g} GB\n\n| | committed | uploaded | decided |\n|---|---|---|---|")
    for name, seconds in [("Python", python), ("command line", line), ("Python, 4 kB", small), ("command line, 4 kB", small_line)]:
        print(f"| {name} | " + " | ".join(f"{seconds[stage]:.1f} s" for stage in ("committed", "uploaded", "decided")) + " |")
    alone = sum(hand.values())
    print("\n| by hand | " + " | ".join(hand) + " | all |\n|---|---|---|---|---|")
    print("| | " + " | ".join(f"{seconds:.1f} s" for seconds in hand.values()) + f" | {alone:.1f} s |\n")
    bytes_alone = max(python["uploaded"] - small["uploaded"], 0)
    goals = [
        ("memory of its own ÷ the state dict", memory.extra / size, 1.2),
        ("all memory, mapped files among it ÷ the state dict", memory.all_extra / size, 1.2),
        ("committed: Python ÷ command line", python["committed"] / line["committed"], 1.5),
        ("uploaded: Python ÷ command line", python["uploaded"] / line["uploaded"], 1.5),
        ("decided: Python ÷ command line", python["decided"] / line["decided"], 1.5),
        ("uploaded, less that of 4 kB ÷ copying, hashing and sending", bytes_alone / alone, 1.3),
    ]
    print("| ratio | | goal |\n|---|---|---|")
    for name, ratio, goal in goals:
        print(f"| {name} | {ratio:.2f} | {goal} |")
    print()


if __name__ == "__main__":
    main()
