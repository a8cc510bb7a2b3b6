"""Figures of scores on benchmarks: the smaller model with more data, and tasks that get worse with size."""

from __future__ import annotations

import pandas as pd

from emergence import data
from emergence.chart import (
    TIPS,
    Series,
    dots,
    dumbbell,
    fractions,
    levels,
    line,
    linear,
    named_rows,
    pick,
    plot,
    share,
    size,
    with_levels,
)
from emergence.figure import Choice, Predict

from .tables import chapter, prize_tasks

__all__ = ["chinchilla_gopher", "inverse"]

COMPARED = ("GPT-3", "Gopher", "Chinchilla")


def pile() -> pd.DataFrame:
    """Bits per byte of Gopher and Chinchilla on the subsets of the Pile."""
    rows = pick(data.load("chinchilla_vs_gopher"), table="Table A5", model=COMPARED[1:])
    subset = rows["task"].str.removeprefix("The Pile: ").str.replace("_", " ")
    return rows.assign(task=subset)


def benchmarks() -> pd.DataFrame:
    """Scores (fractions) on tasks where both Gopher and Chinchilla are printed, and GPT-3 where its prompts are the same."""
    tables = ["Table 6", "Table 7", "Table 8", "Table 9", "Section 4.2.5"]
    rows = pick(data.load("chinchilla_vs_gopher"), table=tables, model=COMPARED)
    rows = pick(rows, setting=["zero_shot", "few_shot"])
    # On RACE GPT-3 had another prompt format, the paper says.
    rows = rows[~(rows["task"].str.startswith("RACE") & rows["model"].eq("GPT-3"))]
    shots = rows["n_shots"].map(lambda k: "" if pd.isna(k) else f", {int(k)}-shot")
    task = rows["task"].str.replace(" (57 tasks)", "", regex=False) + shots
    rows = rows.assign(task=task, value=fractions(rows["value"]))
    gopher, chinchilla = (pick(rows, model=model)["task"] for model in COMPARED[1:])
    return rows[rows["task"].isin(gopher) & rows["task"].isin(chinchilla)]


@chapter.figure(
    "scaling-chinchilla-gopher",
    tables=["chinchilla_vs_gopher"],
    controls=[Choice("suite", ("benchmarks", "pile"))],
)
def chinchilla_gopher(suite):
    """Chinchilla, Gopher and GPT-3 on benchmarks (fractions), or bits per byte on the subsets of the Pile."""
    rows = pile() if suite == "pile" else benchmarks()
    columns = "kind model params train_flops task metric value"
    return rows.assign(kind="published")[columns.split()]


@chinchilla_gopher.draw
def _(rows, suite):
    wide = rows.pivot(index="task", columns="model", values="value")
    gain = (wide["Chinchilla"] - wide["Gopher"]).sort_values(ascending=suite == "pile")
    bits = linear(domain=(0, 1.2), title="bits_per_byte", ticks=None, format=".1f")
    return plot(
        rows,
        x=bits if suite == "pile" else share(ticks=5),
        y=named_rows("task", list(gain.index)),
        by=Series("model", COMPARED, title=""),
        layers=[dumbbell(width=1.5, opacity=0.45), dots(size=80)],
        height=22 * len(gain),
    )


SERIES = ("PaLM", "GPT-2", "GPT-3", "GPT-3 FeedME", "OPT", "Gopher", "Chinchilla", "Anthropic LM")
"""Model series drawn with their own color; the two Anthropic series fine-tuned on preferences are in the table only."""
TASKS = (
    "hindsight_neglect",
    "modus_tollens",
    "repetitive_algebra",
    "sig_figs",
    "neqa",
    "redefine",
    "memo_trap",
    "resisting_correction",
    "into_the_unknown",
    "pattern_match_suppression",
    "prompt_injection",
)


@chapter.figure(
    "scaling-inverse",
    tables=["mckenzie2023_inverse_scaling_tasks"],
    controls=[Choice("task", TASKS)],
    predict=Predict("train_flops", 1e24, "train_flops", "value", {"family": "PaLM"}),
)
def inverse(task):
    """Eight model series on the prize tasks (fractions; one a loss in nats) against training compute (FLOPs)."""
    everything = pick(prize_tasks(), task=task)
    rows = pick(everything, family=SERIES).assign(kind="published")
    rows = rows["kind family model params train_flops task metric value".split()]
    chance = everything["random_baseline"].max()
    return with_levels(rows, {"scaling_chance": chance}, task=task)


@inverse.draw
def _(rows, task):
    loss = linear(domain=(0, 5), title="nats", format=".1f")
    return plot(
        rows,
        x=size("train_flops", domain=(1e18, 6e24)),
        y=loss if task == "prompt_injection" else share(),
        by=Series("family", SERIES, title=""),
        layers=[
            line(width=1.5, opacity=0.55, clip=True),
            dots(size=40, opacity=0.7, clip=True),
            line({"family": "PaLM"}, width=3.5),
            levels("left"),
        ],
        tips=("family", *TIPS),
        height=340,
    )
