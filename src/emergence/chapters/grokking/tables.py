"""The rows that figures of the chapter on grokking share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.figure import Chapter

chapter = Chapter("grokking")
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
    "addition": ("5_digit_addition_finite", "5_digit_addition_infinite_train"),
    "trigram": ("skip_trigram_finite", "skip_trigram_infinite"),
    "induction": ("induction_head_finite", "induction_head_infinite"),
}
STRATEGIES = ("uniform", "unigram", "bigram")
RUN = "grokking"
SETS = {"seen_pairs": "train", "held_out_pairs": "test"}
FLOOR = 1e-6
"""Losses of our own runs below this are drawn here: a logarithmic axis has to end somewhere."""
NAMES = {f"{s}_{m}": f"{m}_on_{s}" for s in ("train", "test") for m in ("loss", "accuracy")} | {
    "step": "train_step"
}
"""Columns of the records as the figures call them."""


def share_name(fraction: float) -> str:
    """Name of a training fraction as an option: 0.3 -> 'share_30'."""
    return f"share_{100 * fraction:.0f}"


def marked(rows: pd.DataFrame, by: list[str], every: int = 12) -> pd.DataFrame:
    """Column `marked`: every twelfth row of a curve carries a mark, so that shapes tell dense curves apart."""
    place = rows.groupby(by).cumcount()
    return rows.assign(marked=place % every == every // 2)


@cache
def runs() -> pd.DataFrame:
    """Losses of the ten runs from epoch 1 (0 has no place on a logarithmic axis), one row per epoch and split."""
    rows = data.load("nanda_grokking_train_fraction_curves").astype({"epoch": int})
    rows = rows.rename(columns={"train_loss": "seen_pairs", "test_loss": "held_out_pairs"})
    index = ["train_fraction", "epoch"]
    rows = rows[rows["epoch"] >= 1].melt(index, list(SETS), "pairs_scored", "loss_nats")
    rows["train_share"] = rows["train_fraction"].map(share_name)
    order = ["train_fraction", "pairs_scored"]
    return marked(rows.sort_values([*order, "epoch"]), order)


@cache
def milestones() -> pd.DataFrame:
    """First epochs below the thresholds per training fraction, from the full logs; `held_out_share` is what is not trained on."""
    rows = data.load("nanda_grokking_train_fraction_summary")
    names = {
        "first_epoch_train_loss_below_0.01": "memorized",
        "first_epoch_test_loss_below_0.01": "generalized",
        "n_train_pairs_of_12769": "n_train_pairs",
    }
    rows = rows.sort_values("train_fraction", ascending=False).rename(columns=names)
    return rows.assign(
        held_out_share=(1 - rows["train_fraction"]).round(4),
        train_share=rows["train_fraction"].map(share_name),
    ).reset_index(drop=True)


@cache
def edelman() -> pd.DataFrame:
    """Divergence of a network from three strategies, by examples seen (Edelman et al. 2024)."""
    rows = data.load("edelman2024_induction_phases").rename(columns={"strategy": "strategy"})
    return rows.sort_values(["strategy", "training_examples_seen"])
