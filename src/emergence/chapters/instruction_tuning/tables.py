"""What figures of the chapter on instruction tuning share."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from emergence.chart import Axis, Layer, Series, dots, log, plot, spans, words
from emergence.figure import Chapter
from emergence.text import label

chapter = Chapter("instruction_tuning")
COLUMNS = "kind family model params task setting metric value".split()
TUNED = ("gpt3", "prompted", "sft", "ppo", "ppo_ptx")
UNPROMPTED = tuple(name for name in TUNED if name != "prompted")
SERIES = {
    "GPT": "gpt3",
    "GPT-3": "gpt3",
    "GPT (prompted)": "prompted",
    "SFT": "sft",
    "PPO": "ppo",
    "PPO-ptx": "ppo_ptx",
    "PPO-ptx (InstructGPT)": "ppo_ptx",
}
"""The models of Ouyang et al. 2022 by their names in figures and tables."""
INTERVAL = {"ci95_low": "bar_low", "ci95_high": "bar_high"}


def named_by_size(rows: pd.DataFrame) -> pd.Series:
    """The label of the series with the size behind it: 'PPO-ptx 1.3B'."""
    sizes = (rows["params"] / 1e9).map(" {:g}B".format)
    return rows["series"].map(label, na_action="ignore") + sizes


def beside(rows: pd.DataFrame, series: Sequence[str], gap: float = 1.08) -> pd.Series:
    """`params`, spread by series by factors of `gap`: error bars of one size stand side by side on a logarithmic axis."""
    middle = (len(series) - 1) / 2
    place = rows["series"].map({name: i - middle for i, name in enumerate(series)})
    return rows["params"] * gap**place


def tuned_sizes(column: str = "drawn_params") -> Axis:
    """Logarithmic axis for sizes with ticks at the three sizes of GPT-3 that Ouyang et al. tuned."""
    ticks = {"title": "params", "ticks": (1.3e9, 6e9, 1.75e11), "billions": True, "grid": False}
    return log(column, (8e8, 2.8e11), **ticks)


def plot_named(
    rows: pd.DataFrame,
    name: str,
    x: Axis,
    by: Series | None = None,
    *,
    tips: Sequence[str],
    interval: bool = False,
    step: int = 36,
) -> alt.LayerChart:
    """One row per entry, in the order of the table: its name, and below the name its mark. An axis of names would leave no room on a phone."""
    line = {"strokeDash": [1, 0], "opacity": 0.35, "yOffset": 8}
    to_mark = Layer("rule", ("x", "y"), line, None, {"x2": alt.value(0)})
    bar = spans("bar_low", "bar_high", axis="x", width=2, opacity=0.7, yOffset=8)
    above = {"align": "left", "dy": -6, "x": 2, "limit": alt.ExprRef("width")}
    return plot(
        rows,
        x=x,
        y=Axis(f"{name}:N", {"paddingInner": 0.1}, None, "", {"sort": None}),
        by=by,
        layers=[bar if interval else to_mark, dots(size=80, yOffset=8), words(name, **above)],
        tips=tips,
        height=step * rows[name].nunique(),
    )
