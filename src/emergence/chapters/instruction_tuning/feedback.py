"""Tuning on human preferences: InstructGPT's ratings, tests and side effects, and summaries from feedback."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    Panels,
    Series,
    dots,
    levels,
    line,
    linear,
    pick,
    plot,
    published,
    share,
    size,
    spans,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import (
    INTERVAL,
    SERIES,
    TUNED,
    UNPROMPTED,
    beside,
    chapter,
    named_by_size,
    plot_named,
    tuned_sizes,
)

__all__ = [
    "win_rates",
    "ratings",
    "alignment_tax",
    "automatic_evaluations",
    "summaries",
    "overoptimization",
]

RATERS = {
    "training_instruct": "Instruct distribution / training workers",
    "heldout_instruct": "Instruct distribution / held-out workers",
    "training_gpt": "GPT distribution / training workers",
    "heldout_gpt": "GPT distribution / held-out workers",
}
SIZED = "kind series model params task metric value bar_low bar_high drawn_params".split()
INTERVALS = [spans("bar_low", "bar_high"), line(), dots(), levels()]


@cache
def wins() -> pd.DataFrame:
    """Ouyang et al. 2022, Figure 3: how often each model is preferred to the 175B SFT model (fractions)."""
    rows = pick(data.load("instructgpt_winrate_by_size"), figure="Figure 3").rename(
        columns=INTERVAL
    )
    # The 175B SFT model is what all others are compared with: 50 percent by construction, no measurement.
    rows = rows[~((rows["model"] == "SFT") & (rows["params"] == 1.75e11))]
    rows = rows.assign(series=rows["model"].map(SERIES), kind="published")
    return rows.assign(drawn_params=beside(rows, TUNED), model=named_by_size(rows))


@chapter.figure(
    "inst-win-rates",
    tables=["instructgpt_winrate_by_size"],
    controls=[Choice("raters", tuple(RATERS))],
    columns=["model", "params", "metric", "value", "bar_low", "bar_high"],
)
def win_rates(raters):
    """How often people prefer each model's answer to that of the 175B model tuned on demonstrations (fractions), by size."""
    rows = pick(wins(), panel=RATERS[raters])
    rows = rows.sort_values(["series", "params"], kind="stable")[SIZED]
    even = {"kind": "reference", "model": label("even"), "value": 0.5}
    even = pd.DataFrame([{**even, "metric": rows["metric"].iloc[0]}])
    return pd.concat([rows, even], ignore_index=True)[SIZED]


@win_rates.draw
def _(rows):
    return plot(
        rows,
        x=tuned_sizes(),
        y=share(domain=(0, 0.8), title="win_rate"),
        by=Series("series", TUNED, title=""),
        layers=INTERVALS,
        tips=("model", "value", "bar_low", "bar_high"),
        height=340,
    )


MEASURES = {
    "likert": "Mean Likert rating (1-7), InstructGPT prompt distribution",
    "attempts": "Attempts correct instruction",
    "constraints": "Follows explicit constraints",
    "hallucinates": "Hallucinations (closed-domain)",
    "language": "Uses language appropriate for customer assistant",
}
RATED = SERIES | {
    "GPT-3 175B": "gpt3",
    "GPT-3 175B (prompted)": "prompted",
    "SFT 175B": "sft",
    "PPO-ptx 175B (InstructGPT)": "ppo_ptx",
    "FLAN": "on_flan",
    "T0": "on_t0",
}
RATED_ORDER = ("gpt3", "on_t0", "on_flan", *TUNED[1:])


@chapter.figure(
    "inst-ratings",
    tables=["instructgpt_metadata_likert"],
    controls=[Choice("measure", tuple(MEASURES))],
)
def ratings(measure):
    """Mean rating (1 to 7), or share of answers with a property (fractions), of models of 175 billion parameters."""
    rows = data.load("instructgpt_metadata_likert").rename(columns=INTERVAL)
    rows = pick(rows, panel=MEASURES[measure])
    series = rows["model"].map(RATED)
    rows = rows.assign(
        kind="published", model=series.map(label), order=series.map(RATED_ORDER.index)
    )
    columns = "kind model params metric unit value bar_low bar_high"
    return rows.sort_values("order")[columns.split()]


