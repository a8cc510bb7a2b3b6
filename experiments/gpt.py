"""The Transformer behind the miniatures, in PyTorch: several seeds train at once.

Every weight has a leading axis S, one slice per seed, so that a sweep over seeds is one batched matrix product instead of
S small ones (on two cores and at these sizes most of a step is overhead). Seeds do not touch each other: each has its own
initial weights, its own stream of training data, its own gradient clipping.

The architecture is a pre-LN GPT (Radford et al. 2019) with learned positions and tanh-GELU; `emergence.models.Transformer`
runs the same weights in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emergence.models import Config

Batches = Callable[[np.random.Generator], tuple[np.ndarray, ...]]


class TrainingError(RuntimeError):
    """Training broke down; the message says at which step and with which settings."""


class GPT(nn.Module):
    """S copies of one Transformer. `forward` maps tokens (S, B, T), or vectors (S, B, T, inputs), to outputs (S, B, T, out)."""

    def __init__(self, config: Config, seeds: Sequence[int]):
        super().__init__()
        self.config, self.seeds = config, tuple(seeds)
        slices = [initial(config, np.random.default_rng([seed, 0])) for seed in self.seeds]
        self.weights = nn.ParameterDict(
            {
                key(name): nn.Parameter(torch.tensor(np.stack([s[name] for s in slices])))
                for name in slices[0]
            }
        )

    def __getitem__(self, name: str) -> Tensor:
        return self.weights[key(name)]

    def norm(self, x: Tensor, name: str) -> Tensor:
        return (
            F.layer_norm(x, x.shape[-1:]) * self[f"{name}.g"][:, None, None]
            + self[f"{name}.b"][:, None, None]
        )

    def times(self, x: Tensor, name: str) -> Tensor:
        seeds, batch, length, width = x.shape
        return torch.bmm(x.reshape(seeds, batch * length, width), self[name]).view(
            seeds, batch, length, -1
        )

    def attention(self, x: Tensor, layer: int) -> Tensor:
        c = self.config
        seeds, batch, length, width = x.shape
        q, k, v = (
            self.times(x, f"{layer}.qkv")
            .view(seeds * batch, length, 3, c.heads, width // c.heads)
            .permute(2, 0, 3, 1, 4)
        )
        if window := c.windows[layer]:
            distance = torch.arange(length)[:, None] - torch.arange(length)
            mixed = F.scaled_dot_product_attention(
                q, k, v, attn_mask=(distance >= 0) & (distance < window)
            )
        else:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.times(
            mixed.transpose(1, 2).reshape(seeds, batch, length, width), f"{layer}.out"
        )

    def feed_forward(self, x: Tensor, layer: int) -> Tensor:
        hidden = F.gelu(
            self.times(x, f"{layer}.up") + self[f"{layer}.up.b"][:, None, None], approximate="tanh"
        )
        return self.times(hidden, f"{layer}.down") + self[f"{layer}.down.b"][:, None, None]

    def residual(self, x: Tensor, hook: Callable[[str, Tensor], Tensor] | None = None) -> Tensor:
        """The normalized residual stream (S, B, T, width) that the head reads. `hook` sees and may replace the branches
        ``l.attention`` and ``l.mlp`` before they are added, as in `emergence.models.Transformer`."""
        length, keep = x.shape[2], hook or (lambda _site, value: value)
        if self.config.continuous:
            stream = self.times(x, "tok")
        else:
            stream = self["tok"][torch.arange(len(self.seeds))[:, None, None], x]
        stream = stream + self["pos"][:, None, :length]
        for layer in range(self.config.layers):
            stream = stream + keep(
                f"{layer}.attention", self.attention(self.norm(stream, f"{layer}.ln1"), layer)
            )
            if self.config.mlp[layer]:
                stream = stream + keep(
                    f"{layer}.mlp", self.feed_forward(self.norm(stream, f"{layer}.ln2"), layer)
                )
        return self.norm(stream, "ln")

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """Outputs at positions `start` and later."""
        return self.times(self.residual(x)[:, :, start:], "head")

    def slice(self, seed: int) -> dict[str, np.ndarray]:
        """The weights of one seed as float32 arrays, named as `emergence.models.Transformer` wants them."""
        place = self.seeds.index(seed)
        return {name(k): p.detach()[place].numpy().copy() for k, p in self.weights.items()}


def key(weight: str) -> str:
    return weight.replace(".", "_")  # torch refuses dots in names


def name(key: str) -> str:
    return key.replace("_", ".")


def initial(c: Config, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights before training: normal with standard deviation 1/sqrt(inputs), branches shrunk by 1/sqrt(2 layers)."""

    def normal(*shape: int, scale: float) -> np.ndarray:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    d, hidden, shrink = c.width, c.hidden, 1 / math.sqrt(2 * c.layers)
    weights = {
        "tok": normal(c.inputs, d, scale=c.inputs**-0.5 if c.continuous else 0.1),
        "pos": normal(c.length, d, scale=0.1),
    }
    for layer in range(c.layers):
        weights |= {
            f"{layer}.ln1.g": np.ones(d, np.float32),
            f"{layer}.ln1.b": np.zeros(d, np.float32),
            f"{layer}.qkv": normal(d, 3 * d, scale=d**-0.5),
            f"{layer}.out": normal(d, d, scale=shrink * d**-0.5),
        }
        if c.mlp[layer]:
            weights |= {
                f"{layer}.ln2.g": np.ones(d, np.float32),
                f"{layer}.ln2.b": np.zeros(d, np.float32),
                f"{layer}.up": normal(d, hidden, scale=d**-0.5),
                f"{layer}.up.b": np.zeros(hidden, np.float32),
                f"{layer}.down": normal(hidden, d, scale=shrink * hidden**-0.5),
                f"{layer}.down.b": np.zeros(d, np.float32),
            }
    return weights | {
        "ln.g": np.ones(d, np.float32),
        "ln.b": np.zeros(d, np.float32),
        "head": normal(d, c.out, scale=d**-0.5),
    }


