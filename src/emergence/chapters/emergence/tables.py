"""What figures of the chapter on emergence share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    TIPS,
    Axis,
    Layer,
    Panels,
    Series,
    dots,
    line,
    log,
    pick,
    plot,
    published,
    share,
)
from emergence.figure import Chapter, Choice
from emergence.models import addition
from emergence.text import label

chapter = Chapter("emergence")
SCALE = Choice("x", ("train_flops", "params"))
COLUMNS = (
    "kind family model params train_flops task setting n_shots metric value setup flag_note".split()
)
GUESSING = {"kind": "reference"}
BOTTOM = 2e-5
"""Where a score of 0 is drawn on a logarithmic axis: below every score that is not 0."""
TENTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1)


def with_chance(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of some panels and, per panel, one reference row with the score of random guessing, where it is known."""
    known = rows.dropna(subset=["chance"]).groupby("panel", sort=False, as_index=False)
    chance = known.agg(value=("chance", "first"), task=("task", "first"))
    return pd.concat([rows, chance.assign(**GUESSING, model=label("random_guessing"))])


def plot_panels(
    rows: pd.DataFrame,
    panels: Sequence[str],
    x: Axis,
    y: Axis,
    by: Series,
    columns: int,
    independent: Sequence[str] = (),
    height: int = 140,
    joined: alt.Expr | None = None,
) -> alt.FacetChart:
    """Small multiples: lines through points, a dashed rule for reference rows, one cell per value of the column `panel`.

    `joined`: the rows that the lines connect; by default all.
    """
    simulated = "simulation" in set(rows["kind"])
    return plot(
        rows,
        x=x,
        y=y,
        by=by,
        layers=[
            line(joined, width=1.8),
            dots(size=42, filled=not simulated),
            Layer("rule", ("y",), {}, GUESSING),
        ],
        tips=(*TIPS[:-1], "flag_note"),
        panels=Panels("panel", panels, height=height, independent=independent),
        columns=columns,
    )


def score_axis(y_scale: str, top: float = 0.7) -> Axis:
    """An axis for the column `shown`, linear up to `top` or logarithmic (where 0 is drawn at the bottom edge)."""
    if y_scale == "linear_axis":
        return share("shown", (0, top), title="value")
    return log("shown", (BOTTOM / 1.3, 1), title="value", ticks=TENTHS, format="~%")


OPEN = "obs_emergent_capabilities"
BASE = "obs_base_llm_benchmarks"
IPA = "IPA transliterate"


@cache
def harness(table: str = OPEN) -> pd.DataFrame:
    """A table of scores of open models; the model's name without its owner's."""
    rows = published(table)
    return rows.assign(model=rows["model"].str.split("/").str[-1])


@cache
def mmlu() -> pd.Series:
    """MMLU of open models by name (fractions)."""
    rows = pick(harness(BASE), task="MMLU").drop_duplicates("model")
    return rows.set_index("model")["value"]


ADDITION = "addition"
ADDS = 0.9
"""Exact match from which a model counts as one that adds."""
SUMS_TRAINED = 1500 * 128
"""Examples that each model was trained on: steps times batch, as in the record."""
GUESSED = float(np.log(10)) / addition.ANSWER
"""Cross-entropy per digit, in nats, of knowing all digits of the answer but one and guessing that one."""


@cache
def own_scores() -> pd.DataFrame:
    """The finished models, one row each: width, params, seed, the three measures, and whether the model adds.

    Raises `data.DataError` if the record and `SUMS_TRAINED` disagree.
    """
    made = {setting["steps"] * setting["batch"] for setting in data.run(ADDITION).settings}
    if made != {SUMS_TRAINED}:
        raise data.DataError(
            f"{ADDITION}: the record says {made} examples per model, the figures {SUMS_TRAINED}."
        )
    rows = data.curves(ADDITION, "scores").sort_values(["width", "seed"], kind="stable")
    name = label("addition_model").format
    names = [name(width=row.width, seed=row.seed) for row in rows.itertuples()]
    outcome = np.where(rows["exact_match"] >= ADDS, "adds", "does_not_add")
    return rows.assign(kind="miniature", model=names, addition_outcome=outcome).reset_index(
        drop=True
    )
