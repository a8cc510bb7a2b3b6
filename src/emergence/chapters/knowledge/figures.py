"""Figures of the chapter on where knowledge lives: what is learned, in which part of the network, and how to change it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict
from emergence.models import Config, load, pack
from emergence.models import facts as miniature
from emergence.text import label

__all__ = [
    "trace_map",
    "ffn_share",
    "split_calculator",
    "blimp_by_words",
    "lama",
    "closed_book_gpt3",
    "closed_book_t5",
    "ffn_memories",
    "trace_lines",
    "edit_site",
    "edit_tradeoff",
    "edit_scaling",
    "edit_mend",
    "facts_trace",
    "facts_edits",
    "facts_capacity",
    "facts_live",
]

CHAPTER = "knowledge"


# --- tables ----------------------------------------------------------------------------------------------------------
def _fraction(percent: pd.Series) -> pd.Series:
    """Printed percentages as fractions, without the dust of binary division."""
    return (percent / 100).round(8)


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


@cache
def traces() -> pd.DataFrame:
    """Meng et al. 2022, Figures 7 and 9: average indirect effect (fraction) by model, component, token and layer.

    `ci_low` and `ci_high` (95 %) exist for GPT-2 XL only. `depth` and `depth_end` are the layer's edges as shares of all.
    """
    xl = data.load("rome_fig7_causal_trace_gpt2xl")
    value = xl["aie_vs_corrupted_0.0847"]
    corrupted = round((xl["mean_p_correct"] - value).median(), 4)
    xl = xl.assign(
        value=value,
        ci_low=(xl["ci95_low"] - corrupted).round(6),
        ci_high=(xl["ci95_high"] - corrupted).round(6),
    )
    other = data.load("rome_fig9_causal_trace_other_models").rename(columns={"aie": "value"})
    rows = pd.concat([xl, other], ignore_index=True).rename(
        columns={"restored_component": "component"}
    )
    rows = rows.assign(
        kind="published",
        metric="average indirect effect",
        depth=(rows["layer"] / rows["n_layers"]).round(5),
        depth_end=((rows["layer"] + 1) / rows["n_layers"]).round(5),
    )
    return rows[
        [
            "kind",
            "family",
            "model",
            "params",
            "component",
            "token_position",
            "layer",
            "depth",
            "depth_end",
            "metric",
            "value",
            "ci_low",
            "ci_high",
        ]
    ]


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
def _geva() -> pd.DataFrame:
    """Geva et al. 2021, Figures 2, 4, 9 and 3: value by layer as a fraction; `measure` names the figure's question."""
    rows = data.load("geva2021_ffn_memories_by_layer")
    names = {
        "Figure 2": "patterns",
        "Figure 4": "key_value_agreement",
        "Figure 9": "residual_final",
        "Figure 3": "token_removal",
    }
    rows["measure"] = rows["figure"].str.split(":").str[0].map(names)
    rows = rows.dropna(subset=["measure"])
    rows = rows.rename(columns={"quantity": "response"})
    return rows.assign(kind="published", value=_fraction(rows["value"]))[
        ["kind", "model", "layer", "measure", "response", "value"]
    ]


def _closed_book(name: str) -> pd.DataFrame:
    rows = data.load(name)
    return rows.assign(kind="published", value=_fraction(rows["value"]))


# --- marks -----------------------------------------------------------------------------------------------------------
def _score_x(domain: Sequence[float] = (0, 1), title: str | None = None) -> alt.X:
    return alt.X(
        "value:Q",
        scale=alt.Scale(domain=list(domain)),
        axis=alt.Axis(format=".0%", tickCount=5),
        title=label("value") if title is None else title,
    )


def _dots(
    rows: pd.DataFrame,
    y: alt.Y,
    x: alt.X,
    color: alt.Color,
    shape: alt.Shape,
    height: int,
    tips: Sequence[str],
) -> alt.LayerChart:
    """One row per name, one mark per series, joined by a thin line."""
    for channel in (
        color,
        shape,
    ):  # the legend begins where the names end, which leaves half of a narrow page
        channel["legend"]["columns"] = 2
    base = alt.Chart(rows)
    return alt.layer(
        base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
            x=alt.X("min(value):Q", title=x["title"]), x2="max(value):Q", y=y
        ),
        base.mark_point(size=85, filled=True, opacity=1).encode(
            x=x, y=y, color=color, shape=shape, tooltip=m.tooltip(rows, tips)
        ),
    ).properties(width="container", height=height)


# --- figures: where --------------------------------------------------------------------------------------------------
@cache
def trace_map() -> Figure:
    top = 0.09

    def frame(model):
        rows = traces()
        return rows[rows["model"] == model].drop(columns=["ci_low", "ci_high"])

    def chart(rows, columns):
        x = alt.X(
            "depth:Q",
            scale=alt.Scale(domain=[0, 1], nice=False),
            title=label("depth"),
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], grid=False),
        )
        y = alt.Y(
            "token_position:N",
            sort=list(TOKENS),
            title=None,
            axis=alt.Axis(labelExpr=m.label_expr(TOKENS), labelLimit=130, tickSize=0, domain=False),
        )
        color = alt.Color(
            "value:Q",
            scale=alt.Scale(scheme="viridis", domain=[0, top], clamp=True),
            title=label("aie_short"),
            legend=alt.Legend(format=".0%", gradientLength=160, values=[0, 0.03, 0.06, 0.09]),
        )
        tips = [
            alt.Tooltip("layer:Q", title=label("layer")),
            alt.Tooltip("value:Q", title=label("aie_short"), format=".1%"),
        ]
        facet = alt.Facet(
            "component:N",
            sort=list(COMPONENTS),
            title=None,
            header=alt.Header(labelExpr=m.label_expr(COMPONENTS)),
        )
        return (
            alt.Chart(rows)
            .transform_calculate(
                edge="min(1, datum.depth_end + 0.004)"
            )  # an overlap hides the hairlines between cells
            .mark_rect(aria=False)
            .encode(x=x, x2="edge:Q", y=y, color=color, tooltip=tips)
            .properties(width=150, height=140)
            .facet(facet, columns=columns)
        )

    return Figure(
        "knowledge-trace-map",
        CHAPTER,
        ["rome_fig7_causal_trace_gpt2xl", "rome_fig9_causal_trace_other_models"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", TRACED)],
        columns=[
            "kind",
            "model",
            "params",
            "component",
            "token_position",
            "layer",
            "metric",
            "value",
        ],
    )


@cache
def trace_lines() -> Figure:
    limits = {
        "first_subject_token": (-0.18, 0.06),
        "middle_subject_tokens": (-0.06, 0.06),
        "last_subject_token": (-0.02, 0.12),
        "first_subsequent_token": (-0.02, 0.04),
        "further_tokens": (-0.02, 0.04),
        "last_token": (-0.03, 0.27),
    }

    def frame(model, token_position):
        rows = traces()
        return rows[(rows["model"] == model) & (rows["token_position"] == token_position)]

    def chart(rows, token_position):
        color, shape = m.series("component", COMPONENTS, title="")
        for channel in (color, shape):
            channel["legend"]["symbolOpacity"] = 1
        x = alt.X(
            "depth:Q",
            scale=alt.Scale(domain=[0, 1], nice=False),
            title=label("depth"),
            axis=alt.Axis(format=".0%", tickCount=5, grid=False),
        )
        y = m.axis_y(domain=limits[token_position], title=label("aie_axis"))
        tips = [
            alt.Tooltip("component:N"),
            alt.Tooltip("layer:Q", title=label("layer")),
            alt.Tooltip("value:Q", title=label("aie_short"), format=".1%"),
        ]
        base = alt.Chart(rows)
        band = (
            base.transform_filter("isValid(datum.ci_low)")
            .mark_area(opacity=0.25, aria=False)
            .encode(x, alt.Y("ci_low:Q", title=label("aie_axis")), alt.Y2("ci_high:Q"), color)
        )
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule(aria=False).encode(y=alt.datum(0)),
            band,
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=22, filled=True, opacity=1, aria=False).encode(
                x, y, color, shape, tooltip=tips
            ),
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-trace-lines",
        CHAPTER,
        ["rome_fig7_causal_trace_gpt2xl", "rome_fig9_causal_trace_other_models"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", TRACED), Choice("token_position", TOKENS, "last_subject_token")],
        columns=[
            "kind",
            "model",
            "params",
            "component",
            "token_position",
            "layer",
            "metric",
            "value",
            "ci_low",
            "ci_high",
        ],
    )


