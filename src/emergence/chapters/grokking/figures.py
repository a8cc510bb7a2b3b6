"""Figures of the chapter on grokking."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict, Slider
from emergence.models import grokking as mini
from emergence.text import label
from emergence.theme import kind_scales

__all__ = [
    "curve",
    "time",
    "views",
    "waves",
    "fresh",
    "phases",
    "own_phases",
    "own_progress",
    "own_and_published",
    "live_training",
]

CHAPTER = "grokking"
MODULUS = 113
"""Nanda et al. 2023, section 3: the task is a + b modulo 113 over all 113 x 113 pairs."""
UNIFORM_LOSS = float(np.log(MODULUS))
"""Cross-entropy in nats of giving each of the 113 answers the same probability."""
FRACTIONS = (0.25, 0.28, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
DELAYED = (0.25, 0.28, 0.3, 0.4)
"""Fractions whose test loss rises far above that of guessing before it falls."""
THRESHOLD = 0.01
"""Loss below which the summary table counts a set as learned: a geometric-mean probability of 99 percent."""
KEY_FREQUENCIES = (14, 35, 41, 42, 52)
"""Nanda et al. 2023, section 4.1: the five frequencies that their main network uses for p = 113."""
LONGEST_WAVES = (1, 2, 3, 4, 5)
TASKS = {
    "grok_addition": ("5_digit_addition_finite", "5_digit_addition_infinite_train"),
    "grok_trigram": ("skip_trigram_finite", "skip_trigram_infinite"),
    "grok_induction": ("induction_head_finite", "induction_head_infinite"),
}
STRATEGIES = ("uniform", "unigram", "bigram")


def _share(fraction: float) -> str:
    """Name of a training fraction as an option: 0.3 -> 'share_30'."""
    return f"share_{100 * fraction:.0f}"


# --- tables ----------------------------------------------------------------------------------------------------------
@cache
def _runs() -> pd.DataFrame:
    """Losses of the ten runs from epoch 1 (0 has no place on a logarithmic axis), one row per epoch and split."""
    rows = data.load("nanda_grokking_train_fraction_curves").astype({"epoch": int})
    rows = rows.rename(columns={"train_loss": "seen_pairs", "test_loss": "held_out_pairs"})
    rows = rows[rows["epoch"] >= 1].melt(
        id_vars=["train_fraction", "epoch"],
        value_vars=["seen_pairs", "held_out_pairs"],
        var_name="pairs_scored",
        value_name="loss_nats",
    )
    rows["grok_share"] = rows["train_fraction"].map(_share)
    return _marked(
        rows.sort_values(["train_fraction", "pairs_scored", "epoch"]),
        ["train_fraction", "pairs_scored"],
    )


@cache
def _milestones() -> pd.DataFrame:
    """First epochs below the thresholds per training fraction, from the full logs; `held_out` is the share not trained on."""
    rows = data.load("nanda_grokking_train_fraction_summary").sort_values(
        "train_fraction", ascending=False
    )
    rows = rows.rename(
        columns={
            "first_epoch_train_loss_below_0.01": "memorized",
            "first_epoch_test_loss_below_1": "half_way",
            "first_epoch_test_loss_below_0.01": "generalized",
            "n_train_pairs_of_12769": "n_train_pairs",
        }
    )
    return rows.assign(
        held_out_share=(1 - rows["train_fraction"]).round(4),
        grok_share=rows["train_fraction"].map(_share),
    ).reset_index(drop=True)


@cache
def _edelman() -> pd.DataFrame:
    rows = data.load("edelman2024_induction_phases").rename(columns={"strategy": "icl_strategy"})
    return rows.sort_values(["icl_strategy", "training_examples_seen"])


def _marked(rows: pd.DataFrame, by: list[str], every: int = 12) -> pd.DataFrame:
    """Column `marked`: every twelfth row of a curve carries a mark, so that shapes tell dense curves apart."""
    place = rows.groupby(by).cumcount()
    return rows.assign(marked=place % every == every // 2)


# --- marks -----------------------------------------------------------------------------------------------------------
def _epochs(low: float, high: float, log: bool = True, title: str = "epoch") -> alt.X:
    scale = (
        alt.Scale(type="log", domain=[low, high], nice=False)
        if log
        else alt.Scale(domain=[0, high], nice=False)
    )
    return alt.X(
        f"{title}:Q",
        scale=scale,
        axis=alt.Axis(format="~s", tickCount=6, grid=False),
        title=label(title),
    )


def _dense(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    tips: list[alt.Tooltip],
) -> list[alt.Chart]:
    """Lines with a mark on some of their points."""
    measured = alt.Chart(rows).transform_filter(
        "datum.kind === 'published' && !isValid(datum.grok_event)"
    )
    return [
        measured.mark_line(strokeWidth=2).encode(x, y, color),
        measured.transform_filter("datum.marked")
        .mark_point(size=50, filled=True, opacity=1)
        .encode(x, y, color, shape, tooltip=tips),
    ]


def _level(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    flat = alt.Chart(rows).transform_filter("datum.kind === 'reference'")
    return [
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="left", dx=4, dy=11, fontSize=11, x=0).encode(y=y, text="model:N"),
    ]


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def curve() -> Figure:
    splits = ("seen_pairs", "held_out_pairs")
    columns = [
        "kind",
        "train_fraction",
        "pairs_scored",
        "epoch",
        "loss_nats",
        "grok_event",
        "model",
        "marked",
    ]

    def frame(grok_share, grok_axis):
        rows = _runs()[_runs()["grok_share"] == grok_share].assign(kind="published")
        found = _milestones().set_index("grok_share").loc[grok_share]
        events = [
            {
                "kind": "published",
                "train_fraction": found["train_fraction"],
                "pairs_scored": split,
                "epoch": int(found[event]),
                "loss_nats": THRESHOLD,
                "grok_event": label(event),
                "marked": False,
            }
            for split, event in zip(splits, ("memorized", "generalized"))
        ]
        chance = {
            "kind": "reference",
            "train_fraction": found["train_fraction"],
            "loss_nats": UNIFORM_LOSS,
            "model": label("grok_uniform"),
            "marked": False,
        }
        return pd.concat([rows, pd.DataFrame([*events, chance])], ignore_index=True).reindex(
            columns=columns
        )

    def chart(rows, grok_axis):
        color, shape = m.series("pairs_scored", splits, title="")
        log = grok_axis == "log_axis"
        x = _epochs(1, 30000, log)
        y = alt.Y(
            "loss_nats:Q",
            scale=alt.Scale(type="log", domain=[5e-8, 100], nice=False),
            title=label("loss_nats"),
            axis=alt.Axis(format="~e", tickCount=6),
        )
        tips = m.tooltip(rows, ("train_fraction", "pairs_scored", "epoch", "loss_nats"))
        event = alt.Chart(rows).transform_filter("isValid(datum.grok_event)")
        words = [
            event.transform_filter(f"datum.pairs_scored === '{split}'")
            .mark_text(align=align, dx=dx, dy=dy, fontSize=12)
            .encode(x, y, text="grok_event:N")
            for split, align, dx, dy in zip(
                splits, ("right" if log else "left", "right"), (-9 if log else 9, -9), (15, -7)
            )
        ]
        return alt.layer(
            *_level(rows, y),
            *_dense(rows, x, y, color, shape, tips),
            event.mark_point(
                size=150, filled=False, strokeWidth=2, color="currentColor", shape="circle"
            ).encode(x, y, tooltip=m.tooltip(rows, ("train_fraction", "grok_event", "epoch"))),
            *words,
        ).properties(width="container", height=340)

    return Figure(
        "grokking-curve",
        CHAPTER,
        ["nanda_grokking_train_fraction_curves", "nanda_grokking_train_fraction_summary"],
        frame,
        chart,
        controls=[
            Choice("grok_share", tuple(_share(f) for f in FRACTIONS), "share_30"),
            Choice("grok_axis", ("log_axis", "linear_axis")),
        ],
        columns=["kind", "train_fraction", "pairs_scored", "epoch", "loss_nats", "grok_event"],
        facts=numbers,
    )


@cache
def time() -> Figure:
    names = ("memorized", "generalized")
    columns = ["kind", "train_fraction", "held_out_share", "n_train_pairs", "milestone", "epoch"]
    rows = _milestones().melt(
        id_vars=["train_fraction", "held_out_share", "n_train_pairs"],
        value_vars=list(names),
        var_name="milestone",
        value_name="epoch",
    )
    rows = rows.assign(kind="published")[columns]

    def frame(y_scale):
        return rows

    def chart(rows, y_scale):
        color, shape = m.series("milestone", names, title="")
        x = alt.X(
            "held_out_share:Q",
            scale=alt.Scale(domain=[0, 0.8], nice=False),
            title=label("held_out_share"),
            axis=alt.Axis(format=".0%", tickCount=8, grid=False),
        )
        log = y_scale == "log_axis"
        scale = (
            alt.Scale(type="log", domain=[100, 40000], nice=False)
            if log
            else alt.Scale(domain=[0, 25000], nice=False)
        )
        ticks = {"values": [100, 300, 1000, 3000, 10000, 30000]} if log else {"tickCount": 5}
        y = alt.Y("epoch:Q", scale=scale, axis=alt.Axis(format=",d", **ticks), title=label("epoch"))
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=75, filled=True, opacity=1).encode(
                x,
                y,
                color,
                shape,
                tooltip=m.tooltip(rows, ("milestone", "train_fraction", "n_train_pairs", "epoch")),
            ),
        ).properties(width="container", height=320)

    return Figure(
        "grokking-time",
        CHAPTER,
        ["nanda_grokking_train_fraction_summary"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("y_scale", ("linear_axis", "log_axis"))],
        predict=Predict(
            "held_out_share",
            0.65,
            "held_out_share",
            "epoch",
            {"milestone": "generalized"},
            log_x=False,
        ),
    )


@cache
def views() -> Figure:
    columns = [
        "kind",
        "train_fraction",
        "epoch",
        "loss_nats",
        "value",
        "grok_event",
        "marked",
        "pairs_scored",
    ]

    def frame(grok_share, grok_view):
        rows = _runs()[
            (_runs()["grok_share"] == grok_share) & (_runs()["pairs_scored"] == "held_out_pairs")
        ].assign(kind="published")
        rows["value"] = (
            np.exp(-rows["loss_nats"]) if grok_view == "grok_probability" else rows["loss_nats"]
        )
        peak = rows.loc[rows["loss_nats"].idxmax()]
        visible = rows[(rows["epoch"] > peak["epoch"]) & (np.exp(-rows["loss_nats"]) > 0.01)].iloc[
            0
        ]
        events = pd.DataFrame([peak, visible]).assign(
            grok_event=[label("grok_peak"), label("grok_visible")], marked=False
        )
        return (
            pd.concat([rows, events], ignore_index=True)
            .reindex(columns=columns)
            .astype({"epoch": int})
        )

    def chart(rows, grok_share, grok_view):
        color, shape = m.series("pairs_scored", ("held_out_pairs",), title=None)
        color["legend"] = shape["legend"] = None
        last = int(_runs().loc[_runs()["grok_share"] == grok_share, "epoch"].max())
        x = alt.X(
            "epoch:Q",
            scale=alt.Scale(domain=[0, last * 1.02], nice=False),
            axis=alt.Axis(format="~s", tickCount=6, grid=False),
            title=label("epoch"),
        )
        scales = {
            "grok_probability": alt.Scale(domain=[0, 1]),
            "grok_loss": alt.Scale(domain=[0, 35]),
            "grok_loss_log": alt.Scale(type="log", domain=[1e-6, 100], nice=False),
        }
        form = {"grok_probability": ".0%", "grok_loss": "", "grok_loss_log": "~e"}[grok_view]
        y = alt.Y(
            "value:Q",
            scale=scales[grok_view],
            axis=alt.Axis(format=form, tickCount=6),
            title=label(grok_view + "_axis"),
        )
        tips = m.tooltip(rows, ("train_fraction", "epoch", "loss_nats", "value"))
        event = alt.Chart(rows).transform_filter("isValid(datum.grok_event)")
        return alt.layer(
            event.mark_rule(strokeDash=[4, 4]).encode(x=x),
            *_dense(rows, x, y, color, shape, tips),
            event.mark_text(align="left", dx=5, fontSize=11, y=8)
            .encode(x=x, text="grok_event:N")
            .transform_filter(f"datum.grok_event === {m.quote(label('grok_peak'))}"),
            event.mark_text(align="right", dx=-5, fontSize=11, y=60)
            .encode(x=x, text="grok_event:N")
            .transform_filter(f"datum.grok_event === {m.quote(label('grok_visible'))}"),
        ).properties(width="container", height=320)

    return Figure(
        "grokking-views",
        CHAPTER,
        ["nanda_grokking_train_fraction_curves"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("grok_view", ("grok_probability", "grok_loss", "grok_loss_log")),
            Choice("grok_share", tuple(_share(f) for f in DELAYED), "share_30"),
        ],
        columns=["kind", "train_fraction", "epoch", "loss_nats", "value", "grok_event"],
    )


@cache
def waves() -> Figure:
    sets = {"key_waves": KEY_FREQUENCIES, "longest_waves": LONGEST_WAVES}
    offset = np.arange(MODULUS) - MODULUS // 2

    def frame(n_waves, wave_set):
        value = formulas.cosine_logits(offset, sets[wave_set][:n_waves], MODULUS)
        best = np.where(offset == 0, -np.inf, value)
        place = np.where(offset == 0, "right_answer", "wrong_answer")
        rows = pd.DataFrame(
            {
                "kind": "simulation",
                "wave_set": wave_set,
                "n_waves": n_waves,
                "answer_offset": offset,
                "wave_agreement": value / n_waves,
                "answer_is": place,
            }
        )
        rows["note"] = ""
        rows.loc[int(best.argmax()), "note"] = label("grok_rival").format(best.max() / n_waves)
        return rows

    def chart(rows):
        color, shape = m.series("answer_is", ("right_answer", "wrong_answer"), title="")
        x = alt.X(
            "answer_offset:Q",
            scale=alt.Scale(domain=[-58, 58], nice=False),
            axis=alt.Axis(tickCount=8, grid=False),
            title=label("answer_offset"),
        )
        y = alt.Y(
            "wave_agreement:Q",
            scale=alt.Scale(domain=[-1, 1.15], nice=False),
            axis=alt.Axis(format=".1f", tickCount=6),
            title=label("wave_agreement"),
        )
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(
                strokeDash=[1, 3], strokeWidth=1.5, color="currentColor", opacity=0.5
            ).encode(x, y),
            base.mark_point(size=45, filled=False, strokeWidth=2).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("answer_offset", "wave_agreement"))
            ),
            base.transform_filter("datum.note !== ''")
            .mark_text(align="right", dy=-12, fontSize=11)
            .encode(x, y, text="note:N"),
        ).properties(width="container", height=320)

    return Figure(
        "grokking-waves",
        CHAPTER,
        [],
        frame,
        chart,
        simulation=True,
        facts=numbers,
        controls=[Slider("n_waves", 1, 5, 1, 5), Choice("wave_set", tuple(sets))],
        columns=["kind", "wave_set", "n_waves", "answer_offset", "wave_agreement", "answer_is"],
    )


@cache
def fresh() -> Figure:
    series = ("finite_train", "finite_test", "fresh_data")
    table = data.load("nanda_other_training_curves")
    top = {"grok_addition": 9, "grok_trigram": 3, "grok_induction": 17}
    last = {"grok_addition": 30000, "grok_trigram": 8000, "grok_induction": 400000}

    @cache
    def rows_of(task):
        finite, infinite = (
            table[(table["run"] == run) & (table["epoch"] >= 1)] for run in TASKS[task]
        )
        parts = [
            finite.assign(data_regime=series[0], loss_nats=finite["train_loss"]),
            finite.assign(data_regime=series[1], loss_nats=finite["test_loss"]),
            infinite.assign(data_regime=series[2], loss_nats=infinite["train_loss"]),
        ]
        rows = (
            pd.concat(parts, ignore_index=True)
            .assign(kind="published", grok_task=task)
            .astype({"epoch": int})
        )
        return _marked(rows, ["data_regime"])[
            ["kind", "grok_task", "data_regime", "run", "epoch", "loss_nats", "marked"]
        ]

    def frame(grok_task):
        return rows_of(grok_task)

    def chart(rows, grok_task):
        color, shape = m.series("data_regime", series, title="")
        x = _epochs(1, last[grok_task])
        y = alt.Y(
            "loss_nats:Q",
            scale=alt.Scale(domain=[0, top[grok_task]], nice=False),
            axis=alt.Axis(tickCount=6),
            title=label("loss_nats"),
        )
        return alt.layer(
            *_dense(
                rows, x, y, color, shape, m.tooltip(rows, ("data_regime", "epoch", "loss_nats"))
            )
        ).properties(width="container", height=320)

    return Figure(
        "grokking-fresh-data",
        CHAPTER,
        ["nanda_other_training_curves"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("grok_task", tuple(TASKS))],
        columns=["kind", "grok_task", "data_regime", "run", "epoch", "loss_nats"],
    )


@cache
def phases() -> Figure:
    rows = _edelman()
    rows = _marked(
        rows.assign(kind="published", value=rows["value"].astype(float)), ["icl_strategy"]
    )
    rows = rows[
        [
            "kind",
            "model",
            "task",
            "icl_strategy",
            "training_examples_seen",
            "metric",
            "unit",
            "value",
            "marked",
        ]
    ]

    def frame():
        return rows

    def chart(rows):
        color, shape = m.series("icl_strategy", STRATEGIES)
        x = alt.X(
            "training_examples_seen:Q",
            scale=alt.Scale(domain=[0, 125000], nice=False),
            title=label("training_examples_seen"),
            axis=alt.Axis(format="~s", tickCount=6, grid=False),
        )
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[0, 0.28], nice=False),
            axis=alt.Axis(tickCount=6),
            title=label("kl_nats"),
        )
        return alt.layer(
            *_dense(
                rows,
                x,
                y,
                color,
                shape,
                m.tooltip(rows, ("icl_strategy", "training_examples_seen", "value")),
            )
        ).properties(width="container", height=320)

    return Figure(
        "induction-phases",
        CHAPTER,
        ["edelman2024_induction_phases"],
        frame,
        chart,
        facts=numbers,
        columns=[
            "kind",
            "model",
            "task",
            "icl_strategy",
            "training_examples_seen",
            "metric",
            "unit",
            "value",
        ],
    )


# --- our own runs ------------------------------------------------------------------------------------------------------
RUN = "grokking"
OUTCOMES = ("memorizes_only", "partly", "groks")
PARTLY = 0.5
"""Accuracy on held-out pairs from which a run that has not generalized by its last step counts as on its way, or stuck on it."""
DECAYS = (0.0, 0.1, 0.3, 1.0, 3.0)
SETS = {"seen_pairs": "train", "held_out_pairs": "test"}
MEASURES = ("loss_on_train", "loss_on_test", "restricted_loss", "excluded_loss")
SHARES = ("accuracy_on_train", "accuracy_on_test", "wave_share")
NAMES = {f"{s}_{m}": f"{m}_on_{s}" for s in ("train", "test") for m in ("loss", "accuracy")} | {
    "step": "train_step"
}
"""Columns of the records as the figures call them."""
FLOOR = 1e-6
"""Losses below this are drawn here: a logarithmic axis has to end somewhere."""


@cache
def _outcomes() -> pd.DataFrame:
    """One row per run of the small network: share of pairs, weight decay, seed, milestones, and the outcome."""
    rows = data.curves(RUN, "phases").sort_values(["weight_decay", "fraction", "seed"])
    rows = rows.rename(
        columns={
            "fraction": "train_fraction",
            "generalized": "steps_to_rule",
            "memorized": "steps_to_table",
        }
        | NAMES
    )
    rows["outcome"] = np.select(
        [rows["steps_to_rule"].notna(), rows["accuracy_on_test"] >= PARTLY],
        OUTCOMES[:0:-1],
        OUTCOMES[0],
    )
    if rows["steps_to_table"].isna().any():
        raise data.DataError(
            f"In {RUN}, phases: a run did not learn its training pairs; the diagram has no place for it."
        )
    return rows.assign(kind="miniature", decay=rows["weight_decay"].map("{:g}".format)).reset_index(
        drop=True
    )


def _phase_chart(rows: pd.DataFrame) -> alt.Chart:
    color, shape = m.series("outcome", OUTCOMES, title="")
    share = alt.X(
        "train_fraction:O",
        title=label("train_fraction_unordered"),
        axis=alt.Axis(format=".0%", labelAngle=0, grid=False),
        scale=alt.Scale(paddingInner=0.25),
    )
    return (
        alt.Chart(rows)
        .mark_point(size=110, filled=False, strokeWidth=2)
        .encode(
            share,
            alt.Y(
                "decay:O",
                sort=[f"{d:g}" for d in DECAYS[::-1]],
                title=label("weight_decay"),
                axis=alt.Axis(grid=True),
            ),
            color,
            shape,
            xOffset=alt.XOffset("seed:N"),
            tooltip=m.tooltip(rows, OUTCOME_TIPS),
        )
        .properties(width="container", height=300)
    )


OUTCOME_TIPS = (
    "train_fraction",
    "weight_decay",
    "seed",
    "outcome",
    "steps_to_table",
    "steps_to_rule",
    "accuracy_on_test",
)


def _delay_chart(rows: pd.DataFrame) -> alt.LayerChart:
    """Steps to the rule by share of pairs: every seed a mark, a line through the medians of the cells in which all seeds got there."""
    names = [
        f"{d:g}"
        for d in DECAYS
        if (rows.loc[rows["weight_decay"] == d, "outcome"] == "groks").any()
    ]
    color, shape = m.series("decay", names, title=label("weight_decay"))
    x = alt.X(
        "train_fraction:Q",
        scale=alt.Scale(domain=[0.55, 0.95], nice=False),
        axis=alt.Axis(format=".0%", values=sorted(rows["train_fraction"].unique()), grid=False),
        title=label("train_fraction_unordered"),
    )
    y = alt.Y(
        "steps_to_rule:Q",
        scale=alt.Scale(type="log", domain=[400, 4200], nice=False),
        axis=alt.Axis(values=[500, 1000, 2000, 4000], format=",d"),
        title=label("steps_to_rule"),
    )
    there = alt.Chart(rows).transform_filter("isValid(datum.steps_to_rule)")
    line = there.transform_aggregate(
        steps_to_rule="median(steps_to_rule)",
        n="count()",
        groupby=["decay", "train_fraction", "kind"],
    ).transform_filter("datum.n === 3")
    return alt.layer(
        line.mark_line(strokeWidth=2).encode(x, y, color, kind_scales()["strokeDash"]),
        there.mark_point(size=60, filled=False, strokeWidth=2).encode(
            x, y, color, shape, tooltip=m.tooltip(rows, OUTCOME_TIPS)
        ),
    ).properties(width="container", height=320)


@cache
def own_phases() -> Figure:
    columns = [
        "kind",
        "train_fraction",
        "weight_decay",
        "decay",
        "seed",
        "outcome",
        "steps_to_table",
        "steps_to_rule",
        "accuracy_on_train",
        "accuracy_on_test",
    ]

    def frame(phase_view):
        return _outcomes()[columns]

    def chart(rows, phase_view):
        return _phase_chart(rows) if phase_view == "phase_diagram" else _delay_chart(rows)

    return Figure(
        "mini-grokking-phases",
        CHAPTER,
        [],
        frame,
        chart,
        controls=[Choice("phase_view", ("phase_diagram", "phase_delay"))],
        runs=[RUN],
        columns=[c for c in columns if c != "decay"],
        facts=numbers,
    )


@cache
def _progress() -> pd.DataFrame:
    rows = data.curves(RUN, "transformer").rename(columns=NAMES)
    return rows[rows["train_step"] > 0].assign(
        kind="miniature", seed_name=lambda r: "seed_" + r["seed"].astype(str)
    )


@cache
def own_progress() -> Figure:
    seeds = tuple(sorted(_progress()["seed_name"].unique()))

    def frame(seed_name, progress_view):
        rows = _progress()[_progress()["seed_name"] == seed_name]
        drawn = MEASURES if progress_view == "progress_losses" else SHARES
        rows = rows.melt(
            ["kind", "seed", "train_step"], drawn, var_name="progress_measure", value_name="value"
        ).sort_values(["progress_measure", "train_step"], kind="stable")
        return _marked(
            rows.assign(shown=rows["value"].clip(lower=FLOOR)), ["progress_measure"], 8
        ).reset_index(drop=True)

    def chart(rows, progress_view):
        losses = progress_view == "progress_losses"
        color, shape = m.series("progress_measure", MEASURES if losses else SHARES, title="")
        x = alt.X(
            "train_step:Q",
            scale=alt.Scale(domain=[0, 3000], nice=False),
            axis=alt.Axis(tickCount=6, grid=False),
            title=label("train_step"),
        )
        y = (
            alt.Y(
                "shown:Q",
                scale=alt.Scale(type="log", domain=[FLOOR, 100], nice=False),
                axis=alt.Axis(format="~e", tickCount=6),
                title=label("loss_nats"),
            )
            if losses
            else alt.Y(
                "value:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=6),
                title=label("share_axis"),
            )
        )
        return alt.layer(
            *_own(rows, x, y, color, shape, ("progress_measure", "seed", "train_step", "value"))
        ).properties(width="container", height=340)

    return Figure(
        "mini-grokking-progress",
        CHAPTER,
        [],
        frame,
        chart,
        controls=[
            Choice("progress_view", ("progress_losses", "progress_shares")),
            Choice("seed_name", seeds),
        ],
        runs=[RUN],
        columns=["kind", "seed", "train_step", "progress_measure", "value"],
        facts=numbers,
    )


def _own(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    tips: tuple[str, ...],
) -> list[alt.Chart]:
    """Lines of our own runs, dash and dot, with a hollow mark on some of their points."""
    base = alt.Chart(rows).transform_filter("datum.kind === 'miniature'")
    return [
        base.mark_line(strokeWidth=2).encode(x, y, color, kind_scales()["strokeDash"]),
        base.transform_filter("datum.marked")
        .mark_point(size=60, filled=False, strokeWidth=2)
        .encode(x, y, color, shape, tooltip=m.tooltip(rows, tips)),
    ]


OWN = {"own_transformer": ("transformer", 59), "own_small": ("curves", 31)}


@cache
def _own_losses(own_model: str) -> pd.DataFrame:
    """Losses of seed 0 of one of our networks, long, as `_runs`."""
    rows = data.curves(RUN, OWN[own_model][0])
    rows = rows[(rows["seed"] == 0) & (rows["step"] >= 1)].rename(
        columns={f"{v}_loss": k for k, v in SETS.items()}
    )
    rows = rows.melt("step", list(SETS), var_name="pairs_scored", value_name="loss_nats").rename(
        columns={"step": "epoch"}
    )
    return _marked(rows.assign(kind="miniature", run_drawn="own_run"), ["pairs_scored"], 8)


@cache
def own_and_published() -> Figure:
    columns = [
        "kind",
        "run_drawn",
        "train_fraction",
        "pairs_scored",
        "epoch",
        "loss_nats",
        "shown",
        "marked",
    ]

    def frame(own_model, grok_share):
        published = _runs()[_runs()["grok_share"] == grok_share].assign(
            kind="published", run_drawn="published_run"
        )
        own = _own_losses(own_model).assign(train_fraction=0.75)
        rows = pd.concat([published, own], ignore_index=True)
        return rows.assign(shown=rows["loss_nats"].clip(lower=FLOOR))[columns]

    def chart(rows):
        color, shape = m.series("pairs_scored", tuple(SETS), title="")
        x, y = (
            _epochs(10, 30000),
            alt.Y(
                "shown:Q",
                scale=alt.Scale(type="log", domain=[FLOOR, 100], nice=False),
                title=label("loss_nats"),
                axis=alt.Axis(format="~e", tickCount=6),
            ),
        )
        tips = ("run_drawn", "pairs_scored", "train_fraction", "epoch", "loss_nats")
        theirs = alt.Chart(rows).transform_filter("datum.kind === 'published' && datum.epoch >= 10")
        return alt.layer(
            theirs.mark_line(strokeWidth=2).encode(x, y, color),
            theirs.transform_filter("datum.marked")
            .mark_point(size=50, filled=True, opacity=1)
            .encode(x, y, color, shape, tooltip=m.tooltip(rows, tips)),
            *_own(rows, x, y, color, shape, tips),
        ).properties(width="container", height=340)

    return Figure(
        "mini-grokking-curves",
        CHAPTER,
        ["nanda_grokking_train_fraction_curves"],
        frame,
        chart,
        runs=[RUN],
        facts=numbers,
        controls=[
            Choice("own_model", tuple(OWN)),
            Choice("grok_share", tuple(_share(f) for f in FRACTIONS), "share_30"),
        ],
        columns=["kind", "run_drawn", "train_fraction", "pairs_scored", "epoch", "loss_nats"],
    )


LIVE_STEPS = 10_000
LIVE_MEASURES = {
    "accuracy": (alt.Scale(domain=[0, 1]), ".0%", "accuracy"),
    "loss": (alt.Scale(type="log", domain=[FLOOR, 100], nice=False), "~e", "loss_nats"),
}


def _recorded() -> pd.DataFrame:
    """Seed 0 at the settings the page starts with, thinned to the points that a logarithmic axis can show."""
    rows = data.curves(RUN, "curves")
    rows = rows[(rows["seed"] == 0) & (rows["step"] > 0)]
    steps, kept = rows["step"].to_numpy(), []
    for step in steps:
        if not kept or step >= 1.05 * kept[-1]:
            kept.append(step)
    return rows[rows["step"].isin(kept)]


def _live_chart(measure: str):
    """Example table and chart of one measure over training: the recorded run pale, the reader's own run in front."""

    def draw():
        rows = (
            _recorded()
            .rename(columns={f"{v}_{measure}": k for k, v in SETS.items()})
            .melt("step", list(SETS), var_name="pairs_scored", value_name="value")
        )
        rows = rows.assign(kind="miniature", grok_run="recorded_run").rename(columns=NAMES)[
            ["kind", "grok_run", "pairs_scored", "train_step", "value"]
        ]
        color, shape = m.series("pairs_scored", tuple(SETS), title="")
        color["legend"]["symbolOpacity"] = shape["legend"]["symbolOpacity"] = 1
        scale, form, title = LIVE_MEASURES[measure]
        x = alt.X(
            "train_step:Q",
            scale=alt.Scale(type="log", domain=[1, LIVE_STEPS], nice=False),
            title=label("train_step"),
            axis=alt.Axis(format="~s", tickCount=5, grid=False),
        )
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(**{**scale.to_dict(), "clamp": True}),
            title=label(title),
            axis=alt.Axis(format=form, tickCount=5),
        )
        base = alt.Chart(rows)
        old, new = (
            base.transform_filter(f"datum.grok_run === '{run}'")
            for run in ("recorded_run", "live_run")
        )
        return rows, alt.layer(
            old.mark_line(strokeWidth=2, opacity=0.6).encode(
                x, y, color, kind_scales()["strokeDash"]
            ),
            new.mark_line(strokeWidth=2.2).encode(x, y, color, kind_scales()["strokeDash"]),
            new.transform_window(place="row_number()", groupby=["pairs_scored"])
            .transform_filter("datum.place % 8 === 0")
            .mark_point(size=50, filled=False, strokeWidth=2)
            .encode(x, y, color, shape),
        ).properties(width="container", height=210)

    return draw


