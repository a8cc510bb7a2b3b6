"""The tables of the chapter on scaling laws: training runs, printed constants and sizes, models, tasks that get worse."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import one, pick
from emergence.figure import Chapter

chapter = Chapter("scaling_laws")

POINTS = ("points_240", "points_245")
"""Which runs are fitted: those that the replication used, or all."""


def rounded(value: float, digits: int = 4) -> float:
    """`value` to so many significant digits: what a drawing can show, and what a page has to carry."""
    return float(f"{value:.{digits}g}")


def digits(values: Iterable[float]) -> list[float]:
    """`values` to four significant digits."""
    return [rounded(value) for value in values]


def in_digits(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with every fraction to four significant digits."""
    return rows.assign(**rows.select_dtypes("float").map(rounded))


def kaplan_constant(law: str, parameter: str) -> float:
    """A constant of the power laws of Kaplan et al. 2020."""
    return float(one(data.load("kaplan_power_laws"), law=law, parameter=parameter))


@cache
def training_runs(points: str) -> pd.DataFrame:
    """The training runs read from Hoffmann et al.'s Figure 4, tokens from 6 N D = C as in the replication."""
    rows = data.load("chinchilla_training_runs")
    rows = rows.assign(train_tokens=rows["train_flops"] / (6 * rows["params"]))
    return rows[rows["used_in_epoch_fit"].astype(bool)] if points == "points_240" else rows


def optimal_sizes(approach: int) -> pd.DataFrame:
    """Sizes, and the compute for which they are optimal, as printed for one approach of Hoffmann et al. 2022."""
    return pick(data.load("chinchilla_optimal_sizes"), approach=approach)


@cache
def table_a3() -> pd.DataFrame:
    """Sizes and compute of approach 3 (Hoffmann et al. 2022, Table A3) with two slips of the print undone.

    175 billion is printed with 1.26e24 FLOPs for 1.26e25. The row printed as 67 billion fits its own tokens, and the power
    law of the other eight rows, at 70 billion, the size of Chinchilla.
    """
    rows = optimal_sizes(3)
    return rows.assign(
        params=rows["params"].replace(6.7e10, 7e10),
        train_flops=rows["train_flops"].replace(1.26e24, 1.26e25),
    )


@cache
def models() -> pd.DataFrame:
    """Dense decoder-only transformers, or mixtures with known active size, whose training tokens are known."""
    decoders = ["decoder transformer", "decoder transformer (prefix)"]
    rows = pick(data.load("llm_timeline"), architecture=decoders)
    rows = rows.dropna(subset=["train_tokens", "params"])
    rows = rows[~rows["moe"].astype(bool) | rows["active_params"].notna()]
    used = rows["active_params"].fillna(rows["params"])
    return rows.assign(
        model_class=np.where(rows["moe"].astype(bool), "mixture_model", "dense_model"),
        used_params=used,
        tokens_per_param=rows["train_tokens"] / used,
    )


@cache
def prize_tasks() -> pd.DataFrame:
    """The tasks of the Inverse Scaling Prize (McKenzie et al. 2023), models of known compute."""
    rows = data.load("mckenzie2023_inverse_scaling_tasks").dropna(subset=["train_flops"])
    return rows.sort_values(["task", "family", "train_flops"])
