"""What a chain of thought adds as models grow: published curves by size, task and length."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from emergence.chart import (
    Axis,
    Layer,
    Panels,
    Series,
    dots,
    gain,
    line,
    pick,
    plot,
    share,
    size,
    tooltips,
    words,
    zero,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import CHANCE, FAMILIES, GROUPS, PROMPTING, WEI, chapter, gains, open_gains, wei

__all__ = ["gsm8k_by_scale", "tasks_by_scale", "symbolic_by_length", "gain_by_scale", "open_models"]

COLUMNS = "kind family model_series model params train_flops task setting metric value".split()


SERIES = "model_series:N"
"""A line joins the models of a series: those of a family that differ in size and amount of text."""


def gsm8k() -> pd.DataFrame:
    return pick(wei(), task="GSM8K").dropna(subset=["params"])


@chapter.figure(
    "gsm8k-by-scale",
    tables=["cot_wei2022_arithmetic"],
    curve=["family", "setting"],
    controls=[Choice("family", FAMILIES)],
    predict=Predict("params", 1e11, "params", "value", {"setting": "chain_of_thought"}),
)
def gsm8k_by_scale(family):
    """Accuracy on GSM8K (fractions) by size of one family, with and without a chain of thought."""
    rows = pick(gsm8k(), family=family).sort_values(["setting", "params"])
    return rows["kind family model_series model params task setting n_shots metric value".split()]


@gsm8k_by_scale.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=gsm8k()),
        y=share(domain=(0, 0.7)),
        by=Series("setting", PROMPTING),
        layers=[line(detail=SERIES), dots()],
    )


def with_chance(rows: pd.DataFrame, levels: Sequence[dict]) -> pd.DataFrame:
    """The rows and the guessing level of each task that has one."""
    if not levels:
        return rows
    chance = pd.DataFrame(levels).assign(kind="reference", model="chance")
    return pd.concat([rows, chance], ignore_index=True)[list(rows)]


def plot_multiples(rows: pd.DataFrame, x: Axis, panels: Panels, columns: int) -> alt.FacetChart:
    """Small multiples of curves by prompting, guessing as a broken line."""
    guessing = Layer("rule", ("y",), {}, {"kind": "reference"})
    return plot(
        rows,
        x=x,
        y=share(),
        by=Series("setting", PROMPTING),
        layers=[guessing, line(detail=SERIES), dots(size=55)],
        panels=panels,
        columns=columns,
    )


@chapter.figure(
    "tasks-by-scale",
    tables=[*WEI, "wei2022_table2_models"],
    curve=["task", "setting"],
    controls=[
        Choice("task_group", tuple(GROUPS)),
        Choice("family", FAMILIES, "PaLM"),
        Choice("x", ("params", "train_flops")),
    ],
)
def tasks_by_scale(task_group, family, x):
    """Score (fractions) on each task of a group by size or training compute, with and without a chain of thought."""
    rows = pick(wei(), task_group=task_group, family=family).dropna(subset=["train_flops"])
    # No rows for GPT-3: the paper did not test it there, so only the guessing levels are left.
    if task_group == "symbolic":
        rows = rows.assign(task=rows["task"] + rows["length"].map("_{:.0f}".format))
    known = [task for task in GROUPS[task_group] if task in CHANCE]
    return with_chance(rows[COLUMNS], [{"task": task, "value": CHANCE[task]} for task in known])


@tasks_by_scale.draw
def _(rows, task_group, x, columns):
    sized = wei().dropna(subset=["train_flops"])
    panels = Panels("task", GROUPS[task_group], at_most=3)
    return plot_multiples(rows, size(x, over=sized), panels, columns)


LENGTHS = ("2", "3", "4")


def symbolic() -> pd.DataFrame:
    rows = pick(wei(), task_group="symbolic")
    return rows[rows["family"] != "UL2"]


@chapter.figure(
    "symbolic-by-length",
    tables=["cot_wei2022_symbolic"],
    curve=["length", "setting"],
    controls=[
        Choice("task", ("last_letter_concatenation", "coin_flip")),
        Choice("family", ("PaLM", "LaMDA")),
    ],
)
def symbolic_by_length(task, family):
    """Score (fractions) by size on a symbolic task of two, three and four steps; the examples have two."""
    rows = pick(symbolic(), task=task, family=family)[[*COLUMNS, "length"]]
    rows = rows.assign(length=rows["length"].map("{:.0f}".format))
    known = [length for length in LENGTHS if f"{task}_{length}" in CHANCE]
    levels = [{"task": task, "length": n, "value": CHANCE[f"{task}_{n}"]} for n in known]
    return with_chance(rows, levels)


@symbolic_by_length.draw
def _(rows, task, columns):
    x = size("params", over=symbolic())
    chart = plot_multiples(rows, x, Panels("length", LENGTHS, height=180), columns)
    chart.facet.header = alt.Header(labelExpr=alt.datum.value + f" {label(task + '_unit')}")
    return chart


@chapter.figure(
    "gain-by-scale",
    tables=[*WEI, "wei2022_table2_models"],
    controls=[
        Choice("x", ("train_flops", "params")),
        Choice("family", ("all_families", *FAMILIES)),
    ],
)
def gain_by_scale(x, family):
    """Gain from a chain of thought (differences of fractions) on every task by training compute or size, and its mean."""
    rows = gains().assign(kind="published").dropna(subset=["train_flops"])
    rows = rows if family == "all_families" else pick(rows, family=family)
    columns = (
        "kind family model_series model params train_flops task_group task metric standard "
        "chain_of_thought gain"
    )
    rows = rows[columns.split()]
    models = ["family", "model_series", "model", "params", "train_flops"]
    mean = rows.groupby(models, as_index=False, sort=False)["gain"].mean()
    mean = mean.assign(kind="fit", task=label("mean_of_tasks"))
    return pd.concat([rows, mean], ignore_index=True)[list(rows)]


@gain_by_scale.draw
def _(rows, x):
    mean = {"kind": "fit"}
    largest = {**mean, "model": ["GPT-3 175B", "LaMDA 137B", "PaLM 540B"]}
    ink = {"color": "currentColor"}
    stroke = {"thickness": 3, "size": 24, "orient": "horizontal", **ink}
    tips = {"tooltip": tooltips(rows, ("model", "task", "gain"))}
    return plot(
        rows,
        x=size(x, over=gains().dropna(subset=["train_flops"])),
        y=gain("gain", (-0.25, 0.95)),
        by=Series("task_group", ("arithmetic", "mawps_subsets", "commonsense", "symbolic")),
        layers=[
            zero("y"),
            dots({"kind": "published"}, size=45, opacity=0.85),
            line(mean, width=1.5, strokeDash=[8, 4], opacity=0.7, detail=SERIES, **ink),
            words("family", largest, align="right", dx=-15, dy=-9),
            Layer("tick", ("x", "y"), stroke, mean, tips),
        ],
        tips=("model", "task", "standard", "chain_of_thought", "gain", x),
        height=360,
    )


OPEN_FAMILIES = (
    "OPT",
    "Pythia",
    "Llama-2",
    "CodeLlama",
    "Llama-3",
    "Qwen1.5",
    "StarCoder2",
    "other_families",
)


@chapter.figure(
    "open-models",
    tables=["obs_chain_of_thought"],
    controls=[Choice("task", ("GSM8K", "BBH"))],
)
def open_models(task):
    """Gain from a chain of thought (differences of fractions) by size of open base models, in one evaluation of all."""
    rows = pick(open_gains(), task=task).assign(kind="published", metric="exact_match")
    known = rows["family"].isin(OPEN_FAMILIES)
    rows["model_series"] = rows["family"].where(known, "other_families")
    columns = "kind family model_series model params task metric standard chain_of_thought gain"
    return rows[columns.split()]


@open_models.draw
def _(rows):
    tips = "family model params task standard chain_of_thought gain"
    return plot(
        rows,
        x=size("params", over=open_gains()),
        y=gain("gain", (-0.06, 0.62)),
        by=Series("model_series", OPEN_FAMILIES),
        layers=[zero("y"), line(alt.datum.model_series != "other_families"), dots(size=60)],
        tips=tips.split(),
        height=360,
    )
