"""Instructions that a search finds, answers from little data, and how the collections grew."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, bars, log, pick, plot, published_fractions, share, words
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter, plot_named

__all__ = ["prompt_search", "lima", "collections"]

ORIGINS = {
    "APE": "found",
    "OPRO": "found",
    "human_designed": "person",
    "baseline": "person",
    "no_trigger": "no_prompt",
}


@cache
def prompts() -> pd.DataFrame:
    """Prompts that two searches compared, with where each comes from, best first (Zhou et al. 2022, Yang et al. 2023)."""
    ape = published_fractions("ape_zero_shot_cot_prompts", task="MultiArith")
    opro = published_fractions("opro_gsm8k_prompts").assign(search="opro_gsm8k")
    rows = pd.concat([ape.assign(search="ape_multiarith"), opro], ignore_index=True)
    # The two prompts that OPRO's table uses as baselines: one a person wrote, one another search found; the third is empty.
    source = rows["optimizer_or_source"].astype(object)
    origin = rows["category"].map(ORIGINS).mask(source.eq("empty"), "no_prompt")
    origin = origin.mask(source.astype(str).str.contains("APE"), "found")
    prompt = rows["trigger_prompt"]
    prompt = prompt.where(prompt.notna(), label("empty_prompt"))
    rows = rows.assign(origin=origin, prompt=prompt)
    return rows.sort_values("value", ascending=False, kind="stable")


@chapter.figure(
    "inst-prompt-search",
    tables=["ape_zero_shot_cot_prompts", "opro_gsm8k_prompts"],
    controls=[Choice("search", ("ape_multiarith", "opro_gsm8k"))],
)
def prompt_search(search):
    """Accuracy (fractions) after each sentence put before the answer, found by a search or written by a person."""
    rows = pick(prompts(), search=search)
    return rows[["kind", "model", "task", "origin", "prompt", "metric", "value"]]


@prompt_search.draw
def _(rows, search):
    by = Series("origin", ("found", "person", "no_prompt"), title="")
    return plot_named(rows, "prompt", share(ticks=5), by, tips=("prompt", "origin", "value"))


OUTCOMES = {"LIMA wins": "lima_wins", "tie": "tie", "LIMA loses": "lima_loses"}
JUDGES = {"people": "human (Fig. 1)", "gpt4_judge": "GPT-4 as judge (Fig. 2)"}


@chapter.figure(
    "inst-lima",
    tables=["lima_preferences"],
    controls=[Choice("judge", tuple(JUDGES))],
)
def lima(judge):
    """How often answers of LIMA, tuned on a thousand examples, win, tie and lose against other models (fractions)."""
    rows = published_fractions("lima_preferences")
    rows = pick(rows, outcome=list(OUTCOMES), judge=JUDGES[judge])
    opponent = label("against") + " " + rows["baseline"]
    rows = rows.assign(series=rows["outcome"].map(OUTCOMES), opponent=opponent)
    return rows[["kind", "model", "opponent", "judge", "series", "metric", "value"]]


@lima.draw
def _(rows, judge):
    order = list(OUTCOMES.values())
    stacked = replace(share(title="share_of_prompts", ticks=5), more={"stack": "zero"})
    chart = plot(
        rows,
        x=stacked,
        y=Axis("opponent:N", {}, None, "", {"sort": None}),
        by=Series("series", order, title=""),
        layers=[
            bars(size=14, yOffset=8, order=alt.Order("rank:Q")),
            words("opponent", {"series": "tie"}, align="left", dy=-8, x=2),
        ],
        tips=("opponent", "judge", "value"),
        height=44 * rows["opponent"].nunique(),
    )
    return chart.transform_calculate(rank=alt.expr.indexof(order, alt.datum.series))


WRITERS = {
    "Human-Crafted": "by_people",
    "Synthetic Data (Distillation)": "by_stronger",
    "Synthetic Data (Self-Improvement)": "by_itself",
}
"""Categories of the survey's table; its fourth, reasoning data, mixes people and models and is not drawn."""
COUNTS = {
    "n_tasks": ("n_tasks", (20, 4000)),
    "n_instances": ("n_instances", (3e4, 2e8)),
    "n_written": ("n_instructions", (500, 2e8)),
}


def surveyed() -> pd.DataFrame:
    """Collections of a survey by who wrote them, smallest first."""
    rows = data.load("survey_instruction_datasets")
    origin = rows["category"].map(WRITERS)
    names = {"collection": rows["dataset"], "entry": rows["dataset"]}
    rows = rows.assign(origin=origin, amount=rows["n_instructions"].astype(float), **names)
    rows = rows.dropna(subset=["origin", "amount"])
    rank = rows["origin"].map(list(WRITERS.values()).index)
    return rows.assign(rank=rank).sort_values(["rank", "amount"], kind="stable")


def dated(column: str) -> pd.DataFrame:
    """Collections by date of release, with one of their counts."""
    rows = data.load("timeline_instruction_tuning").rename(columns={"model": "trained_model"})
    rows = rows.assign(amount=rows[column].astype(float)).dropna(subset=["amount"])
    rows = rows.sort_values(["release", "amount"])
    month = rows["release"].dt.strftime("%Y-%m")
    return rows.assign(entry=month + "  " + rows["collection"], release=month)


@chapter.figure(
    "inst-collections",
    tables=["timeline_instruction_tuning", "survey_instruction_datasets"],
    controls=[Choice("counted", tuple(COUNTS))],
    columns="release collection amount origin trained_model base_model note".split(),
)
def collections(counted):
    """Tasks or examples in collections of instructions by date, or by who wrote them."""
    rows = surveyed() if counted == "n_written" else dated(COUNTS[counted][0])
    columns = "kind release collection entry amount origin trained_model base_model note"
    return rows.assign(kind="published").reindex(columns=columns.split())


@collections.draw
def _(rows, counted):
    written = counted == "n_written"
    title = "n_instances" if written else counted
    x = log("amount", COUNTS[counted][1], title=title, ticks=5, format="~s")
    by = Series("origin", tuple(WRITERS.values()), title="") if written else None
    tips = "collection amount origin trained_model base_model note"
    return plot_named(rows, "entry", x, by, tips=tips.split(), step=34)