DESIGNS = (
    "classic_design",
    "gated_design",
    "shared_heads",
    "encoder_decoder_design",
    "experts_design",
)


@cache
def ffn_share() -> Figure:
    def frame(share_of):
        rows = configs()
        whole = (
            rows["attention"]
            + rows["feed_forward"]
            + (rows["embedding"] if share_of == "all_params" else 0)
        )
        rows = rows.assign(
            kind="published", value=(rows["feed_forward"] / whole).round(6), params=rows["total"]
        )
        rows = rows.dropna(subset=["value"])[
            [
                "kind",
                "family",
                "model",
                "params",
                "design",
                "n_layers",
                "d_model",
                "n_heads",
                "n_kv_heads",
                "d_ff",
                "ffn_matrices",
                "value",
            ]
        ]
        line = pd.DataFrame(
            [
                dict.fromkeys(rows)
                | {"kind": "reference", "model": label("two_thirds"), "value": 2 / 3}
            ]
        )
        return pd.concat([rows.astype(object), line.astype(object)], ignore_index=True)

    def chart(rows):
        color, shape = m.series("design", DESIGNS, title="")
        x, y = (
            m.axis_x(
                configs().rename(columns={"total": "counted"}),
                "counted",
                title=label("counted_params"),
            ),
            m.axis_y(title=label("ffn_share")),
        )
        x["shorthand"] = "params:Q"
        base = alt.Chart(rows)
        flat = base.transform_filter("datum.kind === 'reference'")
        tips = ("model", "params", "n_layers", "d_model", "n_heads", "n_kv_heads", "d_ff", "value")
        points = base.transform_filter("datum.kind !== 'reference'").mark_point(
            size=70, filled=True, opacity=0.9
        )
        numeric = {c: ".4~s" if c == "params" else ".1%" if c == "value" else "" for c in tips[1:]}
        return alt.layer(
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="left", dy=13, dx=4, fontSize=11, x=0).encode(y=y, text="model:N"),
            points.encode(
                x,
                y,
                color,
                shape,
                tooltip=[
                    alt.Tooltip("model:N", title=label("model")),
                    *(alt.Tooltip(f"{c}:Q", title=label(c), format=f) for c, f in numeric.items()),
                ],
            ),
        ).properties(width="container", height=340)

    return Figure(
        "knowledge-ffn-share",
        CHAPTER,
        ["arch_configs"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("share_of", ("blocks", "all_params"))],
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


@cache
def split_calculator() -> Figure:
    known = configs()
    presets = tuple(
        known.loc[known["vocab_size"].notna(), "model"]
    )  # embeddings are counted, so the vocabulary must be known

    def frame(preset, kv_heads, ffn_width):
        parts = []
        for design, change in (
            ("as_published", ("kv_published", "ffn_published")),
            ("as_changed", (kv_heads, ffn_width)),
        ):
            counts = redesigned(preset, *change)
            blocks, start = counts["attention"] + counts["feed_forward"], 0.0
            for part in PARTS:
                share = counts[part] / sum(counts.values())
                within = counts[part] / blocks if part != "embedding" else np.nan
                parts.append(
                    {
                        "kind": "published" if design == "as_published" else "simulation",
                        "model": preset,
                        "design_row": design,
                        "part": part,
                        "params": counts[part],
                        "of_blocks": round(within, 6),
                        "start": round(start, 6),
                        "value": round(share, 6),
                        "end": round(start + share, 6),
                        "middle": round(start + share / 2, 6),
                    }
                )
                start += share
        return pd.DataFrame(parts)

    def chart(rows):
        color, _ = m.series("part", PARTS, title="")
        x = alt.X(
            "start:Q",
            scale=alt.Scale(domain=[0, 1], nice=False),
            title=label("share_of_all"),
            axis=alt.Axis(format=".0%", tickCount=5),
        )
        y = m.named_rows("design_row", ("as_published", "as_changed"), 110)
        base = alt.Chart(rows)
        tips = [
            alt.Tooltip("params:Q", title=label("params"), format=".4~s"),
            alt.Tooltip("value:Q", title=label("share_of_all"), format=".1%"),
            alt.Tooltip("of_blocks:Q", title=label("share_of_blocks"), format=".1%"),
        ]
        named = base.transform_filter("datum.value > 0.09 && isValid(datum.of_blocks)")
        pale = alt.condition("datum.kind === 'simulation'", alt.value(0.6), alt.value(1))
        return alt.layer(
            base.mark_bar(height=32).encode(
                x=x, x2="end:Q", y=y, color=color, opacity=pale, tooltip=tips
            ),
            named.mark_text(fontSize=13, dy=-25).encode(
                x=alt.X("middle:Q", title=label("share_of_all")),
                y=y,
                text=alt.Text("of_blocks:Q", format=".0%"),
            ),
        ).properties(width="container", height=150)

    return Figure(
        "knowledge-split-calculator",
        CHAPTER,
        ["arch_configs"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("preset", presets, "Llama-3-8B"),
            Choice("kv_heads", KV_HEADS, "kv_full"),
            Choice("ffn_width", FFN_WIDTHS, "ffn_4d"),
        ],
        columns=["kind", "model", "design_row", "part", "params", "value", "of_blocks"],
    )


@cache
def ffn_memories() -> Figure:
    quantities = {
        "patterns": ("shallow", "semantic", "shallow+semantic", "not_covered"),
        "key_value_agreement": ("agreement_rate",),
        "residual_final": ("residual_predicts_final_output",),
        "token_removal": ("remove_last_token", "remove_first_token", "remove_random_token"),
    }
    limits = {
        "patterns": (0, 0.8),
        "key_value_agreement": (0, 0.04),
        "residual_final": (0, 1),
        "token_removal": (-0.8, 0),
    }

    def frame(measure):
        rows = _geva()
        return rows[rows["measure"] == measure]

    def chart(rows, measure):
        color, shape = m.series("response", quantities[measure], title="")
        x = alt.X(
            "layer:Q",
            scale=alt.Scale(domain=[0.5, 16.5], nice=False),
            title=label("layer_of_16"),
            axis=alt.Axis(values=list(range(2, 17, 2)), grid=False),
        )
        y = m.axis_y(
            domain=limits[measure],
            title=label(measure + "_axis"),
            format=".1%" if measure == "key_value_agreement" else ".0%",
        )
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=60, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("layer", "response", "value"))
            ),
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-ffn-memories",
        CHAPTER,
        ["geva2021_ffn_memories_by_layer"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("measure", tuple(quantities))],
    )


# --- figures: what ---------------------------------------------------------------------------------------------------
PHENOMENA = (
    "Overall",
    "ANA. AGR",
    "ARG. STR",
    "BINDING",
    "CTRL. RAIS.",
    "D-N AGR",
    "ELLIPSIS",
    "FILLER GAP",
    "IRREGULAR",
    "ISLAND",
    "NPI",
    "QUANTIFIERS",
    "S-V AGR",
)


@cache
def _blimp() -> pd.DataFrame:
    """BLiMP accuracy (fraction) of the MiniBERTas, RoBERTa base and people; `chance` is one half by construction."""
    rows = data.load("blimp_by_pretraining_words")
    keep = rows["pretraining_words"].notna() & rows["model"].str.fullmatch(
        r".*-[123]|RoBERTaBASE"
    ) | rows["model"].isin(["Human"])
    rows = rows[keep]
    return rows.assign(
        value=_fraction(rows["value"]),
        task=rows["phenomenon"],
        kind=np.where(rows["model"] == "Human", "reference", "published"),
    )


