"""Every number in the words of the chapter on grokking: of each figure, from its own rows, and of the prose."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from emergence import data, formulas
from emergence.chart import about, pick, scientific
from emergence.models import grokking as network

from .miniature import PARTLY, outcomes, own_and_published, own_phases, own_progress
from .published import curve, fresh, held_out, phases, time, turning_points, views, waves
from .tables import (
    KEY_FREQUENCIES,
    LONGEST_WAVES,
    MODULUS,
    RUN,
    TASKS,
    THRESHOLD,
    UNIFORM_LOSS,
    chapter,
    edelman,
    milestones,
    runs,
)


def whole(value: float) -> str:
    return f"{value:,.0f}"


def of_run(name: str) -> pd.Series:
    """Milestones of the published run with this share of the pairs."""
    return milestones().set_index("train_share").loc[name]


def highest_loss() -> dict[str, str]:
    return {"share_30_top": f"{of_run('share_30')['max_test_loss']:.1f}"}


@curve.facts
def _():
    run = of_run("share_30")
    return {
        **highest_loss(),
        "modulus": str(MODULUS),
        "pairs": f"{MODULUS**2:,}",
        "uniform_loss": f"{UNIFORM_LOSS:.2f}",
        "share_30_n": whole(run["n_train_pairs"]),
        "share_30_memorized": whole(run["memorized"]),
        "share_30_generalized": whole(run["generalized"]),
        "share_30_ratio": f"{run['generalized'] / run['memorized']:.0f}",
    }


@time.facts
def _():
    few, many = of_run("share_25"), of_run("share_60")
    return {
        "share_25_generalized": whole(few["generalized"]),
        "share_60_generalized": whole(many["generalized"]),
        "generalized_growth": f"{few['generalized'] / many['generalized']:.0f}",
        "memorized_growth": f"{few['memorized'] / many['memorized']:.1f}",
    }


@views.facts
def _():
    peak, visible = turning_points("share_30")["epoch"]
    return {"share_30_peak_epoch": whole(peak), "share_30_visible": about(visible)}


def rival(frequencies: tuple[int, ...]) -> float:
    """Mean of the waves at the best wrong answer."""
    wrong = formulas.cosine_logits(np.arange(1, MODULUS), frequencies, MODULUS)
    return wrong.max() / len(frequencies)


@waves.facts
def _():
    *others, last = map(str, KEY_FREQUENCIES)
    return {
        "key_frequencies": f"{', '.join(others)} and {last}",
        "key_rival": f"{rival(KEY_FREQUENCIES):.2f}",
        "one_rival": f"{rival(KEY_FREQUENCIES[:1]):.4f}",
    }


def other_task(task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Losses on a fixed set of examples, and where every example is new."""
    table = data.load("nanda_other_training_curves")
    finite, infinite = (pick(table, run=run) for run in TASKS[task])
    return finite, infinite


@fresh.facts
def _():
    finite, infinite = other_task("addition")
    return {
        "addition_start": f"{finite['test_loss'].iloc[0]:.1f}",
        "addition_top": f"{finite['test_loss'].max():.1f}",
        "addition_fresh_max": f"{infinite['train_loss'].max():.1f}",
        "addition_fresh_end": f"{infinite['train_loss'].iloc[-1]:.2g}",
    }


def nearest_strategy() -> pd.Series:
    """Strategy closest to the model (smallest divergence) by examples seen, the curves joined at common multiples of 2500."""
    grid = np.arange(0, 125001, 2500)
    curves = {strategy: divergence(strategy, grid) for strategy in edelman()["strategy"].unique()}
    return pd.DataFrame(curves, index=grid).idxmin(axis=1)


def divergence(strategy: str, seen):
    """Divergence (nats) from a strategy after so many examples, between the points that are printed."""
    rows = pick(edelman(), strategy=strategy)
    return np.interp(seen, rows["training_examples_seen"], rows["value"].astype(float))


@phases.facts
def _():
    nearest = nearest_strategy()
    return {
        "unigram_nearest_from": f"{nearest.index[nearest == 'unigram'].min():,}",
        "bigram_nearest_from": f"{nearest.index[nearest == 'bigram'].min():,}",
        "bigram_90k": f"{divergence('bigram', 90_000):.3f}",
        "bigram_105k": f"{divergence('bigram', 105_000):.3f}",
    }


def generalizing_from(decay: float) -> float:
    """The smallest share of pairs from which all three seeds find the rule."""
    there = outcomes()[outcomes()["steps_to_rule"].notna()]
    seeds = pick(there, weight_decay=decay).groupby("train_fraction").size()
    return seeds[seeds == 3].index.min()


def generalized(decay: float) -> str:
    return str(pick(outcomes(), weight_decay=decay)["steps_to_rule"].notna().sum())


