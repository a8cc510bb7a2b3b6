"""Transformers of one to four layers learn to learn linear functions from the examples in their prompt (`emergence.models.regression`).

Recorded: the squared error after k examples of every model and of four algorithms on the same fresh prompts, and how far
the models' answers lie from each algorithm's. The model for straight lines is kept for the page.
"""

from __future__ import annotations

from dataclasses import asdict

import gpt
import lab
import numpy as np
import pandas as pd
from torch import Tensor

from emergence.models import Config, Transformer, regression

TASKS = {"linear": regression.LINEAR, "lines": regression.LINES}
JOBS = [dict(task="lines", layers=3, width=32, steps=3000, lr=2e-3, batch=128, seeds=[0])] + [
    dict(task="linear", layers=layers, width=64, steps=3000, lr=2e-3, batch=64, seeds=[seed])
    for seed in (0, 1, 2)
    for layers in (4, 3, 2, 1)
]
PROMPTS = 2000
"""Fresh prompts every model and algorithm is measured on."""


def squared_error(model: gpt.GPT, x: Tensor, y: Tensor) -> Tensor:
    return (model(x)[..., 0] - y).square().mean((1, 2))


def job(settings: lab.Settings) -> lab.Result:
    task = TASKS[settings["task"]]

    def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = regression.draw(task, rng, settings["batch"])
        return regression.tokens(task, x, y), y.astype(np.float32)

    config = Config(
        inputs=task.inputs,
        length=task.examples + 1,
        width=settings["width"],
        layers=settings["layers"],
        heads=4,
        out=1,
        continuous=True,
    )
    model = gpt.GPT(config, settings["seeds"])
    history = gpt.train(model, squared_error, batch, steps=settings["steps"], lr=settings["lr"])
    x, y = regression.draw(task, np.random.default_rng(2), PROMPTS)
    rivals = {
        name: regression.answers(task, a, x, y) for name, a in regression.rivals(task).items()
    }
    said = {
        seed: regression.predict(Transformer(config, model.slice(seed)), task, x, y)
        for seed in settings["seeds"]
    }
    fixed = {"task": settings["task"], "layers": settings["layers"], "params": config.params}
    errors = [
        fixed
        | {
            "answers": "transformer",
            "seed": seed,
            "examples": k,
            "squared_error": ((said[seed] - y) ** 2)[:, k].mean(),
        }
        for seed in said
        for k in range(y.shape[1])
    ]
    errors += [
        {
            "task": settings["task"],
            "layers": 0,
            "params": 0,
            "answers": name,
            "seed": 0,
            "examples": k,
            "squared_error": ((a - y) ** 2)[:, k].mean(),
        }
        for name, a in rivals.items()
        for k in range(y.shape[1])
    ]
    distances = [
        fixed
        | {
            "seed": seed,
            "algorithm": name,
            "examples": k,
            "squared_distance": ((said[seed] - a) ** 2)[:, k].mean(),
        }
        for seed in said
        for name, a in rivals.items()
        for k in range(1, y.shape[1])
    ]
    kept = (
        {"lines": (asdict(config), model.slice(settings["seeds"][0]))}
        if settings["task"] == "lines"
        else {}
    )
    tables = {
        "history": history.assign(**fixed),
        "errors": pd.DataFrame(errors),
        "distances": pd.DataFrame(distances),
    }
    return lab.Result(tables, kept)


def collect(results: list[lab.Result]) -> lab.Record:
    tables = {
        name: pd.concat([r.tables[name] for r in results], ignore_index=True)
        for name in results[0].tables
    }
    tables["errors"] = tables[
        "errors"
    ].drop_duplicates()  # the algorithms come with every job of a task
    return lab.Record(tables, results[0].models)


if __name__ == "__main__":
    lab.main("regression", "Transformers learn linear regression in the prompt", JOBS, job, collect)
