"""Examples in the prompt and size: GPT-3 and PaLM with and without them."""

from __future__ import annotations

import pandas as pd

from emergence import data
from emergence.chart import (
    Series,
    dots,
    gain,
    levels,
    line,
    named_rows,
    pick,
    plot,
    share,
    size,
    zero,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import SHOTS, SIZES, TASK_GROUPS, chapter, gains, gpt3, means

__all__ = ["shots_by_scale", "gpt3_explorer", "gain_by_task"]


@chapter.figure(
    "icl-shots-by-scale",
    tables=["gpt3_table_h1"],
    curve=["setting"],
    controls=[Choice("task_group", ("all_accuracy", *TASK_GROUPS))],
    predict=Predict("params", 1e11, "params", "value", {"setting": "few_shot"}),
)
def shots_by_scale(task_group):
    """Mean score of GPT-3 (fractions) by size, without examples, with one and with several."""
    rows = pick(means(), task_group=task_group)
    columns = "kind family model params train_flops task_group tasks_in_mean setting value"
    return rows[columns.split()]


@shots_by_scale.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=means()),
        y=share(title="mean_score"),
        by=Series("setting", SHOTS),
    )


def comparable(printed: float, metric: str) -> float:
    """Every measure on one scale where more is better: a fraction, and for perplexity its inverse."""
    return round(1 / printed if metric == "ppl" else printed / 100, 8)


def standards(rows: pd.DataFrame) -> pd.DataFrame:
    """The lines that a measure of GPT-3 is seen against: guessing, people, the best tuned model, where they are known."""
    first = rows.iloc[0]
    best = data.load("gpt3_table_h1_sota").set_index(["task", "metric"])["value"]
    known = {
        "random_guessing": 100 * first["chance"],
        "human_level": 100 * first["human"],
        "fine_tuned_sota": best.get((first["task"], first["metric"]), float("nan")),
    }
    known = {name: printed for name, printed in known.items() if printed == printed}
    found = {
        "kind": "reference",
        "model": [label(name) for name in known],
        "task": first["task"],
        "metric": first["metric"],
        "value": [comparable(printed, first["metric"]) for printed in known.values()],
        "value_printed": [round(printed, 8) for printed in known.values()],
        "unit_printed": first["unit_printed"],
        "reading_of_cell": "as_printed",
    }
    return pd.DataFrame(found)


@chapter.figure(
    "icl-gpt3-explorer",
    tables=["gpt3_table_h1", "gpt3_table_h1_sota", "gpt3_reference_lines"],
    controls=lambda: [
        Choice(
            "task_and_metric", tuple(dict.fromkeys(gpt3()["task_and_metric"])), "Symbol Insertion"
        )
    ],
)
def gpt3_explorer(task_and_metric):
    """One measure of table H.1 of Brown et al. 2020 by size and number of examples (fractions; perplexity inverted)."""
    rows = pick(gpt3(), task_and_metric=task_and_metric)
    metric = rows["metric"].iloc[0]
    values = [comparable(printed, metric) for printed in rows["value_printed"]]
    rows = rows.assign(value=values, n_shots=rows["n_shots"].astype("float"))
    columns = "kind family model params train_flops task metric setting n_shots value value_printed unit_printed reading_of_cell flag_note"
    rows = rows.sort_values(["setting", "params"])[columns.split()]
    lines = standards(pick(gpt3(), task_and_metric=task_and_metric))
    if lines.empty:
        return rows
    return pd.concat([rows, lines.reindex(columns=list(rows))], ignore_index=True)


@gpt3_explorer.draw
def _(rows):
    tips = "model params task setting n_shots metric value_printed unit_printed flag_note"
    sound = {"kind": "published", "reading_of_cell": "as_printed"}
    return plot(
        rows,
        x=size("params", over=gpt3()),
        y=share(),
        by=Series("setting", SHOTS),
        layers=[
            levels(),
            line(sound),
            dots(sound),
            dots({"reading_of_cell": "flagged"}, size=110, hollow=True, strokeWidth=1.5),
        ],
        tips=tips.split(),
    )


def by_gain() -> tuple[str, ...]:
    """The tasks, those first that gain most from examples with the largest PaLM."""
    largest = pick(gains(), model="PaLM 540B")
    return tuple(largest.sort_values("shot_gain", ascending=False)["task"])


@chapter.figure(
    "icl-gain-by-task",
    tables=["gpt3_table_h1", "palm_table40_by_size"],
    controls=[Choice("family", ("PaLM", "GPT-3"))],
)
def gain_by_task(family):
    """What examples add to the score on each task, in three sizes of a family (differences of fractions)."""
    rows = pick(gains(), family=family).sort_values(["task", "params"])
    columns = "kind family model params task metric zero_shot few_shot shot_gain"
    return rows[columns.split()]


@gain_by_task.draw
def _(rows, family):
    order = by_gain()
    return plot(
        rows,
        x=gain("shot_gain", (-0.15, 0.52)),
        y=named_rows("task", order),
        by=Series("model", SIZES[family], title="", columns=2),
        layers=[zero("x"), dots(size=75, opacity=0.9)],
        tips=("model", "task", "metric", "zero_shot", "few_shot", "shot_gain"),
        height=21 * len(order),
    )
