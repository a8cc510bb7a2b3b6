"""The tables of the introduction."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import decimal_years, one, pick
from emergence.figure import Chapter

chapter = Chapter("introduction")

COLUMNS = "kind panel family model params task setting n_shots metric unit value chance"
OFFERED = [column for column in COLUMNS.split() if column not in ("panel", "unit")]
"""Columns of a figure's table."""
TABLES = ["kaplan2020_fig1_loss_vs_scale", "gpt3_table_h1", "mckenzie2023_inverse_scaling_tasks"]
FAMILIES = ("Kaplan", "GPT-3", "PaLM")
ARITHMETIC = ("2D+", "2D-", "3D+", "3D-", "4D+", "4D-", "5D+", "5D-")
INVERSE = (
    "hindsight_neglect",
    "modus_tollens",
    "repetitive_algebra",
    "sig_figs",
    "neqa",
    "into_the_unknown",
    "resisting_correction",
    "memo_trap",
    "redefine",
    "pattern_match_suppression",
)
"""The inverse-scaling tasks scored by accuracy; prompt injection is a loss and has no place on the same axis."""
VOCABULARY = 50257
"""Tokens Kaplan et al.'s models choose from (section 2.1): a uniform guess has a loss of ln(50257) nats."""
ARCHITECTURES = {
    "decoder": (
        "decoder transformer",
        "sparse-attention transformer",
        "retrieval-augmented transformer",
    ),
    "encoder_decoder": ("encoder-decoder", "encoder + decoder"),
    "encoder": ("encoder transformer",),
    "no_full_attention": ("RNN", "SSM", "hybrid", "convolution", "retention"),
}
"""Our four groups of architectures, and how the names in `llm_timeline` begin that belong to each."""


def of_panel(panel: str, rows: pd.DataFrame, **columns) -> pd.DataFrame:
    """The rows with the columns of every panel; what a paper does not say is missing."""
    return rows.assign(kind="published", panel=panel, **columns).reindex(columns=COLUMNS.split())


@cache
def loss() -> pd.DataFrame:
    """Kaplan et al. 2020, Fig. 1 right: test loss (nats per token) by non-embedding parameters, one row per training run."""
    rows = pick(data.load("kaplan2020_fig1_loss_vs_scale"), panel="parameters")
    rows = rows.sort_values(["x_value", "value"]).rename(columns={"x_value": "params"})
    return of_panel("loss", rows, family="Kaplan", task="next_token", n_shots=None)


@cache
def gpt3(task: str) -> pd.DataFrame:
    """Brown et al. 2020, Table H.1: few-shot accuracy (fraction) of the eight GPT-3 models on one arithmetic task."""
    rows = pick(data.load("gpt3_table_h1"), task=task, setting="few_shot").sort_values("params")
    return of_panel("arithmetic", rows, value=rows["value"] / 100, unit="fraction")


@cache
def palm(task: str) -> pd.DataFrame:
    """McKenzie et al. 2023, Fig. 2: accuracy (fraction) of the four PaLM models on one inverse-scaling task, and chance."""
    rows = pick(data.load("mckenzie2023_inverse_scaling_tasks"), task=task, family="PaLM")
    rows = rows.sort_values("params").rename(columns={"random_baseline": "chance"})
    return of_panel("inverse", rows, model="PaLM " + rows["model"], n_shots=None)


def u_shaped(values: list[float], margin: float = 0.01) -> bool:
    """Whether scores by growing size fall and rise again: the lowest is neither first nor last, by more than `margin`."""
    low = min(values[1:-1])
    return low < values[0] - margin and low < values[-1] - margin


def kaplan(parameter: str) -> float:
    """A parameter of Kaplan et al.'s law of size, ``alpha_N`` or ``N_c`` (appendix A)."""
    rows = data.load("kaplan_power_laws")
    rows = rows[rows["table"].str.startswith("App. A")]
    return float(one(rows, law="L(N)", parameter=parameter))


def kaplan_loss(params):
    """Test loss in nats per token by non-embedding parameters, L(N) = (N_c/N)^alpha_N (Kaplan et al. 2020, eq. 1.1)."""
    return (kaplan("N_c") / np.asarray(params, float)) ** kaplan("alpha_N")


def architecture_group(architecture: str) -> str:
    """Our group of an architecture in `llm_timeline`; raises ValueError for one that belongs to none."""
    for group, beginnings in ARCHITECTURES.items():
        if architecture.startswith(beginnings):
            return group
    raise ValueError(
        f"architecture {architecture!r} belongs to none of the groups {', '.join(ARCHITECTURES)}"
    )


@cache
def models() -> pd.DataFrame:
    """Epoch AI's models in order of date, `year` as a number; `certainty` is 'estimate' for Speculative entries and press leaks."""
    rows = data.load("llm_timeline")
    leak = rows["note"].fillna("").str.contains("press leak")
    unsure = (rows["epoch_confidence"] == "Speculative") | leak
    # T0 was fine-tuned from T5; Epoch's figure for it is the fine-tuning alone.
    return rows.assign(
        kind="published",
        year=decimal_years(rows["date"]),
        group=rows["architecture"].map(architecture_group),
        certainty=np.where(unsure, "estimate", "as_reported"),
        train_flops=rows["train_flops"].mask(rows["model"] == "T0-XXL"),
    ).sort_values("date", kind="stable")