def _live_options() -> dict:
    """What the page's script is given: where it starts, what it offers, and the recorded run."""
    start = mini.Settings(fraction=0.75)
    recorded = _recorded()[["step", "train_loss", "test_loss", "train_accuracy", "test_accuracy"]]
    return {
        "start": {
            k: getattr(start, k)
            for k in ("p", "fraction", "weight_decay", "learning_rate", "seed", "width", "hidden")
        },
        "steps": LIVE_STEPS,
        "primes": [23, 31, 43, 59],
        "decays": [0, 0.1, 0.3, 1, 3],
        "rates": [0.0003, 0.001, 0.003, 0.01, 0.03],
        "seeds": list(range(10)),
        "learned": mini.LEARNED,
        "recorded": [[float(f"{v:.4g}") for v in row] for row in recorded.to_numpy()],
    }


@cache
def live_training() -> Live:
    return Live(
        "mini-grokking-live",
        CHAPTER,
        "grokking",
        {name: _live_chart(name) for name in LIVE_MEASURES},
        runs=[RUN],
        options=_live_options,
        facts=numbers,
        room=(922, 1073),
    )


# --- numbers of prose and texts ---------------------------------------------------------------------------------------
def _nearest_strategy() -> pd.Series:
    """Strategy closest to the model (smallest divergence) by examples seen, the curves joined at common multiples of 2500."""
    rows = _edelman()
    grid = np.arange(0, 125001, 2500)
    curves = {
        s: np.interp(
            grid,
            *g.sort_values("training_examples_seen")[["training_examples_seen", "value"]]
            .to_numpy(float)
            .T,
        )
        for s, g in rows.groupby("icl_strategy")
    }
    return pd.DataFrame(curves, index=grid).idxmin(axis=1)


