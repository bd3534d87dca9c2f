"""Four validators on this machine, and the command line that talks to them."""

import concurrent.futures, json, os, pathlib, subprocess, time, urllib.request


class Failed(Exception):
    """A program ended with an error, which is the text."""


class Quorate:
    """`quorate`, with JSON for an answer."""

    def __init__(self, programs, url=None):
        self.program, self.url = programs / "quorate", url

    def __call__(self, *arguments, account=None, may_fail=False, heard=None):
        """`heard` is told each line on standard error when it comes."""
        command = [self.program, "--json", *(["--url", self.url] if self.url else []), *(["--account", account] if account else [])]
        ran = subprocess.Popen([*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            out = pool.submit(ran.stdout.read)
            errors = []
            for line in ran.stderr:
                errors.append(line)
                if heard:
                    heard(line)
            stdout = out.result()
        ran.wait()
        answer = json.loads(stdout) if stdout.strip() else {}
        if not ran.returncode:
            return answer
        if may_fail:
            # What was found before it failed.
            return answer.get("result", {})
        what = " ".join(map(str, arguments))
        raise Failed(f"quorate {what}\nexit code {ran.returncode}: {answer.get('error') or ''.join(errors).strip()}")


class Network:
    """A network for as long as the `with` lasts. `workers` are further arguments of workers, such as 2=--instructions=avx2."""

    def __init__(self, programs, folder, workers=()):
        self.programs, self.folder, self.workers = programs, folder, workers

    def __enter__(self):
        command = [self.programs / "quorate-localnet", self.folder, *self.workers]
        environment = {**os.environ, "QUORATE_PROGRAMS": str(self.programs)}
        # It ends when its standard input does, also when this program is killed.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for line in self.process.stdout:
            if line.startswith("{"):
                self.nodes = json.loads(line)["nodes"]
                self.quorate = Quorate(self.programs, self.nodes[0]["url"])
                return self
        raise Failed(f"the network did not start: see {self.folder}")

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def rpc(self, method, *parameters):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        address = self.nodes[0]["url"].replace("ws://", "http://")
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        answer = json.load(urllib.request.urlopen(request, timeout=60))
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    def logged(self, index):
        return pathlib.Path(self.nodes[index]["log"]).read_text()

    def until(self, what, limit, condition):
        """What the condition gives as soon as it gives something; `limit` in seconds."""
        deadline = time.monotonic() + limit
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not after {limit} s; logs are in {self.folder}")
            time.sleep(1)
        return found
