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
METRICS = ("exact_match", "instr_per_letter")
PARTS = ("instr_held_out", "instr_training")
COLUMNS = ["kind", "instr_metric", "instr_tasks", "params", "seed", "value"]
FULL_WIDTH, SIZED_TASKS = 64, 31


@cache
def means() -> pd.DataFrame:
    """Mean over the tasks of a part (fractions): one row per run, part and metric."""
    names = {"exact": "exact_match", "per_letter": "instr_per_letter", "tasks": "instr_tasks"}
    rows = data.curves(RUN, "by_task").rename(columns=names)
    key = ["part", "instr_tasks", "width", "params", "seed"]
    rows = rows.groupby(key, as_index=False)[list(METRICS)].mean()
    rows = rows.melt(key, list(METRICS), "instr_metric", "value")
    part = "instr_" + rows["part"]
    return rows.assign(kind="miniature", instr_part=part, value=rows["value"].round(6))


def plot_seeds(rows: pd.DataFrame, x: Axis):
    """One line per seed; color and shape say the metric."""
    return plot(
        rows,
        x=x,
        y=share(domain=(0, 1.02), title="instr_right"),
        by=Series("instr_metric", METRICS, title=""),
        layers=[line(), dots(hollow=True)],
        tips=("instr_metric", "instr_tasks", "params", "seed", "value"),
        detail=["seed"],
    )


@chapter.figure(
    "inst-mini-tasks",
    runs=[RUN],
    curve=["instr_metric", "seed"],
    controls=[Choice("instr_part", PARTS)],
)
def instructions_by_tasks(instr_part):
    """Instructions carried out rightly (fractions), whole and letter by letter, by the number of instructions trained on."""
    rows = pick(means(), instr_part=instr_part, width=FULL_WIDTH)
    return rows.sort_values(["instr_metric", "seed", "instr_tasks"])[COLUMNS]


@instructions_by_tasks.draw
def _(rows):
    ticks = {"ticks": (15, 19, 23, 31, 48), "grid": False}
    return plot_seeds(rows, linear("instr_tasks", (13, 50), nice=False, zero=False, **ticks))


@chapter.figure(
    "inst-mini-size",
    runs=[RUN],
    curve=["instr_metric", "seed"],
    controls=[Choice("instr_part", PARTS)],
)
def instructions_by_size(instr_part):
    """Instructions carried out rightly (fractions), whole and letter by letter, by the size of the network."""
    rows = pick(means(), instr_part=instr_part, instr_tasks=SIZED_TASKS)
    return rows.sort_values(["instr_metric", "seed", "params"])[COLUMNS]


@instructions_by_size.draw
def _(rows):
    return plot_seeds(rows, size("params", over=means()))
