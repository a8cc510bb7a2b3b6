"""What in an example matters: its labels, its format, its place, and how the answer is read."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    TIPS,
    Axis,
    Layer,
    Series,
    dots,
    fractions,
    levels,
    line,
    named_rows,
    ordered,
    pick,
    plot,
    rules,
    share,
    with_levels,
    words,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter

__all__ = ["what_matters", "calibration", "prompt_order", "unrelated_labels", "symbol_tuning"]

SPOILED = {
    "share of demonstration gain kept with 0% correct labels": "all_labels_wrong",
    "gain kept with random English words as labels (format kept)": "random_words_as_labels",
    "gain kept with OOD inputs + random labels (format kept)": "random_inputs_and_labels",
}
FORMATS = {"classification": "classification", "multi-choice": "multiple_choice"}


@chapter.figure(
    "icl-what-matters",
    tables=["facts_in_context_learning"],
    columns=["kind", "model", "words", "value"],
)
def what_matters():
    """How much of the gain from examples is left when their labels or inputs are spoiled (fractions of the gain)."""
    rows = data.load("facts_in_context_learning")
    part = rows["quantity"].str.rsplit(", ", n=1)
    rows = rows.assign(kind="published", spoiled=part.str[0].map(SPOILED))
    rows = rows.assign(task_format=part.str[1].map(FORMATS)).dropna(subset=["spoiled"])
    task = rows["spoiled"] + "_" + rows["task_format"]
    rows = rows.assign(task=task, words=task.map(label), value=fractions(rows["value"]))
    rows = rows[["kind", "model", "task", "words", "spoiled", "task_format", "value"]]
    return with_levels(rows, {"intact_examples": 1.0})


@what_matters.draw
def _(rows):
    order = [f"{way}_{form}" for way in SPOILED.values() for form in FORMATS.values()]
    models = ("MetaICL", "GPT-J", "Direct MetaICL", "Channel MetaICL", "Channel GPT-J")
    whole = {"x": alt.datum(0), "x2": alt.datum(1), "color": None}
    # The name stands above its row: as an axis label it would leave no room on a narrow page.
    name = {"align": "left", "dx": 4, "dy": -6, "x": alt.datum(0), "each": ("task", "words")}
    return plot(
        rows,
        x=share(domain=(0, 1.02), title="gain_kept", ticks=(0, 0.25, 0.5, 0.75, 1), nice=False),
        y=named_rows("task", order).without_guide(),
        by=Series("model", models, title="", columns=2),
        layers=[
            Layer("rule", ("x",), {}, {"kind": "reference"}),
            rules({"kind": "published"}, width=1, opacity=0.3, yOffset=9, **whole),
            dots({"kind": "published"}, size=95, yOffset=9),
            words("words", {"kind": "published"}, size=12, **name),
        ],
        tips=("model", "words", "value"),
        height=44 * len(order),
    )


def with_spread(rows: pd.DataFrame, mean: str, spread: str) -> pd.DataFrame:
    """Printed means and standard deviations as fractions, with one deviation to each side of the mean."""
    value, deviation = fractions(rows[mean]), fractions(rows[spread])
    rows = rows.assign(kind="published", value=value, spread=deviation)
    return rows.assign(low=value - deviation, high=(value + deviation).clip(upper=1))


SPREAD = "kind family model params task setting n_shots metric value spread low high".split()


def plot_spread(rows: pd.DataFrame, x: Axis, by: Series):
    """Means with bars of one standard deviation, series side by side."""
    side = alt.Scale(domain=list(by.order), paddingOuter=0.35)
    aside = {"xOffset": alt.XOffset(f"{by.column}:N", scale=side)}
    ends = {"y": alt.Y("low:Q", title=label("value")), "y2": "high:Q"}
    return plot(
        rows,
        x=x,
        y=share(),
        by=by,
        layers=[rules(width=2, opacity=None, **aside, **ends), dots(size=85, **aside)],
        tips=(*TIPS, "spread"),
        height=300,
    )


BARE = {"symbolStrokeWidth": 0}
"""Of a legend: else the bars would give its symbols a thick outline."""
CALIBRATED = ("baseline", "contextual_calibration")


@cache
def calibrated() -> pd.DataFrame:
    """Table 1 of Zhao et al. 2021: mean and standard deviation over sets of examples."""
    rows = with_spread(data.load("calibrate_before_use_table1"), "mean", "std_over_example_sets")
    return rows.assign(low=rows["low"].clip(lower=0)).sort_values(["setting", "n_shots"])


@chapter.figure(
    "icl-calibration",
    tables=["calibrate_before_use_table1"],
    controls=[
        Choice("task", ("AGNews", "TREC", "DBPedia", "SST-2", "CB", "RTE", "LAMA")),
        Choice("model", ("GPT-3 175B", "GPT-3 2.7B")),
    ],
    columns=SPREAD[:-2],
)
def calibration(task, model):
    """Accuracy (fractions) by number of examples, as it is and after calibration, with its spread over example sets."""
    rows = pick(calibrated(), task=task, model=model)
    return rows.assign(n_shots=rows["n_shots"].astype(str))[SPREAD]


@calibration.draw
def _(rows):
    by = Series("setting", CALIBRATED, more=BARE)
    return plot_spread(rows, ordered("n_shots", ("0", "1", "4", "8")), by)


ORDERED = (
    "all_orders_baseline",
    "LocalE_selected",
    "GlobalE_selected",
    "split_training_set_selected",
)


@chapter.figure("icl-prompt-order", tables=["lu2022_prompt_order_sst2"], columns=SPREAD[:-2])
def prompt_order():
    """Accuracy on SST-2 (fractions) over orders of the same examples, and over those that a rule selects, by size of GPT-2."""
    return with_spread(data.load("lu2022_prompt_order_sst2"), "mean", "std")[SPREAD]


@prompt_order.draw
def _(rows):
    models = tuple(dict.fromkeys(rows["model"]))
    by = Series("setting", ORDERED, columns=2, more=BARE)
    return plot_spread(rows, ordered("model", models, title="gpt2_size", drop="^GPT-2 "), by)


TRANSFER = {
    "SST-2 only (baseline)": "same_data_set",
    "SST-2 in-context, RT eval": "sst2_then_rt",
    "RT in-context, SST-2 eval": "rt_then_sst2",
}
DAVINCI = ("text-ada-001", "text-babbage-001", "text-curie-001", "text-davinci-001")


@chapter.figure("icl-unrelated-labels", tables=["facts_in_context_learning"])
def unrelated_labels():
    """Accuracy (fractions) with the labels "foo" and "bar", on the examples' own data set and on another one."""
    rows = data.load("facts_in_context_learning")
    rows = rows[rows["quantity"].isin(TRANSFER)]
    found = {
        "kind": "published",
        "family": "InstructGPT",
        "model": rows["model"],
        "task": "sentiment_foo_bar",
        "setting": rows["quantity"].map(TRANSFER),
        "metric": "accuracy",
        "value": rows["value"].astype(float) / 100,
    }
    return with_levels(pd.DataFrame(found), {"random_guessing": 0.5})


