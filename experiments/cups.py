"""Direct answers and written steps: follow a ball under five cups (`emergence.models.cups` describes the task).

Every model sees the same kind of questions, 1 to 12 swaps, a fresh batch at every step. Recorded: accuracy by number of
swaps, the loss on the way, and for the models that write their steps how sampling at a temperature spoils them and how a
vote among chains repairs that.
"""

from __future__ import annotations

import gpt
import lab
import numpy as np
import pandas as pd
import torch

from emergence.models import Transformer, cups

DIRECT = [
    dict(mode="direct", layers=layers, width=64, steps=2000, lr=2e-3, seeds=[seed])
    for seed in (0, 1, 2)
    for layers in (4, 1, 2, 3)
]
LONG = [dict(mode="direct", layers=3, width=64, steps=7000, lr=2e-3, seeds=[0])]
WRITTEN = [
    dict(mode="written", layers=2, width=12, steps=1000, lr=4e-3, seeds=[0, 1, 2]),
    dict(mode="written", layers=1, width=64, steps=800, lr=2e-3, seeds=[0, 1, 2]),
]
JOBS = [settings | {"batch": 128} for settings in WRITTEN + DIRECT[:4] + LONG + DIRECT[4:]]

LIVE = {
    "written_d12": ("written", 2, 12),
    "written_d64": ("written", 1, 64),
    "direct_d64": ("direct", 4, 64),
}
"""Models whose weights are kept (seed 0): those of the page's live part."""
QUESTIONS, CHAINS = 1000, 40
TEMPERATURES = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)


def batches(mode: str, size: int):
    """Batches of prompts with, for every position that is scored, the right token and whether it counts."""

    def batch(rng: np.random.Generator):
        start, moves, count = cups.draw(rng, size)
        tokens, places = cups.prompt(start, moves, count), cups.follow(start, moves)
        if mode == "direct":
            return tokens, places[np.arange(size), count - 1][:, None], np.ones((size, 1), bool)
        live = np.arange(cups.SWAPS) < count[:, None]
        steps = np.where(live, places, cups.PAD)
        return np.concatenate([tokens, steps[:, :-1]], 1), steps, live

    return batch


def loss(model, tokens, targets, live):
    return gpt.cross_entropy(model(tokens, start=cups.PROMPT - 1), targets, live)


@torch.no_grad()
def accuracy(model, mode: str) -> pd.DataFrame:
    """Share of fresh questions answered right for each number of swaps: columns seed, swaps, accuracy, questions."""
    rows = []
    for swaps in range(1, cups.SWAPS + 1):
        start, moves, count = cups.draw(np.random.default_rng([swaps, 2]), QUESTIONS, swaps)
        tokens, truth = cups.prompt(start, moves, count), cups.follow(start, moves)[:, swaps - 1]
        said = gpt.generate(
            model, np.stack([tokens] * len(model.seeds)), 1 if mode == "direct" else swaps
        )[..., -1]
        rows += [
            {
                "seed": s,
                "swaps": swaps,
                "accuracy": (said[i] == truth).mean(),
                "questions": QUESTIONS,
            }
            for i, s in enumerate(model.seeds)
        ]
    return pd.DataFrame(rows)


def by_temperature(model: Transformer) -> pd.DataFrame:
    """How often a sampled step, and a whole sampled chain, is right: one row per temperature and number of swaps."""
    rows, rng = [], np.random.default_rng(3)
    for temperature in TEMPERATURES:
        start, moves, count = cups.draw(rng, QUESTIONS, cups.SWAPS)
        chains, truth = (
            cups.write(model, cups.prompt(start, moves, count), cups.SWAPS, temperature, rng),
            cups.follow(start, moves),
        )
        right, judged = cups.step_right(start, moves, chains)
        for k, (every, last) in enumerate(
            zip(cups.all_right(chains, truth), (chains == truth).mean(0), strict=True), 1
        ):
            rows.append(
                {
                    "temperature": temperature,
                    "swaps": k,
                    "step_right": right / judged,
                    "all_right": every,
                    "answer_right": last,
                    "chains": QUESTIONS,
                }
            )
    return pd.DataFrame(rows)


def by_votes(model: Transformer, questions: int = 100) -> pd.DataFrame:
    """How often the most frequent answer of n sampled chains is right; disjoint groups of n chains count once each."""
    rows, rng = [], np.random.default_rng(4)
    for temperature in (2.0, 3.0, 4.0):
        start, moves, count = cups.draw(rng, questions, cups.SWAPS)
        truth = cups.follow(start, moves)
        tokens = np.repeat(cups.prompt(start, moves, count), CHAINS, 0)
        chains = cups.write(model, tokens, cups.SWAPS, temperature, rng).reshape(
            questions, CHAINS, cups.SWAPS
        )
        for swaps in (4, 8, 12):
            for n in (1, 2, 3, 5, 10, 20, 40):
                groups = [
                    cups.vote(chains[:, i : i + n, swaps - 1], truth[:, swaps - 1])
                    for i in range(0, CHAINS, n)
                    if i + n <= CHAINS
                ]
                rows.append(
                    {
                        "temperature": temperature,
                        "swaps": swaps,
                        "chains": n,
                        "accuracy": np.mean(groups),
                        "questions": questions,
                    }
                )
    return pd.DataFrame(rows)


def job(settings: lab.Settings) -> lab.Result:
    mode = settings["mode"]
    config = cups.config(mode, settings["layers"], settings["width"])
    model = gpt.GPT(config, settings["seeds"])
    history = gpt.train(
        model, loss, batches(mode, settings["batch"]), steps=settings["steps"], lr=settings["lr"]
    )
    about = {k: settings[k] for k in ("mode", "layers", "width", "steps")} | {
        "params": config.params
    }
    tables = {"accuracy": accuracy(model, mode), "training": history}
    weights = {
        seed: {k: np.asarray(v, np.float16) for k, v in model.slice(seed).items()}
        for seed in settings["seeds"]
    }
    if mode == "written":
        stored = Transformer(config, weights[settings["seeds"][0]])
        tables |= {"temperature": by_temperature(stored), "votes": by_votes(stored)}
    return lab.Result(
        {name: table.assign(**about) for name, table in tables.items()},
        {"first": (vars(config), weights[settings["seeds"][0]])},
    )


def collect(results: list[lab.Result]) -> lab.Record:
    tables = {
        name: pd.concat([r.tables[name] for r in results if name in r.tables], ignore_index=True)
        for name in ("accuracy", "training", "temperature", "votes")
    }
    models = {
        name: r.models["first"]
        for r in results
        for name, shape in LIVE.items()
        if shape == (r.settings["mode"], r.settings["layers"], r.settings["width"])
        and r.settings["seeds"][0] == 0
    }
    return lab.Record(tables, models)


if __name__ == "__main__":
    lab.main(
        "cups",
        "Follow a ball under five cups: direct answers and written steps",
        JOBS,
        job,
        collect,
    )
