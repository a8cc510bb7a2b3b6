"""Published runs that memorize first and generalize later, and why sums of waves add."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import (
    Axis,
    Layer,
    Series,
    dots,
    levels,
    line,
    linear,
    log,
    pick,
    plot,
    share,
    tooltips,
    words,
)
from emergence.figure import Choice, Predict, Slider
from emergence.text import label

from .tables import (
    DELAYED,
    FRACTIONS,
    KEY_FREQUENCIES,
    LONGEST_WAVES,
    MODULUS,
    SETS,
    STRATEGIES,
    TASKS,
    THRESHOLD,
    UNIFORM_LOSS,
    chapter,
    edelman,
    marked,
    milestones,
    runs,
    share_name,
)

__all__ = ["curve", "time", "views", "waves", "fresh", "phases"]

EVENT = alt.expr.isValid(alt.datum.event)
MEASURED = {"kind": "published", "event": None}
"""Rows of a curve, no events."""


def epochs(low: float, high: float) -> Axis:
    return log("epoch", (low, high), format="~s", grid=False)


@chapter.figure(
    "grokking-curve",
    tables=["nanda_grokking_train_fraction_curves", "nanda_grokking_train_fraction_summary"],
    controls=[
        Choice("train_share", tuple(map(share_name, FRACTIONS)), "share_30"),
        Choice("axis", ("log_axis", "linear_axis")),
    ],
    columns=["kind", "train_fraction", "pairs_scored", "epoch", "loss_nats", "event"],
)
def curve(train_share, axis):
    """Loss (nats) on pairs trained on and on the others by epoch, for one share of the pairs, and when each set is learned."""
    rows = pick(runs(), train_share=train_share).assign(kind="published")
    found = milestones().set_index("train_share").loc[train_share]
    learned = {
        "kind": "published",
        "train_fraction": found["train_fraction"],
        "pairs_scored": list(SETS),
        "epoch": [int(found["memorized"]), int(found["generalized"])],
        "loss_nats": THRESHOLD,
        "event": [label("memorized"), label("generalized")],
        "marked": False,
    }
    chance = {
        "kind": ["reference"],
        "train_fraction": found["train_fraction"],
        "loss_nats": UNIFORM_LOSS,
        "model": label("all_alike"),
        "marked": False,
    }
    columns = "kind train_fraction pairs_scored epoch loss_nats event model marked"
    rows = pd.concat([rows, pd.DataFrame(learned), pd.DataFrame(chance)], ignore_index=True)
    return rows.reindex(columns=columns.split())


@curve.draw
def _(rows, axis):
    by_log = axis == "log_axis"
    plain = linear("epoch", (0, 30000), format="~s", grid=False, nice=False)
    table = {"align": "right", "dx": -9} if by_log else {"align": "left", "dx": 9}
    ring = {"size": 150, "hollow": True, "color": "currentColor", "shape": "circle"}
    tips = tooltips(rows, ("train_fraction", "event", "epoch"))
    names = {
        "seen_pairs": {**table, "dy": 15},
        "held_out_pairs": {"align": "right", "dx": -9, "dy": -7},
    }
    return plot(
        rows,
        x=epochs(1, 30000) if by_log else plain,
        y=log("loss_nats", (5e-8, 100), format="~e"),
        by=Series("pairs_scored", tuple(SETS), title=""),
        layers=[
            levels("left", dy=11),
            line(MEASURED),
            dots({**MEASURED, "marked": True}, size=50),
            dots(EVENT, tooltip=tips, **ring),
            *(
                words("event", EVENT & (alt.datum.pairs_scored == pairs), size=12, **place)
                for pairs, place in names.items()
            ),
        ],
        tips=("train_fraction", "pairs_scored", "epoch", "loss_nats"),
        height=340,
    )


@chapter.figure(
    "grokking-time",
    tables=["nanda_grokking_train_fraction_summary"],
    controls=[Choice("y_scale", ("linear_axis", "log_axis"))],
    predict=Predict(
        "held_out_share", 0.65, "held_out_share", "epoch", {"milestone": "generalized"}, log_x=False
    ),
)
def time(y_scale):
    """Epochs until the pairs trained on and the others are learned, by the share of pairs not trained on."""
    index = ["train_fraction", "held_out_share", "n_train_pairs"]
    rows = milestones().melt(index, ["memorized", "generalized"], "milestone", "epoch")
    return rows.assign(kind="published")[["kind", *index, "milestone", "epoch"]]


@time.draw
def _(rows, y_scale):
    ticks = (100, 300, 1000, 3000, 10000, 30000)
    by_log = log("epoch", (100, 40000), ticks=ticks, format=",d")
    plain = linear("epoch", (0, 25000), ticks=5, format=",d", nice=False)
    return plot(
        rows,
        x=share("held_out_share", (0, 0.8), ticks=8, grid=False, nice=False),
        y=by_log if y_scale == "log_axis" else plain,
        by=Series("milestone", ("memorized", "generalized"), title=""),
        layers=[line(), dots(size=75)],
        tips=("milestone", "train_fraction", "n_train_pairs", "epoch"),
    )


def held_out(name: str) -> pd.DataFrame:
    """The run's loss on pairs it was not trained on."""
    return pick(runs(), train_share=name, pairs_scored="held_out_pairs")