def stacked(batches: Batches, streams: Sequence[np.random.Generator]) -> list[Tensor]:
    """One batch per seed, stacked along the leading axis."""
    return [
        torch.from_numpy(np.stack(parts))
        for parts in zip(*(batches(rng) for rng in streams), strict=True)
    ]


def cross_entropy(logits: Tensor, targets: Tensor, live: Tensor | None = None) -> Tensor:
    """Mean cross-entropy in nats per seed: logits (S, B, T, V), targets (S, B, T) → (S,). Only positions in `live` count."""
    seeds = logits.shape[0]
    nats = F.cross_entropy(logits.flatten(0, 2), targets.flatten(), reduction="none").view(
        seeds, -1
    )
    return (
        nats.mean(1)
        if live is None
        else (nats * live.reshape(seeds, -1)).sum(1) / live.reshape(seeds, -1).sum(1)
    )


def train(
    model: GPT,
    loss: Callable[..., Tensor],
    batches: Batches,
    *,
    steps: int,
    lr: float,
    warmup: int = 100,
    weight_decay: float = 0.01,
    clip: float = 1.0,
    every: int = 100,
    evaluate: Callable[[GPT], dict[str, np.ndarray]] | None = None,
) -> pd.DataFrame:
    """Train all seeds with AdamW (betas 0.9, 0.98), linear warm-up, cosine decay to 2 % of `lr`, gradients clipped per seed.

    loss(model, *batch) gives one loss per seed (S,). Returns the history: seed, step, train_loss (mean over the last
    `every` steps) and what `evaluate` measures, one value per seed. Raises TrainingError when a loss is not finite.
    """
    streams = [np.random.default_rng([seed, 1]) for seed in model.seeds]
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(
        parameters, lr, betas=(0.9, 0.98), weight_decay=weight_decay, foreach=True
    )
    history, total = [], torch.zeros(len(model.seeds))
    for step in range(1, steps + 1):
        rate = (
            lr
            * min(1.0, step / warmup)
            * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = loss(model, *stacked(batches, streams))
        optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        norm = torch.stack([p.grad.flatten(1).square().sum(1) for p in parameters]).sum(0).sqrt()
        factor = (clip / (norm + 1e-6)).clamp(max=1.0)
        if (factor < 1).any():
            for p in parameters:
                p.grad.mul_(factor.view(-1, *[1] * (p.dim() - 1)))
        optimizer.step()
        total += losses.detach()
        if step % every == 0 or step == steps:
            if not torch.isfinite(total).all():
                raise TrainingError(
                    f"The loss is not a number at step {step} (lr={lr:g}, width={model.config.width}); use a smaller learning rate."
                )
            since = (step - 1) % every + 1
            measured = {"train_loss": (total / since).numpy().copy()} | (
                evaluate(model) if evaluate else {}
            )
            history += [
                {"seed": s, "step": step} | {k: float(v[i]) for k, v in measured.items()}
                for i, s in enumerate(model.seeds)
            ]
            total.zero_()
    return pd.DataFrame(history)


@torch.no_grad()
def generate(model: GPT, tokens: np.ndarray, steps: int) -> np.ndarray:
    """Append the likeliest next token `steps` times; tokens (S, B, T) → (S, B, T + steps)."""
    x = torch.from_numpy(tokens)
    for _ in range(steps):
        x = torch.cat([x, model(x, start=x.shape[2] - 1).argmax(-1)], 2)
    return x.numpy()