@unrelated_labels.draw
def _(rows):
    return plot(
        rows,
        x=ordered("model", DAVINCI, title="", drop="^text-|-001$"),
        y=share(),
        by=Series("setting", tuple(TRANSFER.values()), columns=2),
        layers=[levels(dy=12), line(), dots(size=80)],
        height=300,
    )


TUNINGS = ("instruction_tuned", "symbol_tuned")
FLAN = ("Flan-PaLM-8B", "Flan-PaLM-62B", "Flan-PaLM-62B-cont", "Flan-PaLM-540B")
PROMPTS = (
    "symbols_without_instructions",
    "symbols_with_instructions",
    "relevant_without_instructions",
    "relevant_with_instructions",
)


@chapter.figure(
    "icl-symbol-tuning",
    tables=["symbol_tuning_table1"],
    controls=[Choice("prompt", PROMPTS)],
)
def symbol_tuning(prompt):
    """Accuracy (fractions) of four models before and after tuning on arbitrary labels, by what the prompt gives away."""
    labels, instructions = prompt.split("_", 1)
    rows = pick(
        data.load("symbol_tuning_table1"),
        relevant_labels=labels == "relevant",
        task_instructions=instructions == "with_instructions",
    )
    rows = rows.assign(
        kind=np.where(rows["family"] == "reference", "reference", "published"),
        model=rows["model"].replace({"random guessing": label("random_guessing")}),
        prompt=prompt,
        metric="accuracy",
        value=fractions(rows["value"]),
    )
    return rows["kind family model params prompt tuning setting metric value".split()]


@symbol_tuning.draw
def _(rows):
    return plot(
        rows,
        x=ordered("model", FLAN, title="", drop="^Flan-PaLM-"),
        y=share(),
        by=Series("tuning", TUNINGS),
        layers=[levels(dy=12), line(), dots(size=80)],
        height=300,
    )