@cache
def blimp_by_words() -> Figure:
    def frame(phenomenon):
        rows = _blimp()
        rows = rows[rows["task"] == phenomenon][
            ["kind", "family", "model", "pretraining_words", "task", "metric", "value"]
        ]
        lines = rows["kind"] == "reference"
        rows.loc[lines, "model"] = label("people")
        chance = rows[lines].assign(model=label("chance_level"), value=0.5)
        mean = rows[~lines].groupby("pretraining_words", as_index=False)["value"].mean().round(6)
        mean = mean.assign(
            kind="fit",
            family="MiniBERTa",
            model=label("mean_of_runs"),
            task=phenomenon,
            metric="accuracy",
        )[list(rows)]
        return pd.concat([rows, chance, mean], ignore_index=True)

    def chart(rows):
        x = alt.X(
            "pretraining_words:Q",
            scale=alt.Scale(type="log", domain=[7e5, 5e10], nice=False),
            title=label("pretraining_words"),
            axis=alt.Axis(
                format="~s",
                values=[1e6, 1e7, 1e8, 1e9, 3e10],
                grid=False,
                labelExpr="replace(datum.label, 'G', 'B')",
            ),
        )
        y = m.axis_y(domain=(0.4, 1))
        base = alt.Chart(rows)
        flat = base.transform_filter("datum.kind === 'reference'")
        return alt.layer(
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
            base.transform_filter("datum.kind === 'fit'")
            .mark_line(strokeDash=[8, 4], strokeWidth=2, color=m.PALETTE[0])
            .encode(x, y),
            base.transform_filter("datum.kind === 'published'")
            .mark_point(size=70, filled=True, opacity=0.9, color=m.PALETTE[0])
            .encode(
                x,
                y,
                tooltip=[
                    alt.Tooltip("model:N"),
                    alt.Tooltip(
                        "pretraining_words:Q", title=label("pretraining_words"), format="~s"
                    ),
                    alt.Tooltip("value:Q", title=label("value"), format=".1%"),
                ],
            ),
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-blimp",
        CHAPTER,
        ["blimp_by_pretraining_words"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("phenomenon", PHENOMENA)],
    )


LAMA_MODELS = (
    "Freq",
    "RE_naive",
    "RE_oracle",
    "DrQA",
    "Fairseq fconv",
    "Transformer-XL large",
    "ELMo original",
    "ELMo 5.5B",
    "BERT-base",
    "BERT-large",
)
PROBES = (
    "T-REx Total",
    "T-REx 1-1",
    "T-REx N-1",
    "T-REx N-M",
    "Google-RE Total",
    "Google-RE birth-place",
    "Google-RE birth-date",
    "Google-RE death-place",
    "ConceptNet Total",
    "SQuAD Total",
)


@cache
def _lama() -> pd.DataFrame:
    """Petroni et al. 2019, Table 2: precision at one (fraction) per model and part of the probe."""
    rows = data.load("lama_probe")
    rows = rows[rows["model"].isin(LAMA_MODELS)]
    return rows.assign(
        value=_fraction(rows["value"]),
        task=rows["corpus"] + " " + rows["relation"],
        kind=np.where(rows["family"] == "baseline", "reference", "published"),
        system=np.where(rows["family"] == "baseline", "not_a_language_model", "language_model"),
    )


@cache
def lama() -> Figure:
    def frame(probe):
        rows = _lama()
        return rows[rows["task"] == probe][
            ["kind", "family", "model", "params", "task", "n_facts", "system", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("system", ("language_model", "not_a_language_model"), title="")
        y = m.named_rows("model", LAMA_MODELS, 150)
        x = _score_x((0, 0.8), label("P@1"))
        base = alt.Chart(rows)
        tips = m.tooltip(rows, ("model", "params", "task", "n_facts", "value"))
        return alt.layer(
            base.mark_bar(height=3, aria=False).encode(x=x, y=y, color=color),
            base.mark_point(size=90, filled=True, opacity=1).encode(
                x=x, y=y, color=color, shape=shape, tooltip=tips
            ),
            base.mark_text(align="left", dx=9, fontSize=11).encode(
                x=x, y=y, text=alt.Text("value:Q", format=".1%")
            ),
        ).properties(width="container", height=250)

    return Figure(
        "knowledge-lama",
        CHAPTER,
        ["lama_probe"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("probe", PROBES)],
    )


QUESTIONS = ("TriviaQA", "NQs", "WebQs")
SETTINGS = ("zero_shot", "one_shot", "few_shot")


@cache
def closed_book_gpt3() -> Figure:
    def frame(task):
        rows = _closed_book("gpt3_table_h1")
        rows = rows[(rows["task"] == task) & (rows["split"] != "test server")].sort_values(
            ["setting", "params"]
        )
        return rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task",
                "setting",
                "n_shots",
                "split",
                "metric",
                "value",
            ]
        ]

    def chart(rows):
        table = data.load("gpt3_table_h1")
        color, shape = m.series("setting", SETTINGS)
        return m.curves(rows, m.axis_x(table, "params"), m.axis_y(), color, shape)

    return Figure(
        "knowledge-closed-book-gpt3",
        CHAPTER,
        ["gpt3_table_h1"],
        frame,
        chart,
        facts=numbers,
        curve=["task", "setting"],
        controls=[Choice("task", QUESTIONS)],
        predict=Predict("params", 1.4e10, "params", "value", {"setting": "few_shot"}),
    )


READ = {
    "TriviaQA test (wiki)": ["RAG-Sequence"],
    "Natural Questions": ["RAG-Sequence", "BERT-baseline sparse retrieval"],
    "WebQuestions": ["RAG-Sequence", "BERT-baseline sparse retrieval"],
}
"""Systems that may read Wikipedia while answering, drawn as reference lines."""


@cache
def closed_book_t5() -> Figure:
    series = ("T5", "T5 + SSM", "T5.1.1", "T5.1.1 + SSM")

    def frame(question_set):
        rows = _closed_book("closed_book_qa_t5")
        rows = rows[rows["task"] == question_set]
        own = rows[
            (rows["setting"] == "finetuned closed-book")
            & rows["version"].str.startswith("EMNLP")
            & (rows["metric"] == "exact_match")
        ]
        own = own.assign(
            variant=own["family"] + np.where(own["model"].str.contains("SSM"), " + SSM", "")
        ).sort_values(["variant", "params"])
        read = rows[rows["model"].isin(READ[question_set])].assign(kind="reference", variant=None)
        read = read.assign(model=read["model"].map(label), params=np.nan)
        return pd.concat([own.astype(object), read.astype(object)])[
            ["kind", "family", "model", "params", "task", "variant", "setting", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("variant", series, title="")
        table = data.load("closed_book_qa_t5")
        table = table[table["family"].str.startswith("T5")]
        return m.curves(rows, m.axis_x(table, "params"), m.axis_y(domain=(0, 0.8)), color, shape)

    return Figure(
        "knowledge-closed-book-t5",
        CHAPTER,
        ["closed_book_qa_t5"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("question_set", tuple(READ))],
    )


# --- figures: editing ------------------------------------------------------------------------------------------------
SITES = ("last_subject_token", "first_subject_token", "first_token_after_subject", "last_token")
SWEEP = ("score_S", "paraphrase_magnitude_PM", "efficacy_magnitude_EM", "neighborhood_magnitude_NM")


@cache
def _sweep() -> pd.DataFrame:
    rows = data.load("rome_fig5_layer_token_sweep")
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        layer=rows["edited_layer"],
        site=rows["key_token_position"],
    )


@cache
def edit_site() -> Figure:
    limits = {
        "score_S": (0, 1),
        "paraphrase_magnitude_PM": (-0.1, 0.6),
        "efficacy_magnitude_EM": (-0.1, 1),
        "neighborhood_magnitude_NM": (-0.4, 0.1),
    }

    def frame(sweep_metric):
        rows = _sweep()
        return rows[rows["metric"] == sweep_metric][
            ["kind", "family", "model", "params", "method", "site", "layer", "metric", "value"]
        ]

    def chart(rows, sweep_metric):
        color, shape = m.series("site", SITES, title="")
        x = alt.X(
            "layer:Q",
            scale=alt.Scale(domain=[-1, 48], nice=False),
            title=label("edited_layer"),
            axis=alt.Axis(values=list(range(0, 48, 6)), grid=False),
        )
        y = m.axis_y(domain=limits[sweep_metric], title=label(sweep_metric))
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=24, filled=True, opacity=1, aria=False).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("site", "layer", "value"))
            ),
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-edit-site",
        CHAPTER,
        ["rome_fig5_layer_token_sweep"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("sweep_metric", SWEEP)],
    )


