"""Instruction tuning in miniature: train on some combinations of two words, test on combinations never met.

`emergence.models.instructions` describes the tasks. Every seed has held-out combinations of its own, so that a result
does not hang on which sixteen were left out.
"""

from __future__ import annotations

import gpt
import lab
import numpy as np
import pandas as pd
import torch

from emergence.models import instructions

SEEDS = (0, 1, 2)
COUNTS = (48, 15, 23, 31, 19)
SIZES = (32, 16, 8)
JOBS = [
    dict(tasks=tasks, width=width, layers=3, steps=1500, lr=2e-3, batch=128, seed=seed)
    for seed in SEEDS
    for tasks, width in [*((n, 64) for n in COUNTS), *((31, d) for d in SIZES)]
]

LIVE = (15, 23, 48)
"""Numbers of training tasks whose d64 model of seed 0 is kept for the page's live part."""
STRINGS = 100


def loss(model, prompts, results):
    read = torch.cat([prompts, results[..., :-1]], -1)
    return gpt.cross_entropy(model(read, start=instructions.PROMPT - 1), results)


def by_task(model, tasks: int, seed: int) -> pd.DataFrame:
    """Fresh strings for each of the 64 tasks: order, map, part (training or held_out, or neither: unused), exact, per_letter."""
    groups = {
        "training": instructions.trained(tasks, seed),
        "held_out": instructions.split(seed)[0],
    }
    part = {task: name for name, members in groups.items() for task in members}
    rows, rng = [], np.random.default_rng([seed, 2])
    for task in instructions.TASKS:
        prompts, results = instructions.draw(rng, [task], STRINGS)
        right = (
            gpt.generate(model, prompts[None], instructions.LENGTH)[0, :, instructions.PROMPT :]
            == results
        )
        rows.append(
            {
                "order": task[0],
                "map": task[1],
                "part": part.get(task, "unused"),
                "exact": right.all(1).mean(),
                "per_letter": right.mean(),
            }
        )
    return pd.DataFrame(rows)


def job(settings: lab.Settings) -> lab.Result:
    tasks, seed = settings["tasks"], settings["seed"]
    config = instructions.config(settings["width"], settings["layers"])
    model = gpt.GPT(config, [seed])
    training = instructions.trained(tasks, seed)
    history = gpt.train(
        model,
        loss,
        lambda rng: instructions.draw(rng, training, settings["batch"]),
        steps=settings["steps"],
        lr=settings["lr"],
    )
    about = {"tasks": tasks, "width": settings["width"], "params": config.params, "seed": seed}
    return lab.Result(
        {
            "by_task": by_task(model, tasks, seed).assign(**about),
            "training": history.assign(**about),
        },
        {
            "model": (
                vars(config),
                {k: np.asarray(v, np.float16) for k, v in model.slice(seed).items()},
            )
        },
    )


def collect(results: list[lab.Result]) -> lab.Record:
    tables = {
        name: pd.concat([r.tables[name] for r in results], ignore_index=True)
        for name in ("by_task", "training")
    }
    models = {
        f"tasks_{n}": r.models["model"]
        for r in results
        for n in LIVE
        if (r.settings["tasks"], r.settings["width"], r.settings["seed"]) == (n, 64, SEEDS[0])
    }
    return lab.Record(tables, models)


if __name__ == "__main__":
    lab.main(
        "instructions",
        "Follow two-word instructions: trained on some combinations, tested on others",
        JOBS,
        job,
        collect,
    )