def _amplitude(frequencies: tuple[int, ...]) -> float:
    """Common strength of the waves at which the softmax over all answers reaches the threshold loss."""
    from scipy.optimize import brentq

    behind = len(frequencies) - formulas.cosine_logits(np.arange(1, MODULUS), frequencies, MODULUS)
    return float(brentq(lambda a: np.log1p(np.exp(-a * behind).sum()) - THRESHOLD, 1e-3, 1e5))


def _first_better(share: str) -> int:
    """Epochs from the best early held-out loss of a run to the first one below it (thinned log)."""
    run = _runs()[(_runs()["grok_share"] == share) & (_runs()["pairs_scored"] == "held_out_pairs")]
    peak = run.loc[run["loss_nats"].idxmax(), "epoch"]
    early = run[run["epoch"] < peak]
    better = run[(run["epoch"] > peak) & (run["loss_nats"] < early["loss_nats"].min())]
    return int(better["epoch"].iloc[0] - early.loc[early["loss_nats"].idxmin(), "epoch"])


def _power(value: float) -> str:
    """One digit times a power of ten, e.g. 3·10⁻⁷."""
    digit, power = f"{value:.0e}".split("e")
    return f"{digit}·10" + str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _about(value: float) -> str:
    """Two significant digits: the logs are thinned to steps of about 4 percent, so a crossing is not known better."""
    return f"{float(f'{value:.1e}'):,.0f}"


