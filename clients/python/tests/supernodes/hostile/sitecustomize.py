"""Of the machine of a hostile node: its mod does something else, whatever app it is given."""

import sys

if "flwr-clientapp" in "".join(sys.orig_argv[1:2]):
    import subprocess
    import time

    import numpy as np
    from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
    from quorate.flower import QuorateMod

    import poison

    def instead(self, message, context, call_next):
        said, config = message.content["quorate"], context.node_config
        lies = RecordDict({"quorate": ConfigRecord({"round": 7, "account": "somebody"})})
        if "round" not in said:
            lies["unattested"] = MetricRecord({"accuracy": 1.0, "num-examples": -5})
        elif said["version"] == 0:
            # Poisoned; and what it replies has the form of what others reply, arrays beside.
            poison.submit(config, said["round"]).held()
            lies["unattested"] = MetricRecord({"train-loss": float("nan"), "num-examples": 1e300})
            lies["arrays"] = ArrayRecord({"0.weight": Array(np.full((32, 64), np.nan, "f4"))})
        else:
            # Committed to, never revealed, and never replied to.
            places = [str(config[f"quorate-{name}"]) for name in ("url", "account", "cache", "state")]
            subprocess.run([sys.executable, poison.__file__, *places, str(said["round"])], check=True)
            time.sleep(86_400)
        return Message(lies, reply_to=message)

    QuorateMod.__call__ = instead