@ratings.draw
def _(rows, measure):
    likert = linear("value", (1, 7), title=measure, format="d")
    x = likert if measure == "likert" else share(title=measure)
    tips = ("model", "value", "bar_low", "bar_high")
    return plot_named(rows, "model", x, tips=tips, interval=True, step=40)


NLP = ("SQuAD v2", "DROP", "HellaSwag", "QuAC", "RTE v2", "SST", "Winograd (WSC)", "WMT15 Fr-En")


@cache
def nlp() -> pd.DataFrame:
    """Ouyang et al. 2022, Figures 28 and 29: public tests by size, with and without examples (fractions)."""
    rows = published("instructgpt_nlp_by_size")
    rows = rows.rename(columns={"ci_low": "bar_low", "ci_high": "bar_high"})
    series = rows["model"].str.replace(r" [\d.]+B$", "", regex=True).map(SERIES)
    rows = rows.assign(series=series)
    return rows.assign(drawn_params=beside(rows, UNPROMPTED), model=named_by_size(rows))


@chapter.figure(
    "inst-alignment-tax",
    tables=["instructgpt_nlp_by_size"],
    curve=["series", "setting"],
    controls=[Choice("task", NLP), Choice("setting", ("few_shot", "zero_shot"))],
    columns=["model", "params", "task", "setting", "metric", "value", "bar_low", "bar_high"],
)
def alignment_tax(task, setting):
    """Score on a public test (fractions) before and after tuning on preferences, by size."""
    rows = pick(nlp(), task=task, setting=setting)
    rows = rows.sort_values(["series", "params"], kind="stable")
    return rows[[*SIZED, "setting", "setup"]]


@alignment_tax.draw
def _(rows):
    return plot(
        rows,
        x=tuned_sizes(),
        y=share(),
        by=Series("series", UNPROMPTED, title=""),
        layers=INTERVALS,
        tips=("model", "task", "metric", "value", "bar_low", "bar_high"),
    )


AUTOMATIC = {
    "auto_toxicity": ("Real Toxicity", "toxicity", 0.6, ".1f"),
    "auto_informative": ("Truthful QA", "true + info", 1, ".0%"),
    "auto_truthful": ("Truthful QA", "true", 1, ".0%"),
    "auto_winogender": ("Winogender", "entropy", 1, ".1f"),
    "auto_crows": ("CrowS Pairs", "entropy", 1, ".1f"),
}
"""Task and metric of Table 14, top and format of the axis. Its two rows for summaries are identical in print, a slip, and left out."""


@chapter.figure(
    "inst-automatic-evaluations",
    tables=["instructgpt_table14_automatic_evals"],
    curve=["prompt", "series"],
    controls=[Choice("automatic", tuple(AUTOMATIC))],
    columns=["model", "params", "task", "prompt", "metric", "unit", "value"],
)
def automatic_evaluations(automatic):
    """Toxicity, truthfulness or bias by size and by what the prompt asks for (units of the measure)."""
    task, metric, *_ = AUTOMATIC[automatic]
    rows = pick(data.load("instructgpt_table14_automatic_evals"), task=task, metric=metric)
    rows = rows.assign(kind="published", series=rows["model"].map(SERIES))
    rows = rows.assign(model=named_by_size(rows)).sort_values(["series", "params"], kind="stable")
    columns = "kind family series model params task prompt metric unit value"
    return rows[columns.split()]


