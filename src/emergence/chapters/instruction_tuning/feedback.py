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
    "inst_training_instruct": "Instruct distribution / training workers",
    "inst_heldout_instruct": "Instruct distribution / held-out workers",
    "inst_training_gpt": "GPT distribution / training workers",
    "inst_heldout_gpt": "GPT distribution / held-out workers",
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
    controls=[Choice("inst_raters", tuple(RATERS))],
    columns=["model", "params", "metric", "value", "bar_low", "bar_high"],
)
def win_rates(inst_raters):
    """How often people prefer each model's answer to that of the 175B model tuned on demonstrations (fractions), by size."""
    rows = pick(wins(), panel=RATERS[inst_raters])
    rows = rows.sort_values(["series", "params"], kind="stable")[SIZED]
    even = {"kind": "reference", "model": label("inst_even"), "value": 0.5}
    even = pd.DataFrame([{**even, "metric": rows["metric"].iloc[0]}])
    return pd.concat([rows, even], ignore_index=True)[SIZED]


@win_rates.draw
def _(rows):
    return plot(
        rows,
        x=tuned_sizes(),
        y=share(domain=(0, 0.8), title="inst_win_rate"),
        by=Series("series", TUNED, title=""),
        layers=INTERVALS,
        tips=("model", "value", "bar_low", "bar_high"),
        height=340,
    )


MEASURES = {
    "inst_likert": "Mean Likert rating (1-7), InstructGPT prompt distribution",
    "inst_attempts": "Attempts correct instruction",
    "inst_constraints": "Follows explicit constraints",
    "inst_hallucinates": "Hallucinations (closed-domain)",
    "inst_language": "Uses language appropriate for customer assistant",
}
RATED = SERIES | {
    "GPT-3 175B": "inst_gpt3",
    "GPT-3 175B (prompted)": "inst_prompted",
    "SFT 175B": "inst_sft",
    "PPO-ptx 175B (InstructGPT)": "inst_ppo_ptx",
    "FLAN": "inst_on_flan",
    "T0": "inst_on_t0",
}
RATED_ORDER = ("inst_gpt3", "inst_on_t0", "inst_on_flan", *TUNED[1:])


@chapter.figure(
    "inst-ratings",
    tables=["instructgpt_metadata_likert"],
    controls=[Choice("inst_measure", tuple(MEASURES))],
)
def ratings(inst_measure):
    """Mean rating (1 to 7), or share of answers with a property (fractions), of models of 175 billion parameters."""
    rows = data.load("instructgpt_metadata_likert").rename(columns=INTERVAL)
    rows = pick(rows, panel=MEASURES[inst_measure])
    series = rows["model"].map(RATED)
    rows = rows.assign(
        kind="published", model=series.map(label), order=series.map(RATED_ORDER.index)
    )
    columns = "kind model params metric unit value bar_low bar_high"
    return rows.sort_values("order")[columns.split()]


@ratings.draw
def _(rows, inst_measure):
    likert = linear("value", (1, 7), title=inst_measure, format="d")
    x = likert if inst_measure == "inst_likert" else share(title=inst_measure)
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
    "inst_auto_toxicity": ("Real Toxicity", "toxicity", 0.6, ".1f"),
    "inst_auto_informative": ("Truthful QA", "true + info", 1, ".0%"),
    "inst_auto_truthful": ("Truthful QA", "true", 1, ".0%"),
    "inst_auto_winogender": ("Winogender", "entropy", 1, ".1f"),
    "inst_auto_crows": ("CrowS Pairs", "entropy", 1, ".1f"),
}
"""Task and metric of Table 14, top and format of the axis. Its two rows for summaries are identical in print, a slip, and left out."""


