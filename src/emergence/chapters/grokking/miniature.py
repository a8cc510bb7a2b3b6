"""Grokking in miniature: our own networks, when they memorize and when they find the rule."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, dots, kind_scales, line, linear, log, pick, plot, share
from emergence.figure import Choice

from .published import epochs
from .tables import FLOOR, FRACTIONS, NAMES, RUN, SETS, chapter, marked, runs, share_name

__all__ = ["own_phases", "own_progress", "own_and_published"]

OUTCOMES = ("memorizes_only", "partly", "groks")
PARTLY = 0.5
"""Accuracy on held-out pairs from which a run that has not generalized by its last step counts as on its way, or stuck on it."""
DECAYS = (0.0, 0.1, 0.3, 1.0, 3.0)


@cache
def outcomes() -> pd.DataFrame:
    """One row per run of the small network: share of pairs, weight decay, seed, milestones, and the outcome.

    Raises `data.DataError` if a run did not learn its training pairs: the diagram has no place for it.
    """
    rows = data.curves(RUN, "phases").sort_values(["weight_decay", "fraction", "seed"])
    names = {
        "fraction": "train_fraction",
        "generalized": "steps_to_rule",
        "memorized": "steps_to_table",
    }
    rows = rows.rename(columns=names | NAMES)
    if rows["steps_to_table"].isna().any():
        raise data.DataError(
            f"In {RUN}, phases: a run did not learn its training pairs; the diagram has no place for it."
        )
    generalized = rows["steps_to_rule"].notna()
    on_its_way = rows["accuracy_on_test"] >= PARTLY
    rows["outcome"] = np.select([generalized, on_its_way], ["groks", "partly"], "memorizes_only")
    decay = rows["weight_decay"].map("{:g}".format)
    return rows.assign(kind="miniature", decay=decay).reset_index(drop=True)


OUTCOME = "kind train_fraction weight_decay seed outcome steps_to_table steps_to_rule accuracy_on_train accuracy_on_test".split()
TIPS = "train_fraction weight_decay seed outcome steps_to_table steps_to_rule accuracy_on_test"


@chapter.figure(
    "mini-grokking-phases",
    controls=[Choice("phase_view", ("phase_diagram", "phase_delay"))],
    runs=[RUN],
    columns=OUTCOME,
)
def own_phases(phase_view):
    """The outcome of 90 runs by share of pairs and weight decay, or the steps until they follow the rule."""
    return outcomes()[[*OUTCOME[:3], "decay", *OUTCOME[3:]]]


@own_phases.draw
def _(rows, phase_view):
    return diagram(rows) if phase_view == "phase_diagram" else delay(rows)


def diagram(rows: pd.DataFrame) -> alt.LayerChart:
    """A mark for the outcome of every run, seeds side by side."""
    tens = {"format": ".0%", "labelAngle": 0, "grid": False}
    falling = [f"{decay:g}" for decay in DECAYS[::-1]]
    return plot(
        rows,
        x=Axis("train_fraction:O", {"paddingInner": 0.25}, tens, "train_fraction_unordered"),
        y=Axis("decay:O", {}, {"grid": True}, "weight_decay", {"sort": falling}),
        by=Series("outcome", OUTCOMES, title=""),
        layers=[dots(size=110, hollow=True, xOffset=alt.XOffset("seed:N"))],
        tips=TIPS.split(),
        height=300,
    )


def delay(rows: pd.DataFrame) -> alt.LayerChart:
    """Steps to the rule by share of pairs: every seed a mark, a line through the medians of the cells in which all seeds got there."""
    grokked = set(pick(rows, outcome="groks")["decay"])
    decays = [f"{decay:g}" for decay in DECAYS if f"{decay:g}" in grokked]
    shares = {"ticks": sorted(rows["train_fraction"].unique()), "title": "train_fraction_unordered"}
    x = share("train_fraction", (0.55, 0.95), grid=False, nice=False, **shares)
    y = log("steps_to_rule", (400, 4200), ticks=(500, 1000, 2000, 4000), format=",d")
    by = Series("decay", decays, title="weight_decay")
    there = alt.expr.isValid(alt.datum.steps_to_rule)
    chart = plot(rows, x, y, by, [dots(there, size=60, hollow=True)], tips=TIPS.split())
    medians = alt.Chart().transform_filter(there)
    medians = medians.transform_aggregate(
        steps_to_rule="median(steps_to_rule)",
        n="count()",
        groupby=["decay", "train_fraction", "kind"],
    )
    medians = medians.transform_filter(alt.datum.n == 3).mark_line(strokeWidth=2)
    medians = medians.encode(x.x(), y.y(), by.color(), kind_scales()["strokeDash"])
    chart.layer.insert(0, medians)
    return chart


@cache
def progress() -> pd.DataFrame:
    """What was measured of our Transformers while they were trained, one row per seed and step."""
    rows = data.curves(RUN, "transformer").rename(columns=NAMES)
    rows = rows[rows["train_step"] > 0]
    return rows.assign(kind="miniature", seed_name="seed_" + rows["seed"].astype(str))


MEASURES = {
    "progress_losses": ("loss_on_train", "loss_on_test", "restricted_loss", "excluded_loss"),
    "progress_shares": ("accuracy_on_train", "accuracy_on_test", "wave_share"),
}
OWN = [line(), dots({"marked": True}, size=60, hollow=True)]


@chapter.figure(
    "mini-grokking-progress",
    controls=lambda: [
        Choice("progress_view", tuple(MEASURES)),
        Choice("seed_name", tuple(sorted(progress()["seed_name"].unique()))),
    ],
    runs=[RUN],
    columns=["kind", "seed", "train_step", "progress_measure", "value"],
)
def own_progress(progress_view, seed_name):
    """Losses (nats) or shares by training step of one of our Transformers: those seen from outside, and those of its waves."""
    rows = pick(progress(), seed_name=seed_name)
    index = ["kind", "seed", "train_step"]
    rows = rows.melt(index, MEASURES[progress_view], "progress_measure", "value")
    rows = rows.sort_values(["progress_measure", "train_step"], kind="stable")
    rows = rows.assign(shown=rows["value"].clip(lower=FLOOR))
    return marked(rows, ["progress_measure"], 8)


@own_progress.draw
def _(rows, progress_view):
    losses = log("shown", (FLOOR, 100), format="~e", title="loss_nats")
    return plot(
        rows,
        x=linear("train_step", (0, 3000), grid=False, nice=False),
        y=losses if progress_view == "progress_losses" else share(title="share_axis"),
        by=Series("progress_measure", MEASURES[progress_view], title=""),
        layers=OWN,
        tips=("progress_measure", "seed", "train_step", "value"),
        height=340,
    )


MODELS = {"own_transformer": "transformer", "own_small": "curves"}


@cache
def own_losses(own_model: str) -> pd.DataFrame:
    """Losses of seed 0 of one of our networks, long, as `runs`."""
    rows = data.curves(RUN, MODELS[own_model])
    names = {f"{split}_loss": pairs for pairs, split in SETS.items()} | {"step": "epoch"}
    rows = rows[(rows["seed"] == 0) & (rows["step"] >= 1)].rename(columns=names)
    rows = rows.melt("epoch", list(SETS), "pairs_scored", "loss_nats")
    rows = rows.assign(kind="miniature", run_drawn="own_run", train_fraction=0.75)
    return marked(rows, ["pairs_scored"], 8)


@chapter.figure(
    "mini-grokking-curves",
    tables=["nanda_grokking_train_fraction_curves"],
    controls=[
        Choice("own_model", tuple(MODELS)),
        Choice("train_share", tuple(map(share_name, FRACTIONS)), "share_30"),
    ],
    runs=[RUN],
    columns=["kind", "run_drawn", "train_fraction", "pairs_scored", "epoch", "loss_nats"],
)
def own_and_published(own_model, train_share):
    """Loss (nats) by epoch of one of our networks beside a published run."""
    theirs = pick(runs(), train_share=train_share)
    theirs = theirs.assign(kind="published", run_drawn="published_run")
    rows = pd.concat([theirs, own_losses(own_model)], ignore_index=True)
    columns = "kind run_drawn train_fraction pairs_scored epoch loss_nats shown marked"
    return rows.assign(shown=rows["loss_nats"].clip(lower=FLOOR))[columns.split()]


@own_and_published.draw
def _(rows):
    theirs = (alt.datum.kind == "published") & (alt.datum.epoch >= 10)
    ours = {"kind": "miniature"}
    return plot(
        rows,
        x=epochs(10, 30000),
        y=log("shown", (FLOOR, 100), format="~e", title="loss_nats"),
        by=Series("pairs_scored", tuple(SETS), title=""),
        layers=[
            line(theirs, strokeDash=None),
            dots(theirs & alt.datum.marked, size=50),
            line(ours),
            dots({**ours, "marked": True}, size=60, hollow=True),
        ],
        tips=("run_drawn", "pairs_scored", "train_fraction", "epoch", "loss_nats"),
        height=340,
    )
