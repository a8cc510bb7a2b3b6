"""The live part of the chapter: the reader's sum, written digit by digit by models of several sizes and seeds."""

from __future__ import annotations

from functools import cache, partial

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, dots, label_expr, plot, share, words
from emergence.live import Live
from emergence.models import addition, load, packed
from emergence.text import label

from .tables import ADDITION, own_scores

__all__ = ["live_addition"]

PLACES = ("carry", "hundreds", "tens", "ones")
SUM = (487, 256)


@cache
def kept() -> pd.DataFrame:
    """The models whose weights are kept, smallest first; at equal size the worse first. `name` is that of the file, `label` the reader's."""
    rows = own_scores().sort_values(["width", "exact_match"], kind="stable")
    name = "w" + rows["width"].astype(str) + "s" + rows["seed"].astype(str)
    said = label("addition_live_model").format
    labels = [said(params=f"{row.params:,}", seed=row.seed) for row in rows.itertuples()]
    rows = rows.assign(name=name, label=labels)
    stored = {
        file.removesuffix(".npz") for file in data.run(ADDITION).files if file.endswith(".npz")
    }
    return rows[rows["name"].isin(stored)]


def answers() -> tuple[pd.DataFrame, alt.LayerChart]:
    """What every model writes for one sum, digit by digit."""
    a, b = (np.array([value]) for value in SUM)
    right = addition.encode(a, b)[1][0]
    rows = []
    for model in kept().itertuples():
        digits = addition.write(load(ADDITION, model.name), a, b)[0]
        for place, digit, wanted in zip(PLACES[::-1], digits, right, strict=True):
            row = {
                "kind": "miniature",
                "tiny_model": model.label,
                "digit_place": place,
                "digit_written": int(digit),
                "right_digit": int(wanted),
                "digit_is": "right_digit_written" if digit == wanted else "wrong_digit_written",
                "digit_probability": np.nan,
            }
            rows.append(row)
    rows, names = pd.DataFrame(rows), list(kept()["label"])
    bare = {"domain": False, "ticks": False}
    top = {"orient": "top", "labelAngle": 0, "labelExpr": label_expr(PLACES), **bare}
    chart = plot(
        rows,
        x=Axis("digit_place:N", {}, top, "", {"sort": list(PLACES)}),
        y=Axis("tiny_model:N", {}, {"labelLimit": 170, **bare}, "", {"sort": names}),
        by=Series("digit_is", ("right_digit_written", "wrong_digit_written"), title=""),
        layers=[
            dots(size=420, hollow=True),
            words("digit_written", size=13, text="digit_written:Q"),
        ],
        tips=("tiny_model", "digit_place", "digit_written", "right_digit", "digit_probability"),
        height=34 * len(names),
    )
    return rows, chart


def tally() -> tuple[pd.DataFrame, alt.LayerChart]:
    """Share of sums and of digits right so far, per model."""
    metrics = ["per_digit", "exact_match"]
    rows = kept().reset_index(drop=True).reset_index()
    rows = rows.melt(["index", "label"], metrics, "addition_metric", "value")
    rows = rows.sort_values("index", kind="stable", ignore_index=True)
    rows = rows.assign(kind="miniature", tiny_model=rows["label"], n_sums=2000)
    rows = rows[["kind", "tiny_model", "addition_metric", "n_sums", "value"]]
    names = list(kept()["label"])
    guide = {"labelLimit": 170, "labelPadding": 9, "ticks": False, "grid": True}
    chart = plot(
        rows,
        x=share(title="share_right", ticks=5),
        y=Axis("tiny_model:N", {"domain": names}, guide, "", {"sort": names}),
        by=Series("addition_metric", metrics[::-1], title=""),
        layers=[dots(size=90, hollow=True)],
        tips=("tiny_model", "addition_metric", "n_sums", "value"),
        height=26 * len(names),
    )
    return rows, chart


@cache
def live_addition() -> Live:
    """A sum of the reader's, written by every model whose weights are kept, and a tally of many sums."""
    from .facts import of_live

    return Live(
        "mini-addition-live",
        "emergence",
        "addition",
        {"answers": answers, "tally": tally},
        runs=[ADDITION],
        options=lambda: {
            "models": kept()[["name", "label"]].to_dict("records"),
            "first": str(SUM[0]),
            "second": str(SUM[1]),
        },
        assets={name: partial(packed, ADDITION, name) for name in kept()["name"]},
        facts=of_live,
        room=(824, 929),
    )
