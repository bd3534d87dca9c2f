"""Of the machine of a ServerApp: writes down what is in replies, and the metrics that the strategy makes of them."""

import json
import sys

if "flwr-serverapp" in "".join(sys.orig_argv[1:2]):
    from quorate.flower import QuorateStrategy

    def record(reply) -> dict:
        """Names of records, and what is in those that are no arrays."""
        if reply.has_error():
            return {"error": reply.error.reason}
        content = reply.content
        known = {name: dict(content[name]) for name in [*content.config_records, *content.metric_records]}
        return {**known, "arrays": sorted(name for arrays in content.array_records.values() for name in arrays)}

    def watch(name: str) -> None:
        aggregate = getattr(QuorateStrategy, name)

        def watching(self, number, replies):
            replies = list(replies)
            returned = aggregate(self, number, replies)
            metrics = returned[1] if isinstance(returned, tuple) else returned
            line = {"what": name, "replies": [record(each) for each in replies], "metrics": dict(metrics or {})}
            with open("seen.jsonl", "a") as seen:
                seen.write(json.dumps(line) + "\n")
            return returned

        setattr(QuorateStrategy, name, watching)

    watch("aggregate_train")
    watch("aggregate_evaluate")