@chapter.figure(
    "inst-automatic-evaluations",
    tables=["instructgpt_table14_automatic_evals"],
    curve=["prompt", "series"],
    controls=[Choice("inst_automatic", tuple(AUTOMATIC))],
    columns=["model", "params", "task", "prompt", "metric", "unit", "value"],
)
def automatic_evaluations(inst_automatic):
    """Toxicity, truthfulness or bias by size and by what the prompt asks for (units of the measure)."""
    task, metric, *_ = AUTOMATIC[inst_automatic]
    rows = pick(data.load("instructgpt_table14_automatic_evals"), task=task, metric=metric)
    rows = rows.assign(kind="published", series=rows["model"].map(SERIES))
    rows = rows.assign(model=named_by_size(rows)).sort_values(["series", "params"], kind="stable")
    columns = "kind family series model params task prompt metric unit value"
    return rows[columns.split()]


@automatic_evaluations.draw
def _(rows, inst_automatic, columns):
    task, _, top, form = AUTOMATIC[inst_automatic]
    prompts = pick(data.load("instructgpt_table14_automatic_evals"), task=task)["prompt"]
    prompts = list(dict.fromkeys(prompts))
    return plot(
        rows,
        x=tuned_sizes("params"),
        y=share(domain=(0, top), title="", format=form),
        by=Series("series", UNPROMPTED, title=""),
        layers=[line(width=1.8), dots(size=55)],
        tips=("model", "task", "prompt", "metric", "value"),
        panels=Panels("prompt", prompts, height=170, at_most=3, prefix="inst_asked_", limit=200),
        columns=columns,
    )


METHODS = {
    "human feedback (RL)": "inst_feedback",
    "supervised fine-tuning": "inst_supervised",
    "pretrain only": "inst_pretrain_only",
}
FIGURES = {"inst_policies": "Figure 1", "inst_reward_models": "Figure 6"}


def stiennon(figure: str) -> pd.DataFrame:
    """One figure of Stiennon et al. 2020, as fractions."""
    return pick(data.load("stiennon2020_summarization_rlhf"), figure=figure).assign(
        kind="published"
    )


def half_way() -> pd.DataFrame:
    """The level at which a summary is as good as a person's."""
    level = {"kind": "reference", "model": label("inst_human_summary"), "value": 0.5}
    return pd.DataFrame([level])


@chapter.figure(
    "inst-summaries",
    tables=["stiennon2020_summarization_rlhf"],
    controls=[Choice("inst_stiennon", tuple(FIGURES))],
)
def summaries(inst_stiennon):
    """How often summaries are preferred to people's, or how often reward models agree with people (fractions), by size."""
    rows = stiennon(FIGURES[inst_stiennon])
    if inst_stiennon == "inst_policies":
        ends = {"bar_low": rows["err_low"], "bar_high": rows["err_high"]}
        rows, flat = rows.assign(series=rows["model"].map(METHODS), **ends), half_way()
    else:
        names = "inst_" + rows["model"].str.replace(" ", "_")
        rows = rows.assign(series=rows["comparisons"], bar_low=np.nan, bar_high=np.nan)
        flat = rows[rows["params"].isna()].assign(kind="reference", series=None)
        flat = flat.assign(model=names.map(label))
        rows = rows.dropna(subset=["params"])
    rows = pd.concat([rows, flat], ignore_index=True)
    rows = rows.sort_values(["series", "params"], kind="stable")
    return rows["kind series model params metric value bar_low bar_high".split()]


@summaries.draw
def _(rows, inst_stiennon):
    if inst_stiennon == "inst_policies":
        y = share(domain=(0, 0.9), title="inst_preferred")
        by = Series("series", tuple(METHODS.values()), title="")
    else:
        y = share(domain=(0.55, 0.9), title="inst_rm_accuracy")
        by = Series("series", ("64k", "32k", "16k", "8k"), title="inst_comparisons")
    return plot(
        rows,
        x=size("params", over=stiennon(FIGURES[inst_stiennon])),
        y=y,
        by=by,
        layers=INTERVALS,
        tips=("model", "params", "value", "bar_low", "bar_high"),
        height=340,
    )


JUDGED = {"reward model prediction": "inst_predicted", "actual human preference": "inst_actual"}


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
        y=share(title="inst_preferred"),
        by=Series("series", tuple(JUDGED.values()), title=""),
    )
