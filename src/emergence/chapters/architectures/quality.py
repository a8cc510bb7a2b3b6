"""How good: architectures at equal size on equal data, and each against the Transformer of its own paper."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    PALETTE,
    Series,
    dots,
    fractions,
    levels,
    line,
    linear,
    log,
    named_rows,
    pick,
    plot,
    rules,
    share,
    size,
    zero,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import chapter, with_reference

__all__ = ["same_size", "against_transformer", "hybrid_layers"]

TASKS = ("LAMBADA", "HellaSwag", "PIQA", "ARC-e", "ARC-c", "WinoGrande", "OpenBookQA")
CHANCE = {
    "HellaSwag": 0.25,
    "PIQA": 0.5,
    "ARC-e": 0.25,
    "ARC-c": 0.25,
    "WinoGrande": 0.5,
    "OpenBookQA": 0.25,
}
"""Guessing level that follows from the number of options; LAMBADA asks for a word and has none."""
PILE = "pile_perplexity"
SAME_DATA = ("Pythia", "RWKV", "Mamba", "Mamba-2")
FAMILIES = {
    "same_data": SAME_DATA,
    "any_data": (*SAME_DATA, "Hybrid H3", "OPT", "GPT-Neo", "GPT-J"),
}


@cache
def zero_shot() -> pd.DataFrame:
    """Dao & Gu 2024, Table 10: accuracies as fractions, perplexity on the Pile as printed, and our mean of the seven tasks."""
    rows = pick(data.load("mamba2_zero_shot"), table="Table 10")
    pile = rows[rows["task"].str.startswith("The Pile")].assign(task=PILE)
    tasks = pick(rows, task=list(TASKS), metric="accuracy")
    tasks = tasks.assign(value=fractions(tasks["value"]))
    # The printed averages of two Mamba models do not match their cells, so the mean is ours for every model.
    models = tasks.groupby(["family", "model", "params"], as_index=False, sort=False)
    mean = models.agg(value=("value", "mean"), tasks=("task", "size"))
    if set(mean.pop("tasks")) != {len(TASKS)}:
        raise data.DataError(
            "mamba2_zero_shot: a model lacks one of the seven tasks, so their mean is not comparable"
        )
    mean = mean.assign(task="mean_of_seven", setting="zero_shot", n_shots=0, metric="accuracy")
    rows = pd.concat([mean, tasks, pile], ignore_index=True).assign(kind="published")
    rows = rows.sort_values(["family", "params"], kind="stable")
    return rows["kind family model params task setting n_shots metric value".split()]


@chapter.figure(
    "arch-same-size",
    tables=["mamba2_zero_shot"],
    curve=["family", "task"],
    controls=[
        Choice("task", ("mean_of_seven", *TASKS, PILE)),
        Choice("trained_on", tuple(FAMILIES)),
    ],
)
def same_size(task, trained_on):
    """Accuracy (fractions) or perplexity by size, of models trained on the same data or on any."""
    rows = pick(zero_shot(), task=task, family=list(FAMILIES[trained_on]))
    chance = {"kind": "reference", "model": "chance", "task": task, "metric": "accuracy"}
    known = [{**chance, "value": CHANCE[task]}] if task in CHANCE else []
    return with_reference(rows, known)


@same_size.draw
def _(rows, task, trained_on):
    # One Pythia model lies far above the others; the logarithm keeps them apart.
    ticks = {"ticks": (6, 8, 10, 15, 20, 30), "format": "d"}
    perplexity = log("value", (5.5, 35), title="perplexity_axis", **ticks)
    return plot(
        rows,
        x=size("params", over=zero_shot()),
        y=perplexity if task == PILE else share(domain=(0.2, 0.8)),
        by=Series("family", FAMILIES[trained_on], title=""),
    )


MIXERS = ("older_linear", "convolution", "recurrent", "hybrid")
HYENA = ("hyena", {"table": "Table 4.3"})
HYENA_MEDIUM = ("hyena", {"table": "Table 4.4", "train_tokens": 1.5e10})
PILE_TEN = ("mamba2_zero_shot", {"table": "Table 10", "task": "The Pile (validation)"})
PILE_ANY = ("mamba2_zero_shot", {"task": "The Pile (validation)"})
PILE_THREE = (
    "mamba2_zero_shot",
    {"table": "Table 3 (2.7B, 64 layers, 300B tokens)", "task": "The Pile (validation)"},
)
XLSTM = ("xlstm", {"task": "SlimPajama (validation)", "train_tokens": 3e11})
LAYERS = ("mamba2_hybrid_layers", {})
GPT_RECIPE, LLAMA_RECIPE = "gpt_recipe", "llama_recipe"

COMPARISONS = (
    (HYENA, "Performer", "older_linear", "Transformer", GPT_RECIPE),
    (HYENA, "Linear Attention", "older_linear", "Transformer", GPT_RECIPE),
    (HYENA, "Hybrid H3", "hybrid", "Transformer", GPT_RECIPE),
    (HYENA, "Hyena-3-slim", "convolution", "Transformer", GPT_RECIPE),
    (HYENA_MEDIUM, "Hyena-2 (355M)", "convolution", "GPT (355M)", GPT_RECIPE),
    (PILE_TEN, "RWKV4-3B", "recurrent", "Pythia-2.8B", GPT_RECIPE),
    (PILE_TEN, "Mamba-2.8B", "recurrent", "Pythia-2.8B", GPT_RECIPE),
    (PILE_TEN, "Mamba-2-2.7B", "recurrent", "Pythia-2.8B", GPT_RECIPE),
    (XLSTM, "RWKV-4", "recurrent", "Llama", LLAMA_RECIPE),
    (XLSTM, "Mamba", "recurrent", "Llama", LLAMA_RECIPE),
    (XLSTM, "xLSTM[1:0]", "recurrent", "Llama", LLAMA_RECIPE),
    (LAYERS, "Mamba-2", "recurrent", "Transformer++", LLAMA_RECIPE),
    (LAYERS, "Mamba-2 + 6 attention layers", "hybrid", "Transformer++", LLAMA_RECIPE),
    (PILE_ANY, "Mamba-2-2.7B", "recurrent", "Transformer++", LLAMA_RECIPE),
    (PILE_THREE, "Mamba-2-Attention", "hybrid", "Transformer++", LLAMA_RECIPE),
)
"""Table and the rows of it that both sides share, challenger, its kind, the Transformer beside it, and that one's recipe."""