GOALS = ("efficacy", "generalization", "specificity")
_GOAL = {
    "efficacy_score_ES": "efficacy",
    "paraphrase_score_PS": "generalization",
    "neighborhood_score_NS": "specificity",
    "efficacy": "efficacy",
    "paraphrase": "generalization",
    "specificity": "specificity",
}
EXPERIMENTS = {
    "counterfact_1_xl": ("ROME Table 4", "GPT-2 XL"),
    "counterfact_1_j": ("ROME Table 4", "GPT-J"),
    "zsre_1_xl": ("ROME Table 1", "GPT-2 XL"),
    "counterfact_10000_j": ("MEMIT Table 2", "GPT-J"),
    "counterfact_10000_neox": ("MEMIT Table 2", "GPT-NeoX"),
    "zsre_10000_j": ("MEMIT Table 1", "GPT-J"),
}
METHODS = (
    "unedited",
    "FT",
    "FT+L",
    "FT-W",
    "KN",
    "KE",
    "KE-CF",
    "KE-zsRE",
    "MEND",
    "MEND-CF",
    "MEND-zsRE",
    "ROME",
    "MEMIT",
)


@cache
def _edits() -> pd.DataFrame:
    """ROME Tables 1 and 4, MEMIT Tables 1 and 2: efficacy, generalization and specificity as fractions, one row per cell."""
    rows = data.load("model_editing_rome_memit")
    rows["goal"] = rows["metric"].map(_GOAL)
    rows = rows.dropna(subset=["goal"])
    names = {where: name for name, where in EXPERIMENTS.items()}
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        method=rows["method"].where(~rows["method"].str.contains("unedited"), "unedited"),
        experiment=[names[pair] for pair in zip(rows["table"], rows["model"])],
    )


@cache
def edit_tradeoff() -> Figure:
    def frame(experiment):
        rows = _edits()
        return rows[rows["experiment"] == experiment][
            [
                "kind",
                "model",
                "params",
                "dataset",
                "method",
                "n_edits_at_once",
                "goal",
                "value",
                "ci95",
            ]
        ]

    def chart(rows):
        color, shape = m.series("goal", GOALS, title="")
        return _dots(
            rows,
            m.named_rows("method", METHODS, 120),
            _score_x(),
            color,
            shape,
            250,
            ("method", "goal", "value", "model", "n_edits_at_once"),
        )

    return Figure(
        "knowledge-edit-tradeoff",
        CHAPTER,
        ["model_editing_rome_memit"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("experiment", tuple(EXPERIMENTS))],
    )


CURVES = ("score_S", "efficacy_ES", "generalization_PS", "specificity_NS", "consistency_RS")


@cache
def edit_scaling() -> Figure:
    def frame(edit_metric):
        rows = data.load("memit_fig5_scaling_curves")
        rows = rows[rows["metric"] == edit_metric].sort_values(["method", "n_edits"])
        return rows.assign(kind="published", value=_fraction(rows["value"]))[
            ["kind", "model", "params", "method", "n_edits", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("method", ("MEMIT", "ROME", "MEND"), title="")
        x = alt.X(
            "n_edits:Q",
            scale=alt.Scale(type="log", domain=[0.8, 12500], nice=False),
            title=label("n_edits"),
            axis=alt.Axis(values=[1, 10, 100, 1000, 10000], format=",", grid=False),
        )
        y = m.axis_y()
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=60, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("method", "n_edits", "value"))
            ),
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-edit-scaling",
        CHAPTER,
        ["memit_fig5_scaling_curves"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("edit_metric", CURVES)],
    )


TESTS = {
    "serac_QA": ("SERAC Table 3", "QA", "T5-large"),
    "serac_QA-hard": ("SERAC Table 3", "QA-hard", "T5-large"),
    "serac_FC": ("SERAC Table 3", "FC", "BERT-base"),
    "mend_wiki_neo": ("MEND Table 3", "Wikitext generation", "GPT-Neo"),
    "mend_wiki_j": ("MEND Table 3", "Wikitext generation", "GPT-J"),
    "mend_zsre_xl": ("MEND Table 3", "zsRE QA", "T5-XL"),
    "mend_zsre_xxl": ("MEND Table 3", "zsRE QA", "T5-XXL"),
}
LEARNED = ("FT", "FT+KL", "KE", "ENN", "MEND", "LU", "RP", "SERAC")


@cache
def _learned() -> pd.DataFrame:
    """MEND Table 3 and SERAC Table 3: edit success (fraction) with the damage beside it, as printed."""
    rows = data.load("model_editing_mend_serac")
    names = {where: name for name, where in TESTS.items()}
    rows["experiment"] = [
        names.get(where) for where in zip(rows["table"], rows["dataset"], rows["model"])
    ]
    rows = rows.dropna(subset=["experiment"])
    key = ["experiment", "dataset", "model", "method", "n_edits_at_once"]
    success = rows[rows["metric"] == "edit_success"][[*key, "params", "value"]]
    damage = rows[rows["metric"] != "edit_success"][[*key, "metric", "value"]].rename(
        columns={"value": "drawdown", "metric": "drawdown_kind"}
    )
    both = success.merge(damage, on=key, validate="one_to_one")
    return both.assign(kind="published", value=pd.to_numeric(both["value"]))


@cache
def edit_mend() -> Figure:
    def frame(editor_test):
        rows = _learned()
        return rows[rows["experiment"] == editor_test][
            [
                "kind",
                "model",
                "params",
                "dataset",
                "method",
                "n_edits_at_once",
                "value",
                "drawdown_kind",
                "drawdown",
            ]
        ]

    def chart(rows):
        y, x = m.named_rows("method", LEARNED, 110), _score_x((0, 1.45), label("edit_success"))
        x["axis"]["values"] = [0, 0.25, 0.5, 0.75, 1]
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_bar(height=3, color=m.PALETTE[0], aria=False).encode(x=x, y=y),
            base.mark_point(size=90, filled=True, opacity=1, color=m.PALETTE[0]).encode(
                x=x, y=y, tooltip=m.tooltip(rows, ("method", "value", "drawdown", "drawdown_kind"))
            ),
            base.transform_calculate(words=f"{m.quote(label('damage_word'))} + datum.drawdown")
            .mark_text(align="left", dx=9, fontSize=11)
            .encode(x=x, y=y, text="words:N"),
        ).properties(width="container", height=200)

    return Figure(
        "knowledge-edit-learned",
        CHAPTER,
        ["model_editing_mend_serac"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("editor_test", tuple(TESTS))],
    )


# --- in miniature ------------------------------------------------------------------------------------------------------
FACT_MODELS = ("facts_designed", "facts_plain")
FACT_PLACES = tuple(
    f"{component}_{layer}" for component in miniature.COMPONENTS for layer in (1, 2, 3)
)
FACT_METHODS = (
    "rank_one_1",
    "rank_one_alone_1",
    "rank_one_2",
    "rank_one_alone_2",
    "rank_one_3",
    "rank_one_alone_3",
    "fine_tuning",
)


