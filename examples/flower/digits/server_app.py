"""What coordinates."""

import torch
from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from quorate.flower import QuorateStrategy

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    strategy = QuorateStrategy(model=config["model"], fraction_evaluate=config["fraction-evaluate"])
    result = strategy.start(grid, num_rounds=config["rounds"])
    torch.save(result.arrays.to_torch_state_dict(), "model.pt")