STANDSTILL = 600
"""A step at which the held-out accuracy of seed 0 still shows nothing."""


def _falls(losses: pd.Series, below: float) -> int:
    """First step after its maximum at which a loss is below a value."""
    later = losses.loc[losses.idxmax() :]
    return int(later.index[later < below][0])


def _steps(value: float) -> str:
    return f"{value:,.0f}"


def _own_numbers() -> dict[str, str]:
    """Numbers of our own runs."""
    cells = _outcomes()
    count = cells["outcome"].value_counts()
    late = cells[cells["outcome"] == "groks"]
    n = {
        "own_runs": str(len(cells)),
        "own_groks": str(count["groks"]),
        "own_memorizes": str(count["memorizes_only"]),
        "own_partly": str(count["partly"]),
        "own_table_low": _steps(cells["steps_to_table"].min()),
        "own_table_high": _steps(cells["steps_to_table"].max()),
        "own_rule_low": _steps(cells["steps_to_rule"].min()),
        "own_rule_high": _steps(cells["steps_to_rule"].max()),
        "own_delay_low": f"{(late['steps_to_rule'] / late['steps_to_table']).min():.0f}",
        "own_delay_high": f"{(late['steps_to_rule'] / late['steps_to_table']).max():.0f}",
        "own_partly_from": f"{100 * PARTLY:.0f}",
        "own_learned": f"{100 * mini.LEARNED:.0f}",
    }
    for decay in DECAYS:
        rows = cells[cells["weight_decay"] == decay]
        there = rows[rows["steps_to_rule"].notna()].groupby("train_fraction").size()
        whole = there[there == 3].index
        n[f"own_from_{decay:g}"] = f"{100 * whole.min():.0f}" if len(whole) else "none"
        n[f"own_rule_{decay:g}"] = str(rows["steps_to_rule"].notna().sum())
    at = cells[cells["weight_decay"] == 1].groupby("train_fraction")["steps_to_rule"]
    n |= {
        f"own_median_{100 * f:.0f}": "never" if np.isnan(v) else _steps(v)
        for f, v in at.median().items()
    }
    start = data.curves(RUN, "curves")
    for seed, rows in start.groupby("seed"):
        found = mini.milestones(rows.to_dict("records"))
        n |= {
            f"small_{seed}_table": _steps(found["memorized"]),
            f"small_{seed}_rule": _steps(found["generalized"]),
        }
    n["small_pairs"], n["small_train"] = (
        str(mini.Settings(fraction=0.75).n_pairs),
        str(mini.Settings(fraction=0.75).n_train),
    )
    n["small_params"], n["small_top"] = (
        f"{mini.Settings().params:,}",
        f"{start['test_loss'].max():.1f}",
    )
    first, last = (start.groupby("seed")["wave_share"].nth(i) for i in (0, -1))
    n["small_share_first"], n["small_share_last"] = (
        f"{100 * first.max():.0f}",
        f"{100 * last.min():.0f}",
    )
    for seed, rows in data.curves(RUN, "transformer").groupby("seed"):
        rows = rows.set_index("step")
        found = mini.milestones(rows.reset_index().to_dict("records"))
        n |= {
            f"tf_{seed}_table": _steps(found["memorized"]),
            f"tf_{seed}_rule": _steps(found["generalized"]),
            f"tf_{seed}_top": f"{rows['test_loss'].max():.1f}",
            f"tf_{seed}_end": f"{100 * rows['test_accuracy'].iloc[-1]:.0f}",
            f"tf_{seed}_share_first": f"{100 * rows['wave_share'].iloc[0]:.0f}",
            f"tf_{seed}_share_last": f"{100 * rows['wave_share'].iloc[-1]:.0f}",
            f"tf_{seed}_restricted_below_1": _steps(_falls(rows["restricted_loss"], 1)),
            f"tf_{seed}_test_below_1": _steps(_falls(rows["test_loss"], 1)),
        }
        at = rows.loc[STANDSTILL]
        n |= {
            f"tf_{seed}_mid_test": f"{at['test_loss']:.1f}",
            f"tf_{seed}_mid_accuracy": f"{100 * at['test_accuracy']:.0f}",
            f"tf_{seed}_mid_restricted": f"{at['restricted_loss']:.2f}",
            f"tf_{seed}_mid_excluded": f"{at['excluded_loss']:.1f}",
            f"tf_{seed}_mid_train": _power(at["train_loss"]),
            f"tf_{seed}_mid_share": f"{100 * at['wave_share']:.0f}",
        }
    n |= {
        "tf_mid": _steps(STANDSTILL),
        "tf_uniform": f"{np.log(59):.1f}",
        "tf_memorized_high": max((n[f"tf_{s}_table"] for s in range(3)), key=int),
    }
    return n


