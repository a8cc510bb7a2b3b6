"""What it costs: memory and operations by context length, recall over long inputs, speed of training."""

from __future__ import annotations

from functools import cache

import altair as alt
import pandas as pd

from emergence import data, formulas
from emergence.chart import (
    Series,
    dots,
    dumbbell,
    linear,
    log,
    named_rows,
    pick,
    plot,
    published_fractions,
    share,
    size,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter, with_reference

__all__ = ["cost_by_context", "kv_cache", "recall", "training_speed"]

BYTES = 2
"""Bytes per number: keys, values and states are kept with 16 bits in the usual set-up, and so are weights."""

RECURRENT = {
    # layers, recurrent state and convolution memory per layer (numbers), weights that multiply each token, attention layers
    # Mamba-2.8B: 64 blocks, d_model 2560, inner width 2 d_model, state 16, convolution 4, dt_rank d_model / 16 (Gu & Dao 2023, section 3.4, code release)
    "Mamba-2.8B": dict(
        layers=64,
        state=5120 * 16,
        conv=5120 * 4,
        matrices=64 * (2560 * 2 * 5120 + 5120 * (160 + 2 * 16) + 160 * 5120 + 5120 * 2560)
        + 2560 * 50280,
    ),
    # Mamba-2-2.7B: state 128, heads of 64, one group (Dao & Gu 2024, section 9; defaults of the code release)
    "Mamba-2-2.7B": dict(
        layers=64,
        state=5120 * 128,
        conv=(5120 + 2 * 128) * 4,
        matrices=64 * (2560 * (2 * 5120 + 2 * 128 + 80) + 5120 * 2560) + 2560 * 50280,
    ),
    # RWKV-4 3B: 32 blocks of width 2560, five vectors per block; time mix 4 d², channel mix 9 d² (Peng et al. 2023, section 3 and code release)
    "RWKV-4 3B": dict(layers=32, state=5 * 2560, conv=0, matrices=32 * 13 * 2560**2 + 2560 * 50277),
    # Pure Mamba-2 and hybrid at 8B: width 4096, state 128, 8 groups, vocabulary 256,000 (Waleffe et al. 2024, section 2)
    "Mamba-2 8B": dict(
        layers=56,
        state=8192 * 128,
        conv=(8192 + 2 * 8 * 128) * 4,
        matrices=56 * (4096 * (2 * 8192 + 2 * 8 * 128 + 128) + 8192 * 4096) + 4096 * 256000,
    ),
    "Mamba-2-Hybrid 8B": dict(
        layers=24,
        state=8192 * 128,
        conv=(8192 + 2 * 8 * 128) * 4,
        attention=dict(n_layers=4, n_heads=32, n_kv_heads=8, d_head=128),
        matrices=24 * (4096 * (2 * 8192 + 2 * 8 * 128 + 128) + 8192 * 4096)
        + 4 * 2 * 4096 * 128 * (32 + 8)
        + 28 * 2 * 4096 * 16384
        + 4096 * 256000,
    ),
}

SIZE_CLASSES = {
    "around_3b": ("pythia-2.8b", "Mamba-2.8B", "Mamba-2-2.7B", "RWKV-4 3B"),
    "around_8b": ("Llama-2-7b-hf", "Llama-3-8B", "Mamba-2-Hybrid 8B", "Mamba-2 8B"),
    "large": ("GPT-3 175B", "LLaMA-65B", "Llama-2-70b-hf", "Llama-3.1-405B", "PaLM-540B"),
}
CONTEXTS = tuple(2**k for k in range(7, 21))


@cache
def configs() -> pd.DataFrame:
    return data.load("arch_configs").set_index("model")


def state_values(model: str, context: float) -> float:
    """Numbers kept per sequence after `context` tokens: key–value cache, recurrent state, convolution memory."""
    if model in RECURRENT:
        r = RECURRENT[model]
        a = r.get("attention")
        cache_ = (
            formulas.kv_cache_values(a["n_layers"], a["n_kv_heads"], a["d_head"], context)
            if a
            else 0
        )
        return float(r["layers"] * (r["state"] + r["conv"]) + cache_)
    c = configs().loc[model]
    return float(formulas.kv_cache_values(c["n_layers"], c["n_kv_heads"], c["d_head"], context))


def matrix_params(model: str) -> float:
    """Weights that multiply each token: all matrices with the output layer, without the input embedding (a look-up)."""
    if model in RECURRENT:
        return float(RECURRENT[model]["matrices"])
    c = configs().loc[model]
    vocabulary = 0 if pd.isna(c["vocab_size"]) else c["vocab_size"]
    split = formulas.param_split(
        c["n_layers"],
        c["d_model"],
        c["n_heads"],
        c["d_head"],
        c["d_ff"],
        c["n_kv_heads"],
        c["ffn_matrices"],
        vocabulary,
    )
    return float(sum(split))


def token_flops(model: str, context: float) -> float:
    """FLOPs for one new token after `context` tokens: 2 per weight, attention over the context, 5 per recurrent number.

    The five of a linear recurrence h ← a h + k v, y = q h: decay, product, sum, and a multiply-add to read it out.
    """
    flops = 2 * matrix_params(model)
    if model in RECURRENT:
        r = RECURRENT[model]
        a = r.get("attention")
        attention = (
            formulas.attention_flops(a["n_layers"], a["n_heads"], a["d_head"], context) if a else 0
        )
        return float(flops + r["layers"] * (5 * r["state"] + 2 * r["conv"]) + attention)
    c = configs().loc[model]
    return float(
        flops + formulas.attention_flops(c["n_layers"], c["n_heads"], c["d_head"], context)
    )


COSTS = {
    "memory": lambda model, context: BYTES * state_values(model, context),
    "operations": token_flops,
}
WEIGHTS = {"around_3b": 2.8e9, "around_8b": 8e9}
"""Parameters of the size classes whose weights are drawn beside the memory of a sequence."""


@chapter.figure(
    "arch-cost-by-context",
    tables=["arch_configs"],
    controls=[Choice("cost_of", tuple(COSTS)), Choice("size_class", tuple(SIZE_CLASSES))],
    simulation=True,
    columns=["kind", "model", "context_tokens", "cost_of", "value"],
)
def cost_by_context(cost_of, size_class):
    """Memory for one sequence (bytes), or operations for its next token (FLOPs), by context length, computed."""
    rows = [
        {
            "kind": "simulation",
            "model": model,
            "context_tokens": context,
            "cost_of": cost_of,
            "value": COSTS[cost_of](model, context),
        }
        for model in SIZE_CLASSES[size_class]
        for context in CONTEXTS
    ]
    if cost_of != "memory" or size_class not in WEIGHTS:
        return with_reference(pd.DataFrame(rows), [])
    weights = {"model": label("weights_" + size_class), "value": BYTES * WEIGHTS[size_class]}
    return with_reference(
        pd.DataFrame(rows), [{"kind": "reference", "cost_of": cost_of, **weights}]
    )


@cost_by_context.draw
def _(rows, size_class, cost_of):
    tokens = alt.datum.value
    short = alt.expr.if_(tokens < 1024, tokens, tokens / 1024 + "K")
    ticks = {"ticks": (128, 1024, 8192, 65536, 524288), "guide": {"labelExpr": short}}
    memory = cost_of == "memory"
    low, form = (5e5, "~s") if memory else (4e9, "~e")
    return plot(
        rows,
        x=log("context_tokens", (100, 1.3e6), grid=False, base=2, **ticks),
        y=log("value", (low, 2e13), title=cost_of + "_axis", format=form),
        by=Series("model", SIZE_CLASSES[size_class], title=""),
    )


CACHED = (
    "GPT-3 175B",
    "OPT-175B",
    "PaLM-540B",
    "LLaMA-65B",
    "falcon-40b",
    "Llama-2-70b-hf",
    "Mistral-7B-v0.1",
    "Gemma-7b",
    "Llama-3-70B",
    "Llama-3.1-405B",
    "Gemma-2-27b",
    "Qwen2.5-72B",
    "Qwen3-32B",
)
CONTEXT_CHOICES = {
    "2k": 2048,
    "8k": 8192,
    "32k": 32768,
    "128k": 131072,
    "1m": 1048576,
}
SHARING = {"as_built": "n_kv_heads", "every_head": "n_heads"}
"""Heads whose keys and values are kept: as the model is built, or as if every head kept its own."""


@chapter.figure(
    "arch-kv-cache",
    tables=["arch_configs"],
    controls=[Choice("context_choice", tuple(CONTEXT_CHOICES), "128k")],
    simulation=True,
)
def kv_cache(context_choice):
    """Memory of keys and values for one sequence (bytes), as models are built and if every head kept its own, computed."""
    context = CONTEXT_CHOICES[context_choice]
    shape = ["n_layers", "n_heads", "n_kv_heads", "d_head"]
    rows = []
    for model in CACHED:
        c = configs().loc[model]
        for sharing, heads in SHARING.items():
            values = formulas.kv_cache_values(c["n_layers"], c[heads], c["d_head"], context)
            row = {"kind": "simulation", "model": model, "sharing": sharing, **c[shape]}
            rows.append({**row, "context_tokens": context, "value": BYTES * float(values)})
    return pd.DataFrame(rows)


@kv_cache.draw
def _(rows):
    built, every = SHARING
    return plot(
        rows,
        x=log("value", (1e8, 1e13), title="memory_axis", ticks=5, format="~s"),
        y=named_rows("model", CACHED, limit=130).but(labelExpr=alt.Undefined),
        by=Series("sharing", tuple(SHARING), title="", columns=1),
        layers=[
            dumbbell(width=1.5, opacity=0.45, aria=False),
            dots({"sharing": every}, size=85, hollow=True, opacity=1),
            dots({"sharing": built}, size=60),
        ],
        tips=("model", "sharing", "n_layers", "n_heads", "n_kv_heads", "d_head", "value"),
        height=22 * len(CACHED),
    )


RECALLERS = ("Hyena", "FlashTransformer", "RWKV", "H3", "GSS", "AFT")


@chapter.figure("arch-recall", tables=["hyena"], curve=["model"])
def recall():
    """Accuracy (fractions) in finding what was said once, by length of the input (Poli et al. 2023, Table 4.2)."""
    rows = published_fractions("hyena", table="Table 4.2")
    rows = rows.assign(length=rows["task"].str.extract(r"(\d+)$")[0].astype(float))
    columns = "kind architecture model length task metric value"
    return rows.sort_values(["model", "length"])[columns.split()]


@recall.draw
def _(rows):
    ticks = {"title": "recall_length", "ticks": (30000, 64000, 131000), "format": "~s"}
    return plot(
        rows,
        x=log("length", (2.6e4, 1.55e5), grid=False, **ticks),
        y=share(),
        by=Series("model", RECALLERS, title=""),
        height=280,
    )


TRAINERS = ("Transformer", "Transformer + FlashAttention", "RetNet")
TRAINING = {"throughput": "throughput", "training_memory": "memory"}


@chapter.figure(
    "arch-training-speed",
    tables=["retnet"],
    curve=["model"],
    controls=[Choice("training_cost", tuple(TRAINING))],
)
def training_speed(training_cost):
    """Training throughput (words per second) or memory (GB) by size (Sun et al. 2023, Table 4)."""
    rows = pick(data.load("retnet"), table="Table 4", metric=TRAINING[training_cost])
    rows = rows.assign(kind="published").sort_values(["model", "params"])
    return rows[["kind", "model", "params", "metric", "unit", "value"]]


@training_speed.draw
def _(rows, training_cost):
    guide = {"title": training_cost + "_axis", "format": "~s"}
    fast = log("value", (900, 1e5), **guide)
    return plot(
        rows,
        x=size("params", over=rows),
        y=fast if training_cost == "throughput" else linear("value", (0, 80), **guide),
        by=Series("model", TRAINERS, title="", columns=2),
        height=300,
    )
