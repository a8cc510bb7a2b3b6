"""Who built what when: the big decoders and their training tokens, and all language models by architecture."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Series, decimal_years, dots, line, linear, log, plot, tooltips, words
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter, with_reference

__all__ = ["lineage", "architecture_timeline"]

ERAS = ("until_2021", "2022", "since_2023")
LINEAGE = {
    "GPT-3 175B": "GPT-3",
    "LaMDA 137B": "LaMDA",
    "Chinchilla": "Chinchilla",
    "PaLM 540B": "PaLM",
    "Llama 3 70B": "Llama 3",
    "Llama 3.1 405B": "Llama 3.1",
}
TOKENS_PER_PARAM = 20
"""Hoffmann et al. 2022, Table 3: 1.4 trillion tokens for 67 billion parameters, near 20 at every size listed."""
NAMED = alt.expr.isValid(alt.datum.landmark)


@cache
def decoders() -> pd.DataFrame:
    """Dense decoder Transformers of at least 1 billion parameters with known size and training tokens, from the timeline."""
    rows = data.load("llm_timeline")
    keep = (
        rows["architecture"].str.startswith("decoder transformer")
        & ~rows["moe"].fillna(False).astype(bool)
        & rows["params"].ge(1e9)
        & rows["train_tokens"].notna()
    )
    # FLAN's entry is LaMDA's network with a conflicting token count (see the caveats of the table).
    rows = rows[keep & ~rows["model"].str.startswith("FLAN")]
    year = rows["date"].dt.year
    return rows.assign(
        kind="published",
        era=np.select([year <= 2021, year == 2022], ERAS[:2], ERAS[2]),
        landmark=[LINEAGE.get(name) for name in rows["model"]],
        tokens_per_param=rows["train_tokens"] / rows["params"],
        date=rows["date"].dt.strftime("%Y-%m-%d"),
    )


DECODER = "kind model organization date params train_tokens tokens_per_param train_flops".split()


@chapter.figure(
    "arch-lineage",
    tables=["llm_timeline"],
    controls=[Choice("shown_until", ERAS, ERAS[2])],
    columns=DECODER,
)
def lineage(shown_until):
    """Training tokens of dense decoders by size, in three eras, beside twenty tokens per parameter."""
    shown = ERAS[: ERAS.index(shown_until) + 1]
    rows = decoders()[decoders()["era"].isin(shown)]
    columns = (
        "kind model organization date era params train_tokens tokens_per_param train_flops landmark"
    )
    twenty = [
        {
            "kind": "reference",
            "model": label("twenty"),
            "params": params,
            "train_tokens": TOKENS_PER_PARAM * params,
            "tokens_per_param": TOKENS_PER_PARAM,
        }
        for params in (1.5e9, 6e11)
    ]
    return with_reference(rows[columns.split()], twenty)


@lineage.draw
def _(rows):
    numeric = {"params": ".3~s", "train_tokens": ".3~s", "tokens_per_param": ".3~g"}
    tips = tooltips(rows, ("model", "organization", "date"))
    for column, form in numeric.items():
        tips.append(alt.Tooltip(f"{column}:Q", title=label(column), format=form))
    twenty = {"width": 1.2, "strokeDash": [4, 4], "color": "currentColor"}
    left_end = {"kind": "reference", "params": 1.5e9}
    return plot(
        rows,
        x=log("params", (9e8, 9e11), ticks=4, billions=True, grid=False),
        y=log("train_tokens", (2e10, 4e13), ticks=5, billions=True),
        by=Series("era", ERAS, title=""),
        layers=[
            line({"kind": "reference"}, **twenty),
            words("model", left_end, align="left", dx=26, dy=-4),
            dots(size=65, tooltip=tips),
            words("landmark", NAMED, align="center", dy=13),
        ],
        height=380,
    )


GROUPS = ("decoder", "encoder", "no_attention", "hybrid")
LANDMARKS = {
    "GPT-3 175B": "GPT-3",
    "PaLM 540B": "PaLM",
    "Mamba-2.8B": "Mamba",
    "RWKV-4 14B": "RWKV-4",
    "BERT-Large": "BERT",
    "Switch-C": "Switch-C",
    "DeepSeek-V3": "DeepSeek-V3",
}
"""Models named in the drawing: few enough not to collide in any of the three views."""


def architecture_family(architecture: str) -> str:
    """Our four families of the architectures in `llm_timeline`; raises ValueError for one it does not know.

    Recurrent, state-space, convolutional and retention networks read the past through a fixed-size state or a filter;
    hybrids mix such layers with attention.
    """
    if architecture.startswith(("decoder", "sparse-attention", "retrieval-augmented")):
        return "decoder"
    if architecture.startswith("encoder"):
        return "encoder"
    if architecture.startswith("hybrid"):
        return "hybrid"
    if architecture.startswith(("RNN", "SSM", "convolution", "retention")):
        return "no_attention"
    raise ValueError(
        f"architecture {architecture!r} belongs to none of the families {', '.join(GROUPS)}"
    )


@cache
def timeline() -> pd.DataFrame:
    """The timeline with dates as decimal years; tokens per parameter count the parameters a token uses (`active_params`)."""
    rows = data.load("llm_timeline")
    rows["year"] = decimal_years(rows["date"])
    rows["architecture_family"] = rows["architecture"].map(architecture_family)
    moe = rows["moe"].fillna(False).astype(bool)
    rows["expert_kind"] = np.where(moe, "experts", "dense")
    rows["tokens_per_param"] = rows["train_tokens"] / rows["active_params"].where(
        moe, rows["params"]
    )
    rows.loc[rows["model"].str.startswith("FLAN"), "tokens_per_param"] = (
        np.nan
    )  # conflicting token count, see the caveats
    rows["context_length"] = rows["context_length"].astype(float)
    return rows.sort_values("date", kind="stable")


AXES = {"params": (5e7, 3e12), "tokens_per_param": (0.1, 2e4), "context_length": (300, 4e5)}
SELECTIONS = ("all_models", "without_or_hybrid", "experts")


@chapter.figure(
    "arch-timeline",
    tables=["llm_timeline"],
    controls=[Choice("axis", tuple(AXES)), Choice("selection", SELECTIONS)],
    columns="model organization date architecture expert_kind params active_params train_tokens context_length tokens_per_param".split(),
)
def architecture_timeline(axis, selection):
    """Parameters, training tokens per parameter or context length (tokens) of language models by date, by architecture."""
    rows = timeline().dropna(subset=[axis])
    if selection == "without_or_hybrid":
        rows = rows[rows["architecture_family"].isin(GROUPS[2:])]
    elif selection == "experts":
        rows = rows[rows["expert_kind"] == "experts"]
    rows = rows.assign(
        kind="published",
        value=rows[axis].astype(float),
        date=rows["date"].dt.strftime("%Y-%m-%d"),
        landmark=[LANDMARKS.get(name) for name in rows["model"]],
    )
    columns = "kind model organization date year architecture_family architecture expert_kind params active_params train_tokens context_length tokens_per_param value landmark"
    return rows[columns.split()]


@architecture_timeline.draw
def _(rows, axis):
    years = {"title": "date", "ticks": 9, "format": "d", "grid": False, "nice": False}
    return plot(
        rows,
        x=linear("year", (2016.9, 2025.7), **years),
        y=log("value", AXES[axis], title=axis, ticks=5, billions=True),
        by=Series("architecture_family", GROUPS, title=""),
        layers=[dots(size=60), words("landmark", NAMED, align="center", dy=-11)],
        tips="model date architecture expert_kind params context_length tokens_per_param".split(),
        height=380,
    )