@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    n: dict[str, str] = {
        "modulus": str(MODULUS),
        "pairs": f"{MODULUS**2:,}",
        "uniform_loss": f"{UNIFORM_LOSS:.2f}",
    }
    found = _milestones().set_index("grok_share")
    for share, row in found.iterrows():
        run = _runs()[
            (_runs()["grok_share"] == share) & (_runs()["pairs_scored"] == "held_out_pairs")
        ]
        peak = run.loc[run["loss_nats"].idxmax()]
        after = run[run["epoch"] > peak["epoch"]]
        probability = np.exp(-after["loss_nats"])
        n |= {
            f"{share}_memorized": f"{row['memorized']:,.0f}",
            f"{share}_generalized": f"{row['generalized']:,.0f}",
            f"{share}_half_way": f"{row['half_way']:,.0f}",
            f"{share}_n": f"{row['n_train_pairs']:,.0f}",
            f"{share}_ratio": f"{row['generalized'] / row['memorized']:.{0 if row['generalized'] > 9.5 * row['memorized'] else 1}f}",
            f"{share}_drop": f"{row['generalized'] - row['half_way']:,.0f}",
            f"{share}_top": f"{row['max_test_loss']:.1f}",
            f"{share}_peak_epoch": f"{peak['epoch']:,.0f}",
            f"{share}_visible": _about(after.loc[probability > 0.01, "epoch"].iloc[0]),
        }
    n["memorized_low"], n["memorized_high"] = (
        f"{v:,.0f}" for v in (found["memorized"].min(), found["memorized"].max())
    )
    n["generalized_growth"] = (
        f"{found.loc['share_25', 'generalized'] / found.loc['share_60', 'generalized']:.0f}"
    )
    n["memorized_growth"] = (
        f"{found.loc['share_25', 'memorized'] / found.loc['share_60', 'memorized']:.1f}"
    )
    n["line_forecast"] = f"{time().forecast()['line']:,.0f}"
    # Exponential growth of the time over the runs with 25 to 60 percent of the data, by least squares on its logarithm.
    steep = found[found["train_fraction"] <= 0.6]
    slope = np.polyfit(100 * steep["held_out_share"], np.log(steep["generalized"]), 1)[0]
    n["per_percent"], n["doubling"] = f"{100 * np.expm1(slope):.0f}", f"{np.log(2) / slope:.0f}"
    n["threshold_percent"] = f"{100 * np.exp(-THRESHOLD):.0f}"
    late = found.loc["share_30"]
    n["peak_share"] = (
        f"{100 * int(n['share_30_peak_epoch'].replace(',', '')) / late['generalized']:.0f}"
    )
    n["visible_span"] = _about(late["generalized"] - int(n["share_30_visible"].replace(",", "")))
    for name, waves_used in (("key", KEY_FREQUENCIES), ("long", LONGEST_WAVES)):
        rival = formulas.cosine_logits(np.arange(1, MODULUS), waves_used, MODULUS).max()
        n[f"{name}_rival"], n[f"{name}_margin"] = f"{rival / 5:.2f}", f"{5 - rival:.2f}"
    one = formulas.cosine_logits(np.arange(1, MODULUS), KEY_FREQUENCIES[:1], MODULUS).max()
    n["one_rival"] = f"{one:.4f}"
    for name, waves_used in (
        ("one", KEY_FREQUENCIES[:1]),
        ("two", KEY_FREQUENCIES[:2]),
        ("key", KEY_FREQUENCIES),
        ("long", LONGEST_WAVES),
    ):
        n[f"{name}_amplitude"] = f"{float(f'{_amplitude(waves_used):.2g}'):,g}"
    few, many = found.loc["share_30"], found.loc["share_60"]
    n["few_examples"], n["many_examples"] = (
        f"{r['generalized'] * r['n_train_pairs'] / 1e6:.1f}" for r in (few, many)
    )
    n["examples_ratio"] = (
        f"{few['generalized'] * few['n_train_pairs'] / (many['generalized'] * many['n_train_pairs']):.1f}"
    )
    n["epochs_ratio"] = f"{few['generalized'] / many['generalized']:.0f}"
    n["forecast_20"] = _about(found.loc["share_25", "generalized"] * np.exp(5 * slope))
    # A run is given up when its held-out loss has not beaten its early best for ten times the epochs it took to memorize.
    waited = pd.Series({share: _first_better(share) for share in found.index})
    given_up = waited > 10 * found["memorized"]
    n["abandoned"], n["abandoned_from"] = (
        str(given_up.sum()),
        f"{100 * found.loc[given_up, 'train_fraction'].max():.0f}",
    )
    train = _runs()[
        (_runs()["grok_share"] == "share_30") & (_runs()["pairs_scored"] == "seen_pairs")
    ].set_index("epoch")["loss_nats"]
    n["train_plateau"], n["train_last"] = (
        _power(train.loc[2000:4000].median()),
        _power(train.iloc[-1]),
    )
    n["peak_probability"] = _power(np.exp(-late["max_test_loss"]))
    n["invisible_nats"] = f"{late['max_test_loss'] + np.log(0.01):.0f}"
    n["key_frequencies"] = ", ".join(map(str, KEY_FREQUENCIES[:-1])) + f" and {KEY_FREQUENCIES[-1]}"
    table = data.load("nanda_other_training_curves")
    for task, (finite, infinite) in TASKS.items():
        rows, stream = table[table["run"] == finite], table[table["run"] == infinite]
        short = task.removeprefix("grok_")
        n |= {
            f"{short}_top": f"{rows['test_loss'].max():.1f}",
            f"{short}_start": f"{rows['test_loss'].iloc[0]:.1f}",
            f"{short}_end": f"{rows['test_loss'].iloc[-1]:.2g}",
            f"{short}_last": f"{rows['epoch'].iloc[-1]:,.0f}",
            f"{short}_peak": f"{rows.loc[rows['test_loss'].idxmax(), 'epoch']:,.0f}",
            f"{short}_fresh_max": f"{stream['train_loss'].max():.1f}",
            f"{short}_fresh_end": f"{stream['train_loss'].iloc[-1]:.2g}",
            f"{short}_fresh_last": f"{stream['epoch'].iloc[-1]:,.0f}",
            f"{short}_fresh_half": _about(
                stream.loc[stream["train_loss"] < stream["train_loss"].iloc[0] / 2, "epoch"].iloc[0]
            ),
        }
        late_half = (rows["epoch"] > rows.loc[rows["test_loss"].idxmax(), "epoch"]) & (
            rows["test_loss"] < rows["test_loss"].max() / 2
        )
        n[f"{short}_half"] = _about(rows.loc[late_half, "epoch"].iloc[0])
    nearest = _nearest_strategy()
    curves = _edelman().set_index("icl_strategy")
    for s in STRATEGIES:
        rows = curves.loc[s].sort_values("training_examples_seen")
        n[f"{s}_start"], n[f"{s}_end"] = (
            f"{rows['value'].iloc[0]:.3f}",
            f"{rows['value'].iloc[-1]:.3f}",
        )
        n[f"{s}_nearest_from"] = f"{nearest.index[nearest == s].min():,}"
        at = np.interp([20000, 80000, 90000, 105000], rows["training_examples_seen"], rows["value"])
        n |= {f"{s}_{k}": f"{v:.3f}" for k, v in zip(("20k", "80k", "90k", "105k"), at)}
    n["bigram_slow"] = f"{float(n['bigram_20k']) - float(n['bigram_80k']):.3f}"
    n["bigram_fast"] = f"{float(n['bigram_90k']) - float(n['bigram_105k']):.3f}"
    return n | _own_numbers()
