"""What the chain says of requests."""

UNIT = 10**12


def tokens(amount):
    return f"{int(amount) / UNIT:.6f}"


class Ledger:
    """Requests that were answered, to be summed up at the end."""

    def __init__(self, net):
        self.net, self.answered = net, []

    def add(self, answer):
        """The record of an answered request; blocks from its own to its end."""
        request, batch = answer["request"], answer["batch"]
        self.answered.append((request, batch))
        return request, batch, request["ended_at"] - request["requested_at"]

    def fees(self):
        return sum(int(request["cost"]) for request, _ in self.answered), sum(int(request["fee"]) for request, _ in self.answered)

    def jobs(self):
        """Each batch's job, when all members have their verdict."""
        for identity in dict.fromkeys(batch["job"] for _, batch in self.answered):
            def closed():
                job = self.net.rpc("quorate_job", identity)["job"]
                return job if "Closed" in job["phase"] else None

            yield identity, self.net.until(f"job {identity} is not closed", 400, closed)


def row(request):
    return request["state"]["Answered"]["row"]


def found(statement):
    """The root over a batch's rows which a validator revealed, and its verdict."""
    reveal = statement["reveal"]
    return (reveal["Infer"]["answers"] if reveal else None), statement["verdict"]
