"""The live part of the chapter: the reader trains the small network."""

from __future__ import annotations

from functools import cache, partial

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart import Series, line, log, plot, share
from emergence.live import Live
from emergence.models import grokking as network

from .tables import FLOOR, NAMES, RUN, SETS

__all__ = ["live_training"]

LAST_STEP = 10_000
MEASURES = {
    "accuracy": share(title="accuracy", ticks=5, clamp=True),
    "loss": log("value", (FLOOR, 100), title="loss_nats", ticks=5, format="~e", clamp=True),
}


def recorded() -> pd.DataFrame:
    """Seed 0 at the settings the page starts with, thinned to the points that a logarithmic axis can show."""
    rows = data.curves(RUN, "curves")
    rows = rows[(rows["seed"] == 0) & (rows["step"] > 0)]
    kept = []
    for step in rows["step"]:
        if not kept or step >= 1.05 * kept[-1]:
            kept.append(step)
    return rows[rows["step"].isin(kept)]


def drawing(measure: str) -> tuple[pd.DataFrame, alt.LayerChart]:
    """Example table and chart of one measure over training: the recorded run pale, the reader's own run in front."""
    names = {f"{split}_{measure}": pairs for pairs, split in SETS.items()}
    rows = recorded().rename(columns=names).melt("step", list(SETS), "pairs_scored", "value")
    rows = rows.assign(kind="miniature", shown_run="recorded_run").rename(columns=NAMES)
    rows = rows[["kind", "shown_run", "pairs_scored", "train_step", "value"]]
    x = log("train_step", (1, LAST_STEP), ticks=5, format="~s", grid=False)
    y = MEASURES[measure]
    by = Series("pairs_scored", tuple(SETS), title="", more={"symbolOpacity": 1})
    lines = [
        line({"shown_run": "recorded_run"}, opacity=0.6),
        line({"shown_run": "live_run"}, width=2.2),
    ]
    chart = plot(rows, x, y, by, lines, height=210)
    live = alt.Chart().transform_filter(alt.datum.shown_run == "live_run")
    live = live.transform_window(place="row_number()", groupby=["pairs_scored"])
    live = live.transform_filter(alt.datum.place % 8 == 0)
    live = live.mark_point(size=50, filled=False, strokeWidth=2)
    chart.layer.append(live.encode(x.x(), y.y(), by.color(), by.shape()))
    return rows, chart


def options() -> dict:
    """What the page's script is given: where it starts, what it offers, and the recorded run."""
    start = network.Settings(fraction=0.75)
    given = "p fraction weight_decay learning_rate seed width hidden"
    measured = ["step", "train_loss", "test_loss", "train_accuracy", "test_accuracy"]
    return {
        "start": {name: getattr(start, name) for name in given.split()},
        "steps": LAST_STEP,
        "primes": [23, 31, 43, 59],
        "decays": [0, 0.1, 0.3, 1, 3],
        "rates": [0.0003, 0.001, 0.003, 0.01, 0.03],
        "seeds": list(range(10)),
        "learned": network.LEARNED,
        "recorded": [[float(f"{v:.4g}") for v in row] for row in recorded()[measured].to_numpy()],
    }


@cache
def live_training() -> Live:
    """The small network, trained in the browser with the reader's settings beside a recorded run."""
    from .numbers import of_live

    return Live(
        "mini-grokking-live",
        "grokking",
        "grokking",
        {measure: partial(drawing, measure) for measure in MEASURES},
        runs=[RUN],
        options=options,
        facts=of_live,
        room=(922, 1073),
    )