def _fact_map(rows: pd.DataFrame, value: str, title: str) -> alt.Chart:
    """Heat map of one model: places (component and layer) by positions of the prompt. A place it lacks stays empty."""
    x = alt.X(
        "fact_position:N",
        scale=alt.Scale(domain=list(miniature.POSITIONS)),
        title=None,
        axis=alt.Axis(
            labelExpr=m.label_expr(miniature.POSITIONS),
            labelAngle=-45,
            labelLimit=90,
            labelOverlap=False,
            tickSize=0,
            domain=False,
        ),
    )
    y = alt.Y(
        "fact_place:N",
        scale=alt.Scale(domain=list(FACT_PLACES)),
        title=None,
        axis=alt.Axis(
            labelExpr=m.label_expr(FACT_PLACES), labelLimit=120, tickSize=0, domain=False
        ),
    )
    color = alt.Color(
        f"{value}:Q",
        scale=alt.Scale(scheme="viridis", domain=[0, 1], clamp=True),
        title=title,
        legend=alt.Legend(format=".0%", gradientLength=160, values=[0, 0.5, 1]),
    )
    tips = [
        alt.Tooltip("fact_place:N", title=label("fact_place")),
        alt.Tooltip("fact_position:N", title=label("fact_position")),
        alt.Tooltip(f"{value}:Q", title=title, format=".1%"),
    ]
    return alt.Chart(rows).mark_rect(aria=False).encode(x=x, y=y, color=color, tooltip=tips)


@cache
def _fact_traces() -> pd.DataFrame:
    """Both interventions on both models: mean, least and greatest of three seeds, as shares of probability."""
    rows = data.curves("facts", "trace")
    rows = rows.assign(
        facts_repair=rows["effect"],
        facts_loss=rows["clean"] - rows["ablated"],
        kind="miniature",
        facts_model="facts_" + rows["model"],
        fact_place=rows["component"] + "_" + (rows["layer"] + 1).astype(str),
        fact_position=rows["position"],
    )
    rows = rows.melt(
        ["kind", "facts_model", "fact_place", "fact_position", "seed"],
        ["facts_repair", "facts_loss"],
        "facts_question",
    )
    keys = ["facts_question", "kind", "facts_model", "fact_place", "fact_position"]
    return (
        rows.groupby(keys, sort=False)["value"]
        .agg(value="mean", seed_low="min", seed_high="max")
        .reset_index()
        .round(4)
    )


@cache
def facts_trace() -> Figure:
    def frame(facts_question):
        rows = _fact_traces()
        return rows[rows["facts_question"] == facts_question].drop(columns="facts_question")

    def chart(rows, columns):
        facet = alt.Facet(
            "facts_model:N",
            sort=list(FACT_MODELS),
            title=None,
            header=alt.Header(labelExpr=m.label_expr(FACT_MODELS)),
        )
        return (
            _fact_map(rows, "value", label("facts_share"))
            .properties(width=190, height=200)
            .facet(facet, columns=min(columns, 2))
        )

    return Figure(
        "knowledge-facts-trace",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["facts"],
        facts=numbers,
        controls=[Choice("facts_question", ("facts_repair", "facts_loss"))],
    )


@cache
def _fact_edits() -> pd.DataFrame:
    """One row per edit, method and score; `fact_method` names method and layer (counted from 1)."""
    rows = data.curves("facts", "edits")
    layer = "_" + (rows["layer"] + 1).astype(str)
    rows = rows.assign(
        kind="miniature",
        facts_model="facts_" + rows["model"],
        fact_method=rows["method"] + layer.where(rows["layer"] >= 0, ""),
    )
    rows["edit"] = rows.groupby(["facts_model", "fact_method"]).cumcount() + 1
    rows = rows.melt(
        ["kind", "facts_model", "fact_method", "edit"], list(miniature.GOALS), "facts_goal"
    )
    return rows.assign(facts_goal="facts_" + rows["facts_goal"])


@cache
def facts_edits() -> Figure:
    def frame(facts_model, facts_goal):
        rows = _fact_edits()
        return rows[(rows["facts_model"] == facts_model) & (rows["facts_goal"] == facts_goal)]

    def chart(rows, facts_model):  # the rows on the axis depend on the model
        methods = [method for method in FACT_METHODS if method in set(rows["fact_method"])]
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[-0.02, 1.02], nice=False),
            title=label("facts_answers"),
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
        )
        y = m.named_rows("fact_method", methods, 170)
        base = alt.Chart(rows)
        every = base.mark_point(
            size=22, filled=False, strokeWidth=1.5, color="#0072b2", aria=False
        ).encode(
            x,
            y,
            yOffset=alt.YOffset("edit:O"),
            tooltip=[
                alt.Tooltip("edit:Q", title=label("edit")),
                alt.Tooltip("value:Q", title=label("facts_answers"), format=".1%"),
            ],
        )
        mean = base.mark_tick(thickness=3, size=30, color="#d55e00").encode(
            alt.X("mean(value):Q"), y
        )
        return alt.layer(every, mean).properties(width="container", height=46 * len(methods))

    return Figure(
        "knowledge-facts-edits",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["facts"],
        facts=numbers,
        controls=[
            Choice("facts_model", FACT_MODELS),
            Choice(
                "facts_goal", tuple(f"facts_{g}" for g in miniature.GOALS), "facts_same_subject"
            ),
        ],
    )


@cache
def facts_capacity() -> Figure:
    def frame():
        rows = data.curves("facts", "capacity")
        return rows.assign(kind="miniature", facts_width="width_" + rows["width"].astype(str))[
            ["kind", "facts_width", "params", "facts", "bits", "bits_per_param", "accuracy"]
        ]

    def chart(rows):
        color, shape = m.series("facts_width", ("width_8", "width_16"), title="")
        x = alt.X(
            "facts:Q",
            scale=alt.Scale(type="log", domain=[400, 10_000], nice=False),
            title=label("facts"),
            axis=alt.Axis(values=[500, 1000, 2000, 4000, 8000], format=",", grid=False),
        )
        y = alt.Y(
            "bits_per_param:Q",
            scale=alt.Scale(domain=[0, 2.4], nice=False),
            title=label("bits_per_param"),
            axis=alt.Axis(tickCount=5),
        )
        tips = m.tooltip(rows, ("facts_width", "params", "facts", "bits_per_param", "accuracy"))
        return alt.layer(
            *m.own_runs(alt.Chart(rows), x, y, color, shape, tips, size=70)
        ).properties(width="container", height=300)

    return Figure(
        "knowledge-facts-capacity",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["facts"],
        facts=numbers,
        curve=["facts_width"],
    )


FACT_DRAWS = 3
"""Draws of noise over which the page averages a trace."""
FACT_FILLERS = (miniature.FILLER, miniature.FILLER + 1)
FACT_OTHERS = 40
"""Persons whose facts the page asks for after an edit."""
FACT_START = {"person": 12, "relation": 2}


def fact_noise() -> np.ndarray:
    """The noise of the live part, in units of `miniature.noise_scale`: (draws, 2, width)."""
    return np.random.default_rng(7).standard_normal((FACT_DRAWS, 2, 64)).round(3)


def fact_rows(model: str, person: int, relation: int) -> pd.DataFrame:
    """The trace of one fact in one model (``designed`` or ``plain``): the table the live part draws, from NumPy."""
    net, world = load("facts", model), miniature.world()
    tokens = miniature.prompts(world, person, relation, 0, np.tile(FACT_FILLERS, (FACT_DRAWS, 1)))
    effect = miniature.trace(
        net,
        tokens,
        np.full(FACT_DRAWS, world.objects[person, relation]),
        miniature.noise_scale(net) * fact_noise(),
    ).effect
    return pd.DataFrame(
        [
            {
                "kind": "miniature",
                "facts_model": f"facts_{model}",
                "fact_place": f"{miniature.COMPONENTS[c]}_{layer + 1}",
                "fact_position": miniature.POSITIONS[t],
                "value": effect[c, layer, t],
            }
            for c, layer, t in np.ndindex(effect.shape)
            if np.isfinite(effect[c, layer, t])
        ]
    )


def _fact_drawing(model: str):
    def drawing() -> tuple[pd.DataFrame, alt.Chart]:
        rows = fact_rows(model, **FACT_START)
        return rows, _fact_map(rows, "value", label("facts_returned")).properties(
            width="container", height=230, title=label(f"facts_{model}")
        )

    return drawing