def turning_points(name: str) -> pd.DataFrame:
    """Where a run's held-out loss is highest, and where the right answers then first get a probability above 1 percent."""
    rows = held_out(name)
    peak = rows.loc[rows["loss_nats"].idxmax()]
    seen = rows[(rows["epoch"] > peak["epoch"]) & (np.exp(-rows["loss_nats"]) > 0.01)].iloc[0]
    return pd.DataFrame([peak, seen])


VIEWS = {
    "probability": share(title="probability_axis"),
    "loss": linear("value", (0, 35), title="loss_axis", format=""),
    "loss_log": log("value", (1e-6, 100), title="loss_log_axis", format="~e"),
}


@chapter.figure(
    "grokking-views",
    tables=["nanda_grokking_train_fraction_curves"],
    controls=[
        Choice("view", tuple(VIEWS)),
        Choice("train_share", tuple(map(share_name, DELAYED)), "share_30"),
    ],
    columns=["kind", "train_fraction", "epoch", "loss_nats", "value", "event"],
)
def views(view, train_share):
    """One run's held-out loss by epoch as a probability, in nats, and in nats on a logarithmic axis."""
    names = [label("peak"), label("visible")]
    events = turning_points(train_share).assign(event=names, marked=False)
    rows = pd.concat([held_out(train_share), events], ignore_index=True).assign(kind="published")
    loss = rows["loss_nats"]
    rows["value"] = np.exp(-loss) if view == "probability" else loss
    columns = "kind train_fraction epoch loss_nats value event marked pairs_scored"
    return rows.reindex(columns=columns.split()).astype({"epoch": int})


@views.draw
def _(rows, train_share, view):
    last = int(pick(runs(), train_share=train_share)["epoch"].max())
    peak, visible = (alt.datum.event == label(name) for name in ("peak", "visible"))
    return plot(
        rows,
        x=linear("epoch", (0, last * 1.02), format="~s", grid=False, nice=False),
        y=VIEWS[view],
        by=Series("pairs_scored", ("held_out_pairs",)).without_legend(),
        layers=[
            Layer("rule", ("x",), {"strokeDash": [4, 4]}, EVENT),
            line(MEASURED),
            dots({**MEASURED, "marked": True}, size=50),
            words("event", peak, align="left", dx=5, y=8),
            words("event", visible, align="right", dx=-5, y=60),
        ],
        tips=("train_fraction", "epoch", "loss_nats", "value"),
    )


WAVES = {"key_waves": KEY_FREQUENCIES, "longest_waves": LONGEST_WAVES}


