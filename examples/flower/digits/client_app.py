"""What runs on a node."""

from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from quorate.flower import quorate_mod

from digits.task import TEST, Net, load, test, train

app = ClientApp(mods=[quorate_mod])


@app.train()
def train_here(message: Message, context: Context) -> Message:
    net = Net()
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    partition = context.node_config["partition-id"]
    images, digits = load(partition, context.node_config["num-partitions"])
    loss = train(net, images, digits, context.run_config["epochs"], context.run_config["lr"], seed=partition)
    metrics = MetricRecord({"train-loss": loss, "num-examples": len(digits)})
    return Message(RecordDict({"arrays": ArrayRecord(net.state_dict()), "metrics": metrics}), reply_to=message)


@app.evaluate()
def evaluate_here(message: Message, context: Context) -> Message:
    net = Net()
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    metrics = MetricRecord({"accuracy": test(net), "num-examples": TEST})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)