@own_phases.facts
def _():
    return {
        "own_runs": str(len(outcomes())),
        "own_partly_from": f"{100 * PARTLY:.0f}",
        "own_learned": f"{100 * network.LEARNED:.0f}",
        "own_from_1": f"{100 * generalizing_from(1.0):.0f}",
        "own_rule_0": generalized(0.0),
    }


STANDSTILL = 600
"""A step at which the held-out accuracy of seed 0 still shows nothing."""


@cache
def transformer(seed: int) -> pd.DataFrame:
    """The record of one of our Transformers by step."""
    return pick(data.curves(RUN, "transformer"), seed=seed).set_index("step")


@own_progress.facts
def _():
    at = transformer(0).loc[STANDSTILL]
    return {
        "tf_mid": whole(STANDSTILL),
        "tf_0_mid_test": f"{at['test_loss']:.1f}",
        "tf_0_mid_accuracy": f"{100 * at['test_accuracy']:.0f}",
        "tf_0_mid_restricted": f"{at['restricted_loss']:.2f}",
    }


@own_and_published.facts
def _():
    return {**highest_loss(), "tf_0_top": f"{transformer(0)['test_loss'].max():.1f}"}


def small_milestone(seed: int, event: str) -> str:
    rows = pick(data.curves(RUN, "curves"), seed=seed)
    return whole(network.milestones(rows.to_dict("records"))[event])


@cache
def of_live() -> dict[str, str]:
    """Numbers in the words of the live part."""
    return {
        "small_0_table": small_milestone(0, "memorized"),
        "small_0_rule": small_milestone(0, "generalized"),
        "small_params": f"{network.Settings().params:,}",
    }


def slope() -> float:
    """Growth of the logarithm of the time to generalize per percent held out, by least squares over 25 to 60 percent of the data."""
    steep = milestones()[milestones()["train_fraction"] <= 0.6]
    return np.polyfit(100 * steep["held_out_share"], np.log(steep["generalized"]), 1)[0]


def first_better(name: str) -> int:
    """Epochs from the best early held-out loss of a run to the first one below it (thinned log)."""
    run = held_out(name)
    peak = run.loc[run["loss_nats"].idxmax(), "epoch"]
    early = run[run["epoch"] < peak]
    better = run[(run["epoch"] > peak) & (run["loss_nats"] < early["loss_nats"].min())]
    return int(better["epoch"].iloc[0] - early.loc[early["loss_nats"].idxmin(), "epoch"])


def amplitude(frequencies: tuple[int, ...]) -> float:
    """Common strength of the waves at which the softmax over all answers reaches the threshold loss."""
    behind = len(frequencies) - formulas.cosine_logits(np.arange(1, MODULUS), frequencies, MODULUS)
    return brentq(lambda a: np.log1p(np.exp(-a * behind).sum()) - THRESHOLD, 1e-3, 1e5)


def of_time() -> dict[str, str]:
    found = milestones().set_index("train_share")
    few, many = found.loc["share_30"], found.loc["share_60"]
    examples = [run["generalized"] * run["n_train_pairs"] for run in (few, many)]
    # A run is given up when its held-out loss has not beaten its early best for ten times the epochs it took to memorize.
    waited = pd.Series({name: first_better(name) for name in found.index})
    given_up = waited > 10 * found["memorized"]
    return {
        "memorized_low": whole(found["memorized"].min()),
        "memorized_high": whole(found["memorized"].max()),
        "line_forecast": whole(time().forecast()["line"]),
        "per_percent": f"{100 * np.expm1(slope()):.0f}",
        "doubling": f"{np.log(2) / slope():.0f}",
        "forecast_20": about(found.loc["share_25", "generalized"] * np.exp(5 * slope())),
        "threshold_percent": f"{100 * np.exp(-THRESHOLD):.0f}",
        "share_60_n": whole(many["n_train_pairs"]),
        "share_95_memorized": whole(found.loc["share_95", "memorized"]),
        "share_95_generalized": whole(found.loc["share_95", "generalized"]),
        "few_examples": f"{examples[0] / 1e6:.1f}",
        "many_examples": f"{examples[1] / 1e6:.1f}",
        "examples_ratio": f"{examples[0] / examples[1]:.1f}",
        "epochs_ratio": f"{few['generalized'] / many['generalized']:.0f}",
        "abandoned": str(given_up.sum()),
        "abandoned_from": f"{100 * found.loc[given_up, 'train_fraction'].max():.0f}",
    }


