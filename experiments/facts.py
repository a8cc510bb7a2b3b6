"""Facts in the feed-forward layers: two Transformers learn 1,600 invented facts, are traced and edited; and how many facts fit.

The *plain* model is a GPT of three layers. The *designed* one sees, in its first two layers, only the token before and itself,
and then only itself, and has no feed-forward part in the last layer: a name can then be looked up only where the name ends.
"""

from __future__ import annotations

import math
from dataclasses import asdict

import gpt
import lab
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from emergence.models import Config, Transformer
from emergence.models import facts as task

SHAPE = dict(
    inputs=task.VOCABULARY, length=task.LENGTH, width=64, layers=3, heads=4, out=task.VOCABULARY
)
DESIGNS = {"designed": dict(windows=(2, 1, 0), mlp=(True, True, False)), "plain": {}}
TRAINING = dict(
    seeds=[0, 1, 2], subjects=task.SUBJECTS, steps=2500, batch=256, lr=4e-3, prompts=1000, edits=20
)
CAPACITY = dict(seed=0, names=128, answers=64, exposures=1000, batch=1000, lr=5e-3)
JOBS = [{"part": "model", "model": model} | TRAINING for model in DESIGNS] + [
    {"part": "capacity", "width": width, "facts": facts} | CAPACITY
    for width, many in ((8, (500, 1000, 2000, 4000, 8000)), (16, (1000, 2000, 4000, 8000)))
    for facts in many
]


def job(settings: lab.Settings) -> lab.Result:
    return train_model(settings) if settings["part"] == "model" else fill(settings)


