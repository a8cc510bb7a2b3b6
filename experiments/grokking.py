"""Grokking of addition modulo a prime: a phase diagram over weight decay and data, and a one-layer Transformer with its waves.

Writes ``phases.csv`` (one run of `emergence.models.grokking` per row), ``curves.csv`` (the settings that the page starts
with), ``transformer.csv`` (losses and progress measures of the Transformer) and ``spectrum.csv`` (power of its embedding's
frequencies before and after).
"""

from __future__ import annotations

import math

import lab
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emergence.models import grokking as small

SEEDS = [0, 1, 2]
DECAYS = (0.0, 0.1, 0.3, 1.0, 3.0)
FRACTIONS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PHASES = [
    {
        "what": "phases",
        "p": 31,
        "fraction": list(FRACTIONS),
        "weight_decay": decay,
        "learning_rate": 3e-3,
        "seeds": SEEDS,
        "steps": 4000,
        "every": 50,
    }
    for decay in DECAYS
]
CURVES = [
    {
        "what": "curves",
        "p": 31,
        "fraction": [0.75],
        "weight_decay": 1.0,
        "learning_rate": 3e-3,
        "seeds": SEEDS,
        "steps": 3000,
        "every": 25,
    }
]
TRANSFORMER = [
    {
        "what": "transformer",
        "p": 59,
        "fraction": [0.75],
        "weight_decay": 1.0,
        "learning_rate": 1e-3,
        "seeds": SEEDS,
        "width": 64,
        "heads": 4,
        "hidden": 256,
        "steps": 3000,
        "every": 50,
    }
]
JOBS = [*TRANSFORMER, *CURVES, *PHASES]
KEY_WAVES = 5


