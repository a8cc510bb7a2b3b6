"""The live part of the chapter: the reader asks where the ball is, and small models answer step by step or at once."""

from __future__ import annotations

from functools import cache, partial

import altair as alt
import pandas as pd

from emergence.chart import Axis, Series, bars, plot, share
from emergence.live import Live
from emergence.models import cups, packed

from .miniature import cups_accuracy

__all__ = ["cups_live"]

ANSWERS = ("cups_written", "cups_direct")


def answers() -> tuple[pd.DataFrame, alt.LayerChart]:
    """Votes for each cup, of the chains and of the model that answers at once, with an example."""
    rows = [
        {"kind": "miniature", "cup_answer": who, "cup": cup, "value": float(cup == "C")}
        for who in ANSWERS
        for cup in "ABCDE"
    ]
    rows = pd.DataFrame(rows)
    aside = alt.XOffset("cup_answer:N", scale=alt.Scale(domain=list(ANSWERS)))
    chart = plot(
        rows,
        x=Axis("cup:N", {"domain": list("ABCDE")}, {"labelAngle": 0}),
        y=share("value", (0, 1), title="cups_votes_axis"),
        by=Series("cup_answer", ANSWERS, title=""),
        layers=[bars(stroke="currentColor", xOffset=aside)],
        tips=("cup_answer", "cup", "value"),
        height=220,
    )
    return rows, chart


@cache
def cups_live() -> Live:
    """A ball under five cups: the reader's question, a chain that a small model writes, the answer of a larger one."""
    from .facts import of_live

    names = ("written-d12", "written-d64", "direct-d64")
    return Live(
        "cups-live",
        "chain_of_thought",
        "cups",
        {"answers": answers},
        runs=["cups"],
        facts=of_live,
        still=cups_accuracy(),
        assets={name: partial(packed, "cups", name.replace("-", "_")) for name in names},
        options=lambda: {
            "pairs": [list(pair) for pair in cups.PAIRS],
            "most": cups.SWAPS,
            "pad": cups.PAD,
            "equals": cups.EQUALS,
        },
        room=(716, 924),
    )
