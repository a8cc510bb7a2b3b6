"""Chains without examples, many chains with a vote, chains in other languages, and chains learned by reinforcement."""

from __future__ import annotations

import altair as alt
import numpy as np

from emergence import data
from emergence.chart import (
    Axis,
    Series,
    bars,
    dots,
    fractions,
    levels,
    line,
    linear,
    named_rows,
    pick,
    plot,
    published_fractions,
    rules,
    share,
    words,
)
from emergence.figure import Choice

from .tables import EVERY, chapter, plot_rows

__all__ = ["zero_shot_by_model", "trigger_phrases", "self_consistency", "multilingual", "r1_zero"]

NAMED = ("GPT-3 (original)", "Instruct GPT-3", "PaLM")


def kojima():
    """Kojima et al. 2022, by model; families that are not drawn as a series are ``other_models``."""
    rows = published_fractions("zeroshot_cot_kojima2022_model_scale")
    series = rows["family"].where(rows["family"].isin(NAMED), "other_models")
    return rows.assign(model_series=series)


@chapter.figure(
    "zero-shot-by-model",
    tables=["zeroshot_cot_kojima2022_model_scale"],
    controls=[Choice("model_series", (*NAMED, "other_models"))],
)
def zero_shot_by_model(model_series):
    """Accuracy on MultiArith (fractions) of models of one series, with and without "Let's think step by step"."""
    rows = pick(kojima(), model_series=model_series)
    columns = "kind family model_series model params task setting n_shots metric value"
    return rows[columns.split()]


@zero_shot_by_model.draw
def _(rows, model_series):
    order = list(dict.fromkeys(rows["model"]))
    aslant = {"labelAngle": -40, "labelLimit": 160, "labelOverlap": False, "grid": False}
    joined = [] if model_series == "other_models" else [line()]
    return plot(
        rows,
        x=Axis("model:N", {}, aslant, "", {"sort": order}),
        y=share(),
        by=Series("setting", ("zero_shot", "few_shot", "zero_shot_cot", "few_shot_cot")),
        layers=[*joined, dots(size=80)],
        height=300,
    )


@chapter.figure("trigger-phrases", tables=["zeroshot_cot_kojima2022_templates"])
def trigger_phrases():
    """Accuracy on MultiArith (fractions) after each sentence put before the answer (Kojima et al. 2022)."""
    names = {"category": "trigger_kind", "template": "trigger"}
    rows = data.load("zeroshot_cot_kojima2022_templates").rename(columns=names)
    kind = np.where(rows["trigger_kind"] == "none", "reference", "published")
    rows = rows.assign(kind=kind, value=fractions(rows["value"]))
    return rows[["kind", "model", "task", "trigger_kind", "trigger", "metric", "value"]]


@trigger_phrases.draw
def _(rows):
    order = list(rows.sort_values("value", ascending=False)["trigger"])
    # The sentence stands above its bar: as an axis label it would leave no room on a narrow page.
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("trigger", order).without_guide(),
        by=Series("trigger_kind", ("instructive", "misleading", "irrelevant", "none")),
        layers=[
            bars(EVERY, size=4, opacity=0.5, yOffset=8, tooltip=None),
            dots(EVERY, size=85, yOffset=8),
            words("trigger", EVERY, size=12, align="left", dx=4, dy=-7, x=alt.datum(0)),
        ],
        tips=("trigger", "trigger_kind", "value"),
        height=34 * len(rows),
    )


VOTES = ("chain_of_thought", "self_consistency")


def wang():
    """Wang et al. 2022: one chain, and the majority of many."""
    return published_fractions("self_consistency_wang2022_models", setting=list(VOTES))


@chapter.figure(
    "self-consistency",
    tables=["self_consistency_wang2022_models"],
    controls=lambda: [Choice("task", tuple(wang()["task"].drop_duplicates()), "GSM8K")],
)
def self_consistency(task):
    """Accuracy (fractions) of one chain and of the majority of many, by model."""
    rows = pick(wang(), task=task)
    return rows["kind family model params task setting n_paths metric value".split()]


@self_consistency.draw
def _(rows):
    order = wang()["model"].drop_duplicates()
    return plot_rows(rows, "model", order, Series("setting", VOTES, columns=2), step=34)


@chapter.figure(
    "multilingual",
    tables=["mgsm_shi2022"],
    controls=[Choice("model", ("PaLM-540B", "GPT-3"))],
)
def multilingual(model):
    """Accuracy on grade-school problems (fractions) in each language, answering at once and with chains in two languages."""
    rows = published_fractions("mgsm_shi2022", model=model)
    rows = rows[rows["language"].str.len() == 2]  # averages have longer names
    return rows["kind family model params task language setting n_shots metric value".split()]


@multilingual.draw
def _(rows):
    by = Series("setting", ("direct", "native_cot", "en_cot", "translate_en"), columns=2)
    table = pick(data.load("mgsm_shi2022"), model=["PaLM-540B", "GPT-3"])
    order = [language for language in table["language"].drop_duplicates() if len(language) == 2]
    return plot_rows(rows, "language", order, by, top=0.7, step=26)


LENGTH = "average response length (smoothed curve)"


LIMIT_RAISED = 8200
"""Step after which answers may have 65,536 tokens instead of 32,768 (DeepSeek-AI 2025, section on training details)."""


@chapter.figure(
    "r1-zero",
    tables=["deepseek_r1_zero_training"],
    controls=[Choice("measure", ("accuracy", "response_length"))],
)
def r1_zero(measure):
    """Accuracy on AIME 2024 (fractions), or length of answers (tokens), by step of reinforcement learning."""
    rows = data.load("deepseek_r1_zero_training").rename(columns={"step": "rl_step"})
    rows = rows[(rows["metric"] == LENGTH) == (measure == "response_length")]
    kind = np.where(rows["model"].str.startswith("human"), "reference", "published")
    rows = rows.assign(kind=kind, metric=rows["metric"].replace({LENGTH: "response_length"}))
    return rows[["kind", "model", "rl_step", "task", "metric", "unit", "value"]]


@r1_zero.draw
def _(rows, measure):
    right = measure == "accuracy"
    tokens = linear("value", (0, 16000), title="tokens", format="~s")
    return plot(
        rows,
        x=linear("rl_step", (0, 10400), format="~s", grid=False, nice=False),
        y=share() if right else tokens,
        by=Series("metric", ("pass@1", "cons@16") if right else ("response_length",)),
        layers=[
            rules(width=1, x=alt.datum(LIMIT_RAISED), y=None, color=None),
            line(),
            dots(),
            levels(),
        ],
    )
