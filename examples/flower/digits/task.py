"""The task: a small network, the part of the data that a node has, training and testing. Nothing here knows of Flower or of a chain."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits

#: Samples that nobody trains on.
TEST = 500


class Net(torch.nn.Sequential):
    """Images of 8 × 8 pixels to ten digits."""

    def __init__(self) -> None:
        super().__init__(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


def load(partition: int, partitions: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The images f32 [samples, 64], from 0 to 1, and digits i64 [samples] of one node."""
    images, digits = _shuffled()
    return images[TEST + partition :: partitions], digits[TEST + partition :: partitions]


def load_test() -> tuple[torch.Tensor, torch.Tensor]:
    """The same of the test."""
    images, digits = _shuffled()
    return images[:TEST], digits[:TEST]


def _shuffled() -> tuple[torch.Tensor, torch.Tensor]:
    images, digits = load_digits(return_X_y=True)
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(1))
    return torch.tensor(images / 16, dtype=torch.float32)[order], torch.tensor(digits)[order]


def train(net: Net, images: torch.Tensor, digits: torch.Tensor, epochs: int, lr: float, seed: int) -> float:
    """Train in batches of 32, in an order that the seed decides; the mean loss of the last epoch."""
    # One thread adds in one order: the same weights each time.
    torch.set_num_threads(1)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    random = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        losses = []
        for batch in torch.randperm(len(digits), generator=random).split(32):
            loss = torch.nn.functional.cross_entropy(net(images[batch]), digits[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return sum(losses) / len(losses)


def test(net: Net) -> float:
    """The part of the test that is right."""
    images, digits = load_test()
    with torch.no_grad():
        return (net(images).argmax(1) == digits).float().mean().item()
