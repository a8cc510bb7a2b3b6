"""Three-digit addition by Transformers of six sizes, sixteen seeds each: does the ability appear with size, and in every seed?

Writes ``scores.csv`` (the finished models on 2,000 sums never trained on), ``history.csv`` (the same during training, on 500
of them) and the weights of the models that the page runs.
"""

from __future__ import annotations

import gpt
import lab
import numpy as np
import pandas as pd
import torch

from emergence.models import addition as task

WIDTHS = (4, 8, 12, 16, 24, 32)
SEEDS = tuple(range(16))
SETTINGS = {"batch": 128, "steps": 1500, "lr": 3e-3}
JOBS = [
    {"width": width, "seeds": list(SEEDS[start : start + 8]), **SETTINGS}
    for width in WIDTHS
    for start in range(0, len(SEEDS), 8)
]


def batches(size: int) -> gpt.Batches:
    """Sums to train on as (tokens read, digits to write)."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        prompt, answer = task.encode(*task.training_sums(rng, size))
        return np.hstack([prompt, answer[:, :-1]]), answer

    return draw


def loss(model: gpt.GPT, tokens: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    return gpt.cross_entropy(model(tokens, start=task.PROMPT - 1), answer)


@torch.no_grad()
def scores(model: gpt.GPT, n: int) -> dict[str, np.ndarray]:
    """The three measures of `emergence.models.addition.Scores`, one value per seed, on the first `n` test sums."""
    prompt, answer = (
        np.broadcast_to(x[:n], (len(model.seeds), n, x.shape[1])).copy()
        for x in task.encode(*task.test_sums())
    )
    right = gpt.generate(model, prompt, task.ANSWER)[..., task.PROMPT :] == answer
    nats = loss(
        model,
        torch.from_numpy(np.concatenate([prompt, answer[..., :-1]], 2)),
        torch.from_numpy(answer),
    )
    return {
        "cross_entropy": nats.numpy(),
        "per_digit": right.mean((1, 2)),
        "exact_match": right.all(2).mean(1),
    }


def job(settings: lab.Settings) -> lab.Result:
    config = task.config(settings["width"])
    model = gpt.GPT(config, settings["seeds"])
    history = gpt.train(
        model,
        loss,
        batches(settings["batch"]),
        steps=settings["steps"],
        lr=settings["lr"],
        every=100,
        evaluate=lambda m: scores(m, 500),
    )
    of = {"width": config.width, "params": config.params}
    final = pd.DataFrame({**of, "seed": model.seeds, **scores(model, task.N_TEST)})
    return lab.Result(
        {"scores": final, "history": history.assign(**of)},
        {f"w{config.width}s{seed}": (config.__dict__, model.slice(seed)) for seed in model.seeds},
    )


def shown(scores: pd.DataFrame) -> dict[int, tuple[int, int]]:
    """Per width the seeds with the lowest and with the highest exact match: the models that the page runs, at the widths where they differ."""
    chosen = {}
    for width, rows in scores.groupby("width"):
        rows = rows.sort_values("exact_match", kind="stable")
        chosen[width] = (int(rows["seed"].iloc[0]), int(rows["seed"].iloc[-1]))
    return chosen


def collect(results: list[lab.Result]) -> lab.Record:
    tables = {
        name: pd.concat([r.tables[name] for r in results], ignore_index=True).sort_values(
            ["width", "seed"] + ["step"] * (name == "history"), kind="stable"
        )
        for name in ("scores", "history")
    }
    models = {name: model for r in results for name, model in r.models.items()}
    pairs = shown(tables["scores"])
    wanted = [f"w{width}s{seed}" for width in (8, 12, 16) for seed in pairs[width]] + [
        f"w4s{pairs[4][1]}",
        f"w32s{pairs[32][1]}",
    ]
    return lab.Record(tables, {name: models[name] for name in wanted})


if __name__ == "__main__":
    lab.main("addition", __doc__.splitlines()[0], JOBS, job, collect)
