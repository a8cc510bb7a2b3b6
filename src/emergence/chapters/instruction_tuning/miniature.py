"""Instructions in miniature: small Transformers trained on some of 64 instructions and asked the others."""

from __future__ import annotations

from functools import cache

import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, dots, line, linear, pick, plot, share, size
from emergence.figure import Choice

from .tables import chapter

__all__ = ["instructions_by_tasks", "instructions_by_size"]

RUN = "instructions"
METRICS = ("exact_match", "per_letter")
PARTS = ("held_out", "training")
COLUMNS = ["kind", "counted_as", "tasks", "params", "seed", "value"]
FULL_WIDTH, SIZED_TASKS = 64, 31


@cache
def means() -> pd.DataFrame:
    """Mean over the tasks of a part (fractions): one row per run, part and metric."""
    names = {"exact": "exact_match", "per_letter": "per_letter", "tasks": "tasks"}
    rows = data.curves(RUN, "by_task").rename(columns=names)
    key = ["part", "tasks", "width", "params", "seed"]
    rows = rows.groupby(key, as_index=False)[list(METRICS)].mean()
    rows = rows.melt(key, list(METRICS), "counted_as", "value")
    return rows.assign(kind="miniature", value=rows["value"].round(6))


def plot_seeds(rows: pd.DataFrame, x: Axis):
    """One line per seed; color and shape say the metric."""
    return plot(
        rows,
        x=x,
        y=share(domain=(0, 1.02), title="right"),
        by=Series("counted_as", METRICS, title=""),
        layers=[line(), dots(hollow=True)],
        tips=("counted_as", "tasks", "params", "seed", "value"),
        detail=["seed"],
    )


@chapter.figure(
    "inst-mini-tasks",
    runs=[RUN],
    curve=["counted_as", "seed"],
    controls=[Choice("part", PARTS)],
)
def instructions_by_tasks(part):
    """Instructions carried out rightly (fractions), whole and letter by letter, by the number of instructions trained on."""
    rows = pick(means(), part=part, width=FULL_WIDTH)
    return rows.sort_values(["counted_as", "seed", "tasks"])[COLUMNS]


@instructions_by_tasks.draw
def _(rows):
    ticks = {"ticks": (15, 19, 23, 31, 48), "grid": False}
    return plot_seeds(rows, linear("tasks", (13, 50), nice=False, zero=False, **ticks))


@chapter.figure(
    "inst-mini-size",
    runs=[RUN],
    curve=["counted_as", "seed"],
    controls=[Choice("part", PARTS)],
)
def instructions_by_size(part):
    """Instructions carried out rightly (fractions), whole and letter by letter, by the size of the network."""
    rows = pick(means(), part=part, tasks=SIZED_TASKS)
    return rows.sort_values(["counted_as", "seed", "params"])[COLUMNS]


@instructions_by_size.draw
def _(rows):
    return plot_seeds(rows, size("params", over=means()))
