"""The rows that figures of the chapter on knowledge share."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import one
from emergence.figure import Chapter
from emergence.text import label

chapter = Chapter("knowledge")
EVERY = {"kind": ["published", "reference"]}
"""A layer's `where`: levels of reference are drawn as marks like the others."""


def printed(quantity: str, topic: str, condition: str = "") -> str:
    """The one value that a paper's text gives for a quantity, where the condition holds these words."""
    rows = data.load("facts_knowledge_storage")
    rows = rows[rows["condition"].fillna("").str.contains(condition, regex=False)]
    return one(rows, topic=topic, quantity=quantity)


def heat(column: str, title: str, top: float, ticks: tuple[float, ...]) -> alt.Color:
    """The color of a cell: a share from 0 to `top`, with its scale beside the drawing."""
    return alt.Color(
        f"{column}:Q",
        scale=alt.Scale(scheme="viridis", domain=[0, top], clamp=True),
        title=label(title),
        legend=alt.Legend(format=".0%", gradientLength=160, values=list(ticks)),
    )


@cache
def configs() -> pd.DataFrame:
    """Every published configuration with the parameters counted by `emergence.formulas.param_split`.

    Columns of `arch_configs`, and n_experts, attention, feed_forward, embedding (missing where the vocabulary was not
    read), and `design`: how attention and feed-forward layer are built. Mixtral's eight experts all count.
    """
    rows = data.load("arch_configs")
    rows["n_experts"] = rows["ffn_type"].str.extract(r"\((\d+) experts")[0].fillna(1).astype(int)
    pair = rows["arch"] == "encoder-decoder"
    rows["tied"] = (
        rows["tied_embeddings"].fillna(True).astype(bool)
    )  # not established: one matrix, as in arch_param_split
    split = formulas.param_split(
        *(
            rows[c].to_numpy(float)
            for c in (
                "n_layers",
                "d_model",
                "n_heads",
                "d_head",
                "d_ff",
                "n_kv_heads",
                "ffn_matrices",
            )
        ),
        vocab_size=rows["vocab_size"].fillna(0).to_numpy(float),
        tied=rows["tied"].to_numpy(),
        n_experts=rows["n_experts"].to_numpy(),
        encoder_decoder=pair.to_numpy(),
    )
    rows = rows.assign(**split._asdict())
    rows.loc[rows["vocab_size"].isna(), "embedding"] = np.nan
    shared = rows["n_kv_heads"] < rows["n_heads"]
    rows["design"] = np.select(
        [rows["n_experts"] > 1, pair, shared, rows["ffn_matrices"] == 3],
        ["experts_design", "encoder_decoder_design", "shared_heads", "gated_design"],
        "classic_design",
    )
    rows["total"] = rows["attention"] + rows["feed_forward"] + rows["embedding"].fillna(0)
    return rows


COMPONENTS = ("mlp_window10", "attn_window10", "single_hidden_state")
TOKENS = (
    "first_subject_token",
    "middle_subject_tokens",
    "last_subject_token",
    "first_subsequent_token",
    "further_tokens",
    "last_token",
)
TRACED = ("GPT-2 XL", "GPT-2 Medium", "GPT-2 Large", "GPT-NeoX-20B")


@cache
def traces() -> pd.DataFrame:
    """Meng et al. 2022, Figures 7 and 9: average indirect effect (fraction) by model, component, token and layer.

    `ci_low` and `ci_high` (95 %) exist for GPT-2 XL only. `depth` and `depth_end` are the layer's edges as shares of all.
    """
    xl = data.load("rome_fig7_causal_trace_gpt2xl")
    value = xl["aie_vs_corrupted_0.0847"]
    corrupted = round((xl["mean_p_correct"] - value).median(), 4)
    low, high = ((xl[end] - corrupted).round(6) for end in ("ci95_low", "ci95_high"))
    xl = xl.assign(value=value, ci_low=low, ci_high=high)
    other = data.load("rome_fig9_causal_trace_other_models").rename(columns={"aie": "value"})
    rows = pd.concat([xl, other], ignore_index=True)
    rows = rows.rename(columns={"restored_component": "component"}).assign(
        kind="published",
        metric="average indirect effect",
        depth=(rows["layer"] / rows["n_layers"]).round(5),
        depth_end=((rows["layer"] + 1) / rows["n_layers"]).round(5),
    )
    columns = "kind family model params component token_position layer depth depth_end metric value ci_low ci_high"
    return rows[columns.split()]
