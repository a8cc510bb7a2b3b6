"""Figures of the chapter on grokking."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from .. import data, laws
from ..figure import Choice, Figure, Predict, Slider
from ..text import label
from . import _marks as m

__all__ = ["curve", "time", "views", "waves", "fresh", "phases"]

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
TASKS = {"grok_addition": ("5_digit_addition_finite", "5_digit_addition_infinite_train"),
         "grok_trigram": ("skip_trigram_finite", "skip_trigram_infinite"),
         "grok_induction": ("induction_head_finite", "induction_head_infinite")}
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
    rows = rows[rows["epoch"] >= 1].melt(id_vars=["train_fraction", "epoch"], value_vars=["seen_pairs", "held_out_pairs"],
                                         var_name="pairs_scored", value_name="loss_nats")
    rows["grok_share"] = rows["train_fraction"].map(_share)
    return _marked(rows.sort_values(["train_fraction", "pairs_scored", "epoch"]), ["train_fraction", "pairs_scored"])


@cache
def _milestones() -> pd.DataFrame:
    """First epochs below the thresholds per training fraction, from the full logs; `held_out` is the share not trained on."""
    rows = data.load("nanda_grokking_train_fraction_summary").sort_values("train_fraction", ascending=False)
    rows = rows.rename(columns={"first_epoch_train_loss_below_0.01": "memorized", "first_epoch_test_loss_below_1": "half_way",
                                "first_epoch_test_loss_below_0.01": "generalized", "n_train_pairs_of_12769": "n_train_pairs"})
    return rows.assign(held_out_share=(1 - rows["train_fraction"]).round(4), grok_share=rows["train_fraction"].map(_share)).reset_index(drop=True)


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
    scale = alt.Scale(type="log", domain=[low, high], nice=False) if log else alt.Scale(domain=[0, high], nice=False)
    return alt.X(f"{title}:Q", scale=scale, axis=alt.Axis(format="~s", tickCount=6, grid=False), title=label(title))


def _dense(rows: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color, shape: alt.Shape, tips: list[alt.Tooltip]) -> list[alt.Chart]:
    """Lines with a mark on some of their points."""
    measured = alt.Chart(rows).transform_filter("datum.kind === 'published' && !isValid(datum.grok_event)")
    return [measured.mark_line(strokeWidth=2).encode(x, y, color),
            measured.transform_filter("datum.marked").mark_point(size=50, filled=True, opacity=1).encode(x, y, color, shape, tooltip=tips)]


def _level(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    flat = alt.Chart(rows).transform_filter("datum.kind === 'reference'")
    return [flat.mark_rule().encode(y=y), flat.mark_text(align="left", dx=4, dy=11, fontSize=11, x=0).encode(y=y, text="model:N")]


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def curve() -> Figure:
    splits = ("seen_pairs", "held_out_pairs")
    columns = ["kind", "train_fraction", "pairs_scored", "epoch", "loss_nats", "grok_event", "model", "marked"]

    def frame(grok_share, grok_axis):
        rows = _runs()[_runs()["grok_share"] == grok_share].assign(kind="published")
        found = _milestones().set_index("grok_share").loc[grok_share]
        events = [{"kind": "published", "train_fraction": found["train_fraction"], "pairs_scored": split, "epoch": int(found[event]),
                   "loss_nats": THRESHOLD, "grok_event": label(event), "marked": False}
                  for split, event in zip(splits, ("memorized", "generalized"))]
        chance = {"kind": "reference", "train_fraction": found["train_fraction"], "loss_nats": UNIFORM_LOSS, "model": label("grok_uniform"),
                  "marked": False}
        return pd.concat([rows, pd.DataFrame([*events, chance])], ignore_index=True).reindex(columns=columns)

    def chart(rows, grok_axis):
        color, shape = m.series("pairs_scored", splits, title="")
        log = grok_axis == "log_axis"
        x = _epochs(1, 30000, log)
        y = alt.Y("loss_nats:Q", scale=alt.Scale(type="log", domain=[5e-8, 100], nice=False), title=label("loss_nats"),
                  axis=alt.Axis(format="~e", tickCount=6))
        tips = m.tooltip(rows, ("train_fraction", "pairs_scored", "epoch", "loss_nats"))
        event = alt.Chart(rows).transform_filter("isValid(datum.grok_event)")
        words = [event.transform_filter(f"datum.pairs_scored === '{split}'").mark_text(
            align=align, dx=dx, dy=dy, fontSize=12).encode(x, y, text="grok_event:N")
            for split, align, dx, dy in zip(splits, ("right" if log else "left", "right"), (-9 if log else 9, -9), (15, -7))]
        return alt.layer(*_level(rows, y), *_dense(rows, x, y, color, shape, tips),
                         event.mark_point(size=150, filled=False, strokeWidth=2, color="currentColor", shape="circle").encode(
                             x, y, tooltip=m.tooltip(rows, ("train_fraction", "grok_event", "epoch"))),
                         *words).properties(width="container", height=340)

    return Figure("grokking-curve", CHAPTER, ["nanda_grokking_train_fraction_curves", "nanda_grokking_train_fraction_summary"], frame, chart,
                  controls=[Choice("grok_share", tuple(_share(f) for f in FRACTIONS), "share_30"), Choice("grok_axis", ("log_axis", "linear_axis"))],
                  columns=["kind", "train_fraction", "pairs_scored", "epoch", "loss_nats", "grok_event"], facts=numbers)


@cache
def time() -> Figure:
    names = ("memorized", "generalized")
    columns = ["kind", "train_fraction", "held_out_share", "n_train_pairs", "milestone", "epoch"]
    rows = _milestones().melt(id_vars=["train_fraction", "held_out_share", "n_train_pairs"], value_vars=list(names), var_name="milestone", value_name="epoch")
    rows = rows.assign(kind="published")[columns]

    def frame(y_scale):
        return rows

    def chart(rows, y_scale):
        color, shape = m.series("milestone", names, title="")
        x = alt.X("held_out_share:Q", scale=alt.Scale(domain=[0, 0.8], nice=False), title=label("held_out_share"),
                  axis=alt.Axis(format=".0%", tickCount=8, grid=False))
        log = y_scale == "log_axis"
        scale = alt.Scale(type="log", domain=[100, 40000], nice=False) if log else alt.Scale(domain=[0, 25000], nice=False)
        ticks = {"values": [100, 300, 1000, 3000, 10000, 30000]} if log else {"tickCount": 5}
        y = alt.Y("epoch:Q", scale=scale, axis=alt.Axis(format=",d", **ticks), title=label("epoch"))
        base = alt.Chart(rows)
        return alt.layer(base.mark_line(strokeWidth=2).encode(x, y, color),
                         base.mark_point(size=75, filled=True, opacity=1).encode(
                             x, y, color, shape, tooltip=m.tooltip(rows, ("milestone", "train_fraction", "n_train_pairs", "epoch"))),
                         ).properties(width="container", height=320)

    return Figure("grokking-time", CHAPTER, ["nanda_grokking_train_fraction_summary"], frame, chart, facts=numbers,
                  controls=[Choice("y_scale", ("linear_axis", "log_axis"))],
                  predict=Predict("held_out_share", 0.65, "held_out_share", "epoch", {"milestone": "generalized"}, log_x=False))


@cache
def views() -> Figure:
    columns = ["kind", "train_fraction", "epoch", "loss_nats", "value", "grok_event", "marked", "pairs_scored"]

    def frame(grok_share, grok_view):
        rows = _runs()[(_runs()["grok_share"] == grok_share) & (_runs()["pairs_scored"] == "held_out_pairs")].assign(kind="published")
        rows["value"] = np.exp(-rows["loss_nats"]) if grok_view == "grok_probability" else rows["loss_nats"]
        peak = rows.loc[rows["loss_nats"].idxmax()]
        visible = rows[(rows["epoch"] > peak["epoch"]) & (np.exp(-rows["loss_nats"]) > 0.01)].iloc[0]
        events = pd.DataFrame([peak, visible]).assign(grok_event=[label("grok_peak"), label("grok_visible")], marked=False)
        return pd.concat([rows, events], ignore_index=True).reindex(columns=columns).astype({"epoch": int})

    def chart(rows, grok_share, grok_view):
        color, shape = m.series("pairs_scored", ("held_out_pairs",), title=None)
        color["legend"] = shape["legend"] = None
        last = int(_runs().loc[_runs()["grok_share"] == grok_share, "epoch"].max())
        x = alt.X("epoch:Q", scale=alt.Scale(domain=[0, last * 1.02], nice=False), axis=alt.Axis(format="~s", tickCount=6, grid=False),
                  title=label("epoch"))
        scales = {"grok_probability": alt.Scale(domain=[0, 1]), "grok_loss": alt.Scale(domain=[0, 35]),
                  "grok_loss_log": alt.Scale(type="log", domain=[1e-6, 100], nice=False)}
        form = {"grok_probability": ".0%", "grok_loss": "", "grok_loss_log": "~e"}[grok_view]
        y = alt.Y("value:Q", scale=scales[grok_view], axis=alt.Axis(format=form, tickCount=6), title=label(grok_view + "_axis"))
        tips = m.tooltip(rows, ("train_fraction", "epoch", "loss_nats", "value"))
        event = alt.Chart(rows).transform_filter("isValid(datum.grok_event)")
        return alt.layer(event.mark_rule(strokeDash=[4, 4]).encode(x=x),
                         *_dense(rows, x, y, color, shape, tips),
                         event.mark_text(align="left", dx=5, fontSize=11, y=8).encode(x=x, text="grok_event:N").transform_filter(
                             f"datum.grok_event === {m._quote(label('grok_peak'))}"),
                         event.mark_text(align="right", dx=-5, fontSize=11, y=60).encode(x=x, text="grok_event:N").transform_filter(
                             f"datum.grok_event === {m._quote(label('grok_visible'))}"),
                         ).properties(width="container", height=320)

    return Figure("grokking-views", CHAPTER, ["nanda_grokking_train_fraction_curves"], frame, chart, facts=numbers,
                  controls=[Choice("grok_view", ("grok_probability", "grok_loss", "grok_loss_log")),
                            Choice("grok_share", tuple(_share(f) for f in DELAYED), "share_30")],
                  columns=["kind", "train_fraction", "epoch", "loss_nats", "value", "grok_event"])


@cache
def waves() -> Figure:
    sets = {"key_waves": KEY_FREQUENCIES, "longest_waves": LONGEST_WAVES}
    offset = np.arange(MODULUS) - MODULUS // 2

    def frame(n_waves, wave_set):
        value = laws.cosine_logits(offset, sets[wave_set][:n_waves], MODULUS)
        best = np.where(offset == 0, -np.inf, value)
        place = np.where(offset == 0, "right_answer", "wrong_answer")
        rows = pd.DataFrame({"kind": "simulation", "wave_set": wave_set, "n_waves": n_waves, "answer_offset": offset, "wave_agreement": value / n_waves,
                             "answer_is": place})
        rows["note"] = ""
        rows.loc[int(best.argmax()), "note"] = label("grok_rival").format(best.max() / n_waves)
        return rows

    def chart(rows):
        color, shape = m.series("answer_is", ("right_answer", "wrong_answer"), title="")
        x = alt.X("answer_offset:Q", scale=alt.Scale(domain=[-58, 58], nice=False), axis=alt.Axis(tickCount=8, grid=False), title=label("answer_offset"))
        y = alt.Y("wave_agreement:Q", scale=alt.Scale(domain=[-1, 1.15], nice=False), axis=alt.Axis(format=".1f", tickCount=6),
                  title=label("wave_agreement"))
        base = alt.Chart(rows)
        return alt.layer(base.mark_line(strokeDash=[1, 3], strokeWidth=1.5, color="currentColor", opacity=0.5).encode(x, y),
                         base.mark_point(size=45, filled=False, strokeWidth=2).encode(
                             x, y, color, shape, tooltip=m.tooltip(rows, ("answer_offset", "wave_agreement"))),
                         base.transform_filter("datum.note !== ''").mark_text(align="right", dy=-12, fontSize=11).encode(x, y, text="note:N"),
                         ).properties(width="container", height=320)

    return Figure("grokking-waves", CHAPTER, [], frame, chart, simulation=True, facts=numbers,
                  controls=[Slider("n_waves", 1, 5, 1, 5), Choice("wave_set", tuple(sets))],
                  columns=["kind", "wave_set", "n_waves", "answer_offset", "wave_agreement", "answer_is"])


@cache
def fresh() -> Figure:
    series = ("finite_train", "finite_test", "fresh_data")
    table = data.load("nanda_other_training_curves")
    top = {"grok_addition": 9, "grok_trigram": 3, "grok_induction": 17}
    last = {"grok_addition": 30000, "grok_trigram": 8000, "grok_induction": 400000}

    @cache
    def rows_of(task):
        finite, infinite = (table[(table["run"] == run) & (table["epoch"] >= 1)] for run in TASKS[task])
        parts = [finite.assign(data_regime=series[0], loss_nats=finite["train_loss"]), finite.assign(data_regime=series[1], loss_nats=finite["test_loss"]),
                 infinite.assign(data_regime=series[2], loss_nats=infinite["train_loss"])]
        rows = pd.concat(parts, ignore_index=True).assign(kind="published", grok_task=task).astype({"epoch": int})
        return _marked(rows, ["data_regime"])[["kind", "grok_task", "data_regime", "run", "epoch", "loss_nats", "marked"]]

    def frame(grok_task):
        return rows_of(grok_task)

    def chart(rows, grok_task):
        color, shape = m.series("data_regime", series, title="")
        x = _epochs(1, last[grok_task])
        y = alt.Y("loss_nats:Q", scale=alt.Scale(domain=[0, top[grok_task]], nice=False), axis=alt.Axis(tickCount=6), title=label("loss_nats"))
        return alt.layer(*_dense(rows, x, y, color, shape, m.tooltip(rows, ("data_regime", "epoch", "loss_nats")))).properties(width="container", height=320)

    return Figure("grokking-fresh-data", CHAPTER, ["nanda_other_training_curves"], frame, chart, facts=numbers,
                  controls=[Choice("grok_task", tuple(TASKS))], columns=["kind", "grok_task", "data_regime", "run", "epoch", "loss_nats"])


@cache
def phases() -> Figure:
    rows = _edelman()
    rows = _marked(rows.assign(kind="published", value=rows["value"].astype(float)), ["icl_strategy"])
    rows = rows[["kind", "model", "task", "icl_strategy", "training_examples_seen", "metric", "unit", "value", "marked"]]

    def frame():
        return rows

    def chart(rows):
        color, shape = m.series("icl_strategy", STRATEGIES)
        x = alt.X("training_examples_seen:Q", scale=alt.Scale(domain=[0, 125000], nice=False), title=label("training_examples_seen"),
                  axis=alt.Axis(format="~s", tickCount=6, grid=False))
        y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 0.28], nice=False), axis=alt.Axis(tickCount=6), title=label("kl_nats"))
        return alt.layer(*_dense(rows, x, y, color, shape, m.tooltip(rows, ("icl_strategy", "training_examples_seen", "value")))
                         ).properties(width="container", height=320)

    return Figure("induction-phases", CHAPTER, ["edelman2024_induction_phases"], frame, chart, facts=numbers,
                  columns=["kind", "model", "task", "icl_strategy", "training_examples_seen", "metric", "unit", "value"])


# --- numbers of prose and texts ---------------------------------------------------------------------------------------
def _nearest_strategy() -> pd.Series:
    """Strategy closest to the model (smallest divergence) by examples seen, the curves joined at common multiples of 2500."""
    rows = _edelman()
    grid = np.arange(0, 125001, 2500)
    curves = {s: np.interp(grid, *g.sort_values("training_examples_seen")[["training_examples_seen", "value"]].to_numpy(float).T)
              for s, g in rows.groupby("icl_strategy")}
    return pd.DataFrame(curves, index=grid).idxmin(axis=1)


def _amplitude(frequencies: tuple[int, ...]) -> float:
    """Common strength of the waves at which the softmax over all answers reaches the threshold loss."""
    from scipy.optimize import brentq

    behind = len(frequencies) - laws.cosine_logits(np.arange(1, MODULUS), frequencies, MODULUS)
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


@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    n: dict[str, str] = {"modulus": str(MODULUS), "pairs": f"{MODULUS**2:,}", "uniform_loss": f"{UNIFORM_LOSS:.2f}"}
    found = _milestones().set_index("grok_share")
    for share, row in found.iterrows():
        run = _runs()[(_runs()["grok_share"] == share) & (_runs()["pairs_scored"] == "held_out_pairs")]
        peak = run.loc[run["loss_nats"].idxmax()]
        after = run[run["epoch"] > peak["epoch"]]
        probability = np.exp(-after["loss_nats"])
        n |= {f"{share}_memorized": f"{row['memorized']:,.0f}", f"{share}_generalized": f"{row['generalized']:,.0f}",
              f"{share}_half_way": f"{row['half_way']:,.0f}", f"{share}_n": f"{row['n_train_pairs']:,.0f}",
              f"{share}_ratio": f"{row['generalized'] / row['memorized']:.{0 if row['generalized'] > 9.5 * row['memorized'] else 1}f}",
              f"{share}_drop": f"{row['generalized'] - row['half_way']:,.0f}", f"{share}_top": f"{row['max_test_loss']:.1f}",
              f"{share}_peak_epoch": f"{peak['epoch']:,.0f}",
              f"{share}_visible": _about(after.loc[probability > 0.01, "epoch"].iloc[0])}
    n["memorized_low"], n["memorized_high"] = (f"{v:,.0f}" for v in (found["memorized"].min(), found["memorized"].max()))
    n["generalized_growth"] = f"{found.loc['share_25', 'generalized'] / found.loc['share_60', 'generalized']:.0f}"
    n["memorized_growth"] = f"{found.loc['share_25', 'memorized'] / found.loc['share_60', 'memorized']:.1f}"
    n["line_forecast"] = f"{time().forecast()['line']:,.0f}"
    # Exponential growth of the time over the runs with 25 to 60 percent of the data, by least squares on its logarithm.
    steep = found[found["train_fraction"] <= 0.6]
    slope = np.polyfit(100 * steep["held_out_share"], np.log(steep["generalized"]), 1)[0]
    n["per_percent"], n["doubling"] = f"{100 * np.expm1(slope):.0f}", f"{np.log(2) / slope:.0f}"
    n["threshold_percent"] = f"{100 * np.exp(-THRESHOLD):.0f}"
    late = found.loc["share_30"]
    n["peak_share"] = f"{100 * int(n['share_30_peak_epoch'].replace(',', '')) / late['generalized']:.0f}"
    n["visible_span"] = _about(late["generalized"] - int(n["share_30_visible"].replace(",", "")))
    for name, waves_used in (("key", KEY_FREQUENCIES), ("long", LONGEST_WAVES)):
        rival = laws.cosine_logits(np.arange(1, MODULUS), waves_used, MODULUS).max()
        n[f"{name}_rival"], n[f"{name}_margin"] = f"{rival / 5:.2f}", f"{5 - rival:.2f}"
    one = laws.cosine_logits(np.arange(1, MODULUS), KEY_FREQUENCIES[:1], MODULUS).max()
    n["one_rival"] = f"{one:.4f}"
    for name, waves_used in (("one", KEY_FREQUENCIES[:1]), ("two", KEY_FREQUENCIES[:2]), ("key", KEY_FREQUENCIES), ("long", LONGEST_WAVES)):
        n[f"{name}_amplitude"] = f"{float(f'{_amplitude(waves_used):.2g}'):,g}"
    few, many = found.loc["share_30"], found.loc["share_60"]
    n["few_examples"], n["many_examples"] = (f"{r['generalized'] * r['n_train_pairs'] / 1e6:.1f}" for r in (few, many))
    n["examples_ratio"] = f"{few['generalized'] * few['n_train_pairs'] / (many['generalized'] * many['n_train_pairs']):.1f}"
    n["epochs_ratio"] = f"{few['generalized'] / many['generalized']:.0f}"
    n["forecast_20"] = _about(found.loc["share_25", "generalized"] * np.exp(5 * slope))
    # A run is given up when its held-out loss has not beaten its early best for ten times the epochs it took to memorize.
    waited = pd.Series({share: _first_better(share) for share in found.index})
    given_up = waited > 10 * found["memorized"]
    n["abandoned"], n["abandoned_from"] = str(given_up.sum()), f"{100 * found.loc[given_up, 'train_fraction'].max():.0f}"
    train = _runs()[(_runs()["grok_share"] == "share_30") & (_runs()["pairs_scored"] == "seen_pairs")].set_index("epoch")["loss_nats"]
    n["train_plateau"], n["train_last"] = _power(train.loc[2000:4000].median()), _power(train.iloc[-1])
    n["peak_probability"] = _power(np.exp(-late["max_test_loss"]))
    n["invisible_nats"] = f"{late['max_test_loss'] + np.log(0.01):.0f}"
    n["key_frequencies"] = ", ".join(map(str, KEY_FREQUENCIES[:-1])) + f" and {KEY_FREQUENCIES[-1]}"
    table = data.load("nanda_other_training_curves")
    for task, (finite, infinite) in TASKS.items():
        rows, stream = table[table["run"] == finite], table[table["run"] == infinite]
        short = task.removeprefix("grok_")
        n |= {f"{short}_top": f"{rows['test_loss'].max():.1f}", f"{short}_start": f"{rows['test_loss'].iloc[0]:.1f}",
              f"{short}_end": f"{rows['test_loss'].iloc[-1]:.2g}", f"{short}_last": f"{rows['epoch'].iloc[-1]:,.0f}",
              f"{short}_peak": f"{rows.loc[rows['test_loss'].idxmax(), 'epoch']:,.0f}",
              f"{short}_fresh_max": f"{stream['train_loss'].max():.1f}", f"{short}_fresh_end": f"{stream['train_loss'].iloc[-1]:.2g}",
              f"{short}_fresh_last": f"{stream['epoch'].iloc[-1]:,.0f}",
              f"{short}_fresh_half": _about(stream.loc[stream["train_loss"] < stream["train_loss"].iloc[0] / 2, "epoch"].iloc[0])}
        late_half = (rows["epoch"] > rows.loc[rows["test_loss"].idxmax(), "epoch"]) & (rows["test_loss"] < rows["test_loss"].max() / 2)
        n[f"{short}_half"] = _about(rows.loc[late_half, "epoch"].iloc[0])
    nearest = _nearest_strategy()
    curves = _edelman().set_index("icl_strategy")
    for s in STRATEGIES:
        rows = curves.loc[s].sort_values("training_examples_seen")
        n[f"{s}_start"], n[f"{s}_end"] = f"{rows['value'].iloc[0]:.3f}", f"{rows['value'].iloc[-1]:.3f}"
        n[f"{s}_nearest_from"] = f"{nearest.index[nearest == s].min():,}"
        at = np.interp([20000, 80000, 90000, 105000], rows["training_examples_seen"], rows["value"])
        n |= {f"{s}_{k}": f"{v:.3f}" for k, v in zip(("20k", "80k", "90k", "105k"), at)}
    n["bigram_slow"] = f"{float(n['bigram_20k']) - float(n['bigram_80k']):.3f}"
    n["bigram_fast"] = f"{float(n['bigram_90k']) - float(n['bigram_105k']):.3f}"
    return n