@chapter.figure(
    "grokking-waves",
    controls=[Slider("n_waves", 1, 5, 1, 5), Choice("wave_set", tuple(WAVES))],
    simulation=True,
    columns=["kind", "wave_set", "n_waves", "answer_offset", "wave_agreement", "answer_is"],
)
def waves(n_waves, wave_set):
    """Mean of a few cosines by distance from the right answer: how far the best wrong answer stays behind."""
    offset = np.arange(MODULUS) - MODULUS // 2
    value = formulas.cosine_logits(offset, WAVES[wave_set][:n_waves], MODULUS)
    wrong = np.where(offset == 0, -np.inf, value)
    rows = {
        "kind": "simulation",
        "wave_set": wave_set,
        "n_waves": n_waves,
        "answer_offset": offset,
        "wave_agreement": value / n_waves,
        "answer_is": np.where(offset == 0, "right_answer", "wrong_answer"),
        "note": "",
    }
    rows = pd.DataFrame(rows)
    rows.loc[int(wrong.argmax()), "note"] = label("rival").format(wrong.max() / n_waves)
    return rows


@waves.draw
def _(rows):
    dotted = {"strokeDash": [1, 3], "color": "currentColor", "opacity": 0.5}
    return plot(
        rows,
        x=linear("answer_offset", (-58, 58), ticks=8, grid=False, nice=False),
        y=linear("wave_agreement", (-1, 1.15), format=".1f", nice=False),
        by=Series("answer_is", ("right_answer", "wrong_answer"), title=""),
        layers=[
            line(width=1.5, **dotted),
            dots(size=45, hollow=True),
            words("note", alt.datum.note != "", align="right", dy=-12),
        ],
        tips=("answer_offset", "wave_agreement"),
    )


REGIMES = ("finite_train", "finite_test", "fresh_data")
TOP = {"addition": 9, "trigram": 3, "induction": 17}
LAST = {"addition": 30000, "trigram": 8000, "induction": 400000}


@chapter.figure(
    "grokking-fresh-data",
    tables=["nanda_other_training_curves"],
    controls=[Choice("task", tuple(TASKS))],
    columns=["kind", "task", "data_regime", "run", "epoch", "loss_nats"],
)
def fresh(task):
    """Loss (nats) by epoch on a fixed set, on what was held out, and where every example is new."""
    table = data.load("nanda_other_training_curves")
    finite, infinite = (table[(table["run"] == run) & (table["epoch"] >= 1)] for run in TASKS[task])
    losses = (finite["train_loss"], finite["test_loss"], infinite["train_loss"])
    parts = [
        rows.assign(data_regime=regime, loss_nats=loss)
        for rows, regime, loss in zip((finite, finite, infinite), REGIMES, losses, strict=True)
    ]
    rows = pd.concat(parts, ignore_index=True).assign(kind="published", task=task)
    columns = "kind task data_regime run epoch loss_nats marked"
    return marked(rows.astype({"epoch": int}), ["data_regime"])[columns.split()]


@fresh.draw
def _(rows, task):
    return plot(
        rows,
        x=epochs(1, LAST[task]),
        y=linear("loss_nats", (0, TOP[task]), nice=False),
        by=Series("data_regime", REGIMES, title=""),
        layers=[line(), dots({"marked": True}, size=50)],
        tips=("data_regime", "epoch", "loss_nats"),
    )


@chapter.figure(
    "induction-phases",
    tables=["edelman2024_induction_phases"],
    columns="kind model task strategy training_examples_seen metric unit value".split(),
)
def phases():
    """Divergence (nats) of a small network's predictions from three strategies, by training examples seen."""
    rows = edelman().assign(kind="published", value=edelman()["value"].astype(float))
    columns = "kind model task strategy training_examples_seen metric unit value marked"
    return marked(rows, ["strategy"])[columns.split()]


@phases.draw
def _(rows):
    return plot(
        rows,
        x=linear("training_examples_seen", (0, 125000), format="~s", grid=False, nice=False),
        y=linear("value", (0, 0.28), title="kl_nats", nice=False),
        by=Series("strategy", STRATEGIES),
        layers=[line(), dots({"marked": True}, size=50)],
        tips=("strategy", "training_examples_seen", "value"),
    )