class OneLayer(nn.Module):
    """S copies of Nanda et al.'s network (2023, section 3): one layer of attention and one of ReLU units, no layer norm,
    untied embedding. It reads ``a b =`` and answers at the last position. Every weight has a leading axis S, one slice per seed."""

    def __init__(self, p: int, width: int, heads: int, hidden: int, seeds: list[int]):
        super().__init__()
        self.p, self.heads, self.seeds = p, heads, seeds
        shapes = {
            "embed": (p + 1, width),
            "place": (3, width),
            "query": (width, width),
            "key": (width, width),
            "value": (width, width),
            "out": (width, width),
            "up": (width, hidden),
            "down": (hidden, width),
            "head": (width, p),
        }
        streams = [np.random.default_rng([seed, 0]) for seed in seeds]
        self.weights = nn.ParameterDict(
            {
                name: nn.Parameter(
                    torch.tensor(
                        np.stack(
                            [
                                rng.standard_normal(shape)
                                * (hidden if name == "down" else width) ** -0.5
                                for rng in streams
                            ]
                        ),
                        dtype=torch.float32,
                    )
                )
                for name, shape in shapes.items()
            }
        )
        self.weights |= {
            name: nn.Parameter(torch.zeros(len(seeds), size))
            for name, size in (("up_bias", hidden), ("down_bias", width))
        }

    def forward(self, pairs: Tensor) -> Tensor:
        """Scores (S, n, p) of the pairs (S, n, 2)."""
        w, (seeds, n, _) = self.weights, pairs.shape
        tokens = torch.cat([pairs, torch.full((seeds, n, 1), self.p)], 2)
        stream = w["embed"][torch.arange(seeds)[:, None, None], tokens] + w["place"][:, None]
        width = stream.shape[-1]
        last, flat = stream[:, :, 2], stream.flatten(1, 2)
        query = (last @ w["query"]).view(seeds, n, self.heads, -1)
        key, value = (
            (flat @ w[name]).view(seeds, n, 3, self.heads, -1) for name in ("key", "value")
        )
        attention = torch.softmax(
            torch.einsum("snhe,snthe->snht", query, key) / math.sqrt(width // self.heads), -1
        )
        mixed = torch.einsum("snht,snthe->snhe", attention, value).reshape(seeds, n, width)
        stream = last + mixed @ w["out"]
        hidden = F.relu(stream @ w["up"] + w["up_bias"][:, None])
        return (stream + hidden @ w["down"] + w["down_bias"][:, None]) @ w["head"]


def sum_waves(scores: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """The part of the scores (p, p, p), by a, b and answer, that is made of cos and sin of 2πk(a+b)/p for these k.

    Orthogonal projection over the p² pairs: these waves depend on a + b only, so it is the mean over pairs with equal sum,
    reduced to the given frequencies.
    """
    p = len(scores)
    total = np.add.outer(np.arange(p), np.arange(p)) % p
    by_sum = np.stack([scores[total == s].mean(0) for s in range(p)])
    waves = np.fft.rfft(by_sum, axis=0)
    kept = np.zeros_like(waves)
    kept[frequencies] = waves[frequencies]
    return np.fft.irfft(kept, p, axis=0)[total]


def progress(
    scores: np.ndarray, frequencies: np.ndarray, train: np.ndarray, test: np.ndarray
) -> dict[str, float]:
    """Two progress measures in the manner of Nanda et al. (2023, section 5), from the scores of all pairs (p, p, p).

    restricted_loss: loss on the test pairs when only the mean of the scores over pairs and the waves cos, sin 2πk(a+b)/p of the
    key frequencies k are kept. excluded_loss: loss on the training pairs when just these waves are taken out. The key
    frequencies are the `KEY_WAVES` strongest ones of the embedding at the end of training.
    """
    waves = sum_waves(scores, frequencies)
    constant = scores.mean((0, 1))

    def loss(values: np.ndarray, pairs: np.ndarray) -> float:
        return small.evaluate(values[pairs[:, 0], pairs[:, 1]], pairs.sum(1) % len(scores))[0]

    return {
        "restricted_loss": loss(constant + waves, test),
        "excluded_loss": loss(scores - waves, train),
    }


def split(p: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ordered pairs to train and to test on. Both orders of a pair fall on the same side, else half of the test is the mirror image
    of something learned; pairs (a, a) go to the test side so that every seed trains on equally many."""
    unordered = np.argwhere(np.tri(p, k=-1, dtype=bool))
    order = np.random.default_rng([seed, 1]).permutation(len(unordered))
    n = round(fraction * len(unordered))
    known, new = unordered[order[:n]], unordered[order[n:]]
    twins = np.repeat(np.arange(p)[:, None], 2, 1)
    return np.concatenate([known, known[:, ::-1]]), np.concatenate([new, new[:, ::-1], twins])


def transformer(s: lab.Settings) -> lab.Result:
    p, seeds = s["p"], s["seeds"]
    model = OneLayer(p, s["width"], s["heads"], s["hidden"], seeds)
    pairs = np.argwhere(np.ones((p, p)))
    splits = [split(p, s["fraction"][0], seed) for seed in seeds]
    train = torch.from_numpy(np.stack([known for known, _ in splits]))
    answers = train.sum(2) % p
    everything = torch.from_numpy(np.broadcast_to(pairs, (len(seeds), *pairs.shape)).copy())
    optimizer = torch.optim.AdamW(
        model.parameters(),
        s["learning_rate"],
        betas=(0.9, 0.98),
        weight_decay=s["weight_decay"],
        foreach=True,
    )
    seen = []
    for step in range(s["steps"] + 1):
        if step % s["every"] == 0:
            with torch.no_grad():
                seen.append(
                    (
                        step,
                        model(everything).numpy().astype(np.float32).reshape(len(seeds), p, p, p),
                        model.weights["embed"].numpy().copy(),
                        torch.stack([w.square().flatten(1).sum(1) for w in model.parameters()])
                        .sum(0)
                        .sqrt()
                        .numpy(),
                    )
                )
        losses = (
            F.cross_entropy(model(train).flatten(0, 1), answers.flatten(), reduction="none")
            .view(len(seeds), -1)
            .mean(1)
        )
        if not torch.isfinite(losses).all():
            raise ValueError(
                f"The loss is not a number at step {step}; use a smaller learning rate."
            )
        optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        optimizer.step()
    rows, spectra = [], []
    for place, (seed, (known, new)) in enumerate(zip(seeds, splits, strict=True)):
        power = [small.spectrum(embed[place, :p]) for _, _, embed, _ in seen]
        frequencies = 1 + np.argsort(power[-1])[::-1][:KEY_WAVES]
        for step, scores, embed, norm in seen:
            values = scores[place].astype(float)
            row = {"seed": seed, "step": step}
            for name, part in (("train", known), ("test", new)):
                row[f"{name}_loss"], row[f"{name}_accuracy"] = small.evaluate(
                    values[part[:, 0], part[:, 1]], part.sum(1) % p
                )
            rows.append(
                row
                | progress(values, frequencies, known, new)
                | {
                    "weight_norm": float(norm[place]),
                    "wave_share": small.wave_share(embed[place, :p], KEY_WAVES),
                }
            )
        spectra += [
            {"seed": seed, "step": step, "frequency": k + 1, "power_share": share}
            for step, shares in ((0, power[0]), (s["steps"], power[-1]))
            for k, share in enumerate(shares / shares.sum())
        ]
    return lab.Result({"transformer": pd.DataFrame(rows), "spectrum": pd.DataFrame(spectra)})


def one(s: lab.Settings, fraction: float, seed: int) -> pd.DataFrame:
    """Measurements of one run of the small network; for the phase diagram it ends as soon as it has generalized."""
    rows = []
    settings = small.Settings(
        p=s["p"],
        fraction=fraction,
        weight_decay=s["weight_decay"],
        learning_rate=s["learning_rate"],
        seed=seed,
    )
    for row in small.train(settings, s["steps"], s["every"]):
        rows.append(row)
        if s["what"] == "phases" and row["test_accuracy"] >= small.LEARNED:
            break
    return pd.DataFrame(rows).assign(fraction=fraction, weight_decay=s["weight_decay"], seed=seed)


def outcome(run: pd.DataFrame) -> dict[str, float | None]:
    """One row of the phase diagram: the milestones and where the run ended."""
    return run.iloc[-1].to_dict() | small.milestones(run.to_dict("records"))


def job(settings: lab.Settings) -> lab.Result:
    if settings["what"] == "transformer":
        return transformer(settings)
    runs = [
        one(settings, fraction, seed)
        for fraction in settings["fraction"]
        for seed in settings["seeds"]
    ]
    return lab.Result(
        {"curves": pd.concat(runs)}
        if settings["what"] == "curves"
        else {"phases": pd.DataFrame(map(outcome, runs))}
    )


def collect(results: list[lab.Result]) -> lab.Record:
    names = ("phases", "curves", "transformer", "spectrum")
    return lab.Record(
        {
            name: pd.concat(
                [r.tables[name] for r in results if name in r.tables], ignore_index=True
            )
            for name in names
        }
    )


if __name__ == "__main__":
    lab.main("grokking", __doc__.splitlines()[0], JOBS, job, collect)