def _fact_still() -> tuple[pd.DataFrame, alt.Chart]:
    rows = pd.concat(
        [fact_rows(model.removeprefix("facts_"), **FACT_START) for model in FACT_MODELS],
        ignore_index=True,
    )
    facet = alt.Facet(
        "facts_model:N",
        sort=list(FACT_MODELS),
        title=None,
        header=alt.Header(labelExpr=m.label_expr(FACT_MODELS)),
    )
    return rows, _fact_map(rows, "value", label("facts_returned")).properties(
        width=190, height=200
    ).facet(facet, columns=1)


def _fact_blob(model: str) -> bytes:
    """A model and its stored edits for the page."""
    config, weights = data.weights("facts", model)
    stored = miniature.edits(model)
    return pack(
        Config(**config),
        dict(weights)
        | {
            "edit.key": np.stack([e.key for e in stored]),
            "edit.value": np.stack([e.value for e in stored]),
        },
    )


def _fact_options() -> dict:
    world = miniature.world()
    models = [
        {
            "name": name,
            "scale": miniature.noise_scale(load("facts", name)),
            "layers": [i for i, has in enumerate(load("facts", name).config.mlp) if has],
            "edits": [[e.subject, e.relation, e.target, e.layer] for e in miniature.edits(name)],
        }
        for name in ("designed", "plain")
    ]
    return {
        "models": models,
        "pairs": world.pairs.tolist(),
        "objects": world.objects.tolist(),
        "noise": fact_noise().reshape(FACT_DRAWS, -1).tolist(),
        "fillers": list(FACT_FILLERS),
        "components": list(miniature.COMPONENTS),
        "positions": list(miniature.POSITIONS),
        "others": FACT_OTHERS,
        "start": FACT_START,
        "tokens": {
            "start": miniature.START,
            "possessive": miniature.POSSESSIVE,
            "word": miniature.WORD,
            "object": miniature.OBJECT,
            "last": miniature.LAST,
        },
        "sizes": {
            "relations": miniature.RELATIONS,
            "wordings": miniature.WORDINGS,
            "objects": miniature.OBJECTS,
        },
        "first_name": miniature.FIRST_NAME,
    }


@cache
def facts_live() -> Live:
    return Live(
        "knowledge-facts-live",
        CHAPTER,
        "facts",
        {"designed": _fact_drawing("designed"), "plain": _fact_drawing("plain")},
        runs=["facts"],
        facts=numbers,
        options=_fact_options,
        assets={"designed": lambda: _fact_blob("designed"), "plain": lambda: _fact_blob("plain")},
        still=_fact_still,
        room=(1063, 1671),
    )


def facts_numbers() -> dict[str, str]:
    """Numbers of the miniature, from its record; shares in percent."""
    n: dict[str, str] = {}
    trace = _fact_traces().set_index(
        ["facts_question", "facts_model", "fact_place", "fact_position"]
    )["value"]
    for question, q in (("facts_repair", "repair"), ("facts_loss", "loss")):
        for model in FACT_MODELS:
            for key, place, position in (
                ("mlp1_name", "mlp_1", "last_name"),
                ("mlp2_name", "mlp_2", "last_name"),
                ("mlp1_end", "mlp_1", "relation_2"),
                ("mlp2_end", "mlp_2", "relation_2"),
                ("att1_name", "attention_1", "last_name"),
                ("att1_end", "attention_1", "relation_2"),
                ("att3_end", "attention_3", "relation_2"),
                ("res1_name", "residual_1", "last_name"),
                ("res1_end", "residual_1", "relation_2"),
                ("res2_end", "residual_2", "relation_2"),
            ):
                n[f"{q}_{model.removeprefix('facts_')}_{key}"] = m.percent(
                    trace[question, model, place, position], 0
                )
    plain = trace.xs("facts_plain", level="facts_model")
    n |= {
        "repair_plain_mlp3_end": m.percent(plain["facts_repair", "mlp_3", "relation_2"], 0),
        "loss_plain_mlp3_end": m.percent(plain["facts_loss", "mlp_3", "relation_2"], 0),
    }
    raw = data.curves("facts", "trace")
    n |= {
        f"facts_blurred_{k}": m.percent(v, 0)
        for k, v in raw.groupby("model")["corrupted"].mean().items()
    }
    recall = data.curves("facts", "recall")["recall"]
    n |= {
        "facts_recall_low": m.percent(recall.min()),
        "facts_total": f"{len(data.curves('facts', 'facts')):,}",
    }
    for (model, method, goal), value in (
        _fact_edits().groupby(["facts_model", "fact_method", "facts_goal"])["value"].mean().items()
    ):
        n[f"{model}_{method}_{goal.removeprefix('facts_')}"] = m.percent(
            value, 0 if goal != "facts_other_subjects" else 1, trim=True
        )
    n["facts_edits"] = str(_fact_edits()["edit"].max())
    capacity = data.curves("facts", "capacity")
    for width, rows in capacity.groupby("width"):
        best = rows.loc[rows["bits_per_param"].idxmax()]
        fewest, most = rows.loc[rows["facts"].idxmin()], rows.loc[rows["facts"].idxmax()]
        n |= {
            f"capacity_{width}_params": f"{best['params']:,.0f}",
            f"capacity_{width}_best": f"{best['bits_per_param']:.1f}",
            f"capacity_{width}_best_facts": f"{best['facts']:,.0f}",
            f"capacity_{width}_first": f"{fewest['bits_per_param']:.1f}",
            f"capacity_{width}_first_facts": f"{fewest['facts']:,.0f}",
            f"capacity_{width}_first_accuracy": m.percent(fewest["accuracy"], 0),
            f"capacity_{width}_last_accuracy": m.percent(most["accuracy"], 0),
        }
    return n