# --- learning the facts ----------------------------------------------------------------------------------------------
def batches(world: task.World, size: int) -> gpt.Batches:
    """Random facts in random wordings behind 0 to 3 fillers, padded at the end: tokens, place of the last token, answers."""

    def batch(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        subject, relation, wording = (
            rng.integers(0, len(world), size),
            rng.integers(0, task.RELATIONS, size),
            rng.integers(0, task.WORDINGS, size),
        )
        fillers, tokens = (
            rng.integers(0, task.MOST_FILLERS + 1, size),
            np.zeros((size, task.LENGTH), int),
        )
        for count in range(task.MOST_FILLERS + 1):
            here = fillers == count
            made = task.prompts(
                world,
                subject[here],
                relation[here],
                wording[here],
                task.draw_fillers(rng, here.sum(), count),
            )
            tokens[here, : made.shape[1]] = made
        return (
            tokens,
            fillers + task.LENGTH - task.MOST_FILLERS - 1,
            world.objects[subject, relation],
        )

    return batch


def answer_loss(model: gpt.GPT, tokens: Tensor, end: Tensor, answers: Tensor) -> Tensor:
    stream = model.residual(tokens)
    last = stream.gather(2, end[..., None, None].expand(-1, -1, 1, stream.shape[-1]))
    return gpt.cross_entropy(model.times(last, "head"), answers[..., None])


def train_model(settings: lab.Settings) -> lab.Result:
    config, world, name = (
        Config(**SHAPE, **DESIGNS[settings["model"]]),
        task.draw_world(0, settings["subjects"]),
        settings["model"],
    )
    model = gpt.GPT(config, settings["seeds"])
    history = gpt.train(
        model,
        answer_loss,
        batches(world, settings["batch"]),
        steps=settings["steps"],
        lr=settings["lr"],
        every=100,
    )
    with torch.no_grad():
        for p in model.parameters():  # what is measured below is what the record holds
            p.copy_(p.half().float())
    recalls, traces = [], []
    for seed in settings["seeds"]:
        mine = Transformer(config, model.slice(seed))
        recalls.append(
            {
                "seed": seed,
                "recall": np.mean(
                    [task.recall(mine, world, wording) for wording in range(task.WORDINGS)]
                ),
            }
        )
        traces.append(traced(mine, world, settings["prompts"]).assign(seed=seed))
    edited, stored = edit_all(model, config, world, settings["edits"])
    tables = {
        "training": history,
        "recall": pd.DataFrame(recalls),
        "trace": pd.concat(traces),
        "edits": edited,
        "facts": world.table(),
    }
    first = settings["seeds"][0]
    return lab.Result(
        {k: v if k == "facts" else v.assign(model=name) for k, v in tables.items()},
        {name: (asdict(config), model.slice(first)), f"{name}-edits": ({"model": name}, stored)},
    )


def traced(model: Transformer, world: task.World, count: int) -> pd.DataFrame:
    """Both interventions, averaged over random facts with fresh noise."""
    rng = np.random.default_rng(7)
    fact = rng.permutation(len(world) * task.RELATIONS)[:count]
    subject, relation = fact // task.RELATIONS, fact % task.RELATIONS
    tokens = task.prompts(
        world, subject, relation, 0, task.draw_fillers(rng, len(fact), task.TRACED_FILLERS)
    )
    answers = world.objects[subject, relation]
    noise = task.noise_scale(model) * rng.standard_normal((len(fact), 2, model.config.width))
    found, ablated = task.trace(model, tokens, answers, noise), task.ablate(model, tokens, answers)
    return pd.DataFrame(
        [
            {
                "component": task.COMPONENTS[c],
                "layer": layer,
                "position": task.POSITIONS[t],
                "effect": found.effect[c, layer, t],
                "ablated": ablated[c, layer, t],
                "clean": found.clean.mean(),
                "corrupted": found.corrupted.mean(),
            }
            for c, layer, t in np.ndindex(found.effect.shape)
            if np.isfinite(found.effect[c, layer, t])
        ]
    )


# --- editing them ----------------------------------------------------------------------------------------------------
def edit_all(
    model: gpt.GPT, config: Config, world: task.World, count: int
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Every method on the same random edits of the first seed's model: one row per edit, and the rank-one edits themselves."""
    only = gpt.GPT(config, model.seeds[:1])
    only.load_state_dict({k: v[:1].clone() for k, v in model.state_dict().items()})
    weights, rng = only.slice(only.seeds[0]), np.random.default_rng(5)
    known = Transformer(config, weights)
    rows, kept = [], {"fact": [], "key": [], "value": []}
    inverse = {
        layer: np.linalg.inv(covariance(known, world, layer))
        for layer in range(config.layers)
        if config.mlp[layer]
    }
    for _ in range(count):
        subject, relation = int(rng.integers(len(world))), int(rng.integers(task.RELATIONS))
        others = np.setdiff1d(
            np.arange(task.OBJECTS) + task.OBJECT + relation * task.OBJECTS,
            world.objects[subject, relation],
        )
        target = int(rng.choice(others))
        fact = {"subject": subject, "relation": relation, "target": target}
        for layer in inverse:
            for method, keep in (("rank_one", 1.0), ("rank_one_alone", 0.0)):
                edit = rank_one(only, known, world, fact, layer, inverse[layer], keep, rng)
                change = (
                    np.linalg.norm(edit.key)
                    * np.linalg.norm(edit.value)
                    / np.linalg.norm(weights[f"{layer}.down"])
                )
                rows.append(
                    fact
                    | {"method": method, "layer": layer, "change": change}
                    | task.edit_scores(task.apply(known, edit), world, subject, relation, target)
                )
                if keep:
                    kept["fact"].append([subject, relation, target, layer])
                    kept["key"].append(edit.key)
                    kept["value"].append(edit.value)
        tuned = fine_tune(only, config, world, fact, rng)
        rows.append(
            fact
            | {"method": "fine_tuning", "layer": -1, "change": np.nan}
            | task.edit_scores(tuned, world, subject, relation, target)
        )
    return pd.DataFrame(rows), {k: np.array(v) for k, v in kept.items()}


def covariance(model: Transformer, world: task.World, layer: int) -> np.ndarray:
    """Second moment of the keys of one layer over random prompts, all positions (Meng et al. 2022, equation 2)."""
    rng = np.random.default_rng(11)
    keys = []
    for fillers in range(task.MOST_FILLERS + 1):
        drawn = (
            rng.integers(0, high, 2500) for high in (len(world), task.RELATIONS, task.WORDINGS)
        )
        tokens = task.prompts(world, *drawn, task.draw_fillers(rng, 2500, fillers))
        keys.append(keys_of(model, tokens, layer).reshape(-1, model.config.hidden))
    found = np.concatenate(keys).astype(float)
    return found.T @ found / len(found) + 1e-4 * np.eye(model.config.hidden)


def keys_of(model: Transformer, tokens: np.ndarray, layer: int) -> np.ndarray:
    """What feeds the second matrix of `layer`: (B, T, hidden)."""
    streams = {}
    model(tokens, hook=lambda site, value: streams.setdefault(site, value))
    before = streams["embed"] if layer == 0 else streams[f"{layer - 1}.residual"]
    return model.hidden(before + streams[f"{layer}.attention"], layer)


def rank_one(
    model: gpt.GPT,
    known: Transformer,
    world: task.World,
    fact: dict,
    layer: int,
    inverse: np.ndarray,
    keep: float,
    rng: np.random.Generator,
    copies: int = 6,
    steps: int = 60,
    lr: float = 0.5,
) -> task.Edit:
    """ROME (Meng et al. 2022, section 3.1): the key is the mean over prompts, the value is found by gradient descent.

    `keep` weighs a term that holds the model to its own answers about the subject's other relations.
    """
    subject, relation, target = fact["subject"], fact["relation"], fact["target"]
    asked = [
        (
            task.prompts(world, subject, relation, 0, task.draw_fillers(rng, copies, count)),
            np.full(copies, target),
            count,
            1 / (task.MOST_FILLERS + 1),
        )
        for count in range(task.MOST_FILLERS + 1)
    ]
    key = np.concatenate(
        [keys_of(known, tokens, layer)[:, count + 2] for tokens, _, count, _ in asked]
    ).mean(0)
    others = np.setdiff1d(np.arange(task.RELATIONS), relation)
    for count in (0, 2) if keep else ():
        tokens = task.prompts(world, subject, others, 0, task.draw_fillers(rng, len(others), count))
        asked.append((tokens, known(tokens, last=True).argmax(-1), count, keep / 2))
    before = key @ known.weights[f"{layer}.down"] + known.weights[f"{layer}.down.b"]
    value = torch.zeros(len(before), requires_grad=True)
    optimizer = torch.optim.Adam([value], lr)
    for _ in range(steps):
        loss = 0.02 * value.square().sum() / float(before @ before)
        answered = torch.zeros(())
        for tokens, wanted, count, weight in asked:
            at = torch.zeros(tokens.shape[1], 1)
            at[count + 2] = 1
            stream = model.residual(
                torch.from_numpy(tokens)[None],
                hook=lambda site, v: v + at * value if site == f"{layer}.mlp" else v,
            )
            answered = answered + weight * F.cross_entropy(
                model.times(stream[:, :, -1:], "head")[0, :, 0], torch.from_numpy(wanted)
            )
        if answered.item() < 0.02:
            break
        optimizer.zero_grad()
        (loss + answered).backward()
        optimizer.step()
    toward = inverse @ key
    half = lambda v: np.asarray(v, np.float16).astype(np.float32)  # noqa: E731 - as it is stored
    return task.Edit(
        subject,
        relation,
        target,
        layer,
        half(toward / (toward @ key)),
        half(value.detach().numpy()),
    )


def fine_tune(
    model: gpt.GPT,
    config: Config,
    world: task.World,
    fact: dict,
    rng: np.random.Generator,
    steps: int = 50,
    lr: float = 1e-3,
) -> Transformer:
    """The obvious alternative: all weights, gradient descent on the one new sentence until the model says it."""
    tuned = gpt.GPT(config, model.seeds)
    tuned.load_state_dict(model.state_dict())
    optimizer = torch.optim.Adam(tuned.parameters(), lr)
    for _ in range(steps):
        tokens = task.prompts(
            world,
            fact["subject"],
            fact["relation"],
            0,
            task.draw_fillers(rng, 6, int(rng.integers(0, task.MOST_FILLERS + 1))),
        )
        stream = tuned.residual(torch.from_numpy(tokens)[None])
        loss = F.cross_entropy(
            tuned.times(stream[:, :, -1:], "head")[0, :, 0], torch.full((6,), fact["target"])
        )
        if loss.item() < 0.02:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return Transformer(config, tuned.slice(tuned.seeds[0]))


# --- how many fit ----------------------------------------------------------------------------------------------------
def fill(settings: lab.Settings) -> lab.Result:
    """Bits of random facts (name pair → one of `answers`) that a one-layer model stores when it sees each one `exposures` times."""
    names, count, width = settings["names"], settings["facts"], settings["width"]
    rng = np.random.default_rng(settings["seed"])
    pair, answers = (
        rng.permutation(names * names)[:count],
        rng.integers(0, settings["answers"], count),
    )
    tokens = np.stack([pair // names, pair % names + names], 1)
    config = Config(
        inputs=2 * names,
        length=2,
        width=width,
        layers=1,
        heads=max(1, width // 8),
        out=settings["answers"],
    )
    size, waiting = min(count, settings["batch"]), []

    def batch(stream: np.random.Generator) -> tuple[np.ndarray, ...]:
        if not waiting:
            order = stream.permutation(count)
            waiting.extend(order[i : i + size] for i in range(0, count, size))
        chosen = waiting.pop()
        return tokens[chosen], answers[chosen]

    def loss(model: gpt.GPT, x: Tensor, y: Tensor) -> Tensor:
        return gpt.cross_entropy(model(x, start=1), y[..., None])

    model = gpt.GPT(config, [settings["seed"]])
    gpt.train(
        model,
        loss,
        batch,
        steps=settings["exposures"] * count // size,
        lr=settings["lr"],
        weight_decay=0.0,
        every=1000,
    )
    with torch.no_grad():
        scores = model(torch.from_numpy(tokens)[None], start=1)
        nats = float(gpt.cross_entropy(scores, torch.from_numpy(answers)[None, :, None]))
        accuracy = float((scores[0, :, 0].argmax(-1).numpy() == answers).mean())
    bits = count * (math.log2(settings["answers"]) - nats / math.log(2))
    return lab.Result(
        {
            "capacity": pd.DataFrame(
                [
                    {
                        "width": width,
                        "params": config.params,
                        "facts": count,
                        "accuracy": accuracy,
                        "cross_entropy": nats,
                        "bits": bits,
                        "bits_per_param": bits / config.params,
                    }
                ]
            )
        }
    )


def collect(results: list[lab.Result]) -> lab.Record:
    def joined(name: str) -> pd.DataFrame:
        return pd.concat([r.tables[name] for r in results if name in r.tables], ignore_index=True)

    models = {name: model for r in results for name, model in r.models.items()}
    return lab.Record(
        {name: joined(name) for name in ("training", "recall", "trace", "edits", "capacity")}
        | {"facts": results[0].tables["facts"]},
        models,
    )


if __name__ == "__main__":
    lab.main("facts", "Facts in the feed-forward layers", JOBS, job, collect)