@automatic_evaluations.draw
def _(rows, automatic, columns):
    task, _, top, form = AUTOMATIC[automatic]
    prompts = pick(data.load("instructgpt_table14_automatic_evals"), task=task)["prompt"]
    prompts = list(dict.fromkeys(prompts))
    return plot(
        rows,
        x=tuned_sizes("params"),
        y=share(domain=(0, top), title="", format=form),
        by=Series("series", UNPROMPTED, title=""),
        layers=[line(width=1.8), dots(size=55)],
        tips=("model", "task", "prompt", "metric", "value"),
        panels=Panels("prompt", prompts, height=170, at_most=3, prefix="asked_", limit=200),
        columns=columns,
    )


METHODS = {
    "human feedback (RL)": "feedback",
    "supervised fine-tuning": "supervised",
    "pretrain only": "pretrain_only",
}
FIGURES = {"policies": "Figure 1", "reward_models": "Figure 6"}


def stiennon(figure: str) -> pd.DataFrame:
    """One figure of Stiennon et al. 2020, as fractions."""
    return pick(data.load("stiennon2020_summarization_rlhf"), figure=figure).assign(
        kind="published"
    )


def half_way() -> pd.DataFrame:
    """The level at which a summary is as good as a person's."""
    level = {"kind": "reference", "model": label("human_summary"), "value": 0.5}
    return pd.DataFrame([level])


@chapter.figure(
    "inst-summaries",
    tables=["stiennon2020_summarization_rlhf"],
    controls=[Choice("shown", tuple(FIGURES))],
)
def summaries(shown):
    """How often summaries are preferred to people's, or how often reward models agree with people (fractions), by size."""
    rows = stiennon(FIGURES[shown])
    if shown == "policies":
        ends = {"bar_low": rows["err_low"], "bar_high": rows["err_high"]}
        rows, flat = rows.assign(series=rows["model"].map(METHODS), **ends), half_way()
    else:
        names = rows["model"].str.replace(" ", "_")
        rows = rows.assign(series=rows["comparisons"], bar_low=np.nan, bar_high=np.nan)
        flat = rows[rows["params"].isna()].assign(kind="reference", series=None)
        flat = flat.assign(model=names.map(label))
        rows = rows.dropna(subset=["params"])
    rows = pd.concat([rows, flat], ignore_index=True)
    rows = rows.sort_values(["series", "params"], kind="stable")
    return rows["kind series model params metric value bar_low bar_high".split()]


@summaries.draw
def _(rows, shown):
    if shown == "policies":
        y = share(domain=(0, 0.9), title="preferred")
        by = Series("series", tuple(METHODS.values()), title="")
    else:
        y = share(domain=(0.55, 0.9), title="rm_accuracy")
        by = Series("series", ("64k", "32k", "16k", "8k"), title="comparisons")
    return plot(
        rows,
        x=size("params", over=stiennon(FIGURES[shown])),
        y=y,
        by=by,
        layers=INTERVALS,
        tips=("model", "params", "value", "bar_low", "bar_high"),
        height=340,
    )


JUDGED = {"reward model prediction": "predicted", "actual human preference": "actual"}


@chapter.figure("inst-overoptimization", tables=["stiennon2020_summarization_rlhf"])
def overoptimization():
    """Preference for the tuned model's summaries (fractions), predicted and actual, by the distance it was tuned away (KL, nats)."""
    rows = stiennon("Figure 5")
    rows = rows.assign(series=rows["model"].map(JUDGED), kl=rows["kl_from_supervised"])
    rows = pd.concat([rows.sort_values(["series", "kl"]), half_way()], ignore_index=True)
    return rows[["kind", "series", "model", "kl", "metric", "value"]]


@overoptimization.draw
def _(rows):
    ticks = {"ticks": (0, 1, 3, 10, 30, 100, 300), "format": "d", "grid": False}
    return plot(
        rows,
        x=linear("kl", (0, 300), type="symlog", constant=1, nice=False, **ticks),
        y=share(title="preferred"),
        by=Series("series", tuple(JUDGED.values()), title=""),
    )