def magnitude(params: float) -> str:
    return f"{params / 1e9:.1f}B" if params >= 1e9 else f"{params / 1e6:.0f}M"


def compared(table, model: str, mixer: str, transformer: str, recipe: str) -> dict:
    """One comparison as a row; raises `data.DataError` unless the table has one perplexity for each side."""
    name, where = table
    rows = pick(data.load(name), metric="perplexity", **where)
    ours, base = (pick(rows, model=side) for side in (model, transformer))
    if len(ours) != 1 or len(base) != 1:
        raise data.DataError(
            f"{name}: {model} against {transformer} needs one perplexity each, found {len(ours)} and {len(base)}"
        )
    ours, base, paper = ours.iloc[0], base.iloc[0], data.source(name)
    # Mamba-2-2.7B is compared twice, with Pythia and with the Transformer++ of its own paper.
    star = " *" if (model, transformer) == ("Mamba-2-2.7B", "Transformer++") else ""
    return {
        "kind": "published",
        "entry": f"{model.replace(' attention layers', ' attn')}, {magnitude(ours['params'])}{star}",
        "model": model,
        "mixer": mixer,
        "baseline": transformer,
        "baseline_recipe": recipe,
        "params": ours["params"],
        "baseline_params": base["params"],
        "task": ours["task"],
        "paper": f"{paper.authors.split(',')[0]} {paper.year}",
        "perplexity": ours["value"],
        "baseline_perplexity": base["value"],
        "value": float(np.log(ours["value"] / base["value"])),
    }


@cache
def comparisons() -> pd.DataFrame:
    """Perplexity of a model and of the Transformer beside it in the same paper; `value` = ln(ratio), nats per token."""
    return pd.DataFrame([compared(*comparison) for comparison in COMPARISONS])


@chapter.figure(
    "arch-against-transformer",
    tables=["hyena", "mamba2_zero_shot", "xlstm", "mamba2_hybrid_layers"],
    controls=[Choice("baseline_recipe", ("every_recipe", LLAMA_RECIPE, GPT_RECIPE))],
    columns="paper model mixer params perplexity baseline baseline_params baseline_perplexity task value".split(),
)
def against_transformer(baseline_recipe):
    """Loss (nats per token) above or below the Transformer trained beside each model in its own paper."""
    rows = comparisons()
    return (
        rows if baseline_recipe == "every_recipe" else pick(rows, baseline_recipe=baseline_recipe)
    )


@against_transformer.draw
def _(rows, baseline_recipe):  # one line per model: the recipe says which, and so how high
    told = {
        "model:N": ("model", {}),
        "perplexity:Q": ("perplexity", {"format": ".4~g"}),
        "baseline:N": ("baseline", {}),
        "baseline_perplexity:Q": ("baseline_perplexity", {"format": ".4~g"}),
        "value:Q": ("nats_axis", {"format": "+.3f"}),
        "task:N": ("task", {}),
        "paper:N": ("paper", {}),
    }
    tips = [alt.Tooltip(column, title=label(key), **look) for column, (key, look) in told.items()]
    nats = {"title": "nats_axis", "format": "+.1f", "nice": False}
    return plot(
        rows,
        x=linear("value", (-0.12, 0.4), **nats),
        y=named_rows("entry", rows["entry"].tolist(), limit=170),
        by=Series("mixer", MIXERS, title="", columns=2),
        layers=[
            zero("x"),
            rules(x2=alt.datum(0), color=None, aria=False),
            dots(size=85, tooltip=tips),
        ],
        height=22 * len(rows),
    )


@chapter.figure(
    "arch-hybrid-layers",
    tables=["mamba2_hybrid_layers"],
    predict=Predict(
        "n_attention_layers",
        6.5,
        "n_attention_layers",
        "perplexity",
        {"kind": "published"},
        log_x=False,
    ),
)
def hybrid_layers():
    """Perplexity on the Pile by number of attention layers among 48 (Dao & Gu 2024, Table 2)."""
    rows = data.load("mamba2_hybrid_layers").rename(columns={"value": "perplexity"})
    layers = rows["n_attention_layers"].astype(float)
    kind = np.where(layers.isna(), "reference", "published")
    rows = rows.assign(kind=kind, n_attention_layers=layers)
    columns = "kind model n_attention_layers n_layers params train_tokens task metric perplexity"
    return rows[columns.split()]


@hybrid_layers.draw
def _(rows):
    perplexity = {"title": "perplexity_axis", "format": ".1f", "nice": False}
    return plot(
        rows,
        x=linear("n_attention_layers", (-1, 26), ticks=7, grid=False, nice=False),
        y=linear("perplexity", (7.9, 8.8), **perplexity),
        layers=[line(color=PALETTE[0]), dots(color=PALETTE[0]), levels(dy=-7, size=12)],
        tips=("model", "n_attention_layers", "perplexity", "params"),
        height=300,
    )