# --- numbers ---------------------------------------------------------------------------------------------------------
@cache
def numbers() -> dict[str, str]:
    """Every number the prose and the texts use, formatted; computed from the data package."""
    n: dict[str, str] = {}

    rows = configs()
    rows = rows.assign(share=rows["feed_forward"] / (rows["attention"] + rows["feed_forward"]))
    share = rows.set_index("model")["share"]
    low, high = (
        rows[rows["n_experts"] == 1]["share"].min(),
        rows[rows["n_experts"] == 1]["share"].max(),
    )
    two_thirds = rows["share"].sub(2 / 3).abs() < 0.005
    n |= {
        "configs": str(len(rows)),
        "share_min": m.percent(low, 0),
        "share_max": m.percent(high, 0),
        "two_thirds_n": str(two_thirds.sum()),
        "shared_heads_n": str((rows["design"] == "shared_heads").sum()),
        "shared_heads_low": m.percent(rows.loc[rows["design"] == "shared_heads", "share"].min(), 0),
        "shared_heads_median": m.percent(
            rows.loc[rows["design"] == "shared_heads", "share"].median(), 0
        ),
    }
    for key, model in (
        ("gpt3", "GPT-3 175B"),
        ("gpt2xl", "GPT-2 XL"),
        ("t5", "T5-11B"),
        ("llama3", "Llama-3-8B"),
        ("gemma", "Gemma-2b"),
        ("palm", "PaLM-540B"),
        ("mixtral", "Mixtral-8x7B-v0.1"),
        ("qwen06", "Qwen3-0.6B"),
        ("llama1", "LLaMA-7B"),
    ):
        n["share_" + key] = m.percent(share[model], 0)
    gpt3 = rows.set_index("model").loc["GPT-3 175B"]
    n |= {
        "gpt3_attention": f"{gpt3['attention'] / 1e9:.0f}",
        "gpt3_ffn": f"{gpt3['feed_forward'] / 1e9:.0f}",
    }
    small = rows.set_index("model").loc["pythia-14m"]
    n |= {
        "pythia14_embedding": m.percent(small["embedding"] / small["total"], 0),
        "pythia14_ffn": m.percent(small["feed_forward"] / small["total"], 0),
    }
    moe = rows.set_index("model").loc["Mixtral-8x7B-v0.1"]
    active = formulas.param_split(
        *(
            moe[c]
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
        n_experts=2,
    )
    n |= {
        "mixtral_active_share": m.percent(
            float(active.feed_forward / (active.feed_forward + active.attention)), 0
        ),
        "mixtral_total": f"{moe['total'] / 1e9:.1f}",
    }
    full = redesigned("Llama-3-8B", "kv_full", "ffn_published")
    n["llama3_full_kv"] = m.percent(
        full["feed_forward"] / (full["feed_forward"] + full["attention"]), 0
    )
    ll = rows.set_index("model").loc["Llama-3-8B"]
    n |= {
        "llama3_d_model": f"{ll['d_model']:,}",
        "llama3_d_ff": f"{ll['d_ff']:,}",
        "llama3_heads": f"{ll['n_heads']}",
        "llama3_kv": f"{ll['n_kv_heads']}",
        "llama3_layers": f"{ll['n_layers']}",
        "llama3_head": f"{ll['d_head']}",
        "llama3_attention": f"{ll['attention'] / 1e9:.2f}",
        "llama3_ffn": f"{ll['feed_forward'] / 1e9:.2f}",
        "llama3_attention_layer": f"{ll['attention'] / ll['n_layers'] / 1e6:.1f}",
        "llama3_ffn_layer": f"{ll['feed_forward'] / ll['n_layers'] / 1e6:.1f}",
    }

    blimp = _blimp()
    mean = (
        blimp[(blimp["task"] == "Overall") & (blimp["kind"] == "published")]
        .groupby("pretraining_words")["value"]
        .mean()
    )
    n |= {
        f"blimp_{k}": m.percent(mean[w])
        for k, w in (("1M", 1e6), ("10M", 1e7), ("100M", 1e8), ("1B", 1e9), ("30B", 3e10))
    }
    n["blimp_people"] = m.percent(m.one(blimp, task="Overall", model="Human"))
    by = blimp[blimp["kind"] == "published"].groupby(["task", "pretraining_words"])["value"].mean()
    n |= {
        "blimp_dn_1M": m.percent(by["D-N AGR", 1e6]),
        "blimp_dn_10M": m.percent(by["D-N AGR", 1e7]),
        "blimp_filler_10M": m.percent(by["FILLER GAP", 1e7]),
        "blimp_filler_30B": m.percent(by["FILLER GAP", 3e10]),
        "blimp_quant_1M": m.percent(by["QUANTIFIERS", 1e6]),
        "blimp_quant_30B": m.percent(by["QUANTIFIERS", 3e10]),
        "blimp_quant_people": m.percent(m.one(blimp, task="QUANTIFIERS", model="Human")),
    }

    probe = _lama()
    for key, question, model in (
        ("bert", "T-REx Total", "BERT-large"),
        ("freq", "T-REx Total", "Freq"),
        ("oracle", "T-REx Total", "RE_oracle"),
        ("naive", "T-REx Total", "RE_naive"),
        ("one_one", "T-REx 1-1", "BERT-large"),
        ("many", "T-REx N-M", "BERT-large"),
        ("date", "Google-RE birth-date", "BERT-large"),
        ("place", "Google-RE birth-place", "BERT-large"),
        ("base", "T-REx Total", "BERT-base"),
        ("elmo", "T-REx Total", "ELMo 5.5B"),
        ("squad", "SQuAD Total", "BERT-large"),
        ("drqa", "SQuAD Total", "DrQA"),
    ):
        n["lama_" + key] = m.percent(m.one(probe, task=question, model=model))
    n |= {
        "lama_facts": f"{m.one(probe, 'n_facts', task='T-REx Total', model='BERT-large'):,}",
        "lama_relations": f"{m.one(data.load('lama_probe'), 'n_relations', corpus='T-REx', relation='Total', model='BERT-large')}",
    }

    gpt = _closed_book("gpt3_table_h1")
    gpt = gpt[gpt["split"] != "test server"]
    for task in QUESTIONS:
        for setting in SETTINGS:
            n[f"{task}_{setting}"] = m.percent(
                m.one(gpt, task=task, setting=setting, params=1.75e11)
            )
        n[f"{task}_small"] = m.percent(m.one(gpt, task=task, setting="few_shot", params=1.25e8))
        n[f"{task}_13B"] = m.percent(m.one(gpt, task=task, setting="few_shot", params=1.3e10))
        n[f"{task}_line"] = m.percent(closed_book_gpt3().forecast(task=task)["line"])
    trivia = gpt[(gpt["task"] == "TriviaQA") & (gpt["setting"] == "few_shot")].sort_values("params")
    slope, _ = np.polyfit(np.log10(trivia["params"]), trivia["value"], 1)
    n |= {
        "trivia_per_decade": m.percent(slope, 0),
        "factor_13_175": f"{1.75e11 / 1.3e10:.1f}",
        "trivia_step": m.percent(
            (trivia["value"].iloc[-1] - trivia["value"].iloc[-2]) / np.log10(1.75e11 / 1.3e10), 0
        ),
    }

    t5 = _closed_book("closed_book_qa_t5")
    own = t5[t5["version"].str.startswith("EMNLP")]
    for key, task in (
        ("trivia", "TriviaQA test (wiki)"),
        ("nq", "Natural Questions"),
        ("webq", "WebQuestions"),
    ):
        for size, model in (
            ("base", "T5.1.1-Base"),
            ("xxl", "T5.1.1-XXL"),
            ("ssm", "T5.1.1-XXL + SSM"),
        ):
            n[f"t5_{key}_{size}"] = m.percent(m.one(own, task=task, model=model))
        n[f"rag_{key}"] = m.percent(m.one(t5, task=task, model="RAG-Sequence"))
    for key, kind in (
        ("wording", "phrasing mismatch"),
        ("incomplete", "incomplete annotation"),
        ("unanswerable", "unanswerable"),
    ):
        n["review_" + key] = m.percent(m.one(t5, task=f"Natural Questions error review: {kind}"), 0)
    n["t5_nq_ssm_v1"] = m.percent(
        m.one(
            t5[t5["version"].str.startswith("arXiv")],
            task="Natural Questions",
            model="T5-11B + SSM",
        )
    )
    n |= {
        "t5_nq_v1": m.percent(
            m.one(
                t5[t5["version"].str.startswith("arXiv")], task="Natural Questions", model="T5-11B"
            )
        ),
        "t5_nq_emnlp": m.percent(m.one(own, task="Natural Questions", model="T5-11B")),
        "t5_regraded": m.percent(
            m.one(t5, task="Natural Questions (after human re-grading of 150 errors)")
        ),
        "t5_nq_11b_ssm": m.percent(m.one(own, task="Natural Questions", model="T5-11B + SSM")),
        "rag_params": f"{m.one(t5, 'params', task='Natural Questions', model='RAG-Sequence') / 1e6:.0f}",
        "bert_read_nq": m.percent(
            m.one(t5, task="Natural Questions", model="BERT-baseline sparse retrieval")
        ),
    }

    geva = _geva()
    kinds = geva[geva["measure"] == "patterns"].pivot_table(
        index="layer", columns="response", values="value"
    )
    below, above = kinds.loc[:9].mean(), kinds.loc[10:].mean()
    n |= {
        "geva_shallow_low": m.percent(below["shallow"], 0),
        "geva_shallow_high": m.percent(above["shallow"], 0),
        "geva_semantic_low": m.percent(below["semantic"], 0),
        "geva_semantic_high": m.percent(above["semantic"], 0),
    }
    agreement, residual = (
        geva[geva["measure"] == "key_value_agreement"],
        geva[geva["measure"] == "residual_final"],
    )
    n |= {
        "geva_agree_10": m.percent(m.one(agreement, layer=10), 2),
        "geva_agree_16": m.percent(m.one(agreement, layer=16)),
        "geva_residual_1": m.percent(m.one(residual, layer=1)),
        "geva_residual_16": m.percent(m.one(residual, layer=16)),
        "geva_residual_10": m.percent(m.one(residual, layer=10), 0),
    }

    facts = data.load("facts_knowledge_storage")

    def fact(quantity: str, topic: str, like: str | None = None) -> str:
        hit = facts[(facts["topic"] == topic) & (facts["quantity"] == quantity)]
        if like is not None:
            hit = hit[hit["condition"].fillna("").str.contains(like, regex=False)]
        if len(hit) != 1:
            raise ValueError(f"{len(hit)} facts match {quantity!r} in {topic}; exactly one must")
        return hit["value"].iloc[0]

    n |= {
        "geva_keys": fact("keys annotated", "ffn_memories"),
        "geva_random": fact("random agreement baseline", "ffn_memories"),
        "geva_active": fact("active memories per layer for a typical example", "ffn_memories"),
        "geva_differs": fact(
            "layer prediction differs from every memory (at least)", "ffn_memories"
        ),
        "kn_suppress": fact(
            "mean change of correct-answer probability when knowledge neurons are suppressed (set to 0)",
            "knowledge_neurons",
        ).lstrip("-"),
        "kn_amplify": fact(
            "mean change of correct-answer probability when knowledge neurons are amplified (doubled)",
            "knowledge_neurons",
        ),
        "clean": fact("mean probability of correct object, clean run", "causal_tracing"),
        "corrupted": fact(
            "mean probability, corrupted run (noise 3 sigma on subject embeddings)",
            "causal_tracing",
        ),
        "ate": fact("average total effect ATE", "causal_tracing"),
        "aie_hidden": fact(
            "AIE of single hidden state, last subject token, layer 15", "causal_tracing"
        ),
        "aie_mlp": fact("AIE peak of MLP (window of 10), last subject token", "causal_tracing"),
        "aie_attention": fact(
            "AIE of attention (window of 10), last subject token", "causal_tracing"
        ),
        "counterfact": f"{int(fact('CounterFact records', 'causal_tracing')):,}",
        "words_edge": fact(
            "90% of attainable edge-probing improvement reached with", "data_vs_knowledge"
        ).lstrip("<"),
        "memit_hours": fact("MEMIT runtime for 10,000 edits", "editing_cost").split()[0],
        "rome_hours": fact("ROME runtime for 10,000 edits", "editing_cost").split()[0],
        "mend_seconds": fact("MEND runtime for 10,000 edits", "editing_cost").split()[0],
        "random_bits": fact("unintended memorisation capacity", "knowledge_capacity"),
        "bits": fact("capacity", "knowledge_capacity", "1000 times"),
        "bits_rare": fact("capacity", "knowledge_capacity", "100 exposures"),
        "bits_int4": fact("capacity after int4 quantisation", "knowledge_capacity"),
    }
    bits = float(n["bits"])
    n |= {
        "seven_gigabytes": f"{7e9 * bits / 8 / 1e9:.2f}",
        "seven_weights": f"{7e9 * 16 / 8 / 1e9:.0f}",
        "bits_share": m.percent(bits / 16),
        "fact_bits": "50",
        "fact_count": f"{7e9 * bits / 50 / 1e6:.0f}",
        "fact_count_rare": f"{7e9 * float(n['bits_rare']) / 50 / 1e6:.0f}",
    }

    trace = traces()
    peak = trace.loc[
        trace.groupby(["model", "component", "token_position"])["value"].idxmax()
    ].set_index(["model", "component", "token_position"])
    for key, model in zip(("xl", "medium", "large", "neox"), TRACED):
        for part, component in zip(("mlp", "attention", "hidden"), COMPONENTS):
            hit = peak.loc[(model, component, "last_subject_token")]
            n[f"trace_{key}_{part}"], n[f"trace_{key}_{part}_layer"] = (
                m.percent(hit["value"]),
                f"{hit['layer']:.0f}",
            )
    late = peak.loc[("GPT-2 XL", "attn_window10", "last_token")]
    n |= {"trace_late": m.percent(late["value"]), "trace_late_layer": f"{late['layer']:.0f}"}
    middle = trace[
        (trace["model"] == "GPT-2 XL")
        & (trace["token_position"] == "last_subject_token")
        & (trace["component"] == "attn_window10")
    ]
    early = trace[
        (trace["model"] == "GPT-2 XL")
        & (trace["token_position"] == "last_subject_token")
        & (trace["component"] == "mlp_window10")
    ]
    dip = early[early["layer"] < int(n["trace_xl_mlp_layer"])].set_index("layer")["value"]
    n |= {
        "dip_layer": str(dip.idxmin()),
        "dip": m.percent(dip.min()),
        "trace_xl_mlp_0": m.percent(dip[0]),
    }
    n["trace_attention_at_mlp_peak"] = m.percent(m.one(middle, layer=int(n["trace_xl_mlp_layer"])))

    sweep = _sweep().set_index(["metric", "site", "layer"])["value"].sort_index()
    general = sweep["paraphrase_magnitude_PM"]
    best = general["last_subject_token"].idxmax()
    n["site_score_dip"] = m.percent(sweep["score_S", "last_subject_token", int(n["dip_layer"])])
    n |= {
        "site_layer": str(best),
        "site_pm": m.percent(general["last_subject_token"].max()),
        "site_pm_last": m.percent(general["last_token"].max()),
        "site_pm_first": m.percent(general["first_subject_token"].max()),
        "site_score": m.percent(sweep["score_S", "last_subject_token"].max()),
        "site_score_17": m.percent(sweep["score_S", "last_subject_token", best]),
        "site_score_0": m.percent(sweep["score_S", "last_subject_token", 0]),
        "site_score_last": m.percent(sweep["score_S", "last_subject_token"].iloc[-1]),
        "site_score_last_token": m.percent(sweep["score_S", "last_token"].max()),
        "site_nm_last": m.percent(sweep["neighborhood_magnitude_NM", "last_token"].min()),
    }

    edits = _edits()
    for key, experiment, methods in (
        ("one", "counterfact_1_xl", ("unedited", "FT", "FT+L", "KN", "KE-CF", "MEND-CF", "ROME")),
        ("many", "counterfact_10000_j", ("unedited", "FT-W", "MEND", "ROME", "MEMIT")),
        ("zsre", "zsre_1_xl", ("unedited", "FT", "MEND-zsRE", "ROME")),
        ("zsremany", "zsre_10000_j", ("ROME", "MEMIT")),
    ):
        for method in methods:
            for goal in GOALS:
                n[f"{key}_{method}_{goal}"] = m.percent(
                    m.one(edits, experiment=experiment, method=method, goal=goal)
                )
    score = data.load("model_editing_rome_memit")
    score = score[score["metric"] == "score_S"]
    n |= {
        "one_ROME_score": f"{m.one(score, table='ROME Table 4', model='GPT-2 XL', method='ROME'):.1f}",
        "one_FT_score": f"{m.one(score, table='ROME Table 4', model='GPT-2 XL', method='FT'):.1f}",
        "one_MEND-CF_score": f"{m.one(score, table='ROME Table 4', model='GPT-2 XL', method='MEND-CF'):.1f}",
    }
    curve = data.load("memit_fig5_scaling_curves").set_index(["metric", "method", "n_edits"])[
        "value"
    ]
    for method in ("MEMIT", "ROME", "MEND"):
        for count in (1, 10, 100, 1000, 10000):
            n[f"scale_{method}_{count}"] = f"{curve['score_S', method, count]:.1f}"
    n |= {
        "scale_memit_ns_1": f"{curve['specificity_NS', 'MEMIT', 1]:.1f}",
        "scale_memit_ns_10000": f"{curve['specificity_NS', 'MEMIT', 10000]:.1f}",
        "scale_rome_rs_1": f"{curve['consistency_RS', 'ROME', 1]:.1f}",
        "scale_rome_rs_10000": f"{curve['consistency_RS', 'ROME', 10000]:.1f}",
        "scale_mend_ns_10000": f"{curve['specificity_NS', 'MEND', 10000]:.1f}",
    }

    learned = _learned()
    for key, test, method in (
        ("ke_neo", "mend_wiki_neo", "KE"),
        ("mend_neo", "mend_wiki_neo", "MEND"),
        ("mend_qa", "serac_QA", "MEND"),
        ("serac_qa", "serac_QA", "SERAC"),
        ("mend_hard", "serac_QA-hard", "MEND"),
        ("serac_hard", "serac_QA-hard", "SERAC"),
    ):
        n["learned_" + key] = m.percent(m.one(learned, experiment=test, method=method))
        n["damage_" + key] = m.one(learned, "drawdown", experiment=test, method=method)
    return n | facts_numbers()
