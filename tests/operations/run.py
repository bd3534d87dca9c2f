#!/usr/bin/env python3
"""Runs the commands of docs/consortium.md as four organisations, each in a network namespace of its own.

usage: run.py PROGRAMS [--until HEADING] [--keep]

PROGRAMS is the folder of quorate, quorate-node and quorate-worker. In the document a comment before a block says who runs it:
`<!-- run: every member -->`, `<!-- run: member 2 -->`, and `…, service NAME` for what stays; a service is stopped and started by
`<!-- stop: member 2, service node -->` and `<!-- start: … -->`. `<!-- check: WHO` with lines up to `-->` is a check that readers do not see.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/consortium.md"
MEMBERS = ["birch", "cedar", "maple", "willow"]
# No block waits longer than this.
LIMIT = 600
STEP = re.compile(
    r"^<!-- (?P<verb>run|stop|start): (?P<who>[^,>]*?)(?:, service (?P<service>\w+))? -->\n(?:```sh\n(?P<block>.*?)^```\n)?"
    r"|^<!-- check: (?P<whom>[^\n]*)\n(?P<check>.*?)^-->\n"
    r"|^## (?P<heading>[^\n]*)\n",
    re.MULTILINE | re.DOTALL,
)


class Member:
    """One organisation: a network, a home, and folders of its own under the names that the document uses."""

    def __init__(self, number, folder, programs, bridge):
        self.name = MEMBERS[number - 1]
        self.space = f"q{os.getpid() % 10000}-{number}"
        self.address = f"10.77.0.{number}"
        self.folder = folder / self.name
        self.programs = programs
        self.exchange = folder / "exchange"
        self.services = {}
        for name in ["etc", "var", "run", "home", "log"]:
            (self.folder / name).mkdir(parents=True)
        self.exchange.mkdir(exist_ok=True)
        inside, outside = f"i{self.space}", f"o{self.space}"
        for command in [
            f"ip netns add {self.space}",
            f"ip link add {outside} type veth peer name {inside}",
            f"ip link set {inside} netns {self.space}",
            f"ip link set {outside} master {bridge} up",
            f"ip -n {self.space} addr add {self.address}/24 dev {inside}",
            f"ip -n {self.space} link set {inside} up",
            f"ip -n {self.space} link set lo up",
        ]:
            subprocess.run(command.split(), check=True)

    def command(self, block):
        # `ip netns exec` has made a mount namespace: what is mounted here is seen here alone.
        mounts = "".join(
            f"mkdir -p {target}; mount --bind {source} {target}; "
            for source, target in [
                (self.folder / "etc", "/etc/quorate"),
                (self.folder / "var", "/var/lib/quorate"),
                (self.folder / "run", "/run/quorate-worker"),
                (self.exchange, "/exchange"),
            ]
        )
        return ["ip", "netns", "exec", self.space, "bash", "-euo", "pipefail", "-c", mounts + block]

    def environment(self):
        return {
            "PATH": f"{self.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder / "home"),
            "NAME": self.name,
            "ADDRESS": self.address,
        }

    def run(self, block):
        done = subprocess.run(
            self.command(block), env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT
        )
        for line in done.stdout.splitlines():
            print(f"  {self.name:7} {line}", flush=True)
        if done.returncode:
            sys.exit(f"{self.name}: the block ends with {done.returncode}:\n{block}\n{self.ends_of_logs()}")

    def start(self, service, block=None):
        block = block or self.services[service][1]
        log = open(self.folder / "log" / f"{service}.log", "ab")
        # The programs themselves are what is stopped, not a shell around them.
        script = block.replace("quorate-", "exec quorate-", 1)
        child = subprocess.Popen(self.command(script), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.services[service] = (child, block)

    def stop(self, service, how=signal.SIGTERM):
        child, block = self.services[service]
        child.send_signal(how)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self.services[service] = (child, block)

    def ends_of_logs(self):
        texts = []
        for log in sorted((self.folder / "log").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-25:]
            texts.append(f"the end of {log}:\n" + "\n".join(lines))
        return "\n".join(texts)


def chosen(members, who):
    if who.strip() == "every member":
        return members
    return [members[int(number) - 1] for number in re.findall(r"\d+", who)]


def play(members, until):
    steps = 0
    for step in STEP.finditer(DOCUMENT.read_text()):
        if step["heading"]:
            print(f"== {step['heading']}", flush=True)
            if step["heading"] == until:
                return
            continue
        who, verb = step["who"] or step["whom"], step["verb"]
        for member in chosen(members, who):
            for name, (child, _) in member.services.items():
                if child.poll() not in (None, 0) and verb is None:
                    sys.exit(f"{member.name}: {name} has ended with {child.returncode}\n{member.ends_of_logs()}")
            if verb == "stop":
                member.stop(step["service"])
            elif verb == "start":
                member.start(step["service"])
            elif step["service"]:
                member.start(step["service"], step["block"])
            else:
                member.run(step["block"] if verb else step["check"])
            steps += 1
    print(f"{steps} steps done")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path)
    parser.add_argument("--until", help="stop before this heading")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Enter is pressed")
    arguments = parser.parse_args()
    # Whoever ends this ends the networks, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    folder = Path(tempfile.mkdtemp(prefix="quorate-operations-"))
    bridge = f"b{os.getpid() % 10000}"
    members = []
    ended = False
    try:
        subprocess.run(f"ip link add {bridge} type bridge".split(), check=True)
        subprocess.run(f"ip link set {bridge} up".split(), check=True)
        for number in range(1, len(MEMBERS) + 1):
            members.append(Member(number, folder, arguments.programs.resolve(), bridge))
        play(members, arguments.until)
        ended = True
        if arguments.keep:
            input(f"everything is in {folder}; Enter ends it ")
    finally:
        for member in members:
            for service, (child, _) in member.services.items():
                if child.poll() is None:
                    member.stop(service)
            subprocess.run(["ip", "netns", "del", member.space], check=False)
        subprocess.run(["ip", "link", "del", bridge], check=False)
        if ended:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"everything is left in {folder}")


if __name__ == "__main__":
    main()
