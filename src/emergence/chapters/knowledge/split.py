"""Where the parameters are: attention, feed-forward layers and embeddings of published models, and of changed ones."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence import formulas
from emergence.chart import Series, bars, dots, levels, named_rows, plot, share, size, words
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter, configs

__all__ = ["ffn_share", "split_calculator"]

DESIGNS = (
    "classic_design",
    "gated_design",
    "shared_heads",
    "encoder_decoder_design",
    "experts_design",
)
SHAPE = "n_layers d_model n_heads n_kv_heads d_ff".split()


@chapter.figure(
    "knowledge-ffn-share",
    tables=["arch_configs"],
    controls=[Choice("share_of", ("blocks", "all_params"))],
)
def ffn_share(share_of):
    """Share of the feed-forward layers (fractions) in the parameters of a model's blocks, or of all of it, by size."""
    rows = configs()
    blocks = rows["attention"] + rows["feed_forward"]
    whole = blocks + rows["embedding"] if share_of == "all_params" else blocks
    value = (rows["feed_forward"] / whole).round(6)
    rows = rows.assign(kind="published", value=value, params=rows["total"]).dropna(subset=["value"])
    rows = rows[["kind", "family", "model", "params", "design", *SHAPE, "ffn_matrices", "value"]]
    level = dict.fromkeys(rows) | {
        "kind": "reference",
        "model": label("two_thirds"),
        "value": 2 / 3,
    }
    return pd.concat([rows.astype(object), pd.DataFrame([level]).astype(object)], ignore_index=True)


@ffn_share.draw
def _(rows):
    formats = {"params": ".4~s", **dict.fromkeys(SHAPE, ""), "value": ".1%"}
    tips = [alt.Tooltip("model:N", title=label("model"))]
    for column, form in formats.items():
        tips.append(alt.Tooltip(f"{column}:Q", title=label(column), format=form))
    counted = configs().assign(params=configs()["total"])
    return plot(
        rows,
        x=size("params", over=counted, title="counted_params"),
        y=share(title="ffn_share"),
        by=Series("design", DESIGNS, title=""),
        layers=[levels("left", dy=13), dots(size=70, opacity=0.9, tooltip=tips)],
        height=340,
    )


KV_HEADS = ("kv_published", "kv_full", "kv_eighth", "kv_one")
FFN_WIDTHS = ("ffn_published", "ffn_4d", "ffn_8_3_gated", "ffn_4d_gated")
PARTS = ("attention", "feed_forward", "embedding")


def redesigned(model: str, kv_heads: str, ffn_width: str) -> dict[str, float]:
    """The parts (counts) of a published model after changing its key and value heads and its feed-forward layer.

    One key and value head per eight query heads is rounded down, to at least one; 8/3 d_model is rounded to a multiple of 64, as LLaMA does to 256.
    """
    row = configs().set_index("model").loc[model]
    heads, width = int(row["n_heads"]), int(row["d_model"])
    kv = {
        "kv_published": int(row["n_kv_heads"]),
        "kv_full": heads,
        "kv_eighth": max(1, heads // 8),
        "kv_one": 1,
    }[kv_heads]
    d_ff, matrices, experts = {
        "ffn_published": (int(row["d_ff"]), int(row["ffn_matrices"]), int(row["n_experts"])),
        "ffn_4d": (4 * width, 2, 1),
        "ffn_8_3_gated": (round(8 * width / 3 / 64) * 64, 3, 1),
        "ffn_4d_gated": (4 * width, 3, 1),
    }[ffn_width]
    split = formulas.param_split(
        int(row["n_layers"]),
        width,
        heads,
        int(row["d_head"]),
        d_ff,
        kv,
        matrices,
        int(row["vocab_size"]),
        bool(row["tied"]),
        experts,
        row["arch"] == "encoder-decoder",
    )
    return {part: float(getattr(split, part)) for part in PARTS}


def stacked(preset: str, design: str, change: tuple[str, str]) -> list[dict]:
    """The parts of one design as rows, each with where it starts, ends and has its middle among all parameters."""
    counts = redesigned(preset, *change)
    blocks, start, rows = counts["attention"] + counts["feed_forward"], 0.0, []
    for part in PARTS:
        whole = counts[part] / sum(counts.values())
        within = counts[part] / blocks if part != "embedding" else np.nan
        row = {
            "kind": "published" if design == "as_published" else "simulation",
            "model": preset,
            "design_row": design,
            "part": part,
            "params": counts[part],
            "of_blocks": round(within, 6),
            "start": round(start, 6),
            "value": round(whole, 6),
            "end": round(start + whole, 6),
            "middle": round(start + whole / 2, 6),
        }
        rows.append(row)
        start += whole
    return rows


def presets() -> tuple[str, ...]:
    """Models whose vocabulary is known: embeddings are counted here."""
    known = configs()
    return tuple(known.loc[known["vocab_size"].notna(), "model"])


@chapter.figure(
    "knowledge-split-calculator",
    tables=["arch_configs"],
    controls=lambda: [
        Choice("preset", presets(), "Llama-3-8B"),
        Choice("kv_heads", KV_HEADS, "kv_full"),
        Choice("ffn_width", FFN_WIDTHS, "ffn_4d"),
    ],
    columns=["kind", "model", "design_row", "part", "params", "value", "of_blocks"],
)
def split_calculator(preset, kv_heads, ffn_width):
    """Shares of attention, feed-forward layers and embeddings in a model's parameters, as published and as changed."""
    published = stacked(preset, "as_published", ("kv_published", "ffn_published"))
    return pd.DataFrame(published + stacked(preset, "as_changed", (kv_heads, ffn_width)))


@split_calculator.draw
def _(rows):
    formats = {
        "params:Q": ("params", ".4~s"),
        "value:Q": ("share_of_all", ".1%"),
        "of_blocks:Q": ("share_of_blocks", ".1%"),
    }
    tips = [alt.Tooltip(c, title=label(key), format=form) for c, (key, form) in formats.items()]
    named = (alt.datum.value > 0.09) & alt.expr.isValid(alt.datum.of_blocks)
    pale = alt.condition(alt.datum.kind == "simulation", alt.value(0.6), alt.value(1))
    middle = {
        "x": alt.X("middle:Q", title=label("share_of_all")),
        "text": alt.Text("of_blocks:Q", format=".0%"),
    }
    return plot(
        rows,
        x=share("start", (0, 1), title="share_of_all", ticks=5, nice=False),
        y=named_rows("design_row", ("as_published", "as_changed"), limit=110),
        by=Series("part", PARTS, title=""),
        layers=[
            bars(x2="end:Q", height=32, opacity=pale, tooltip=tips),
            words("of_blocks", named, size=13, dy=-25, **middle),
        ],
        height=150,
    )