def of_views() -> dict[str, str]:
    run = of_run("share_30")
    peak = turning_points("share_30")["epoch"].iloc[0]
    train = pick(runs(), train_share="share_30", pairs_scored="seen_pairs")
    train = train.set_index("epoch")["loss_nats"]
    return {
        "peak_share": f"{100 * peak / run['generalized']:.0f}",
        "peak_probability": scientific(np.exp(-run["max_test_loss"]), 0),
        "invisible_nats": f"{run['max_test_loss'] + np.log(0.01):.0f}",
        "train_plateau": scientific(train.loc[2000:4000].median(), 0),
        "train_last": scientific(train.iloc[-1], 0),
    }


def of_waves() -> dict[str, str]:
    def needed(frequencies):
        return f"{float(f'{amplitude(frequencies):.2g}'):,g}"

    return {
        "long_rival": f"{rival(LONGEST_WAVES):.2f}",
        "one_amplitude": needed(KEY_FREQUENCIES[:1]),
        "two_amplitude": needed(KEY_FREQUENCIES[:2]),
        "key_amplitude": needed(KEY_FREQUENCIES),
        "long_amplitude": needed(LONGEST_WAVES),
    }


def half_way(loss: pd.Series, epoch: pd.Series, half: float) -> str:
    """The first epoch, about, after the highest loss at which it is below a half."""
    later = epoch > epoch[loss.idxmax()]
    return about(epoch[later & (loss < half)].iloc[0])


def of_other_tasks() -> dict[str, str]:
    induction, fresh_induction = other_task("induction")
    _, fresh_addition = other_task("addition")
    top = induction["test_loss"].max()

    def halved(rows):
        below = rows["train_loss"] < rows["train_loss"].iloc[0] / 2
        return about(rows.loc[below, "epoch"].iloc[0])

    drop = {"slow": (20_000, 80_000), "fast": (90_000, 105_000)}
    fall = {
        name: np.subtract(*(round(float(divergence("bigram", seen)), 3) for seen in ends))
        for name, ends in drop.items()
    }
    return {
        "induction_top": f"{top:.1f}",
        "induction_half": half_way(induction["test_loss"], induction["epoch"], top / 2),
        "induction_fresh_half": halved(fresh_induction),
        "addition_fresh_half": halved(fresh_addition),
        "bigram_slow": f"{fall['slow']:.3f}",
        "bigram_fast": f"{fall['fast']:.3f}",
    }


def falls(losses: pd.Series) -> int:
    """First step after its maximum at which a loss is below 1 nat."""
    later = losses.loc[losses.idxmax() :]
    return int(later.index[later < 1][0])


def of_own_runs() -> dict[str, str]:
    cells = outcomes()
    late = pick(cells, outcome="groks")
    delay = late["steps_to_rule"] / late["steps_to_table"]
    median = pick(cells, weight_decay=1).groupby("train_fraction")["steps_to_rule"].median()
    return {
        "own_groks": str(len(late)),
        "own_table_low": whole(cells["steps_to_table"].min()),
        "own_table_high": whole(cells["steps_to_table"].max()),
        "own_delay_low": f"{delay.min():.0f}",
        "own_delay_high": f"{delay.max():.0f}",
        "own_rule_3": generalized(3.0),
        "own_median_70": whole(median[0.7]),
        "own_median_80": whole(median[0.8]),
        "own_median_90": whole(median[0.9]),
        "small_1_rule": small_milestone(1, "generalized"),
        "small_2_rule": small_milestone(2, "generalized"),
        "small_pairs": str(network.Settings(fraction=0.75).n_pairs),
        "small_top": f"{data.curves(RUN, 'curves')['test_loss'].max():.1f}",
    }


def of_transformers() -> dict[str, str]:
    at = transformer(0).loc[STANDSTILL]
    waves_used = transformer(0)["wave_share"]
    return {
        "tf_uniform": f"{np.log(59):.1f}",
        "tf_0_mid_train": scientific(at["train_loss"], 0),
        "tf_0_mid_excluded": f"{at['excluded_loss']:.1f}",
        "tf_0_mid_share": f"{100 * at['wave_share']:.0f}",
        "tf_0_share_first": f"{100 * waves_used.iloc[0]:.0f}",
        "tf_0_share_last": f"{100 * waves_used.iloc[-1]:.0f}",
        "tf_0_restricted_below_1": whole(falls(transformer(0)["restricted_loss"])),
        "tf_1_restricted_below_1": whole(falls(transformer(1)["restricted_loss"])),
        "tf_2_restricted_below_1": whole(falls(transformer(2)["restricted_loss"])),
        "tf_0_test_below_1": whole(falls(transformer(0)["test_loss"])),
        "tf_1_test_below_1": whole(falls(transformer(1)["test_loss"])),
        "tf_2_test_below_1": whole(falls(transformer(2)["test_loss"])),
    }


@chapter.prose
def prose():
    return {
        **of_live(),
        **of_time(),
        **of_views(),
        **of_waves(),
        **of_other_tasks(),
        **of_own_runs(),
        **of_transformers(),
    }


numbers = chapter.numbers
