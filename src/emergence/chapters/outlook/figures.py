"""Figures of the chapter that looks ahead."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence.chart import (
    Series,
    dots,
    dumbbell,
    levels,
    line,
    linear,
    log,
    named_rows,
    pick,
    plot,
    share,
    size,
    with_levels,
    words,
)
from emergence.figure import Choice, Predict, Slider

from .tables import (
    CHANCE,
    COMPARED,
    NAMED,
    NEW,
    OLD,
    TASKS,
    TRAINED,
    TRUTH_FAMILIES,
    against_v3,
    attempts,
    chapter,
    distillations,
    frontier,
    leaderboard,
    mmlu,
    truthfulness,
)

__all__ = ["smallest", "harder", "distilled", "sampled", "truthful", "reasoning"]


@chapter.figure(
    "outlook-smallest",
    tables=["obs_base_llm_benchmarks", "llm_timeline"],
    controls=[Slider("score", 0.4, 0.75, 0.05, 0.5, ".0%")],
    columns=["kind", "family", "model", "params", "date", "task", "value"],
)
def smallest(score):
    """Open base models by release and size (parameters); a step line through the smallest so far to reach an MMLU score."""
    rows = mmlu()
    reached = np.where(rows["value"] >= score, "reached", "missed")
    rows = rows.assign(reached=reached, note="")
    best = frontier(rows, score)
    ends = best.iloc[[0, -1]]  # names of all of them would not fit a phone
    short = ends["model"].str.replace(r"-hf$|-v0\.1$|^Meta-", "", regex=True)
    rows.loc[ends.index, "note"] = short
    end = pd.DataFrame({"year": [rows["year"].max() + 0.1], "params": [best["params"].min()]})
    columns = ["family", "model", "params", "date", "year", "task", "value"]
    steps = pd.concat([best[columns], end], ignore_index=True)
    steps = steps.assign(kind="fit", reached="reached", note="", task="MMLU")
    return pd.concat([rows, steps], ignore_index=True)


@smallest.draw
def _(rows):
    ink = {"color": alt.value("currentColor"), "opacity": 0.7, "interpolate": "step-after"}
    return plot(
        rows,
        x=linear(
            "year",
            (2022.2, 2024.75),
            title="date",
            ticks=(2023, 2024),
            format="d",
            grid=False,
            nice=False,
        ),
        y=log("params", (5e7, 1e12), ticks=(1e8, 1e9, 1e10, 1e11, 1e12), billions=True),
        by=Series("reached", ("reached", "missed"), title=""),
        layers=[
            line({"kind": "fit"}, width=1.5, **ink),
            dots(size=55),
            words("note", alt.datum.note != "", align="right", dx=-7, dy=9),
        ],
        tips=("model", "date", "params", "value"),
        height=360,
    )


@chapter.figure(
    "outlook-harder",
    tables=["obs_leaderboard_v2"],
    controls=[Choice("task", tuple(TASKS))],
    predict=Predict("params", 1e10, "params", "value", {"model_series": "Qwen1.5"}),
)
def harder(task):
    """Open base models on six tests made to be hard, against size (fractions); the dashed line is guessing."""
    rows = pick(leaderboard(), task=task)
    return with_levels(rows, {"guessing": CHANCE.get(task)}, task=task)


@harder.draw
def _(rows, task):
    return plot(
        rows,
        x=size("params", over=leaderboard()),
        y=share(domain=(0, TOP[task])),
        by=Series("model_series", (*NAMED, "other_families")),
        layers=[levels("left"), line({"model_series": NAMED}), dots(size=60)],
        tips=("family", "model", "params", "value"),
        height=340,
    )


TOP = {
    "math_hard": 0.35,
    "bbh": 0.75,
    "mmlu_pro": 0.65,
    "gpqa": 0.5,
    "musr": 0.5,
    "ifeval": 0.5,
}
"""Upper end of the axis of each test."""


@chapter.figure(
    "outlook-distilled",
    tables=["deepseek_r1_2025"],
    controls=[Choice("benchmark", ("AIME 2024", "MATH 500", "GPQA Diamond", "LiveCodeBench"))],
)
def distilled(benchmark):
    """First answers of models taught by DeepSeek-R1, against size (fractions); the dashed line is GPT-4o."""
    rows = pick(distillations(), task=benchmark, metric="pass_at_1")
    sized = rows.dropna(subset=["model_series"]).sort_values(["model_series", "params"])
    level = pick(rows, model="GPT-4o-0513").assign(
        kind="reference", model="GPT-4o", model_series=None
    )
    columns = "kind model_series model params task metric value source_table"
    return pd.concat([sized, level], ignore_index=True)[columns.split()]


@distilled.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=distillations().dropna(subset=["model_series"])),
        y=share(),
        by=Series("model_series", tuple(TRAINED.values())),
        layers=[levels("left"), line(), dots(size=60)],
        tips=("model", "params", "task", "value"),
    )


@chapter.figure(
    "outlook-sampled",
    tables=["rlvr_passk_yue2025"],
    controls=[
        Choice("benchmark", ("AIME24", "MATH500")),
        Choice(
            "base_model",
            ("Qwen-2.5-7B", "Qwen-2.5-14B", "Qwen-2.5-32B", "LLaMA-3.1-8B"),
            "Qwen-2.5-32B",
        ),
    ],
)
def sampled(benchmark, base_model):
    """Share of problems that one of k attempts solves, before and after reinforcement learning."""
    return pick(attempts(), task=benchmark, family=base_model)


@sampled.draw
def _(rows):
    return plot(
        rows,
        x=log(
            "k",
            (0.9, 1150),
            title="attempts_allowed",
            ticks=(1, 4, 16, 64, 256, 1024),
            grid=False,
            base=2,
        ),
        y=share(),
        by=Series("training", ("base", "rl"), title=""),
        layers=[line(), dots(size=60)],
        tips=("family", "training", "k", "value"),
    )


FAMILIES = {"all_families": TRUTH_FAMILIES, "old": OLD, "new": NEW}


@chapter.figure(
    "outlook-truthful",
    tables=["obs_base_llm_benchmarks"],
    controls=[Choice("families", tuple(FAMILIES))],
)
def truthful(families):
    """TruthfulQA, multiple choice, against size in eight families of open models (fractions)."""
    return pick(truthfulness(), family=FAMILIES[families])


@truthful.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=truthfulness()),
        y=share(domain=(0.2, 0.65)),
        by=Series("family", TRUTH_FAMILIES),
        layers=[line(), dots(size=60)],
        tips=("family", "model", "params", "value"),
        height=340,
    )


@chapter.figure("outlook-reasoning", tables=["deepseek_r1_2025"])
def reasoning():
    """Four models on every test of DeepSeek-AI 2025, table 4 (fractions); a line joins V3 and R1."""
    return against_v3()


@reasoning.draw
def _(rows):
    tasks = list(dict.fromkeys(rows["task"]))
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("task", tasks, limit=160),
        by=Series("model", COMPARED, columns=2),
        layers=[dumbbell({"model": ("DeepSeek-V3", "DeepSeek-R1")}), dots(size=85)],
        tips=("model", "task", "metric", "value"),
        height=30 * len(tasks),
    )
